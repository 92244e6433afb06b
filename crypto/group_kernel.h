/* SPDX-License-Identifier: Apache-2.0 */
/* What computes in the group, behind group.c: two kernels of one shape, one of them chosen when the
 * room is made ready.
 *
 *   portable   libsodium, an element at a time: everywhere, and the judge of the other
 *   ifma       eight lanes of AVX-512 IFMA (lanes/)
 *
 * Scalars are checked by group.c before they come here. Results are the same to the byte. */
#ifndef CRYPTO_GROUP_KERNEL_H
#define CRYPTO_GROUP_KERNEL_H

#include "schuilnaam/crypto/secret.h"
#include "schuilnaam/rc.h"

/* What expand_message_xmd gives for one element. */
SECRET_TYPE(uniform, 64)

struct group_kernel {
    const char *name; /* as SCHUILNAAM_KERNEL says it */
    /* ret[i] = map(uniform[i]); false and zeros for the identity. */
    void (*hash)(size_t n, const struct uniform *uniform, struct element *ret, bool *ret_ok);
    /* ret[i] = scalar * map(uniform[i]); false and zeros for the identity. */
    void (*evaluate)(size_t n, const struct uniform *uniform, const struct scalar *scalar,
                     struct element *ret, bool *ret_ok);
    /* ret[i] = scalar * elements[i]; false and zeros for a refused encoding or the identity. ret
     * may be elements. */
    void (*multiply)(size_t n, const struct element *elements, const struct scalar *scalar,
                     struct element *ret, bool *ret_ok);
};

extern const struct group_kernel kernel_portable;

/* ret_ok[i]: elements[i] is canonical and not the identity. By libsodium alone: it is asked for few
 * elements. */
void kernel_check(size_t n, const struct element *elements, bool *ret_ok);

/* The kernel of eight lanes; NULL where it was not built, or this machine cannot run it. */
const struct group_kernel *kernel_ifma(void);

/* Choose for the life of the process: what SCHUILNAAM_KERNEL names, else the fastest. A set-user-id
 * program does not look at the environment. First thread, at start.
 * Results   ok; RC_CONFIG_KERNEL: there is no such kernel, or it cannot run here; the choice stays
 *           what it was. */
SCHUIL_RC kernel_choose(void);

/* The chosen one; the portable one before the choice. */
const struct group_kernel *kernel_get(void);

#endif
