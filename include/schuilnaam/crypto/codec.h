/* SPDX-License-Identifier: Apache-2.0 */
/* base64url without padding (RFC 4648 section 5) and lower-case hex, without secret-dependent
 * branches or indexes. Decoding is strict: no padding, no white space, no other alphabet, unused
 * trailing bits zero. */
#ifndef SCHUILNAAM_CRYPTO_CODEC_H
#define SCHUILNAAM_CRYPTO_CODEC_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/rc.h"

/* Characters that n bytes become, without a terminator. */
static inline size_t schuil_b64u_len(size_t n)
{
    return (n * 4 + 2) / 3;
}

/* Write schuil_b64u_len(data.len) characters, no terminator. */
void schuil_b64u_encode(struct bytes data, char *ret);
/* Decode text into exactly ret_len bytes. RC_INPUT_BASE64: ret is zeros. */
SCHUIL_RC schuil_b64u_decode(struct bytes text, uint8_t *ret, size_t ret_len);
/* Write 2 * data.len characters, no terminator. */
void schuil_hex_encode(struct bytes data, char *ret);
/* Decode exactly 2 * ret_len characters of either case. RC_INPUT_HEX: ret is zeros. */
SCHUIL_RC schuil_hex_decode(struct bytes text, uint8_t *ret, size_t ret_len);

#endif
