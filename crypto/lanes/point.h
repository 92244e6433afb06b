/* SPDX-License-Identifier: Apache-2.0 */
/* Eight points of edwards25519 at a time, and their product with one scalar.
 *
 * Forms (X : Y : Z, x = X/Z, y = Y/Z, T = XY/Z):
 *
 *   struct point      X Y Z T           what maps and decoding give, and a product ends as
 *   struct doublee    X Y Z             what a doubling needs
 *   struct addend     Y+X Y-X Z T       what an addition needs on its left side
 *   struct cached     Y+X Y-X 2dT 2Z    and on its right side: the entries of the table
 *   struct completed  E F G H           what both give: X = EF, Y = GH, Z = FG, T = EH
 *
 * Doubling gives all four of (E F G H) with the other sign than the paper in F and H: the same
 * point, its coordinates multiplied by -1, and one subtraction less.
 * Only sums of products are carried (see field.h): the products inside stay wide.
 * Source: Hisil, Wong, Carter, Dawson, "Twisted Edwards Curves Revisited" (2008), sections 3.1 and
 * 3.3, for a = -1: complete, so the identity needs no case of its own. */
#ifndef CRYPTO_LANES_POINT_H
#define CRYPTO_LANES_POINT_H

#include <stddef.h>

#include "lanes/power.h"

enum {
    WINDOW_BITS = 4,
    TABLE_COUNT = 1 << (WINDOW_BITS - 1), /* multiples 1 .. 8; digits have a sign */
    DIGIT_COUNT = 64,
};

struct point {
    struct fe x, y, z, t;
};

struct doublee {
    struct fe x, y, z;
};

struct addend {
    struct fe sum, difference, z, t; /* Y + X, Y - X */
};

struct cached {
    struct fe sum, difference, t2d, z2;
};

struct completed {
    struct fe e, f, g, h;
};

/* Digits of a scalar, from the lowest: scalar = sum of digit[i] * 16^i, each -8 .. 7. Secret. */
struct digits {
    int8_t d[DIGIT_COUNT];
};

static const struct fe_constant fe_2d = {
    {0x69b9426b2f159, 0x9a8283b156ebd, 0xef3d13000e014, 0xfce7198e80f2e, 0x2406d9dc56df}};

/* ---- from (E F G H) ---- */

LANE_INLINE struct doublee completed_doublee(const struct completed *c)
{
    return (struct doublee){fe_multiply(&c->e, &c->f), fe_multiply(&c->g, &c->h),
                            fe_multiply(&c->f, &c->g)};
}

LANE_INLINE struct point completed_point(const struct completed *c)
{
    return (struct point){fe_multiply(&c->e, &c->f), fe_multiply(&c->g, &c->h),
                          fe_multiply(&c->f, &c->g), fe_multiply(&c->e, &c->h)};
}

/* Y + X and Y - X without X and Y. */
LANE_INLINE struct addend completed_addend(const struct completed *c)
{
    struct wide x = wide_multiply(&c->e, &c->f), y = wide_multiply(&c->g, &c->h);
    struct wide sum = wide_add(&y, &x), difference = wide_subtract(&y, &x, 57);
    return (struct addend){fe_carry(&sum), fe_carry(&difference), fe_multiply(&c->f, &c->g),
                           fe_multiply(&c->e, &c->h)};
}

/* ---- the two laws ---- */

/* 2 * p: A = X^2, B = Y^2, C = 2 Z^2; E = 2 XY, F = C + A - B, G = B - A, H = A + B. */
LANE_INLINE struct completed point_double(const struct doublee *p)
{
    struct wide a = wide_square(&p->x), b = wide_square(&p->y), zz = wide_square(&p->z);
    struct wide xy = wide_multiply(&p->x, &p->y), c = wide_add(&zz, &zz), ca = wide_add(&c, &a);
    struct wide e = wide_add(&xy, &xy), f = wide_subtract(&ca, &b, 57);
    struct wide g = wide_subtract(&b, &a, 57), h = wide_add(&a, &b);
    return (struct completed){fe_carry(&e), fe_carry(&f), fe_carry(&g), fe_carry(&h)};
}

/* p + q, or p - q where is_minus: A = (Y1-X1)(Y2-X2), B = (Y1+X1)(Y2+X2), C = 2d T1 T2,
 * D = 2 Z1 Z2; E = B - A, F = D - C, G = D + C, H = B + A. For -q the caller has exchanged Y2+X2
 * and Y2-X2; here C changes its sign. */
LANE_INLINE struct completed point_add(const struct addend *p, const struct cached *q,
                                       lane_mask is_minus)
{
    const struct wide zero = {{{0}}};
    struct wide a = wide_multiply(&p->difference, &q->difference);
    struct wide b = wide_multiply(&p->sum, &q->sum);
    struct wide c = wide_multiply(&p->t, &q->t2d), d = wide_multiply(&p->z, &q->z2);
    struct wide minus_c = wide_subtract(&zero, &c, 57);
    for (int i = 0; i < LIMBS; i++)
        c.limb[i] = v8_select(is_minus, minus_c.limb[i], c.limb[i]);
    struct wide e = wide_subtract(&b, &a, 57), f = wide_subtract(&d, &c, 58);
    struct wide g = wide_add(&d, &c), h = wide_add(&b, &a);
    return (struct completed){fe_carry(&e), fe_carry(&f), fe_carry(&g), fe_carry(&h)};
}

/* ---- the table ---- */

LANE_INLINE struct cached point_cache(const struct point *p)
{
    const struct fe d2 = fe_of(&fe_2d);
    return (struct cached){fe_add(&p->y, &p->x), fe_subtract(&p->y, &p->x), fe_multiply(&p->t, &d2),
                           fe_add(&p->z, &p->z)};
}

LANE_INLINE struct addend point_addend(const struct point *p)
{
    return (struct addend){fe_add(&p->y, &p->x), fe_subtract(&p->y, &p->x), p->z, p->t};
}

/* table[i] = (i + 1) * p */
static inline void table_fill(struct cached table[TABLE_COUNT], const struct point *p)
{
    struct addend left = point_addend(p);
    table[0] = point_cache(p);
    for (int i = 1; i < TABLE_COUNT; i++) {
        struct completed c = point_add(&left, &table[i - 1], 0);
        struct point multiple = completed_point(&c);
        table[i] = point_cache(&multiple);
    }
}

/* The lanes' common digit picks |digit| * p: every entry is read and one of them kept. A digit of 0
 * keeps the identity. */
LANE_INLINE struct cached table_pick(const struct cached table[TABLE_COUNT], int digit)
{
    const uint32_t sign = (uint32_t)(digit >> 31), size = ((uint32_t)digit ^ sign) - sign;
    const struct fe one = fe_of(&fe_one);
    struct fe picked[4] = {one, one, {{{0}}}, {{v8_of(2)}}};
    for (uint32_t i = 0; i < TABLE_COUNT; i++) {
        const struct fe *entry = &table[i].sum;
        lane_mask is_it = (lane_mask)(0 - ((((size ^ (i + 1)) - 1) >> 31) & 1));
        for (int k = 0; k < 4; k++)
            picked[k] = fe_select(is_it, &entry[k], &picked[k]);
    }
    /* minus: Y + X and Y - X change places; point_add does the rest */
    lane_mask is_minus = (lane_mask)sign;
    return (struct cached){fe_select(is_minus, &picked[1], &picked[0]),
                           fe_select(is_minus, &picked[0], &picked[1]), picked[2], picked[3]};
}

/* ---- the product ---- */

/* Four doublings and the addition of digit * p; the result of the last step stays completed. */
LANE_INLINE struct completed ladder_step(struct completed c, const struct cached table[TABLE_COUNT],
                                         int digit)
{
    for (int k = 0; k < WINDOW_BITS; k++) {
        struct doublee p = completed_doublee(&c);
        c = point_double(&p);
    }
    struct addend left = completed_addend(&c);
    struct cached right = table_pick(table, digit);
    return point_add(&left, &right, (lane_mask)((uint32_t)(digit >> 31)));
}

/* p = scalar * p, in each lane. table is working space. */
static inline void point_multiply(struct point *p, const struct digits *scalar,
                                  struct cached table[TABLE_COUNT])
{
    struct completed c = {fe_of(&(struct fe_constant){{0}}), fe_of(&fe_one), fe_of(&fe_one),
                          fe_of(&fe_one)}; /* the identity */
    table_fill(table, p);
    for (int i = DIGIT_COUNT; i-- > 0;)
        c = ladder_step(c, table, scalar->d[i]);
    *p = completed_point(&c);
}

#endif
