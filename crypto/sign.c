/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 by libsodium, whose 64-byte form of a key (seed and public key) is our pair.
 * Source: RFC 8032 section 5.1. */
#include <sodium.h>

#include "schuilnaam/crypto/hash.h"

static void pair_make(const struct signing_seed *seed, uint8_t *ret_public,
                      struct signing_pair *ret_pair)
{
    (void)crypto_sign_ed25519_seed_keypair(ret_public, ret_pair->b, seed->b); /* always 0 */
}

void schuil_ed25519_public(const struct signing_seed *seed, uint8_t ret[ED25519_PUBLIC_LEN])
{
    SECRET(signing_pair) pair;

    pair_make(seed, ret, &pair);
}

void schuil_ed25519_pair(const struct signing_seed *seed, struct signing_pair *ret)
{
    uint8_t public_key[ED25519_PUBLIC_LEN];

    pair_make(seed, public_key, ret);
}

void schuil_ed25519_pair_public(const struct signing_pair *pair, uint8_t ret[ED25519_PUBLIC_LEN])
{
    (void)crypto_sign_ed25519_sk_to_pk(ret, pair->b); /* always 0 */
}

SCHUIL_RC schuil_ed25519_sign(const struct signing_pair *pair, struct bytes message,
                              uint8_t ret[ED25519_SIGNATURE_LEN])
{
    if (crypto_sign_ed25519_detached(ret, NULL, message.data, message.len, pair->b) != 0) {
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
