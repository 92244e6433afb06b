/* SPDX-License-Identifier: Apache-2.0 */
/* Shamir's secret sharing of a wrapping key, byte by byte over GF(2^8) (modulo x^8+x^4+x^3+x+1).
 * Any `threshold` shares give the key, fewer tell nothing about it. Shares carry no proof of
 * themselves here: whether one is right, the share set tells (engine/shares.h).
 * Source: A. Shamir, How to share a secret, CACM 22 (1979). */
#ifndef SCHUILNAAM_CRYPTO_SHAMIR_H
#define SCHUILNAAM_CRYPTO_SHAMIR_H

#include "schuilnaam/crypto/secret.h"
#include "schuilnaam/rc.h"

enum {
    SHARE_LEAST = 2,      /* shares that are needed, at least: one alone would be the key itself */
    SHARE_COUNT_MAX = 32, /* shares of a key */
    SHARE_LEN = 32
};

SECRET_TYPE(share_value, SHARE_LEN)

struct share_point {
    uint8_t x; /* public: the share's number, 1 .. SHARE_COUNT_MAX */
    struct share_value y;
};

/* Split a key into `count` shares.
 * ret_values  count values; that of share x stands at x - 1. The caller's to wipe.
 * Results     ok; RC_INPUT_VALUE (not SHARE_LEAST <= threshold <= count <= SHARE_COUNT_MAX): the
 *             values are untouched; RC_INTERNAL_RANDOM: they are zeros.
 * Constant time in the key and the shares. Any thread. */
SCHUIL_RC schuil_shamir_split(const struct wrapping_key *key, uint8_t threshold, uint8_t count,
                              struct share_value *ret_values);

/* The key at 0 of the polynomial through the points. Points that are not of one key, or too few,
 * give another key without a sign: verify it.
 * Results   ok; RC_INPUT_VALUE (count, an x of 0 or above SHARE_COUNT_MAX, an x twice): ret is
 *           zeros.
 * Constant time in the shares; the time depends on count and the x. Any thread. */
SCHUIL_RC schuil_shamir_combine(const struct share_point *points, size_t count,
                                struct wrapping_key *ret);

#endif
