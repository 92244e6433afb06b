/* SPDX-License-Identifier: Apache-2.0 */
/* A key at rest: nonce (24) || XChaCha20-Poly1305 under the wrapping key, bound to its row: a
 * wrapped key that was copied to another row, swapped or edited does not unwrap.
 * Source: PROTOCOL section 6. */
#ifndef SCHUILNAAM_CRYPTO_KEYWRAP_H
#define SCHUILNAAM_CRYPTO_KEYWRAP_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/crypto/secret.h"
#include "schuilnaam/rc.h"

enum { WRAP_OVERHEAD = 24 + 16, WRAPPED_LEN_MAX = 64 + 24 + 16 };

/* The row a wrapped key belongs to; all public. Texts are borrowed, never NULL, together at most
 * 400 bytes. */
struct wrap_context {
    const char *wrapping_name;
    uint32_t number;
    const char *purpose;
    uint32_t scope;
    uint32_t epoch;
    uint32_t generation;
    const char *compartment;
};

/* Wrap a key; twice gives two different results.
 * key       32 or 64 bytes, borrowed, secret.
 * ret       key.len + WRAP_OVERHEAD bytes.
 * Results   ok; RC_INPUT_LENGTH (of the key: ret is untouched; of the context: ret is zeros);
 *           RC_INTERNAL_RANDOM: ret is zeros.
 * Any thread. */
SCHUIL_RC schuil_key_wrap(const struct wrapping_key *wrapping, const struct wrap_context *context,
                          struct bytes key, uint8_t *ret);

/* Unwrap a key.
 * wrapped   as it stands in the database.
 * ret       ret_len bytes, 32 or 64, best in a slab.
 * Results   ok; RC_CRYPTO on any mismatch, of lengths too: ret is zeros.
 * Any thread. */
SCHUIL_RC schuil_key_unwrap(const struct wrapping_key *wrapping, const struct wrap_context *context,
                            struct bytes wrapped, uint8_t *ret, size_t ret_len);

#endif
