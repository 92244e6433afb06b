/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE2b-256 and SHA-256, by libsodium. Keys are not derived here (hkdf.c).
 * The calls cannot fail: their lengths are constants within libsodium's limits.
 * Sources: RFC 7693; FIPS 180-4. */
#include "schuilnaam/crypto/hash.h"

#include <sodium.h>

static void blake2b_parts(const uint8_t *key, size_t key_len, size_t n, const struct bytes *parts,
                          uint8_t ret[HASH_LEN])
{
    crypto_generichash_blake2b_state state;

    (void)crypto_generichash_blake2b_init(&state, key, key_len, HASH_LEN);
    for (size_t i = 0; i < n; i++)
        if (parts[i].len > 0)
            (void)crypto_generichash_blake2b_update(&state, parts[i].data, parts[i].len);
    (void)crypto_generichash_blake2b_final(&state, ret, HASH_LEN);
    schuil_wipe(&state, sizeof state);
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
