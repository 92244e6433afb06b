/* SPDX-License-Identifier: Apache-2.0 */
/* Powers of field elements: square roots of ratios and inverses.
 *
 * A power is a chain of 251 squarings, each of which waits for the one before. So everything here
 * takes two independent groups of eight and goes through both chains in turn: while one waits the
 * other works. Constant time: every exponent is fixed.
 * Source: RFC 9496 section 4.2 (SQRT_RATIO_M1). */
#ifndef CRYPTO_LANES_POWER_H
#define CRYPTO_LANES_POWER_H

#include "lanes/field.h"

enum { PAIR = 2 };

static const struct fe_constant fe_one = {{1, 0, 0, 0, 0}};
/* A square root of -1. */
static const struct fe_constant fe_sqrt_m1 = {
    {0xe1b274a0ea0b0, 0x06ad2fe478c4e, 0xdfbd7a72f4318, 0xdf0b2b4d00993, 0x2b8324804fc1}};

/* r = a^(2^count), count at least 1. */
static inline void pair_square(struct fe r[PAIR], const struct fe a[PAIR], int count)
{
    struct fe x = fe_square(&a[0]), y = fe_square(&a[1]);
    while (--count > 0) {
        x = fe_square(&x);
        y = fe_square(&y);
    }
    r[0] = x;
    r[1] = y;
}

static inline void pair_multiply(struct fe r[PAIR], const struct fe a[PAIR],
                                 const struct fe b[PAIR])
{
    r[0] = fe_multiply(&a[0], &b[0]);
    r[1] = fe_multiply(&a[1], &b[1]);
}

/* r = a^(2^count) * b */
static inline void pair_step(struct fe r[PAIR], const struct fe a[PAIR], int count,
                             const struct fe b[PAIR])
{
    struct fe t[PAIR];
    pair_square(t, a, count);
    pair_multiply(r, t, b);
}

/* r = z^((p - 5) / 8) = z^(2^252 - 3). Names tell the exponent: x7 is z^(2^7 - 1). */
static inline void pair_power(struct fe r[PAIR], const struct fe z[PAIR])
{
    struct fe x1[PAIR] = {z[0], z[1]}, x2[PAIR], x4[PAIR], x5[PAIR], x10[PAIR], x20[PAIR];
    struct fe x40[PAIR], x50[PAIR], x100[PAIR], x200[PAIR], x250[PAIR];
    pair_step(x2, x1, 1, x1);
    pair_step(x4, x2, 2, x2);
    pair_step(x5, x4, 1, x1);
    pair_step(x10, x5, 5, x5);
    pair_step(x20, x10, 10, x10);
    pair_step(x40, x20, 20, x20);
    pair_step(x50, x40, 10, x10);
    pair_step(x100, x50, 50, x50);
    pair_step(x200, x100, 100, x100);
    pair_step(x250, x200, 50, x50);
    pair_step(r, x250, 2, x1);
}

/* r = 1 / z, and 0 for 0: z^(p - 2) = (z^(2^252 - 3))^8 * z^3. */
static inline void pair_invert(struct fe r[PAIR], const struct fe z[PAIR])
{
    struct fe power[PAIR], cube[PAIR];
    pair_step(cube, z, 1, z);
    pair_power(power, z);
    pair_step(r, power, 3, cube);
}

/* What is left to do for one root: r is a candidate for sqrt(u / v) up to a fourth root of one.
 * Returns the lanes in which u / v is a square. */
static inline lane_mask root_correct(struct fe *r, const struct fe *u, const struct fe *v)
{
    const struct fe i = fe_of(&fe_sqrt_m1);
    struct fe square = fe_square(r), check = fe_multiply(&square, v), turned = fe_multiply(r, &i);
    struct fe minus_u = fe_negate(u), minus_ui = fe_multiply(&minus_u, &i);
    lane_mask is_right = fe_equals(&check, u), is_flipped = fe_equals(&check, &minus_u);
    lane_mask is_flipped_i = fe_equals(&check, &minus_ui);
    *r = fe_select(is_flipped | is_flipped_i, &turned, r);
    *r = fe_absolute(r);
    return is_right | is_flipped;
}

/* SQRT_RATIO_M1 of two groups: r = sqrt(u / v) where that is a square (a bit in ret_is_square),
 * else sqrt(i * u / v). r is not negative. */
static inline void pair_sqrt_ratio(lane_mask ret_is_square[PAIR], struct fe r[PAIR],
                                   const struct fe u[PAIR], const struct fe v[PAIR])
{
    struct fe v3[PAIR], v7[PAIR], uv3[PAIR], uv7[PAIR], power[PAIR];
    pair_step(v3, v, 1, v);
    pair_step(v7, v3, 1, v);
    pair_multiply(uv3, u, v3);
    pair_multiply(uv7, u, v7);
    pair_power(power, uv7);
    pair_multiply(r, uv3, power);
    for (int k = 0; k < PAIR; k++)
        ret_is_square[k] = root_correct(&r[k], &u[k], &v[k]);
}

#endif
