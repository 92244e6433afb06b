/* SPDX-License-Identifier: Apache-2.0 */
/* base64url and hexadecimal.
 *
 * Written by hand, though libsodium has both: its base64 decoder is not strict (1.0.18 takes every
 * byte from 0x80 on for a character, so that one value has many texts), its encoders need room for
 * a terminator, which our columns of text do not have, and its decoders stop at the first wrong
 * character. Here every character is handled alike and the refusal is decided once, at the end: no
 * branch or index depends on the text, which the ct tests check. For ASCII texts the unit tests
 * compare the results with libsodium's.
 * Source: RFC 4648 sections 3.5, 5 and 8. */
#include "schuilnaam/crypto/codec.h"

#include "declassify.h"
#include "schuilnaam/crypto/secret.h"

/* All ones when lo <= c <= hi, else zero; c, lo, hi below 2^31. */
static uint32_t range_mask(uint32_t c, uint32_t lo, uint32_t hi)
{
    return 0 - (((lo - 1 - c) & (c - hi - 1)) >> 31);
}

static char b64u_char(uint32_t v)
{
    uint32_t c = range_mask(v, 0, 25) & (v + 'A');
    c |= range_mask(v, 26, 51) & (v - 26 + 'a');
    c |= range_mask(v, 52, 61) & (v - 52 + '0');
    c |= range_mask(v, 62, 62) & '-';
    c |= range_mask(v, 63, 63) & '_';
    return (char)c;
}

/* The six bits of a character; a wrong one sets bits of *bad. */
static uint32_t b64u_value(uint8_t c, uint32_t *bad)
{
    uint32_t v1 = range_mask(c, 'A', 'Z') & (c - 'A' + 1U); /* the value plus one, 0 if wrong */
    v1 |= range_mask(c, 'a', 'z') & (c - 'a' + 27U);
    v1 |= range_mask(c, '0', '9') & (c - '0' + 53U);
    v1 |= range_mask(c, '-', '-') & 63U;
    v1 |= range_mask(c, '_', '_') & 64U;
    *bad |= range_mask(v1, 0, 0);
    return (v1 - 1) & 63U;
}

void schuil_b64u_encode(struct bytes data, char *ret)
{
    uint32_t bits = 0;
    unsigned held = 0; /* bits not yet written: 0, 2 or 4 between bytes */

    for (size_t i = 0; i < data.len; i++) {
        bits = (bits << 8) | data.data[i];
        for (held += 8; held >= 6; held -= 6)
            *ret++ = b64u_char((bits >> (held - 6)) & 63U);
    }
    if (held > 0)
        *ret = b64u_char((bits << (6 - held)) & 63U);
}

SCHUIL_RC schuil_b64u_decode(struct bytes text, uint8_t *ret, size_t ret_len)
{
    uint32_t bits = 0;
    uint32_t bad = 0;
    unsigned held = 0; /* bits not yet written */
    size_t done = 0;

    if (text.len != schuil_b64u_len(ret_len)) {
        schuil_wipe(ret, ret_len);
        return schuil_rc(RC_INPUT_BASE64);
    }
    for (size_t i = 0; i < text.len; i++) {
        bits = (bits << 6) | b64u_value(text.data[i], &bad);
        held += 6;
        if (held >= 8) {
            held -= 8;
            ret[done++] = (uint8_t)(bits >> held);
        }
    }
    bad |= bits & ((1U << held) - 1); /* the unused trailing bits */
    declassify(&bad, sizeof bad);     /* that a text is refused is the answer */
    if (bad != 0) {
        schuil_wipe(ret, ret_len);
        return schuil_rc(RC_INPUT_BASE64);
    }
    return SCHUIL_OK;
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
