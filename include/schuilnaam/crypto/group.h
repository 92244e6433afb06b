/* SPDX-License-Identifier: Apache-2.0 */
/* The group ristretto255, a batch at a time. This is the engine's one door to it.
 *
 * Every function takes n elements (n may be 0) and one scalar; a lone element is a batch of one.
 * `ret_ok[i]` is set to whether element i is good; where it is not, ret[i] is zeros. One bad
 * element does not touch the others. Inputs are checked as the protocol asks: elements canonical
 * and not the identity, scalars canonical and not zero (libsodium 1.0.18 accepts the all-zero
 * encoding, does not look at the highest bit of one, and does not check scalars). That something is
 * refused is public, and so is which; the rest takes the same time for all values.
 *
 * Two kernels compute, with results that are the same to the byte: portable (libsodium) and ifma
 * (eight lanes of AVX-512 IFMA), which schuil_crypto_init chooses where it can run.
 *
 * Inputs are borrowed. Any thread, after schuil_crypto_init; no state is shared.
 * Source: RFC 9496; RFC 9497 section 4.1 (ristretto255-SHA512); RFC 9380 section 5.3.1. */
#ifndef SCHUILNAAM_CRYPTO_GROUP_H
#define SCHUILNAAM_CRYPTO_GROUP_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/crypto/secret.h"
#include "schuilnaam/rc.h"

enum { EXPAND_LEN_MAX = 255 * 64, EXPAND_DST_LEN_MAX = 255 };

/* The kernel in use: "portable" or "ifma". */
const char *schuil_group_kernel(void);

/* The kernel in use makes of a slice of random elements what the portable one makes of it. For the
 * start of a server; takes some 10 ms.
 * Results   ok; RC_CONFIG_SELFTEST: it does not, and no pseudonym may be made with it;
 *           RC_INTERNAL_RANDOM. */
SCHUIL_RC schuil_group_selftest(void);

/* H(x): RFC 9497 HashToGroup in mode 0x01, of n inputs.
 * inputs    n strings of 0 .. 65,535 bytes, secret.
 * ret       n elements, secret; ret_ok n verdicts: false only if the map gives the identity (never
 *           seen).
 * Results   ok; RC_INPUT_LENGTH (an input is too long), RC_INTERNAL_MEMORY, RC_INTERNAL: all of ret
 *           is zeros, all of ret_ok false. */
SCHUIL_RC schuil_group_hash(size_t n, const struct bytes *inputs, struct element *ret,
                            bool *ret_ok);

/* ret[i] = scalar * H(inputs[i]): what issuing needs, without the encoding and decoding between the
 * two. Equal, byte for byte, to schuil_group_hash followed by schuil_group_multiply.
 * inputs    n strings of 0 .. 65,535 bytes, secret.
 * scalar    secret; checked.
 * ret       n elements, secret; ret_ok n verdicts: false only if the map gives the identity.
 * Results   ok; RC_CRYPTO_SCALAR, RC_INPUT_LENGTH, RC_INTERNAL_MEMORY, RC_INTERNAL: all of ret is
 *           zeros, all of ret_ok false. */
SCHUIL_RC schuil_group_evaluate(size_t n, const struct bytes *inputs, const struct scalar *scalar,
                                struct element *ret, bool *ret_ok);

/* ret[i] = scalar * elements[i].
 * elements  n encodings, from outside or not; each is checked.
 * scalar    secret; checked.
 * ret       n elements; may be `elements` itself.
 * Results   ok, also when single elements were refused; RC_CRYPTO_SCALAR: all of ret is zeros, all
 *           of ret_ok false. */
SCHUIL_RC schuil_group_multiply(size_t n, const struct element *elements,
                                const struct scalar *scalar, struct element *ret, bool *ret_ok);

/* ret_ok[i]: elements[i] is canonical and not the identity. Multiplying checks by itself; this is
 * for elements that are only kept or compared. */
void schuil_group_check(size_t n, const struct element *elements, bool *ret_ok);

/* ret = scalar * G, the public part of a key.
 * Results   ok; RC_CRYPTO_SCALAR: ret is zeros. */
SCHUIL_RC schuil_group_base(const struct scalar *scalar, struct element *ret);

/* A scalar of 1 .. l-1: 64 random bytes reduced mod l, zero drawn again.
 * Results   ok; RC_INTERNAL_RANDOM: ret is zeros. */
SCHUIL_RC schuil_scalar_random(struct scalar *ret);

/* The scalar of 64 bytes, little-endian, reduced mod l.
 * Results   ok; RC_CRYPTO_SCALAR (it is zero): ret is zeros. */
SCHUIL_RC schuil_scalar_reduce(const uint8_t wide[64], struct scalar *ret);

/* Results   ok; RC_CRYPTO_SCALAR: s is l or more, or zero. */
SCHUIL_RC schuil_scalar_check(const struct scalar *s);

/* ret = a * b mod l. ret may be a or b.
 * Results   ok; RC_CRYPTO_SCALAR (a or b refused): ret is zeros. */
SCHUIL_RC schuil_scalar_multiply(const struct scalar *a, const struct scalar *b,
                                 struct scalar *ret);

/* ret = a^-1 mod l. ret may be a.
 * Results   ok; RC_CRYPTO_SCALAR: ret is zeros. */
SCHUIL_RC schuil_scalar_invert(const struct scalar *a, struct scalar *ret);

/* expand_message_xmd with SHA-512 (RFC 9380 section 5.3.1).
 * message   any length, secret.
 * dst       1 .. EXPAND_DST_LEN_MAX bytes, public.
 * ret_len   1 .. EXPAND_LEN_MAX.
 * Results   ok; RC_INPUT_LENGTH: ret is untouched; RC_INTERNAL_MEMORY, RC_INTERNAL: ret is zeros.
 */
SCHUIL_RC schuil_expand_message_xmd(struct bytes message, struct bytes dst, uint8_t *ret,
                                    size_t ret_len);

#endif
