/* SPDX-License-Identifier: Apache-2.0 */
/* XChaCha20-Poly1305 (IETF) over libsodium. Source: draft-irtf-cfrg-xchacha-03. */
#include <sodium.h>
#include <string.h>

#include "schuilnaam/crypto/aead.h"

_Static_assert(XCHACHA_NONCE_LEN == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(XCHACHA_TAG_LEN == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");
_Static_assert(sizeof(struct transport_key) == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");

SCHUIL_RC schuil_xchacha_seal(const struct transport_key *key,
                              const uint8_t nonce[XCHACHA_NONCE_LEN], struct bytes ad,
                              struct bytes plain, uint8_t *ret)
{
    ENSURE(crypto_aead_xchacha20poly1305_ietf_encrypt(ret, NULL, plain.data, plain.len, ad.data,
                                                      ad.len, NULL, nonce, key->b) == 0,
           RC_CRYPTO);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_xchacha_open(const struct transport_key *key,
                              const uint8_t nonce[XCHACHA_NONCE_LEN], struct bytes ad,
                              struct bytes box, uint8_t *ret)
{
    ENSURE(box.len >= XCHACHA_TAG_LEN, RC_CRYPTO);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(ret, NULL, NULL, box.data, box.len, ad.data,
                                                   ad.len, nonce, key->b) != 0) {
        memset(ret, 0, box.len - XCHACHA_TAG_LEN);
        return schuil_rc(RC_CRYPTO);
    }
    return SCHUIL_OK;
}
