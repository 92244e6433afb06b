/* SPDX-License-Identifier: Apache-2.0 */
/* expand_message_xmd over many messages: one after another with contexts that are made once for a
 * batch (expander), and eight side by side (expand_many). Contexts are not shared between threads.
 */
#ifndef CRYPTO_EXPAND_H
#define CRYPTO_EXPAND_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/rc.h"

struct evp_md_ctx_st;
struct sha512_lanes;

enum { EXPAND_MANY_LEN = 64, EXPAND_MANY_DST_LEN_MAX = 45 };

struct expander {
    struct evp_md_ctx_st *begun; /* has absorbed the zero block; only copied */
    struct evp_md_ctx_st *hash;
};

/* RC_INTERNAL_MEMORY, RC_INTERNAL. Done is due in either case. */
SCHUIL_RC expander_init(struct expander *ret_expander);
/* As schuil_expand_message_xmd, which states the limits; here the caller keeps them. Failure
 * (RC_INTERNAL) wipes ret. */
SCHUIL_RC expander_run(struct expander *expander, struct bytes message, struct bytes dst,
                       uint8_t *ret, size_t ret_len);
/* Wipes what the last message left. */
void expander_done(struct expander *expander);

/* EXPAND_MANY_LEN bytes for each of n messages (n may be 0): eight side by side when the group's
 * kernel of AVX-512 is chosen, else one after another. Any thread.
 * messages  of any length, secret; the time depends on the lengths.
 * dst       1 .. EXPAND_MANY_DST_LEN_MAX bytes: then b_1 is one block.
 * ret       n times EXPAND_MANY_LEN bytes, one after another.
 * Results   ok; RC_INTERNAL_MEMORY, RC_INTERNAL: all of ret is zeros. */
SCHUIL_RC expand_many(size_t n, const struct bytes *messages, struct bytes dst, uint8_t *ret);

/* The two ways of expand_many, for who chooses otherwise. The lanes take any compression, so that
 * tests can hand over one compiled for another processor, and cannot fail. */
SCHUIL_RC expand_each(size_t n, const struct bytes *messages, struct bytes dst, uint8_t *ret);
void expand_lanes(void (*compress)(struct sha512_lanes *), size_t n, const struct bytes *messages,
                  struct bytes dst, uint8_t *ret);

#endif
