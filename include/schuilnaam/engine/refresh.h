/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic of a refresh: k_{e+1} = r * k_e and s_{D,g,e+1} = r^-1 * s_{D,g,e}, so that their
 * product, and with it every final, stays what it was. Each half needs r and its own keys only, so
 * issue and translate can each do theirs. Pure; any thread. Source: PROTOCOL section 4.3. */
#ifndef SCHUILNAAM_ENGINE_REFRESH_H
#define SCHUILNAAM_ENGINE_REFRESH_H

#include "schuilnaam/crypto/group.h"

/* ret = r * root. RC_CRYPTO_SCALAR (r or root refused): ret is zeros. */
SCHUIL_RC schuil_refresh_root(const struct scalar *r, const struct scalar *root,
                              struct scalar *ret);
/* ret = r^-1 * domain. RC_CRYPTO_SCALAR: ret is zeros. */
SCHUIL_RC schuil_refresh_domain(const struct scalar *r, const struct scalar *domain,
                                struct scalar *ret);
/* A domain key and the public part of the root of its epoch. */
struct refresh_pair {
    const struct scalar *domain; /* s_{D,g,e} */
    const uint8_t *root_public;  /* K_e, 32 bytes */
};
/* The self-test: s_{D,g,e} * K_e is the same for both. RC_CONFIG_SELFTEST: it is not, or a K_e is
 * no element; RC_CRYPTO_SCALAR. */
SCHUIL_RC schuil_refresh_test(const struct refresh_pair *before, const struct refresh_pair *after);

#endif
