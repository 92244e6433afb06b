/* SPDX-License-Identifier: Apache-2.0 */
/* base64url and hex without secret-dependent branches or indexes.
 *
 * Hand-written for base64url, as libsodium's decoder checks the character set by branches on each
 * character and takes 0.6 us for 120 characters. Here each character goes through arithmetic masks,
 * and the verdict is looked at once, at the end. Source: RFC 4648 section 5. */
#include "schuilnaam/crypto/codec.h"

#include <sodium.h>

#include "schuilnaam/crypto/secret.h"

/* All ones when low <= c <= high, else zero. Operands below 2^16. */
static uint32_t in_range(uint32_t c, uint32_t low, uint32_t high)
{
    return (((low - 1 - c) & (c - high - 1)) >> 31) * 0xffffffffu;
}

static char letter_of(uint32_t six)
{
    uint32_t c = in_range(six, 0, 25) & ('A' + six);

    c |= in_range(six, 26, 51) & ('a' + six - 26);
    c |= in_range(six, 52, 61) & ('0' + six - 52);
    c |= in_range(six, 62, 62) & '-';
    c |= in_range(six, 63, 63) & '_';
    return (char)c;
}

/* The six bits of a letter; other bits set when it is none. */
static uint32_t bits_of(uint8_t c)
{
    uint32_t upper = in_range(c, 'A', 'Z'), lower = in_range(c, 'a', 'z');
    uint32_t digit = in_range(c, '0', '9'), minus = in_range(c, '-', '-');
    uint32_t under = in_range(c, '_', '_');
    uint32_t known = upper | lower | digit | minus | under;

    return (upper & (uint32_t)(c - 'A')) | (lower & (uint32_t)(c - 'a' + 26)) |
           (digit & (uint32_t)(c - '0' + 52)) | (minus & 62u) | (under & 63u) | (~known & ~63u);
}

void schuil_b64u_encode(struct bytes data, char *ret)
{
    uint32_t bits = 0;
    unsigned held = 0;

    for (size_t i = 0; i < data.len; i++) {
        bits = (bits << 8) | data.data[i];
        for (held += 8; held >= 6; held -= 6)
            *ret++ = letter_of((bits >> (held - 6)) & 63);
    }
    if (held > 0)
        *ret = letter_of((bits << (6 - held)) & 63);
}

SCHUIL_RC schuil_b64u_decode(struct bytes text, uint8_t *ret, size_t ret_len)
{
    uint32_t bits = 0, bad = 0;
    unsigned held = 0;
    size_t done = 0;

    if (text.len != schuil_b64u_len(ret_len)) {
        schuil_wipe(ret, ret_len);
        return schuil_rc(RC_INPUT_BASE64);
    }
    for (size_t i = 0; i < text.len; i++) {
        uint32_t six = bits_of(text.data[i]);
        bad |= six & ~63u;
        bits = (bits << 6) | (six & 63);
        held += 6;
        if (held >= 8) {
            held -= 8;
            ret[done++] = (uint8_t)(bits >> held);
        }
    }
    bad |= bits & ((1u << held) - 1); /* unused trailing bits */
    if (bad != 0) {
        schuil_wipe(ret, ret_len);
        return schuil_rc(RC_INPUT_BASE64);
    }
    return SCHUIL_OK;
}

void schuil_hex_encode(struct bytes data, char *ret)
{
    for (size_t i = 0; i < data.len; i++) {
        char pair[3];
        sodium_bin2hex(pair, sizeof pair, &data.data[i], 1); /* constant time */
        ret[2 * i] = pair[0];
        ret[2 * i + 1] = pair[1];
    }
}

SCHUIL_RC schuil_hex_decode(struct bytes text, uint8_t *ret, size_t ret_len)
{
    size_t len = 0;

    if (text.len != 2 * ret_len ||
        sodium_hex2bin(ret, ret_len, (const char *)text.data, text.len, NULL, &len, NULL) != 0 ||
        len != ret_len) {
        schuil_wipe(ret, ret_len);
        return schuil_rc(RC_INPUT_HEX);
    }
    return SCHUIL_OK;
}
