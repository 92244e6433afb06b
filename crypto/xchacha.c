/* SPDX-License-Identifier: Apache-2.0 */
/* XChaCha20-Poly1305 (IETF) by libsodium. It draws no nonce: the caller does, and never twice the
 * same under one key. Source: draft-irtf-cfrg-xchacha-03. */
#include "xchacha.h"

#include <sodium.h>

#include "declassify.h"

SCHUIL_RC xchacha_seal(const uint8_t key[32], const uint8_t nonce[XCHACHA_NONCE_LEN],
                       struct bytes ad, struct bytes plain, uint8_t *ret)
{
    ENSURE(plain.len <= XCHACHA_PLAIN_LEN_MAX, RC_INPUT_LENGTH);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(ret, NULL, plain.data, plain.len, ad.data,
                                                     ad.len, NULL, nonce, key); /* always 0 */
    return SCHUIL_OK;
}

SCHUIL_RC xchacha_open(const uint8_t key[32], const uint8_t nonce[XCHACHA_NONCE_LEN],
                       struct bytes ad, struct bytes box, uint8_t *ret)
{
    ENSURE(box.len >= XCHACHA_TAG_LEN, RC_CRYPTO);

    size_t plain_len = box.len - XCHACHA_TAG_LEN;
    bool is_good = plain_len <= XCHACHA_PLAIN_LEN_MAX &&
                   crypto_aead_xchacha20poly1305_ietf_decrypt(ret, NULL, NULL, box.data, box.len,
                                                              ad.data, ad.len, nonce, key) == 0;
    if (!declassify_bool(is_good)) { /* that a box is refused is the answer */
        schuil_wipe(ret, plain_len);
        return schuil_rc(RC_CRYPTO);
    }
    return SCHUIL_OK;
}

SCHUIL_RC schuil_xchacha_seal(const struct transport_key *key,
                              const uint8_t nonce[XCHACHA_NONCE_LEN], struct bytes ad,
                              struct bytes plain, uint8_t *ret)
{
    return xchacha_seal(key->b, nonce, ad, plain, ret);
}

SCHUIL_RC schuil_xchacha_open(const struct transport_key *key,
                              const uint8_t nonce[XCHACHA_NONCE_LEN], struct bytes ad,
                              struct bytes box, uint8_t *ret)
{
    return xchacha_open(key->b, nonce, ad, box, ret);
}
