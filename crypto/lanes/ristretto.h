/* SPDX-License-Identifier: Apache-2.0 */
/* ristretto255 on lanes: the one-way map, decoding, and encoding of doubled points.
 *
 * Encoding asks for an inverse square root a point. Encoding of 2 * P asks only for an inverse, and
 * one inversion serves a whole batch (Montgomery's trick); so products are made with half the
 * scalar, and doubled while they are encoded. Half a scalar is s * 2^-1 modulo the group's order.
 * Sources: RFC 9496 sections 4.3.1, 4.3.2, 4.3.4; Hamburg, "Decaf" (2015), and the note on batched
 * double-and-encode in ristretto.group, "Equivalence and encoding". */
#ifndef CRYPTO_LANES_RISTRETTO_H
#define CRYPTO_LANES_RISTRETTO_H

#include "lanes/point.h"

static const struct fe_constant fe_d = {
    {0xb4dca135978a3, 0x4d4141d8ab75e, 0x779e89800700a, 0xfe738cc740797, 0x52036cee2b6f}};
/* sqrt(a*d - 1), 1 / sqrt(a - d), 1 - d^2, (d - 1)^2 with a = -1: RFC 9496 section 4.1 */
static const struct fe_constant fe_sqrt_ad_minus_one = {
    {0x7f6a0497b2e1b, 0x0c1b7854bd7e9, 0x1f5d1fdaf9d8e, 0x48ac0f3cfcc93, 0x376931bf2b83}};
static const struct fe_constant fe_invsqrt_a_minus_d = {
    {0x8fdaa805d40ea, 0x175a4172be99c, 0xe01d8409d2f16, 0xfca216c27b91f, 0x786c8905cfaf}};
static const struct fe_constant fe_one_minus_d_sq = {
    {0xc09c1945fc176, 0x38cd5e350fe27, 0xe70dfe42c81a1, 0xe0d79994abddb, 0x029072a8b2b3}};
static const struct fe_constant fe_d_minus_one_sq = {
    {0xd5aaa44ed4d20, 0x2cb01e199931a, 0x29b4eebd29e4a, 0x22414cdcd32f5, 0x5968b37af66c}};

/* ---- bytes ---- */

/* The four little-endian words of eight strings of 32 bytes, word by word. */
struct words {
    v8 word[4];
};

/* bytes      8 strings of 32 bytes, `stride` bytes from one to the next. */
static inline struct words words_load(const uint8_t *bytes, size_t stride)
{
    struct words w = {{{0}}};
    for (size_t lane = 0; lane < LANES; lane++) {
        uint64_t s[4];
        __builtin_memcpy(s, bytes + lane * stride, sizeof s);
        for (int i = 0; i < 4; i++)
            w.word[i][lane] = s[i];
    }
    return w;
}

static inline void words_store(const struct words *w, uint8_t *ret, size_t stride)
{
    for (size_t lane = 0; lane < LANES; lane++) {
        uint64_t s[4];
        for (int i = 0; i < 4; i++)
            s[i] = w->word[i][lane];
        __builtin_memcpy(ret + lane * stride, s, sizeof s);
    }
}

/* 255 bits in full limbs; the highest bit of the string is not looked at. */
LANE_INLINE struct fe words_fe(const struct words *w)
{
    const v8 m = v8_of(limb_mask), *s = w->word;
    return (struct fe){{s[0] & m, (s[0] >> 52 | s[1] << 12) & m, (s[1] >> 40 | s[2] << 24) & m,
                        (s[2] >> 28 | s[3] << 36) & m, s[3] >> 16 & v8_of(top_mask)}};
}

LANE_INLINE struct words fe_words(const struct fe *a)
{
    struct wide x = fe_canonical(a);
    const v8 *l = x.limb;
    return (struct words){{l[0] | l[1] << 52, l[1] >> 12 | l[2] << 40, l[2] >> 24 | l[3] << 28,
                           l[3] >> 36 | l[4] << 16}};
}

/* ---- the one-way map ---- */

/* The last half of MAP: the point of s, with w1 = N * sqrt(ad - 1). */
static inline struct point map_point(const struct fe *s, const struct fe *v, const struct fe *n)
{
    const struct fe one = fe_of(&fe_one), root = fe_of(&fe_sqrt_ad_minus_one);
    struct fe ss = fe_square(s), sv = fe_multiply(s, v);
    struct fe w0 = fe_add(&sv, &sv), w1 = fe_multiply(n, &root);
    struct fe w2 = fe_subtract(&one, &ss), w3 = fe_add(&one, &ss);
    return (struct point){fe_multiply(&w0, &w3), fe_multiply(&w2, &w1), fe_multiply(&w1, &w3),
                          fe_multiply(&w0, &w2)};
}

/* MAP's u and v, from r = i * t^2. */
static inline void map_ratio(const struct fe *r, struct fe *ret_u, struct fe *ret_v)
{
    const struct fe one = fe_of(&fe_one), d = fe_of(&fe_d), k = fe_of(&fe_one_minus_d_sq);
    struct fe r_plus_one = fe_add(r, &one), rd = fe_multiply(r, &d);
    struct fe rd_plus_one = fe_add(&rd, &one), minus = fe_negate(&rd_plus_one);
    struct fe r_plus_d = fe_add(r, &d);
    *ret_u = fe_multiply(&r_plus_one, &k);
    *ret_v = fe_multiply(&minus, &r_plus_d);
}

/* MAP after the root: s' = -|s t| and c = r where u / v is no square, else s and c = -1. */
static inline struct point map_finish(lane_mask is_square, const struct fe *t, const struct fe *r,
                                      const struct fe *v, struct fe s)
{
    const struct fe one = fe_of(&fe_one), k = fe_of(&fe_d_minus_one_sq);
    struct fe minus_one = fe_negate(&one), st = fe_multiply(&s, t), size = fe_absolute(&st);
    struct fe s_prime = fe_negate(&size);
    s = fe_select(is_square, &s, &s_prime);
    struct fe c = fe_select(is_square, &minus_one, r), r_minus_one = fe_subtract(r, &one);
    struct fe cr = fe_multiply(&c, &r_minus_one), crk = fe_multiply(&cr, &k);
    struct fe n = fe_subtract(&crk, v);
    return map_point(&s, v, &n);
}

/* H: the sum of the two maps of eight strings of 64 bytes, one after the other. */
static inline struct point hash_map(const uint8_t *uniform)
{
    const struct fe i = fe_of(&fe_sqrt_m1);
    struct fe t[PAIR], r[PAIR], u[PAIR], v[PAIR], s[PAIR];
    struct point half[PAIR];
    lane_mask is_square[PAIR];
    for (size_t k = 0; k < PAIR; k++) {
        struct words w = words_load(uniform + 32 * k, 64);
        t[k] = words_fe(&w);
        struct fe tt = fe_square(&t[k]);
        r[k] = fe_multiply(&tt, &i);
        map_ratio(&r[k], &u[k], &v[k]);
    }
    pair_sqrt_ratio(is_square, s, u, v);
    for (int k = 0; k < PAIR; k++)
        half[k] = map_finish(is_square[k], &t[k], &r[k], &v[k], s[k]);
    struct addend left = point_addend(&half[0]);
    struct cached right = point_cache(&half[1]);
    struct completed c = point_add(&left, &right, 0);
    return completed_point(&c);
}

/* ---- decoding ---- */

/* The lanes whose 32 bytes are the canonical encoding of a number that is neither negative nor
 * zero. Zero is the identity, which the protocol refuses. */
static inline lane_mask words_good(const struct words *w)
{
    struct fe s = words_fe(w);
    struct wide x = fe_widen(&s);
    lane_mask is_below_p = v8_zeros(limbs_excess(&x)),
              is_high = (lane_mask)~v8_zeros(w->word[3] >> 63);
    lane_mask is_zero = v8_zeros(w->word[0] | w->word[1] | w->word[2] | w->word[3]);
    lane_mask is_odd = (lane_mask)~v8_zeros(w->word[0] & v8_of(1));
    return (lane_mask)(is_below_p & ~is_high & ~is_zero & ~is_odd);
}

/* What decoding needs of s before the root: u1 = 1 - s^2, u2 = 1 + s^2, v, and v * u2^2. */
struct decoding {
    struct fe s, u1, u2, v, vu;
};

static inline struct decoding decode_begin(const struct words *w)
{
    const struct fe one = fe_of(&fe_one), d = fe_of(&fe_d);
    struct decoding n = {.s = words_fe(w)};
    struct fe ss = fe_square(&n.s);
    n.u1 = fe_subtract(&one, &ss);
    n.u2 = fe_add(&one, &ss);
    struct fe u2u2 = fe_square(&n.u2), u1u1 = fe_square(&n.u1), du = fe_multiply(&u1u1, &d);
    struct fe minus_du = fe_negate(&du);
    n.v = fe_subtract(&minus_du, &u2u2);
    n.vu = fe_multiply(&n.v, &u2u2);
    return n;
}

/* Returns the lanes that are valid: x * y not negative, y not zero. */
static inline lane_mask decode_finish(const struct decoding *n, const struct fe *root,
                                      struct point *ret)
{
    struct fe den_x = fe_multiply(root, &n->u2), half = fe_multiply(root, &den_x);
    struct fe den_y = fe_multiply(&half, &n->v), s2 = fe_add(&n->s, &n->s);
    struct fe x = fe_multiply(&s2, &den_x);
    ret->x = fe_absolute(&x);
    ret->y = fe_multiply(&n->u1, &den_y);
    ret->z = fe_of(&fe_one);
    ret->t = fe_multiply(&ret->x, &ret->y);
    return (lane_mask) ~(fe_negatives(&ret->t) | fe_zeros(&ret->y));
}

/* Two groups of eight encodings, 32 bytes each and one after the other, to points. Lanes that are
 * refused hold a point of no meaning. */
static inline void pair_decode(const uint8_t *encodings, struct point ret[PAIR],
                               lane_mask ret_ok[PAIR])
{
    const struct fe one[PAIR] = {fe_of(&fe_one), fe_of(&fe_one)};
    struct decoding n[PAIR];
    struct fe vu[PAIR], root[PAIR];
    lane_mask is_square[PAIR];
    for (size_t k = 0; k < PAIR; k++) {
        struct words w = words_load(encodings + k * LANES * 32, 32);
        ret_ok[k] = words_good(&w);
        n[k] = decode_begin(&w);
        vu[k] = n[k].vu;
    }
    pair_sqrt_ratio(is_square, root, one, vu);
    for (int k = 0; k < PAIR; k++)
        ret_ok[k] &= is_square[k] & decode_finish(&n[k], &root[k], &ret[k]);
}

/* ---- encoding 2 * p ---- */

/* What encoding needs of a point: the doubled point's E F G H, in this paper's signs, EG and FH. */
struct encoding {
    struct fe e, f, g, h, eg, fh;
};

static inline struct encoding encode_begin(const struct point *p)
{
    const struct fe d = fe_of(&fe_d);
    struct fe tt = fe_square(&p->t), zz = fe_square(&p->z), dtt = fe_multiply(&tt, &d);
    struct wide xy = wide_multiply(&p->x, &p->y), e = wide_add(&xy, &xy);
    struct wide yy = wide_square(&p->y), xx = wide_square(&p->x), g = wide_add(&yy, &xx);
    struct encoding n = {.e = fe_carry(&e), .g = fe_carry(&g)};
    n.f = fe_add(&zz, &dtt);
    n.h = fe_subtract(&zz, &dtt);
    n.eg = fe_multiply(&n.e, &n.g);
    n.fh = fe_multiply(&n.f, &n.h);
    return n;
}

/* inverse = 1 / (EG * FH), or 0 where that is 0: then 2 * p is the identity, and the answer 0. */
static inline struct words encode_finish(const struct encoding *n, const struct fe *inverse)
{
    const struct fe i = fe_of(&fe_sqrt_m1), k = fe_of(&fe_invsqrt_a_minus_d);
    struct fe z_inv = fe_multiply(&n->eg, inverse), t_inv = fe_multiply(&n->fh, inverse);
    struct fe egz = fe_multiply(&n->eg, &z_inv);
    lane_mask is_turned = fe_negatives(&egz);
    struct fe minus_e = fe_negate(&n->e), fi = fe_multiply(&n->f, &i);
    struct fe e = fe_select(is_turned, &n->g, &n->e), g = fe_select(is_turned, &minus_e, &n->g);
    struct fe h = fe_select(is_turned, &fi, &n->h), magic = fe_select(is_turned, &i, &k);
    struct fe he = fe_multiply(&h, &e), hez = fe_multiply(&he, &z_inv);
    g = fe_negate_where(fe_negatives(&hez), &g);
    struct fe gt = fe_multiply(&g, &t_inv), mgt = fe_multiply(&magic, &gt);
    struct fe hg = fe_subtract(&h, &g), s = fe_multiply(&hg, &mgt), size = fe_absolute(&s);
    return fe_words(&size);
}

#endif
