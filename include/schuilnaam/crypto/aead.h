/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing: XChaCha20-Poly1305 (temporary pseudonyms, wrapped keys) and AES-256-SIV (finals,
 * reversible pseudonyms).
 * Source: draft-irtf-cfrg-xchacha-03; RFC 5297. */
#ifndef SCHUILNAAM_CRYPTO_AEAD_H
#define SCHUILNAAM_CRYPTO_AEAD_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/crypto/secret.h"
#include "schuilnaam/rc.h"

enum {
    XCHACHA_NONCE_LEN = 24,
    XCHACHA_TAG_LEN = 16,
    XCHACHA_PLAIN_LEN_MAX = 64 << 20, /* bytes; a mailbox part is the longest */
    SIV_TAG_LEN = 16,
    SIV_PLAIN_LEN_MAX = 65535,
};

/* Seal plain into ret: plain.len + 16 bytes (box || tag). */
SCHUIL_RC schuil_xchacha_seal(const struct transport_key *key,
                              const uint8_t nonce[XCHACHA_NONCE_LEN], struct bytes ad,
                              struct bytes plain, uint8_t *ret);
/* Open box (box || tag) into ret: box.len - 16 bytes. RC_CRYPTO on any refusal: ret is zeros. */
SCHUIL_RC schuil_xchacha_open(const struct transport_key *key,
                              const uint8_t nonce[XCHACHA_NONCE_LEN], struct bytes ad,
                              struct bytes box, uint8_t *ret);

/* A keyed template that has absorbed one associated-data string (not empty); each seal or open
 * copies it, as a context makes one operation only. Not shared between threads. The key schedule
 * lies on OpenSSL's heap and is cleansed by free. */
struct siv_template;
SCHUIL_RC schuil_siv_template_new(const struct siv_key *key, struct bytes ad,
                                  struct siv_template **ret);
void schuil_siv_template_free(struct siv_template *siv);
/* ret: 16 + plain.len bytes, V || C. plain 1 .. 65,535 bytes. RC_CRYPTO: ret is zeros. */
SCHUIL_RC schuil_siv_seal(const struct siv_template *siv, struct bytes plain, uint8_t *ret);
/* box: V || C, at least 17 bytes; ret: box.len - 16 bytes; RC_CRYPTO: ret is zeros. */
SCHUIL_RC schuil_siv_open(const struct siv_template *siv, struct bytes box, uint8_t *ret);

#endif
