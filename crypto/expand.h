/* SPDX-License-Identifier: Apache-2.0 */
/* expand_message_xmd over many messages with one hash context: the context is made once for a
 * batch, not once for a message. Not shared between threads. */
#ifndef CRYPTO_EXPAND_H
#define CRYPTO_EXPAND_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/rc.h"

struct evp_md_ctx_st;

struct expander {
    struct evp_md_ctx_st *hash;
};

/* RC_INTERNAL_MEMORY. Done is due in either case. */
SCHUIL_RC expander_init(struct expander *ret_expander);
/* As schuil_expand_message_xmd, which states the limits; here the caller keeps them. Failure
 * (RC_INTERNAL) wipes ret. */
SCHUIL_RC expander_run(struct expander *expander, struct bytes message, struct bytes dst,
                       uint8_t *ret, size_t ret_len);
/* Wipes what the last message left. */
void expander_done(struct expander *expander);

#endif
