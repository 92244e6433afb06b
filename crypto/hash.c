/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE2b-256, SHA-256 and Ed25519 over libsodium. Sources: RFC 7693, FIPS 180-4, RFC 8032. */
#include "schuilnaam/crypto/hash.h"

#include <sodium.h>

static void blake2b(const uint8_t *key, size_t key_len, size_t n, const struct bytes *parts,
                    uint8_t ret[HASH_LEN])
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, key, key_len, HASH_LEN);
    for (size_t i = 0; i < n; i++)
        crypto_generichash_update(&state, parts[i].data, parts[i].len);
    crypto_generichash_final(&state, ret, HASH_LEN);
    schuil_wipe(&state, sizeof state);
}

void schuil_blake2b(size_t n, const struct bytes *parts, uint8_t ret[HASH_LEN])
{
    blake2b(NULL, 0, n, parts, ret);
}

void schuil_blake2b_keyed(const struct manifest_key *key, size_t n, const struct bytes *parts,
                          uint8_t ret[HASH_LEN])
{
    blake2b(key->b, sizeof key->b, n, parts, ret);
}

void schuil_sha256(struct bytes data, uint8_t ret[HASH_LEN])
{
    crypto_hash_sha256(ret, data.data, data.len);
}

void schuil_ed25519_public(const struct signing_seed *seed, uint8_t ret[ED25519_PUBLIC_LEN])
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];

    crypto_sign_seed_keypair(ret, secret, seed->b);
    schuil_wipe(secret, sizeof secret);
}

SCHUIL_RC schuil_ed25519_sign(const struct signing_seed *seed, struct bytes message,
                              uint8_t ret[ED25519_SIGNATURE_LEN])
{
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];

    crypto_sign_seed_keypair(public_key, secret, seed->b);
    int failed = crypto_sign_detached(ret, NULL, message.data, message.len, secret);
    schuil_wipe(secret, sizeof secret);
    ENSURE(failed == 0, RC_CRYPTO);
    return SCHUIL_OK;
}

bool schuil_ed25519_verify(const uint8_t public_key[ED25519_PUBLIC_LEN], struct bytes message,
                           const uint8_t signature[ED25519_SIGNATURE_LEN])
{
    return crypto_sign_verify_detached(signature, message.data, message.len, public_key) == 0;
}
