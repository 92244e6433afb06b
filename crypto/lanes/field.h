/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic modulo p = 2^255 - 19 on eight numbers at a time.
 *
 * A number is five limbs of radix 2^52; lane k of each limb belongs to number k. The processor's
 * multiplier reads the lower 52 bits of an operand and nothing above them, and that decides the two
 * forms a number takes, each a type of its own:
 *
 *   struct fe    an operand. Of limbs 0 .. 3 only the lower 52 bits count: what stands above has
 *                already been carried on and is left where it is, which saves the masks.
 *                Limb 4 < 2^47 + 2^12. The number is below 2^255 + 2^220.
 *   struct wide  a sum of products, not yet carried: value = sum of limb[i] * 2^(52 i), all 64 bits
 *                count. May be added and subtracted, not multiplied.
 *
 *   fe * fe -> wide (below 2^56 a limb) -> sums of wides (below 2^62) -> fe_carry -> fe
 *
 * Where the bounds come from: a product's column k holds at most 5 lower and 4 upper halves (each
 * below 2^52), plus what is folded back (two halves): at most 11 * 2^52 < 2^56. The radix being the
 * multiplier's own width, upper halves need no doubling. 2^260 = 32 * 19 = FOLD modulo p, so column
 * k + 5 counts FOLD times in column k.
 * WITH_LANE_CHECKS ends the process at a bound that does not hold. Constant time throughout.
 * Sources: RFC 9496 section 4.1 for p and the constants; the radix follows from VPMADD52's operand
 * width. */
#ifndef CRYPTO_LANES_FIELD_H
#define CRYPTO_LANES_FIELD_H

#include "lanes/vector.h"

#ifdef WITH_LANE_CHECKS
#include <stdlib.h>
#endif

enum { LIMBS = 5, LIMB_BITS = 52, TOP_BITS = 47, FOLD = 608, PRIME_TAIL = 19 };

struct fe {
    v8 limb[LIMBS];
};

struct wide {
    v8 limb[LIMBS];
};

/* A constant, the same in all lanes. */
struct fe_constant {
    uint64_t limb[LIMBS];
};

static const uint64_t limb_mask = ((uint64_t)1 << LIMB_BITS) - 1;
static const uint64_t top_mask = ((uint64_t)1 << TOP_BITS) - 1;

/* ---- the bounds, looked at in checking builds, also with NDEBUG ---- */

LANE_INLINE void check_below(v8 limb, unsigned bits)
{
#ifdef WITH_LANE_CHECKS
    if (v8_zeros(limb >> bits) != 0xff)
        abort();
#else
    (void)limb;
    (void)bits;
#endif
}

LANE_INLINE void check_wide(const struct wide *a, unsigned bits)
{
    for (int i = 0; i < LIMBS; i++)
        check_below(a->limb[i], bits);
}

/* Limb 4 < 2^47 + 2^12. */
LANE_INLINE void check_fe(const struct fe *a)
{
    check_below(a->limb[4] + v8_of(((uint64_t)1 << TOP_BITS) - ((uint64_t)1 << 12)), TOP_BITS + 1);
}

/* ---- between the forms ---- */

LANE_INLINE struct fe fe_of(const struct fe_constant *k)
{
    return (struct fe){{v8_of(k->limb[0]), v8_of(k->limb[1]), v8_of(k->limb[2]), v8_of(k->limb[3]),
                        v8_of(k->limb[4])}};
}

/* Limbs below 2^62 to an operand. The top is folded first, so that one pass upwards is enough:
 * limb 4 ends as 47 bits and a carry of at most 2^10. */
LANE_INLINE struct fe fe_carry(const struct wide *a)
{
    struct fe r;
    check_wide(a, 62);
    r.limb[4] = a->limb[4] & v8_of(top_mask);
    r.limb[0] = v8_madd_low(a->limb[0], a->limb[4] >> TOP_BITS, v8_of(PRIME_TAIL));
    r.limb[1] = a->limb[1] + (r.limb[0] >> LIMB_BITS);
    r.limb[2] = a->limb[2] + (r.limb[1] >> LIMB_BITS);
    r.limb[3] = a->limb[3] + (r.limb[2] >> LIMB_BITS);
    r.limb[4] = r.limb[4] + (r.limb[3] >> LIMB_BITS);
    check_fe(&r);
    return r;
}

/* What an operand stands for, as a sum: the bits that do not count are taken off. */
LANE_INLINE struct wide fe_widen(const struct fe *a)
{
    const v8 m = v8_of(limb_mask);
    return (struct wide){
        {a->limb[0] & m, a->limb[1] & m, a->limb[2] & m, a->limb[3] & m, a->limb[4]}};
}

/* ---- sums ---- */

LANE_INLINE struct wide wide_add(const struct wide *a, const struct wide *b)
{
    return (struct wide){{a->limb[0] + b->limb[0], a->limb[1] + b->limb[1], a->limb[2] + b->limb[2],
                          a->limb[3] + b->limb[3], a->limb[4] + b->limb[4]}};
}

/* a - b + 2^(bits - 47) * p. The multiple of p is written with limbs just under 2^bits, so that no
 * limb goes below zero: those of b are below 2^(bits - 1). */
LANE_INLINE struct wide wide_subtract(const struct wide *a, const struct wide *b, unsigned bits)
{
    const uint64_t unit = (uint64_t)1 << bits;
    const v8 first = v8_of(unit - ((uint64_t)PRIME_TAIL << (bits - TOP_BITS)));
    const v8 other = v8_of(unit - ((uint64_t)1 << (bits - LIMB_BITS)));
    check_wide(b, bits - 1);
    return (struct wide){{a->limb[0] + first - b->limb[0], a->limb[1] + other - b->limb[1],
                          a->limb[2] + other - b->limb[2], a->limb[3] + other - b->limb[3],
                          a->limb[4] + other - b->limb[4]}};
}

/* ---- products ---- */

/* Column sums to limbs: columns 5 .. 8 are carried on, and count FOLD times five places lower.
 * Column 9 is below 2^42 + 2^9, so that FOLD times it stays within 52 bits. */
LANE_INLINE struct wide columns_fold(v8 c[2 * LIMBS])
{
    const v8 fold = v8_of(FOLD);
    struct wide r;
    c[6] += c[5] >> LIMB_BITS;
    c[7] += c[6] >> LIMB_BITS;
    c[8] += c[7] >> LIMB_BITS;
    c[9] += c[8] >> LIMB_BITS;
    check_below(c[9], 42 + 1);
    r.limb[0] = v8_madd_low(c[0], c[5], fold);
    r.limb[1] = v8_madd_high(v8_madd_low(c[1], c[6], fold), c[5], fold);
    r.limb[2] = v8_madd_high(v8_madd_low(c[2], c[7], fold), c[6], fold);
    r.limb[3] = v8_madd_high(v8_madd_low(c[3], c[8], fold), c[7], fold);
    r.limb[4] = v8_madd_high(v8_madd_low(c[4], c[9], fold), c[8], fold);
    check_wide(&r, 56);
    return r;
}

/* Add x * y, whose weight is that of column k. */
#define COLUMN_ADD(c, k, x, y)                                                                     \
    do {                                                                                           \
        (c)[k] = v8_madd_low((c)[k], x, y);                                                        \
        (c)[(k) + 1] = v8_madd_high((c)[(k) + 1], x, y);                                           \
    } while (0)

#define ROW_ADD(c, i, a, b)                                                                        \
    do {                                                                                           \
        COLUMN_ADD(c, (i) + 0, (a)->limb[i], (b)->limb[0]);                                        \
        COLUMN_ADD(c, (i) + 1, (a)->limb[i], (b)->limb[1]);                                        \
        COLUMN_ADD(c, (i) + 2, (a)->limb[i], (b)->limb[2]);                                        \
        COLUMN_ADD(c, (i) + 3, (a)->limb[i], (b)->limb[3]);                                        \
        COLUMN_ADD(c, (i) + 4, (a)->limb[i], (b)->limb[4]);                                        \
    } while (0)

LANE_INLINE struct wide wide_multiply(const struct fe *a, const struct fe *b)
{
    v8 c[2 * LIMBS] = {{0}};
    check_fe(a);
    check_fe(b);
    ROW_ADD(c, 0, a, b);
    ROW_ADD(c, 1, a, b);
    ROW_ADD(c, 2, a, b);
    ROW_ADD(c, 3, a, b);
    ROW_ADD(c, 4, a, b);
    return columns_fold(c);
}

/* Each product of two different limbs once, doubled, and then the squares. */
LANE_INLINE struct wide wide_square(const struct fe *a)
{
    v8 c[2 * LIMBS] = {{0}};
    const v8 *x = a->limb;
    check_fe(a);
    COLUMN_ADD(c, 1, x[0], x[1]);
    COLUMN_ADD(c, 2, x[0], x[2]);
    COLUMN_ADD(c, 3, x[0], x[3]);
    COLUMN_ADD(c, 4, x[0], x[4]);
    COLUMN_ADD(c, 3, x[1], x[2]);
    COLUMN_ADD(c, 4, x[1], x[3]);
    COLUMN_ADD(c, 5, x[1], x[4]);
    COLUMN_ADD(c, 5, x[2], x[3]);
    COLUMN_ADD(c, 6, x[2], x[4]);
    COLUMN_ADD(c, 7, x[3], x[4]);
    for (int k = 1; k < 2 * LIMBS - 1; k++)
        c[k] += c[k];
    COLUMN_ADD(c, 0, x[0], x[0]);
    COLUMN_ADD(c, 2, x[1], x[1]);
    COLUMN_ADD(c, 4, x[2], x[2]);
    COLUMN_ADD(c, 6, x[3], x[3]);
    COLUMN_ADD(c, 8, x[4], x[4]);
    return columns_fold(c);
}

LANE_INLINE struct fe fe_multiply(const struct fe *a, const struct fe *b)
{
    struct wide r = wide_multiply(a, b);
    return fe_carry(&r);
}

LANE_INLINE struct fe fe_square(const struct fe *a)
{
    struct wide r = wide_square(a);
    return fe_carry(&r);
}

/* ---- sums of operands: for the few places outside the ladder ---- */

LANE_INLINE struct fe fe_add(const struct fe *a, const struct fe *b)
{
    struct wide x = fe_widen(a), y = fe_widen(b), r = wide_add(&x, &y);
    return fe_carry(&r);
}

LANE_INLINE struct fe fe_subtract(const struct fe *a, const struct fe *b)
{
    struct wide x = fe_widen(a), y = fe_widen(b), r = wide_subtract(&x, &y, 53);
    return fe_carry(&r);
}

LANE_INLINE struct fe fe_negate(const struct fe *a)
{
    const struct wide zero = {{{0}}};
    struct wide x = fe_widen(a), r = wide_subtract(&zero, &x, 53);
    return fe_carry(&r);
}

/* ---- choices and verdicts ---- */

LANE_INLINE struct fe fe_select(lane_mask m, const struct fe *yes, const struct fe *no)
{
    return (struct fe){
        {v8_select(m, yes->limb[0], no->limb[0]), v8_select(m, yes->limb[1], no->limb[1]),
         v8_select(m, yes->limb[2], no->limb[2]), v8_select(m, yes->limb[3], no->limb[3]),
         v8_select(m, yes->limb[4], no->limb[4])}};
}

/* Add q to limb 0 and carry upwards; ret's limbs are full, the top one is cut to 47 bits. */
LANE_INLINE struct wide limbs_settle(const struct wide *a, v8 q)
{
    struct wide r = *a;
    r.limb[0] += q;
    for (int i = 0; i < LIMBS - 1; i++) {
        r.limb[i + 1] += r.limb[i] >> LIMB_BITS;
        r.limb[i] &= v8_of(limb_mask);
    }
    r.limb[4] &= v8_of(top_mask);
    return r;
}

/* 1 where a (full limbs) is at least p, that is where a + 19 reaches 2^255; else 0. a < 2p. */
LANE_INLINE v8 limbs_excess(const struct wide *a)
{
    v8 carry = (a->limb[0] + v8_of(PRIME_TAIL)) >> LIMB_BITS;
    for (int i = 1; i < LIMBS - 1; i++)
        carry = (a->limb[i] + carry) >> LIMB_BITS;
    return (a->limb[4] + carry) >> TOP_BITS;
}

/* The canonical value, 0 .. p-1, in full limbs. */
LANE_INLINE struct wide fe_canonical(const struct fe *a)
{
    struct wide x = fe_widen(a);
    v8 q = limbs_excess(&x);
    return limbs_settle(&x, (q << 4) + (q << 1) + q);
}

/* The lanes that are 0 modulo p. */
LANE_INLINE lane_mask fe_zeros(const struct fe *a)
{
    struct wide x = fe_canonical(a);
    return v8_zeros(x.limb[0] | x.limb[1] | x.limb[2] | x.limb[3] | x.limb[4]);
}

/* The lanes in which a = b. */
LANE_INLINE lane_mask fe_equals(const struct fe *a, const struct fe *b)
{
    struct fe d = fe_subtract(a, b);
    return fe_zeros(&d);
}

/* The lanes that are negative: whose canonical value is odd (RFC 9496 section 3.1). */
LANE_INLINE lane_mask fe_negatives(const struct fe *a)
{
    struct wide x = fe_canonical(a);
    return v8_zeros((x.limb[0] & v8_of(1)) ^ v8_of(1));
}

/* -a where the bit is set, else a. */
LANE_INLINE struct fe fe_negate_where(lane_mask m, const struct fe *a)
{
    struct fe n = fe_negate(a);
    return fe_select(m, &n, a);
}

/* The one of a and -a that is not negative (CT_ABS of RFC 9496). */
LANE_INLINE struct fe fe_absolute(const struct fe *a)
{
    return fe_negate_where(fe_negatives(a), a);
}

#endif
