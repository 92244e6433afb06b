/* SPDX-License-Identifier: Apache-2.0 */
/* A key at rest: nonce (24) || XChaCha20-Poly1305 under the wrapping key, bound to its row.
 * Source: PROTOCOL section 6. */
#ifndef SCHUILNAAM_CRYPTO_KEYWRAP_H
#define SCHUILNAAM_CRYPTO_KEYWRAP_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/crypto/secret.h"
#include "schuilnaam/rc.h"

enum { WRAP_OVERHEAD = 24 + 16, WRAPPED_LEN_MAX = 64 + 24 + 16 };

/* The row a wrapped key belongs to. All texts borrowed. */
struct wrap_context {
    const char *wrapping_name;
    uint32_t number;
    const char *purpose;
    uint32_t scope;
    uint32_t epoch;
    uint32_t generation;
    const char *compartment;
};

/* Wrap key (32 or 64 bytes) into ret (key.len + WRAP_OVERHEAD bytes). */
SCHUIL_RC schuil_key_wrap(const struct wrapping_key *wrapping, const struct wrap_context *context,
                          struct bytes key, uint8_t *ret);
/* Unwrap into ret (ret_len bytes, 32 or 64). RC_CRYPTO on any mismatch, also of length: zeros. */
SCHUIL_RC schuil_key_unwrap(const struct wrapping_key *wrapping,
                            const struct wrap_context *context, struct bytes wrapped,
                            uint8_t *ret, size_t ret_len);

#endif
