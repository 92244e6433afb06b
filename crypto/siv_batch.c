/* SPDX-License-Identifier: Apache-2.0 */
/* AES-256-SIV of many plaintexts of one length, over OpenSSL's AES-256-ECB.
 *
 * Written by hand: OpenSSL's AES-SIV makes one seal from each copy of a keyed context, which costs
 * about 960 ns, a seventh of all that a final pseudonym costs; here step i of all seals is one call
 * of its multi-block AES, which costs about a thirtieth. Opening stays with OpenSSL, and the tests
 * compare the two.
 *
 * With one associated-data string S2V ends in CMAC(T), and T is the plaintext with D = dbl(CMAC(0))
 * xor CMAC(ad) folded in: over its last 16 bytes, or, when it is shorter, dbl(D) over its padding.
 * What is folded in does not depend on the plaintext. So it is made once a call, with CMAC's
 * padding and subkey in it, and is as long as T's blocks:
 *
 *     fold    [ 0 ... | D | 0x80 0 ... ] xor [ 0 ... | K1 or K2 ]        at least 16 bytes
 *             [ dbl(D) xor 0x80 0 ... xor K1 ]                            fewer
 *     X_0 = 0;  X_j = AES_mac(X_(j-1) xor plaintext_j xor fold_j);  V is the last
 *     C_j = plaintext_j xor AES_ctr((V with two bits cleared) + j)
 *
 * No branch or index depends on anything but lengths. Everything on the stack that a key or
 * plaintext went into is wiped. Source: RFC 5297 sections 2.1 to 2.6; RFC 4493 section 2. */
#include "siv_batch.h"

#include <endian.h>
#include <openssl/evp.h>

#include "algorithms.h"

enum {
    BLOCK_LEN = 16,
    CHUNK_COUNT = 64, /* seals that go through the steps together */
    FOLD_COUNT = (SIV_BATCH_PLAIN_LEN_MAX + BLOCK_LEN - 1) / BLOCK_LEN,
};

/* What is folded into one plaintext of this length. */
struct fold {
    uint8_t b[FOLD_COUNT * BLOCK_LEN];
    size_t block_count;
};

static inline void fold_wipe(struct fold *fold)
{
    schuil_wipe(fold, sizeof *fold);
}

/* A block for each seal of a chunk. */
struct chunk_blocks {
    uint8_t b[CHUNK_COUNT][BLOCK_LEN];
};

static inline void chunk_blocks_wipe(struct chunk_blocks *blocks)
{
    schuil_wipe(blocks, sizeof *blocks);
}

/* The two contexts, copied for one call: OpenSSL's may not be shared by threads in use. */
struct ciphers {
    EVP_CIPHER_CTX *mac;
    EVP_CIPHER_CTX *ctr;
};

/* n blocks in place. */
static bool blocks_encrypt(EVP_CIPHER_CTX *ctx, uint8_t *blocks, size_t n)
{
    int len = (int)(n * BLOCK_LEN);
    int written = 0;

    return EVP_EncryptUpdate(ctx, blocks, &written, blocks, len) == 1 && written == len;
}

static inline void xor_block(uint8_t to[BLOCK_LEN], const uint8_t from[BLOCK_LEN])
{
    uint64_t a[2];
    uint64_t b[2];

    memcpy(a, to, sizeof a);
    memcpy(b, from, sizeof b);
    a[0] ^= b[0];
    a[1] ^= b[1];
    memcpy(to, a, sizeof a);
}

/* len: 1 .. BLOCK_LEN. */
static inline void xor_into(uint8_t *to, const uint8_t *from, size_t len)
{
    if (len == BLOCK_LEN) {
        xor_block(to, from);
        return;
    }
    for (size_t i = 0; i < len; i++)
        to[i] ^= from[i];
}

/* Multiply by x in GF(2^128). */
static void block_double(struct aes_block *block)
{
    uint8_t carry = (uint8_t)(block->b[0] >> 7);

    for (size_t i = 0; i + 1 < BLOCK_LEN; i++)
        block->b[i] = (uint8_t)((block->b[i] << 1) | (block->b[i + 1] >> 7));
    block->b[BLOCK_LEN - 1] = (uint8_t)((block->b[BLOCK_LEN - 1] << 1) ^ (0x87 & (0 - carry)));
}

/* --- the batch --- */

static EVP_CIPHER_CTX *ecb_context(const uint8_t key[32])
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    if (ctx != NULL &&
        EVP_EncryptInit_ex2(ctx, algorithms_get()->aes256_ecb, key, NULL, NULL) == 1 &&
        EVP_CIPHER_CTX_set_padding(ctx, 0) == 1)
        return ctx;
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

/* CMAC of data, which is not empty. */
static bool cmac(const struct siv_batch *batch, struct bytes data, struct aes_block *ret)
{
    size_t last = (data.len - 1) / BLOCK_LEN * BLOCK_LEN;
    size_t last_len = data.len - last;
    bool is_good = true;

    *ret = (struct aes_block){{0}};
    for (size_t at = 0; is_good && at < last; at += BLOCK_LEN) {
        xor_block(ret->b, data.data + at);
        is_good = blocks_encrypt(batch->mac, ret->b, 1);
    }
    xor_into(ret->b, data.data + last, last_len);
    xor_block(ret->b, last_len == BLOCK_LEN ? batch->whole.b : batch->padded.b);
    if (last_len < BLOCK_LEN)
        ret->b[last_len] ^= 0x80;
    return is_good && blocks_encrypt(batch->mac, ret->b, 1);
}

/* CMAC's subkeys: AES(0) doubled, and doubled again. */
static bool subkeys_make(struct siv_batch *batch)
{
    bool is_good = blocks_encrypt(batch->mac, batch->whole.b, 1);

    block_double(&batch->whole);
    batch->padded = batch->whole;
    block_double(&batch->padded);
    return is_good;
}

static bool absorb(struct siv_batch *batch, struct bytes ad)
{
    static const uint8_t zeros[BLOCK_LEN];
    SECRET(aes_block) ad_mac = {{0}};
    bool is_good =
        cmac(batch, bytes_of(zeros, sizeof zeros), &batch->absorbed) && cmac(batch, ad, &ad_mac);

    block_double(&batch->absorbed);
    xor_block(batch->absorbed.b, ad_mac.b);
    return is_good;
}

bool siv_batch_init(struct siv_batch *batch, const struct siv_key *key, struct bytes ad)
{
    *batch = (struct siv_batch){
        .mac = ecb_context(key->b),
        .ctr = ecb_context(key->b + sizeof key->b / 2),
    };
    return batch->mac != NULL && batch->ctr != NULL && subkeys_make(batch) && absorb(batch, ad);
}

void siv_batch_done(struct siv_batch *batch)
{
    EVP_CIPHER_CTX_free(batch->mac); /* cleanses the key schedules */
    EVP_CIPHER_CTX_free(batch->ctr);
    schuil_wipe(batch, sizeof *batch);
}

/* --- sealing --- */

static void fold_make(const struct siv_batch *batch, size_t plain_len, struct fold *ret)
{
    SECRET(aes_block) absorbed = batch->absorbed;
    size_t block_count = (plain_len + BLOCK_LEN - 1) / BLOCK_LEN;
    uint8_t *last = ret->b + (block_count - 1) * BLOCK_LEN;
    bool is_padded = plain_len % BLOCK_LEN != 0;
    bool is_short = plain_len < BLOCK_LEN;

    *ret = (struct fold){.block_count = block_count};
    if (is_short)
        block_double(&absorbed);
    memcpy(is_short ? ret->b : ret->b + plain_len - BLOCK_LEN, absorbed.b, BLOCK_LEN);
    if (is_padded)
        ret->b[plain_len] ^= 0x80;
    /* A short plaintext was padded by S2V: to CMAC it is a full block. */
    xor_block(last, is_padded && !is_short ? batch->padded.b : batch->whole.b);
}

static size_t part_len(size_t plain_len, size_t block)
{
    size_t left = plain_len - block * BLOCK_LEN;

    return left < BLOCK_LEN ? left : BLOCK_LEN;
}

/* V of each plaintext of a chunk. */
static bool chunk_mac(EVP_CIPHER_CTX *mac, const struct fold *fold, size_t n, const uint8_t *plains,
                      size_t plain_len, struct chunk_blocks *ret)
{
    bool is_good = true;

    *ret = (struct chunk_blocks){{{0}}};
    for (size_t j = 0; is_good && j < fold->block_count; j++) {
        for (size_t i = 0; i < n; i++) {
            xor_block(ret->b[i], fold->b + j * BLOCK_LEN);
            xor_into(ret->b[i], plains + i * plain_len + j * BLOCK_LEN, part_len(plain_len, j));
        }
        is_good = blocks_encrypt(mac, ret->b[0], n);
    }
    return is_good;
}

/* Counter j of V: two bits cleared, so that j never carries out of the last four bytes. */
static inline void counter_make(const uint8_t v[BLOCK_LEN], size_t j, uint8_t ret[BLOCK_LEN])
{
    uint64_t halves[2];

    memcpy(halves, v, sizeof halves);
    halves[1] = htobe64((be64toh(halves[1]) & 0x7fffffff7fffffff) + j);
    memcpy(ret, halves, sizeof halves);
}

/* Block j of each box of a chunk, whose V are in place. */
static bool chunk_encrypt(EVP_CIPHER_CTX *ctr, size_t j, size_t n, const uint8_t *plains,
                          size_t plain_len, uint8_t *ret)
{
    __attribute__((cleanup(chunk_blocks_wipe))) struct chunk_blocks stream;
    size_t box_len = SIV_TAG_LEN + plain_len;
    size_t len = part_len(plain_len, j);

    for (size_t i = 0; i < n; i++)
        counter_make(ret + i * box_len, j, stream.b[i]);
    if (!blocks_encrypt(ctr, stream.b[0], n))
        return false;
    for (size_t i = 0; i < n; i++) {
        uint8_t *to = ret + i * box_len + SIV_TAG_LEN + j * BLOCK_LEN;
        memcpy(to, plains + i * plain_len + j * BLOCK_LEN, len);
        xor_into(to, stream.b[i], len);
    }
    return true;
}

static bool chunk_seal(const struct ciphers *ciphers, const struct fold *fold, size_t n,
                       const uint8_t *plains, size_t plain_len, uint8_t *ret)
{
    __attribute__((cleanup(chunk_blocks_wipe))) struct chunk_blocks tags;
    bool is_good = chunk_mac(ciphers->mac, fold, n, plains, plain_len, &tags);

    for (size_t i = 0; i < n; i++)
        memcpy(ret + i * (SIV_TAG_LEN + plain_len), tags.b[i], SIV_TAG_LEN);
    for (size_t j = 0; is_good && j * BLOCK_LEN < plain_len; j++)
        is_good = chunk_encrypt(ciphers->ctr, j, n, plains, plain_len, ret);
    return is_good;
}

/* A copy for one call; NULL on failure. */
static EVP_CIPHER_CTX *context_copy(const EVP_CIPHER_CTX *keyed)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    if (ctx != NULL && EVP_CIPHER_CTX_copy(ctx, keyed) == 1)
        return ctx;
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

bool siv_batch_seal(const struct siv_batch *batch, size_t n, const uint8_t *plains,
                    size_t plain_len, uint8_t *ret)
{
    __attribute__((cleanup(fold_wipe))) struct fold fold;
    struct ciphers ciphers = {context_copy(batch->mac), context_copy(batch->ctr)};
    size_t box_len = SIV_TAG_LEN + plain_len;
    bool is_good = ciphers.mac != NULL && ciphers.ctr != NULL;

    fold_make(batch, plain_len, &fold);
    for (size_t at = 0; is_good && at < n; at += CHUNK_COUNT) {
        size_t count = n - at < CHUNK_COUNT ? n - at : CHUNK_COUNT;
        is_good = chunk_seal(&ciphers, &fold, count, plains + at * plain_len, plain_len,
                             ret + at * box_len);
    }
    EVP_CIPHER_CTX_free(ciphers.mac);
    EVP_CIPHER_CTX_free(ciphers.ctr);
    if (!is_good)
        schuil_wipe(ret, n * box_len);
    return is_good;
}
