/* SPDX-License-Identifier: Apache-2.0 */
/* XChaCha20-Poly1305 under a key of any type: what the typed doors (transport keys in aead.h,
 * wrapping keys in keywrap.h) share. Contracts as in aead.h. */
#ifndef CRYPTO_XCHACHA_H
#define CRYPTO_XCHACHA_H

#include "schuilnaam/crypto/aead.h"

SCHUIL_RC xchacha_seal(const uint8_t key[32], const uint8_t nonce[XCHACHA_NONCE_LEN],
                       struct bytes ad, struct bytes plain, uint8_t *ret);
SCHUIL_RC xchacha_open(const uint8_t key[32], const uint8_t nonce[XCHACHA_NONCE_LEN],
                       struct bytes ad, struct bytes box, uint8_t *ret);

#endif
