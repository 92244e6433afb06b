/* SPDX-License-Identifier: Apache-2.0 */
/* Many seals of AES-256-SIV under one key and one associated-data string: the private half of
 * schuil_siv_seal_many (aead.h). */
#ifndef CRYPTO_SIV_BATCH_H
#define CRYPTO_SIV_BATCH_H

#include "schuilnaam/crypto/aead.h"

struct evp_cipher_ctx_st;

SECRET_TYPE(aes_block, 16)

/* Never changed once made: every use copies the two contexts. */
struct siv_batch {
    struct evp_cipher_ctx_st *mac; /* AES-256-ECB under the first half of the key */
    struct evp_cipher_ctx_st *ctr; /* and under the second */
    struct aes_block whole;        /* CMAC's K1, for a last block that is full */
    struct aes_block padded;       /* CMAC's K2, for one that is not */
    struct aes_block absorbed;     /* S2V's D once the associated data is in it */
};

/* ad: not empty. False: OpenSSL refused, or no memory; done is due in either case. */
bool siv_batch_init(struct siv_batch *batch, const struct siv_key *key, struct bytes ad);
/* As schuil_siv_seal_many, which states the limits. False: ret is zeros. Any thread. */
bool siv_batch_seal(const struct siv_batch *batch, size_t n, const uint8_t *plains,
                    size_t plain_len, uint8_t *ret);
/* Cleanse and free. */
void siv_batch_done(struct siv_batch *batch);

#endif
