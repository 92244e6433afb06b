/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 from a 32-byte seed, by libsodium. The 64-byte form of the key (seed and public key) is
 * made for one call and wiped. Source: RFC 8032 section 5.1. */
#include <sodium.h>

#include "schuilnaam/crypto/hash.h"

SECRET_TYPE(signing_pair, 64)

static void pair_of(const struct signing_seed *seed, uint8_t *ret_public,
                    struct signing_pair *ret_pair)
{
    (void)crypto_sign_ed25519_seed_keypair(ret_public, ret_pair->b, seed->b); /* always 0 */
}

void schuil_ed25519_public(const struct signing_seed *seed, uint8_t ret[ED25519_PUBLIC_LEN])
{
    SECRET(signing_pair) pair;

    pair_of(seed, ret, &pair);
}

SCHUIL_RC schuil_ed25519_sign(const struct signing_seed *seed, struct bytes message,
                              uint8_t ret[ED25519_SIGNATURE_LEN])
{
    SECRET(signing_pair) pair;
    uint8_t public_key[ED25519_PUBLIC_LEN];

    pair_of(seed, public_key, &pair);
    if (crypto_sign_ed25519_detached(ret, NULL, message.data, message.len, pair.b) != 0) {
        schuil_wipe(ret, ED25519_SIGNATURE_LEN);
        return schuil_rc(RC_INTERNAL);
    }
    return SCHUIL_OK;
}

bool schuil_ed25519_verify(const uint8_t public_key[ED25519_PUBLIC_LEN], struct bytes message,
                           const uint8_t signature[ED25519_SIGNATURE_LEN])
{
    return crypto_sign_ed25519_verify_detached(signature, message.data, message.len, public_key) ==
           0;
}
