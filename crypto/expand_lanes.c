/* SPDX-License-Identifier: Apache-2.0 */
/* expand_message_xmd of eight messages side by side, 64 bytes each: what hashing to the group asks.
 *
 * The zero block is the same for all, so its state is a constant here; so is all of b_1's block but
 * b_0:
 *
 *     b_0   message || 0x0040 00 || DST' || 0x80 0 .. length     one block or more, from that state
 *     b_1   b_0 || 0x01 || DST' || 0x80 0 .. length              one block
 *
 * Lanes take as many blocks as the longest of the eight asks; one that is done before keeps its
 * state. Lanes without a message hash an empty one, which nobody reads. What depends on lengths is
 * public, all else goes the same way for all values. The state of the eight is wiped at the end.
 * Sources: RFC 9380 section 5.3.1; FIPS 180-4 sections 5.1.2, 5.3.5 and 6.4. */
#include <assert.h>
#include <endian.h>
#include <stdalign.h>

#include "expand.h"
#include "group_kernel.h"
#include "schuilnaam/crypto/secret.h"
#include "sha512_lanes.h"

enum {
    BLOCK_LEN = 128,
    LENGTH_LEN = 16, /* of the message in bits, at the end of the last block */
    DIGEST_LEN = 64,
    SUFFIX_LEN_MAX = 3 + EXPAND_MANY_DST_LEN_MAX + 1 + 1,
};

static const uint64_t first_state[SHA512_STATE_COUNT] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

/* After one block of zeros. */
static const uint64_t zero_block_state[SHA512_STATE_COUNT] = {
    0xcf7881d5774acbe8, 0x533362e0fbc78070, 0x0267639d87460eda, 0x3086cb40e85931b0,
    0x717dc95288a023a3, 0x96bab2c14ce0b5e0, 0x6fc4fe04eae33e0b, 0x91f4d80cbd668bee};

/* What follows each message, with the bit that ends it. */
struct suffix {
    uint8_t b[SUFFIX_LEN_MAX];
    size_t len;
};

/* A group of eight under way. Secret. */
struct group {
    struct sha512_lanes hashes;
    uint64_t kept[SHA512_STATE_COUNT][LANE_COUNT]; /* the state before a block */
    uint8_t block[BLOCK_LEN];
    struct bytes messages[LANE_COUNT];
    size_t block_counts[LANE_COUNT];
    size_t most; /* of block_counts */
};

static inline void group_wipe(struct group *group)
{
    schuil_wipe(group, sizeof *group);
}

static uint64_t get_word(const uint8_t *from)
{
    uint64_t word;

    memcpy(&word, from, sizeof word);
    return be64toh(word);
}

static void put_word(uint8_t *to, uint64_t word)
{
    word = htobe64(word);
    memcpy(to, &word, sizeof word);
}

static struct suffix suffix_make(struct bytes dst)
{
    struct suffix suffix = {.len = 3 + dst.len + 1 + 1};

    suffix.b[1] = EXPAND_MANY_LEN;
    memcpy(suffix.b + 3, dst.data, dst.len);
    suffix.b[3 + dst.len] = (uint8_t)dst.len;
    suffix.b[3 + dst.len + 1] = 0x80;
    return suffix;
}

static void state_set(struct sha512_lanes *hashes, const uint64_t state[SHA512_STATE_COUNT])
{
    for (size_t i = 0; i < SHA512_STATE_COUNT; i++)
        for (size_t lane = 0; lane < LANE_COUNT; lane++)
            hashes->state[i][lane] = state[i];
}

/* --- b_0 --- */

/* Copy what of a piece, which begins at piece_at of a text, lies in the block at block_at. */
static void piece_copy(struct bytes piece, size_t piece_at, size_t block_at, uint8_t *block)
{
    size_t from = piece_at > block_at ? piece_at : block_at;
    size_t piece_end = piece_at + piece.len;
    size_t to = piece_end < block_at + BLOCK_LEN ? piece_end : block_at + BLOCK_LEN;

    if (from < to)
        memcpy(block + (from - block_at), piece.data + (from - piece_at), to - from);
}

/* Block j of a lane, into its words. */
static void block_load(struct group *group, size_t lane, size_t j, const struct suffix *suffix)
{
    struct bytes message = group->messages[lane];
    size_t text_len = message.len + suffix->len - 1; /* the bit is not of the text */

    memset(group->block, 0, sizeof group->block);
    piece_copy(message, 0, j * BLOCK_LEN, group->block);
    piece_copy(bytes_of(suffix->b, suffix->len), message.len, j * BLOCK_LEN, group->block);
    if (j + 1 == group->block_counts[lane])
        put_word(group->block + BLOCK_LEN - sizeof(uint64_t), 8 * (BLOCK_LEN + (uint64_t)text_len));
    for (size_t i = 0; i < SHA512_WORD_COUNT; i++)
        group->hashes.words[i][lane] = get_word(group->block + i * sizeof(uint64_t));
}

/* Lanes that were done before block j get their state back. */
static void done_restore(struct group *group, size_t j)
{
    for (size_t lane = 0; lane < LANE_COUNT; lane++)
        for (size_t i = 0; j >= group->block_counts[lane] && i < SHA512_STATE_COUNT; i++)
            group->hashes.state[i][lane] = group->kept[i][lane];
}

static void first_hash(void (*compress)(struct sha512_lanes *), struct group *group,
                       const struct suffix *suffix)
{
    state_set(&group->hashes, zero_block_state);
    for (size_t j = 0; j < group->most; j++) {
        for (size_t lane = 0; lane < LANE_COUNT; lane++)
            if (j < group->block_counts[lane])
                block_load(group, lane, j, suffix);
        memcpy(group->kept, group->hashes.state, sizeof group->kept);
        compress(&group->hashes);
        done_restore(group, j);
    }
}

/* --- b_1 --- */

/* b_0 of each lane is its state; suffix: DST' and the bit after it begin at its third byte. */
static void second_hash(void (*compress)(struct sha512_lanes *), struct group *group,
                        const struct suffix *suffix)
{
    uint8_t rest[BLOCK_LEN - DIGEST_LEN] = {1};
    size_t text_len = DIGEST_LEN + suffix->len - 3; /* 0x01 in, three bytes and the bit out */

    memcpy(rest + 1, suffix->b + 3, suffix->len - 3);
    put_word(rest + sizeof rest - sizeof(uint64_t), 8 * (uint64_t)text_len);
    memcpy(group->hashes.words, group->hashes.state, sizeof group->hashes.state);
    for (size_t i = 0; i < sizeof rest / sizeof(uint64_t); i++)
        for (size_t lane = 0; lane < LANE_COUNT; lane++)
            group->hashes.words[SHA512_STATE_COUNT + i][lane] =
                get_word(rest + i * sizeof(uint64_t));
    state_set(&group->hashes, first_state);
    compress(&group->hashes);
}

/* --- the way of a batch --- */

static void group_take(struct group *group, size_t n, const struct bytes *messages,
                       const struct suffix *suffix)
{
    group->most = 0;
    for (size_t lane = 0; lane < LANE_COUNT; lane++) {
        group->messages[lane] = lane < n ? messages[lane] : bytes_of(NULL, 0);
        size_t len = group->messages[lane].len + suffix->len + LENGTH_LEN;
        group->block_counts[lane] = (len + BLOCK_LEN - 1) / BLOCK_LEN;
        if (group->block_counts[lane] > group->most)
            group->most = group->block_counts[lane];
    }
}

void expand_lanes(void (*compress)(struct sha512_lanes *), size_t n, const struct bytes *messages,
                  struct bytes dst, uint8_t *ret)
{
    alignas(64) __attribute__((cleanup(group_wipe))) struct group group; /* a cache line a word */
    assert(dst.len >= 1 && dst.len <= EXPAND_MANY_DST_LEN_MAX);
    struct suffix suffix = suffix_make(dst);

    for (size_t at = 0; at < n; at += LANE_COUNT) {
        size_t count = n - at < LANE_COUNT ? n - at : LANE_COUNT;
        group_take(&group, count, messages + at, &suffix);
        first_hash(compress, &group, &suffix);
        second_hash(compress, &group, &suffix);
        for (size_t lane = 0; lane < count; lane++)
            for (size_t i = 0; i < SHA512_STATE_COUNT; i++)
                put_word(ret + (at + lane) * EXPAND_MANY_LEN + i * sizeof(uint64_t),
                         group.hashes.state[i][lane]);
    }
}

static SCHUIL_RC each_run(struct expander *expander, size_t n, const struct bytes *messages,
                          struct bytes dst, uint8_t *ret)
{
    for (size_t i = 0; i < n; i++)
        TRY(expander_run(expander, messages[i], dst, ret + i * EXPAND_MANY_LEN, EXPAND_MANY_LEN));
    return SCHUIL_OK;
}

SCHUIL_RC expand_each(size_t n, const struct bytes *messages, struct bytes dst, uint8_t *ret)
{
    struct expander expander;
    struct schuil_rc rc = expander_init(&expander);

    if (schuil_is_ok(rc))
        rc = each_run(&expander, n, messages, dst, ret);
    if (!schuil_is_ok(rc))
        schuil_wipe(ret, n * EXPAND_MANY_LEN);
    expander_done(&expander);
    return rc;
}

SCHUIL_RC expand_many(size_t n, const struct bytes *messages, struct bytes dst, uint8_t *ret)
{
    /* The kernel of the group that is chosen tells what this processor has, and what is wanted. */
    if (kernel_get() != kernel_ifma())
        return expand_each(n, messages, dst, ret);
    expand_lanes(sha512_lanes_compress, n, messages, dst, ret);
    return SCHUIL_OK;
}
