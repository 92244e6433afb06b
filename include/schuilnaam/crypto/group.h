/* SPDX-License-Identifier: Apache-2.0 */
/* The group ristretto255, a batch at a time. This is the engine's one door to it.
 *
 * Every function takes n elements and one scalar; a lone element is a batch of one. `ok[i]` is set
 * to whether element i is good; where it is not, ret[i] is zeros. Inputs are checked as the
 * protocol asks: canonical, not the identity; scalars canonical and not zero (libsodium 1.0.18
 * accepts the all-zero encoding and does not check scalars).
 * Source: RFC 9496; RFC 9497 section 4.1 (ristretto255-SHA512); RFC 9380 section 5.3.1. */
#ifndef SCHUILNAAM_CRYPTO_GROUP_H
#define SCHUILNAAM_CRYPTO_GROUP_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/crypto/secret.h"
#include "schuilnaam/rc.h"

enum { EXPAND_LEN_MAX = 255 * 64, EXPAND_DST_LEN_MAX = 255 };

/* H(x): RFC 9497 HashToGroup in mode 0x01. n inputs of any length (0 .. 65,535 bytes).
 * ok[i] false only if the map gives the identity (never seen). */
SCHUIL_RC schuil_group_hash(size_t n, const struct bytes *inputs, struct element *ret,
                            bool *ret_ok);
/* ret[i] = scalar * elements[i]. ret may be elements. RC_CRYPTO_SCALAR when the scalar is not
 * canonical or zero: ret is zeros and no ok set. */
SCHUIL_RC schuil_group_multiply(size_t n, const struct element *elements,
                                const struct scalar *scalar, struct element *ret, bool *ret_ok);
/* ok[i]: elements[i] is canonical and not the identity. */
void schuil_group_check(size_t n, const struct element *elements, bool *ret_ok);
/* ret = scalar * G. RC_CRYPTO_SCALAR as above. */
SCHUIL_RC schuil_group_base(const struct scalar *scalar, struct element *ret);

/* Scalars mod l. */
SCHUIL_RC schuil_scalar_random(struct scalar *ret); /* RC_INTERNAL_RANDOM */
SCHUIL_RC schuil_scalar_check(const struct scalar *s); /* RC_CRYPTO_SCALAR: not canonical, or zero */
SCHUIL_RC schuil_scalar_multiply(const struct scalar *a, const struct scalar *b,
                                 struct scalar *ret);
SCHUIL_RC schuil_scalar_invert(const struct scalar *a, struct scalar *ret);

/* expand_message_xmd with SHA-512 (RFC 9380 section 5.3.1): ret_len 1 .. 255*64, dst 1 .. 255
 * bytes; RC_INPUT_LENGTH otherwise and ret is untouched. */
SCHUIL_RC schuil_expand_message_xmd(struct bytes message, struct bytes dst, uint8_t *ret,
                                    size_t ret_len);

#endif
