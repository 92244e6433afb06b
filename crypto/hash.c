/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE2b-256 and SHA-256, by libsodium. Keys are not derived here (hkdf.c).
 * The calls cannot fail: their lengths are constants within libsodium's limits.
 * Sources: RFC 7693; FIPS 180-4. */
#include "schuilnaam/crypto/hash.h"

#include <sodium.h>

_Static_assert(sizeof(struct hash_state) >=
                       sizeof(crypto_generichash_blake2b_state) + HASH_STATE_ALIGN - 1 &&
                   HASH_STATE_ALIGN >= _Alignof(crypto_generichash_blake2b_state),
               "libsodium's state has room");

static crypto_generichash_blake2b_state *state_of(struct hash_state *state)
{
    size_t past = (uintptr_t)state->b % HASH_STATE_ALIGN;
    return (void *)(state->b + (past == 0 ? 0 : HASH_STATE_ALIGN - past));
}

static void state_begin(struct hash_state *state, const uint8_t *key, size_t key_len)
{
    (void)crypto_generichash_blake2b_init(state_of(state), key, key_len, HASH_LEN);
}

void schuil_hash_begin(struct hash_state *state)
{
    state_begin(state, NULL, 0);
}

void schuil_hash_put(struct hash_state *state, struct bytes data)
{
    if (data.len > 0)
        (void)crypto_generichash_blake2b_update(state_of(state), data.data, data.len);
}

void schuil_hash_end(struct hash_state *state, uint8_t ret[HASH_LEN])
{
    (void)crypto_generichash_blake2b_final(state_of(state), ret, HASH_LEN);
    schuil_wipe(state, sizeof *state);
}

static void blake2b_parts(const uint8_t *key, size_t key_len, size_t n, const struct bytes *parts,
                          uint8_t ret[HASH_LEN])
{
    struct hash_state state;

    state_begin(&state, key, key_len);
    for (size_t i = 0; i < n; i++)
        schuil_hash_put(&state, parts[i]);
    schuil_hash_end(&state, ret);
}

void schuil_blake2b(size_t n, const struct bytes *parts, uint8_t ret[HASH_LEN])
{
    blake2b_parts(NULL, 0, n, parts, ret);
}

void schuil_blake2b_keyed(const struct manifest_key *key, size_t n, const struct bytes *parts,
                          uint8_t ret[HASH_LEN])
{
    blake2b_parts(key->b, sizeof key->b, n, parts, ret);
}

void schuil_sha256(struct bytes data, uint8_t ret[HASH_LEN])
{
    (void)crypto_hash_sha256(ret, data.data, data.len);
}
