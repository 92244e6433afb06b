/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing: XChaCha20-Poly1305 (temporary pseudonyms, wrapped keys) and AES-256-SIV (finals,
 * reversible pseudonyms). Inputs are borrowed and may not overlap outputs. A refusal says nothing
 * of its cause, and the data that was refused never reaches the caller: outputs are zeros.
 * Source: draft-irtf-cfrg-xchacha-03; RFC 5297. */
#ifndef SCHUILNAAM_CRYPTO_AEAD_H
#define SCHUILNAAM_CRYPTO_AEAD_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/crypto/secret.h"
#include "schuilnaam/rc.h"

enum {
    XCHACHA_NONCE_LEN = 24,
    XCHACHA_TAG_LEN = 16,
    XCHACHA_PLAIN_LEN_MAX = 64 << 20, /* bytes; far above anything sealed in one piece */
    SIV_TAG_LEN = 16,
    SIV_PLAIN_LEN_MAX = 65535, /* bytes; bodies have at most 160 */
    SIV_BATCH_PLAIN_LEN_MAX = 160,
};

/* Seal plain under key.
 * nonce     24 random bytes (schuil_random), never twice under one key; public.
 * ad        any length, public, bound to the box but not in it.
 * plain     0 .. XCHACHA_PLAIN_LEN_MAX bytes, secret.
 * ret       plain.len + XCHACHA_TAG_LEN bytes: box || tag.
 * Results   ok; RC_INPUT_LENGTH: ret is untouched.
 * Any thread. Constant time in key and plain. */
SCHUIL_RC schuil_xchacha_seal(const struct transport_key *key,
                              const uint8_t nonce[XCHACHA_NONCE_LEN], struct bytes ad,
                              struct bytes plain, uint8_t *ret);

/* Open what the above made.
 * box       box || tag, from outside.
 * ret       box.len - XCHACHA_TAG_LEN bytes; nothing when box is shorter than a tag.
 * Results   ok; RC_CRYPTO (key, nonce, ad, box or length is another): ret is zeros.
 * Any thread. Constant time in key and contents. */
SCHUIL_RC schuil_xchacha_open(const struct transport_key *key,
                              const uint8_t nonce[XCHACHA_NONCE_LEN], struct bytes ad,
                              struct bytes box, uint8_t *ret);

/* A template keyed for AES-256-SIV that has absorbed one associated-data string. A context of
 * OpenSSL's makes one operation only, so each seal or open works in a copy and the template never
 * changes: any number of threads may use one at the same time. The key schedules lie on OpenSSL's
 * heap, neither locked nor guarded, and are cleansed when they are freed. */
struct siv_template;

/* key       borrowed; not needed afterwards.
 * ad        1 .. 65,535 bytes, public. Empty is refused: it is not the same as none.
 * ret       owned by the caller, for schuil_siv_template_free; NULL on failure.
 * Results   ok; RC_INPUT_LENGTH (ad); RC_INTERNAL_MEMORY; RC_INTERNAL.
 * Any thread. */
SCHUIL_RC schuil_siv_template_new(const struct siv_key *key, struct bytes ad,
                                  struct siv_template **ret);

/* Cleanse and free; no operation may be under way. NULL is fine. */
void schuil_siv_template_free(struct siv_template *siv);

/* Seal plain: the same box each time.
 * plain     1 .. SIV_PLAIN_LEN_MAX bytes, secret.
 * ret       SIV_TAG_LEN + plain.len bytes: V || C.
 * Results   ok; RC_INPUT_LENGTH: ret is untouched; RC_INTERNAL: ret is zeros. */
SCHUIL_RC schuil_siv_seal(const struct siv_template *siv, struct bytes plain, uint8_t *ret);

/* Seal n plaintexts of one length: each box is the one that schuil_siv_seal makes.
 * n         any; 0 does nothing.
 * plains    n times plain_len bytes, one after another, secret.
 * plain_len 1 .. SIV_BATCH_PLAIN_LEN_MAX.
 * ret       n boxes of SIV_TAG_LEN + plain_len bytes, one after another; not over plains.
 * Results   ok; RC_INPUT_LENGTH: ret is untouched; RC_INTERNAL: all of ret is zeros. */
SCHUIL_RC schuil_siv_seal_many(const struct siv_template *siv, size_t n, const uint8_t *plains,
                               size_t plain_len, uint8_t *ret);

/* Open what the above made.
 * box       V || C, from outside.
 * ret       box.len - SIV_TAG_LEN bytes; nothing when box has no more than a tag.
 * Results   ok; RC_CRYPTO (key, ad, box or length is another): ret is zeros. */
SCHUIL_RC schuil_siv_open(const struct siv_template *siv, struct bytes box, uint8_t *ret);

#endif
