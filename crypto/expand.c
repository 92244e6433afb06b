/* SPDX-License-Identifier: Apache-2.0 */
/* expand_message_xmd with SHA-512, which neither libsodium 1.0.18 nor OpenSSL 3.0 has.
 *
 *     b_0 = SHA-512(Z_pad || message || I2OSP(len, 2) || 0x00 || DST')
 *     b_i = SHA-512((b_0 xor b_(i-1)) || I2OSP(i, 1) || DST')        b_1 takes b_0 alone
 *     DST' = DST || I2OSP(length of DST, 1); output = the first len bytes of b_1 || b_2 ...
 *
 * The hash is OpenSSL's EVP with a fetched algorithm and contexts kept for the batch: one has
 * absorbed the zero block and is copied for each message (48 ns instead of 277 for the block). With
 * EVP's low-level calls a message would take 0.1 us less, but they are deprecated; libsodium's
 * SHA-512 was measured slower. Batches go through expand_lanes.c where they can.
 * Source: RFC 9380 section 5.3.1. */
#include "expand.h"

#include <openssl/evp.h>

#include "algorithms.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/secret.h"

enum { SHA512_LEN = 64, SHA512_BLOCK_LEN = 128 };

SECRET_TYPE(digest, SHA512_LEN)

SCHUIL_RC expander_init(struct expander *ret_expander)
{
    static const uint8_t z_pad[SHA512_BLOCK_LEN];

    *ret_expander = (struct expander){.begun = EVP_MD_CTX_new(), .hash = EVP_MD_CTX_new()};
    ENSURE(ret_expander->begun != NULL && ret_expander->hash != NULL, RC_INTERNAL_MEMORY);
    ENSURE(EVP_DigestInit_ex2(ret_expander->begun, algorithms_get()->sha512, NULL) == 1 &&
               EVP_DigestUpdate(ret_expander->begun, z_pad, sizeof z_pad) == 1,
           RC_INTERNAL);
    return SCHUIL_OK;
}

void expander_done(struct expander *expander)
{
    EVP_MD_CTX_free(expander->begun);
    EVP_MD_CTX_free(expander->hash);
    *expander = (struct expander){0};
}

/* What a context that is begun holds, and the parts after it. */
static bool hash_parts(EVP_MD_CTX *hash, size_t n, const struct bytes *parts, struct digest *ret)
{
    for (size_t i = 0; i < n; i++)
        if (EVP_DigestUpdate(hash, parts[i].data, parts[i].len) != 1)
            return false;
    return EVP_DigestFinal_ex(hash, ret->b, NULL) == 1;
}

static bool hash_first(const struct expander *expander, struct bytes message, struct bytes dst,
                       size_t ret_len, struct digest *ret)
{
    const uint8_t len[3] = {(uint8_t)(ret_len >> 8), (uint8_t)ret_len, 0};
    const uint8_t dst_len = (uint8_t)dst.len;
    const struct bytes parts[] = {message, bytes_of(len, sizeof len), dst, bytes_of(&dst_len, 1)};

    return EVP_MD_CTX_copy_ex(expander->hash, expander->begun) == 1 &&
           hash_parts(expander->hash, sizeof parts / sizeof parts[0], parts, ret);
}

static bool hash_next(EVP_MD_CTX *hash, const struct digest *mixed, uint8_t index, struct bytes dst,
                      struct digest *ret)
{
    const uint8_t dst_len = (uint8_t)dst.len;
    const struct bytes parts[] = {bytes_of(mixed->b, SHA512_LEN), bytes_of(&index, 1), dst,
                                  bytes_of(&dst_len, 1)};

    return EVP_DigestInit_ex2(hash, algorithms_get()->sha512, NULL) == 1 &&
           hash_parts(hash, sizeof parts / sizeof parts[0], parts, ret);
}

static void digest_xor(const struct digest *a, const struct digest *b, struct digest *ret)
{
    for (size_t i = 0; i < SHA512_LEN; i++)
        ret->b[i] = a->b[i] ^ b->b[i];
}

SCHUIL_RC expander_run(struct expander *expander, struct bytes message, struct bytes dst,
                       uint8_t *ret, size_t ret_len)
{
    SECRET(digest) first = {{0}};
    SECRET(digest) last = {{0}};
    SECRET(digest) mixed = {{0}};
    bool is_good = hash_first(expander, message, dst, ret_len, &first);

    for (size_t done = 0; is_good && done < ret_len; done += SHA512_LEN) {
        size_t part_len = ret_len - done < SHA512_LEN ? ret_len - done : SHA512_LEN;
        uint8_t index = (uint8_t)(done / SHA512_LEN + 1);
        digest_xor(&first, &last, &mixed); /* last is zero in the first round */
        is_good = hash_next(expander->hash, &mixed, index, dst, &last);
        memcpy(ret + done, last.b, part_len);
    }
    if (!is_good)
        schuil_wipe(ret, ret_len);
    ENSURE(is_good, RC_INTERNAL);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_expand_message_xmd(struct bytes message, struct bytes dst, uint8_t *ret,
                                    size_t ret_len)
{
    ENSURE(ret_len >= 1 && ret_len <= EXPAND_LEN_MAX, RC_INPUT_LENGTH);
    ENSURE(dst.len >= 1 && dst.len <= EXPAND_DST_LEN_MAX, RC_INPUT_LENGTH);

    struct expander expander;
    struct schuil_rc rc = expander_init(&expander);
    if (schuil_is_ok(rc))
        rc = expander_run(&expander, message, dst, ret, ret_len);
    else
        schuil_wipe(ret, ret_len);
    expander_done(&expander);
    return rc;
}
