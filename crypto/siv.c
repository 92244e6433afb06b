/* SPDX-License-Identifier: Apache-2.0 */
/* AES-256-SIV with one associated-data string, by OpenSSL's EVP.
 *
 * A context of OpenSSL's makes one operation only: one that is used again without a new key answers
 * 0 and writes nothing useful. So a template is keyed once, absorbs the associated data once, and
 * is never used itself; each operation copies it. Two templates, as a direction belongs to a
 * context. Every return value is read: a loop that ignores one looks fast and is wrong.
 *
 *     template:  key -> associated data          operation:  copy -> (tag) -> one update -> final
 *
 * Many seals at once, of one length, go another way: siv_batch.c.
 *
 * Empty associated data and empty plaintext are refused: OpenSSL before 3.0.10 ignored an empty
 * string, and the protocol has neither.
 * Source: RFC 5297; OpenSSL 3.0, manual page EVP_EncryptInit(3), "SIV Mode". */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "algorithms.h"
#include "schuilnaam/crypto/aead.h"
#include "siv_batch.h"

enum { IS_OPEN = 0, IS_SEAL = 1 };

struct siv_template {
    EVP_CIPHER_CTX *seal;
    EVP_CIPHER_CTX *open;
    struct siv_batch batch;
};

/* A context that is keyed and has absorbed ad; NULL on failure. */
static EVP_CIPHER_CTX *keyed_context(const struct siv_key *key, struct bytes ad, int direction)
{
    int absorbed = 0;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool is_good =
        ctx != NULL &&
        EVP_CipherInit_ex2(ctx, algorithms_get()->aes256_siv, key->b, NULL, direction, NULL) == 1 &&
        EVP_CipherUpdate(ctx, NULL, &absorbed, ad.data, (int)ad.len) == 1;

    if (is_good)
        return ctx;
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

SCHUIL_RC schuil_siv_template_new(const struct siv_key *key, struct bytes ad,
                                  struct siv_template **ret)
{
    *ret = NULL;
    ENSURE(ad.len >= 1 && ad.len <= UINT16_MAX, RC_INPUT_LENGTH);

    struct siv_template *siv = calloc(1, sizeof *siv);
    ENSURE(siv != NULL, RC_INTERNAL_MEMORY);
    siv->seal = keyed_context(key, ad, IS_SEAL);
    siv->open = keyed_context(key, ad, IS_OPEN);
    bool has_batch = siv_batch_init(&siv->batch, key, ad);
    if (siv->seal == NULL || siv->open == NULL || !has_batch) {
        schuil_siv_template_free(siv);
        return schuil_rc(RC_INTERNAL);
    }
    *ret = siv;
    return SCHUIL_OK;
}

void schuil_siv_template_free(struct siv_template *siv)
{
    if (siv == NULL)
        return;
    EVP_CIPHER_CTX_free(siv->seal); /* cleanses the key schedules */
    EVP_CIPHER_CTX_free(siv->open);
    siv_batch_done(&siv->batch);
    free(siv);
}

/* A copy of the template for one operation; NULL on failure. */
static EVP_CIPHER_CTX *context_copy(const EVP_CIPHER_CTX *keyed)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    if (ctx != NULL && EVP_CIPHER_CTX_copy(ctx, keyed) == 1)
        return ctx;
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

/* One update with all of in, and the final that has nothing to add. */
static bool update_once(EVP_CIPHER_CTX *ctx, const uint8_t *in, size_t len, uint8_t *ret)
{
    int updated = 0;
    int finished = 0;

    return EVP_CipherUpdate(ctx, ret, &updated, in, (int)len) == 1 && updated == (int)len &&
           EVP_CipherFinal_ex(ctx, ret + len, &finished) == 1 && finished == 0;
}

SCHUIL_RC schuil_siv_seal(const struct siv_template *siv, struct bytes plain, uint8_t *ret)
{
    ENSURE(plain.len >= 1 && plain.len <= SIV_PLAIN_LEN_MAX, RC_INPUT_LENGTH);

    EVP_CIPHER_CTX *ctx = context_copy(siv->seal);
    bool is_good = ctx != NULL && update_once(ctx, plain.data, plain.len, ret + SIV_TAG_LEN) &&
                   EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, SIV_TAG_LEN, ret) == 1;
    EVP_CIPHER_CTX_free(ctx);
    if (!is_good)
        schuil_wipe(ret, SIV_TAG_LEN + plain.len);
    ENSURE(is_good, RC_INTERNAL);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_siv_seal_many(const struct siv_template *siv, size_t n, const uint8_t *plains,
                               size_t plain_len, uint8_t *ret)
{
    ENSURE(plain_len >= 1 && plain_len <= SIV_BATCH_PLAIN_LEN_MAX, RC_INPUT_LENGTH);
    ENSURE(siv_batch_seal(&siv->batch, n, plains, plain_len, ret), RC_INTERNAL);
    return SCHUIL_OK;
}

/* Decrypt and verify; false when OpenSSL refuses. */
static bool open_box(const struct siv_template *siv, struct bytes box, uint8_t *ret)
{
    uint8_t tag[SIV_TAG_LEN];
    EVP_CIPHER_CTX *ctx = context_copy(siv->open);

    memcpy(tag, box.data, sizeof tag);
    bool is_good = ctx != NULL &&
                   EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, SIV_TAG_LEN, tag) == 1 &&
                   update_once(ctx, box.data + SIV_TAG_LEN, box.len - SIV_TAG_LEN, ret);
    EVP_CIPHER_CTX_free(ctx);
    return is_good;
}

SCHUIL_RC schuil_siv_open(const struct siv_template *siv, struct bytes box, uint8_t *ret)
{
    ENSURE(box.len > SIV_TAG_LEN, RC_CRYPTO);

    size_t plain_len = box.len - SIV_TAG_LEN;
    (void)ERR_set_mark(); /* a refusal must not show up as an error of this thread's TLS */
    bool is_good = plain_len <= SIV_PLAIN_LEN_MAX && open_box(siv, box, ret);
    (void)ERR_pop_to_mark();
    if (!is_good)
        schuil_wipe(ret, plain_len);
    ENSURE(is_good, RC_CRYPTO);
    return SCHUIL_OK;
}
