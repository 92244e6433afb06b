/* SPDX-License-Identifier: Apache-2.0 */
/* base64url and hexadecimal.
 *
 * Written by hand, though libsodium has both: its base64 decoder is not strict (1.0.18 takes every
 * byte from 0x80 on for a character, so that one value has many texts), its encoders need room for
 * a terminator, which our columns of text do not have, and its decoders stop at the first wrong
 * character. Here every character is handled alike and the refusal is decided once, at the end: no
 * branch or index depends on the text, which the ct tests check. For ASCII texts the unit tests
 * compare the results with libsodium's.
 *
 * base64url goes 12 bytes and 16 characters at a time, in the compiler's own vectors (two words of
 * 64 bits), whose comparisons are masks and not branches. What is left at the end goes the same
 * way in a buffer of that size:
 *
 *     12 bytes <-> 2 x 48 bits <-> 16 x 6 bits <-> 16 characters
 *
 * Source: RFC 4648 sections 3.5, 5 and 8. */
#include "schuilnaam/crypto/codec.h"

#include "declassify.h"
#include "schuilnaam/crypto/secret.h"

enum { GROUP_LEN = 12, GROUP_TEXT_LEN = 16 };

typedef uint8_t u8x16 __attribute__((vector_size(16)));
typedef uint64_t u64x2 __attribute__((vector_size(16)));

/* The first of eight bytes in memory is the lowest of a word. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the vectors are read as words");

/* --- base64url --- */

static uint64_t load_big(const uint8_t *from)
{
    uint64_t word;

    memcpy(&word, from, sizeof word);
    return __builtin_bswap64(word);
}

/* All ones where lo <= c <= hi, else zeros. */
static u8x16 in_range(u8x16 c, uint8_t lo, uint8_t hi)
{
    return (u8x16)(c - lo <= (u8x16){0} + (uint8_t)(hi - lo));
}

/* Two times 48 bits to 16 times six, the highest first in memory: halves, quarters, eighths. */
static u8x16 sextets_of(u64x2 x)
{
    x = ((x >> 24) & 0xffffff) | ((x & 0xffffff) << 32);
    x = ((x >> 12) & 0x00000fff00000fff) | ((x & 0x00000fff00000fff) << 16);
    x = ((x >> 6) & 0x003f003f003f003f) | ((x & 0x003f003f003f003f) << 8);
    return (u8x16)x;
}

/* And back. */
static u64x2 words_of(u8x16 sextets)
{
    u64x2 x = (u64x2)sextets;

    x = ((x & 0x003f003f003f003f) << 6) | ((x >> 8) & 0x003f003f003f003f);
    x = ((x & 0x00000fff00000fff) << 12) | ((x >> 16) & 0x00000fff00000fff);
    return ((x & 0xffffff) << 24) | (x >> 32);
}

static void group_encode(const uint8_t data[GROUP_LEN], char ret[GROUP_TEXT_LEN])
{
    u64x2 words = {load_big(data) >> 16, load_big(data + 4) & 0xffffffffffff};
    u8x16 v = sextets_of(words);
    u8x16 c = v + 'A';

    /* From the alphabet before to the next: what the step between the two adds. */
    c += in_range(v, 26, 63) & (uint8_t)('a' - 26 - 'A');
    c += in_range(v, 52, 63) & (uint8_t)('0' - 52 - ('a' - 26));
    c += in_range(v, 62, 63) & (uint8_t)('-' - 62 - ('0' - 52));
    c += in_range(v, 63, 63) & (uint8_t)('_' - 63 - ('-' - 62));
    memcpy(ret, &c, sizeof c);
}

/* Write the bytes of 16 characters; returns ones in the places of wrong ones. */
static inline u8x16 group_decode(const uint8_t text[GROUP_TEXT_LEN], uint8_t ret[GROUP_LEN])
{
    u8x16 c;

    memcpy(&c, text, sizeof c);
    u8x16 upper = in_range(c, 'A', 'Z');
    u8x16 lower = in_range(c, 'a', 'z');
    u8x16 digit = in_range(c, '0', '9');
    u8x16 hyphen = in_range(c, '-', '-');
    u8x16 line = in_range(c, '_', '_');
    u8x16 v = c + ((upper & (uint8_t)(0 - 'A')) | (lower & (uint8_t)(26 - 'a')) |
                   (digit & (uint8_t)(52 - '0')) | (hyphen & (uint8_t)(62 - '-')) |
                   (line & (uint8_t)(63 - '_')));
    u64x2 words = words_of(v & 63);
    uint64_t high = __builtin_bswap64(words[0] << 16 | words[1] >> 32);
    uint32_t low = __builtin_bswap32((uint32_t)words[1]);
    memcpy(ret, &high, sizeof high);
    memcpy(ret + sizeof high, &low, sizeof low);
    return ~(upper | lower | digit | hyphen | line);
}

void schuil_b64u_encode(struct bytes data, char *ret)
{
    uint8_t last[GROUP_LEN] = {0};
    char last_text[GROUP_TEXT_LEN];
    size_t done = 0;

    for (; data.len - done >= GROUP_LEN; done += GROUP_LEN, ret += GROUP_TEXT_LEN)
        group_encode(data.data + done, ret);
    if (done == data.len)
        return;
    memcpy(last, data.data + done, data.len - done);
    group_encode(last, last_text);
    memcpy(ret, last_text, schuil_b64u_len(data.len - done));
    schuil_wipe(last, sizeof last);
    schuil_wipe(last_text, sizeof last_text);
}

/* The end of a text, fewer than 16 characters that become ret_len bytes, filled up with zero bits.
 * The unused bits of its last character must be zeros too: they are in the bytes past ret_len. */
static u8x16 tail_decode(const uint8_t *text, uint8_t *ret, size_t ret_len)
{
    uint8_t full[GROUP_TEXT_LEN];
    uint8_t bytes[GROUP_LEN];

    memset(full, 'A', sizeof full);
    memcpy(full, text, schuil_b64u_len(ret_len));
    u8x16 bad = group_decode(full, bytes);
    memcpy(ret, bytes, ret_len);
    for (size_t i = ret_len; i < GROUP_LEN; i++)
        bad |= bytes[i];
    schuil_wipe(full, sizeof full);
    schuil_wipe(bytes, sizeof bytes);
    return bad;
}

SCHUIL_RC schuil_b64u_decode(struct bytes text, uint8_t *ret, size_t ret_len)
{
    const uint8_t *from = text.data;
    u8x16 bad = {0};
    size_t done = 0;

    if (text.len != schuil_b64u_len(ret_len)) {
        schuil_wipe(ret, ret_len);
        return schuil_rc(RC_INPUT_BASE64);
    }
    for (; ret_len - done >= GROUP_LEN; done += GROUP_LEN, from += GROUP_TEXT_LEN)
        bad |= group_decode(from, ret + done);
    if (done < ret_len)
        bad |= tail_decode(from, ret + done, ret_len - done);
    if (!declassify_bool(schuil_ct_is_zero(&bad, sizeof bad))) { /* a refusal is the answer */
        schuil_wipe(ret, ret_len);
        return schuil_rc(RC_INPUT_BASE64);
    }
    return SCHUIL_OK;
}

/* --- hexadecimal --- */

/* All ones when lo <= c <= hi, else zero; c, lo, hi below 2^31. */
static uint32_t range_mask(uint32_t c, uint32_t lo, uint32_t hi)
{
    return 0 - (((lo - 1 - c) & (c - hi - 1)) >> 31);
}

static char hex_char(uint32_t v)
{
    return (char)(v + '0' + (range_mask(v, 10, 15) & ('a' - '0' - 10)));
}

/* The four bits of a character; a wrong one sets bits of *bad. */
static uint32_t hex_value(uint8_t c, uint32_t *bad)
{
    uint32_t v1 = range_mask(c, '0', '9') & (c - '0' + 1U); /* the value plus one, 0 if wrong */
    v1 |= range_mask(c, 'a', 'f') & (c - 'a' + 11U);
    v1 |= range_mask(c, 'A', 'F') & (c - 'A' + 11U);
    *bad |= range_mask(v1, 0, 0);
    return (v1 - 1) & 15U;
}

void schuil_hex_encode(struct bytes data, char *ret)
{
    for (size_t i = 0; i < data.len; i++) {
        ret[2 * i] = hex_char(data.data[i] >> 4);
        ret[2 * i + 1] = hex_char(data.data[i] & 15U);
    }
}

SCHUIL_RC schuil_hex_decode(struct bytes text, uint8_t *ret, size_t ret_len)
{
    uint32_t bad = 0;

    if (text.len / 2 != ret_len || text.len % 2 != 0) {
        schuil_wipe(ret, ret_len);
        return schuil_rc(RC_INPUT_HEX);
    }
    for (size_t i = 0; i < ret_len; i++) {
        uint32_t high = hex_value(text.data[2 * i], &bad);
        ret[i] = (uint8_t)((high << 4) | hex_value(text.data[2 * i + 1], &bad));
    }
    declassify(&bad, sizeof bad); /* that a text is refused is the answer */
    if (bad != 0) {
        schuil_wipe(ret, ret_len);
        return schuil_rc(RC_INPUT_HEX);
    }
    return SCHUIL_OK;
}
