/* SPDX-License-Identifier: Apache-2.0 */
/* base64url without padding (RFC 4648 section 5) and lower-case hex, without secret-dependent
 * branches or indexes: the time depends on lengths and on whether a text is refused. Decoding is
 * strict: no padding, no white space, no other alphabet, unused trailing bits zero. Inputs are
 * borrowed; outputs may not overlap them. Any thread. */
#ifndef SCHUILNAAM_CRYPTO_CODEC_H
#define SCHUILNAAM_CRYPTO_CODEC_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/rc.h"

/* Characters that n bytes become, without a terminator. n at most SIZE_MAX / 4. */
static inline size_t schuil_b64u_len(size_t n)
{
    return (n * 4 + 2) / 3;
}

/* Write data as schuil_b64u_len(data.len) characters into ret, no terminator. */
void schuil_b64u_encode(struct bytes data, char *ret);

/* Decode text into exactly ret_len bytes: one text for each value, and one value for each text.
 * text      as it came from outside; its length must be schuil_b64u_len(ret_len).
 * Results   ok; RC_INPUT_BASE64 (length, character, or trailing bits): ret is zeros. */
SCHUIL_RC schuil_b64u_decode(struct bytes text, uint8_t *ret, size_t ret_len);

/* Write data as 2 * data.len characters 0-9 a-f into ret, no terminator. */
void schuil_hex_encode(struct bytes data, char *ret);

/* Decode exactly 2 * ret_len characters of either case.
 * Results   ok; RC_INPUT_HEX (length or character): ret is zeros. */
SCHUIL_RC schuil_hex_decode(struct bytes text, uint8_t *ret, size_t ret_len);

#endif
