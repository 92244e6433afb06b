/* SPDX-License-Identifier: Apache-2.0 */
/* AES-256-SIV over OpenSSL, by copied keyed templates.
 *
 * A context of OpenSSL's AES-SIV makes one operation: a second one without a new key returns 0 and
 * writes nothing useful. Setting the key anew costs 2.2 us; copying a template that has the key and
 * has absorbed the associated data costs a third of that. Sealing and opening need a template each,
 * as the direction is fixed when the key is set. Every return value is checked.
 * Source: RFC 5297. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "schuilnaam/crypto/aead.h"

struct siv_template {
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *sealing, *opening;
};

static EVP_CIPHER_CTX *context_new(const EVP_CIPHER *cipher, const struct siv_key *key,
                                   struct bytes ad, int is_sealing)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int len = 0;

    if (context == NULL)
        return NULL;
    if (EVP_CipherInit_ex2(context, cipher, key->b, NULL, is_sealing, NULL) != 1 ||
        EVP_CipherUpdate(context, NULL, &len, ad.data, (int)ad.len) != 1) {
        EVP_CIPHER_CTX_free(context);
        return NULL;
    }
    return context;
}

SCHUIL_RC schuil_siv_template_new(const struct siv_key *key, struct bytes ad,
                                  struct siv_template **ret)
{
    *ret = NULL;
    ENSURE(ad.len >= 1 && ad.len <= UINT16_MAX, RC_INPUT_LENGTH);
    struct siv_template *siv = calloc(1, sizeof *siv);
    ENSURE(siv != NULL, RC_INTERNAL_MEMORY);
    siv->cipher = EVP_CIPHER_fetch(NULL, "AES-256-SIV", NULL);
    if (siv->cipher != NULL) {
        siv->sealing = context_new(siv->cipher, key, ad, 1);
        siv->opening = context_new(siv->cipher, key, ad, 0);
    }
    if (siv->sealing == NULL || siv->opening == NULL) {
        schuil_siv_template_free(siv);
        return schuil_rc(RC_INTERNAL_MEMORY);
    }
    *ret = siv;
    return SCHUIL_OK;
}

void schuil_siv_template_free(struct siv_template *siv)
{
    if (siv == NULL)
        return;
    EVP_CIPHER_CTX_free(siv->sealing); /* cleanses the key schedule */
    EVP_CIPHER_CTX_free(siv->opening);
    EVP_CIPHER_free(siv->cipher);
    free(siv);
}

static EVP_CIPHER_CTX *context_copy(const EVP_CIPHER_CTX *template)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    if (context != NULL && EVP_CIPHER_CTX_copy(context, template) != 1) {
        EVP_CIPHER_CTX_free(context);
        context = NULL;
    }
    return context;
}

static bool run_once(EVP_CIPHER_CTX *context, struct bytes in, uint8_t *out)
{
    int len = 0, rest = 0;

    return EVP_CipherUpdate(context, out, &len, in.data, (int)in.len) == 1 && len == (int)in.len &&
           EVP_CipherFinal_ex(context, out + len, &rest) == 1 && rest == 0;
}

SCHUIL_RC schuil_siv_seal(const struct siv_template *siv, struct bytes plain, uint8_t *ret)
{
    ENSURE(plain.len >= 1 && plain.len <= UINT16_MAX, RC_INPUT_LENGTH);
    EVP_CIPHER_CTX *context = context_copy(siv->sealing);
    bool ok = context != NULL && run_once(context, plain, ret + SIV_TAG_LEN) &&
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, SIV_TAG_LEN, ret) == 1;

    EVP_CIPHER_CTX_free(context);
    if (!ok) {
        schuil_wipe(ret, plain.len + SIV_TAG_LEN);
        return schuil_rc(RC_CRYPTO);
    }
    return SCHUIL_OK;
}

SCHUIL_RC schuil_siv_open(const struct siv_template *siv, struct bytes box, uint8_t *ret)
{
    uint8_t tag[SIV_TAG_LEN];

    ENSURE(box.len > SIV_TAG_LEN && box.len <= UINT16_MAX, RC_CRYPTO);
    struct bytes body = bytes_of(box.data + SIV_TAG_LEN, box.len - SIV_TAG_LEN);
    memcpy(tag, box.data, sizeof tag);
    EVP_CIPHER_CTX *context = context_copy(siv->opening);
    bool ok = context != NULL &&
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, SIV_TAG_LEN, tag) == 1 &&
              run_once(context, body, ret);

    EVP_CIPHER_CTX_free(context);
    if (!ok) {
        schuil_wipe(ret, body.len);
        return schuil_rc(RC_CRYPTO);
    }
    return SCHUIL_OK;
}
