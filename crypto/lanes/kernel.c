/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel of eight lanes: batches of elements through lanes of a processor's vector unit.
 *
 *   strings of 64 bytes --hash_map--\
 *                                    > points --* scalar/2--> points --* 2, encode--> 32 bytes
 *   encodings ------------decode----/
 *
 * A batch goes in slices of at most 64 elements: groups of eight, two of which go through square
 * roots side by side; one inversion serves a slice. Lanes that are left over compute on zeros and
 * are thrown away. All elements of a slice take the same way, whatever they hold; which are refused
 * is public and comes out as a mask.
 *
 * Everything that held an element, a digit or a point is in one workspace, which is wiped; then the
 * vector and mask registers are cleared. Where the compiler kept copies on the stack, group.c
 * clears it (residue.h). */
#include "lanes/kernel.h"

#include <string.h>

#include "lanes/ristretto.h"
#include "residue.h"

enum {
    SLICE_GROUPS = 8, /* groups of eight in a slice: even */
    SLICE_COUNT = SLICE_GROUPS * LANES,
};

enum source { FROM_UNIFORM, FROM_ENCODINGS };

struct workspace {
    uint8_t input[SLICE_COUNT * sizeof(struct uniform)];
    uint8_t output[SLICE_COUNT * sizeof(struct element)];
    struct scalar half;
    struct digits digits; /* of half */
    struct point points[SLICE_GROUPS];
    struct encoding encodings[SLICE_GROUPS];
    struct fe products[SLICE_GROUPS], before[SLICE_GROUPS];
    struct cached table[TABLE_COUNT];
    lane_mask is_good[SLICE_GROUPS], is_zero[SLICE_GROUPS];
};

/* ---- digits ---- */

/* The group's order l, little-endian: RFC 9496 section 4.4. */
static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                  0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                  0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

/* scalar / 2 modulo l: the scalar, or where it is odd its sum with l, which is even, shifted right
 * by one. Not by libsodium, whose multiplication leaves enough on the stack to find the scalar. */
static void scalar_halve(const struct scalar *scalar, struct scalar *ret)
{
    const unsigned odd = 0 - (scalar->b[0] & 1U);
    unsigned carry = 0;
    for (size_t i = 0; i < sizeof ret->b; i++) {
        carry += scalar->b[i] + (order[i] & odd);
        ret->b[i] = (uint8_t)carry;
        carry >>= 8;
    }
    for (size_t i = 0; i + 1 < sizeof ret->b; i++)
        ret->b[i] = (uint8_t)(ret->b[i] >> 1 | ret->b[i + 1] << 7);
    ret->b[31] >>= 1;
}

/* Sixteenths from the lowest, then a carry upwards makes 8 .. 15 negative and 16 a 0. half < 2^253,
 * so the last digit is at most 2 and nothing is carried out. */
static void digits_make(const struct scalar *half, struct digits *ret)
{
    int carry = 0;
    for (size_t i = 0; i < sizeof half->b; i++) {
        ret->d[2 * i] = (int8_t)(half->b[i] & 15);
        ret->d[2 * i + 1] = (int8_t)(half->b[i] >> 4);
    }
    for (size_t i = 0; i < DIGIT_COUNT; i++) {
        int digit = ret->d[i] + carry;
        carry = (digit + 8) >> 4;
        ret->d[i] = (int8_t)(digit - carry * 16);
    }
}

/* ---- the steps of a slice ---- */

static void points_map(struct workspace *w, size_t groups)
{
    for (size_t g = 0; g < groups; g++) {
        w->points[g] = hash_map(w->input + g * LANES * sizeof(struct uniform));
        w->is_good[g] = 0xff;
    }
}

/* An odd group's partner may be one beyond the last: its input is zeros, its verdicts not read. */
static void points_decode(struct workspace *w, size_t groups)
{
    for (size_t g = 0; g < groups; g += PAIR)
        pair_decode(w->input + g * LANES * sizeof(struct element), &w->points[g], &w->is_good[g]);
}

static void points_multiply(struct workspace *w, size_t groups)
{
    for (size_t g = 0; g < groups; g++)
        point_multiply(&w->points[g], &w->digits, w->table);
}

/* products[g] = 1 / products[g] with one inversion for all even groups beside one for all odd ones.
 * No product is zero. */
static void products_invert(struct workspace *w, size_t groups)
{
    struct fe running[PAIR] = {fe_of(&fe_one), fe_of(&fe_one)}, inverse[PAIR];
    for (size_t g = 0; g < groups; g++) {
        w->before[g] = running[g % PAIR];
        running[g % PAIR] = fe_multiply(&running[g % PAIR], &w->products[g]);
    }
    pair_invert(inverse, running);
    for (size_t g = groups; g-- > 0;) {
        struct fe own = fe_multiply(&inverse[g % PAIR], &w->before[g]);
        inverse[g % PAIR] = fe_multiply(&inverse[g % PAIR], &w->products[g]);
        w->products[g] = own;
    }
}

/* A product of zero would make the whole inversion zero: one stands in for it, and its inverse is
 * made zero again. */
static void points_encode(struct workspace *w, size_t groups)
{
    const struct fe one = fe_of(&fe_one), zero = {{{0}}};
    for (size_t g = 0; g < groups; g++) {
        w->encodings[g] = encode_begin(&w->points[g]);
        struct fe product = fe_multiply(&w->encodings[g].eg, &w->encodings[g].fh);
        w->is_zero[g] = fe_zeros(&product);
        w->products[g] = fe_select(w->is_zero[g], &one, &product);
    }
    products_invert(w, groups);
    for (size_t g = 0; g < groups; g++) {
        struct fe inverse = fe_select(w->is_zero[g], &zero, &w->products[g]);
        struct words words = encode_finish(&w->encodings[g], &inverse);
        words_store(&words, w->output + g * LANES * sizeof(struct element), sizeof(struct element));
    }
}

/* Kept apart from the caller's frame, so that all it leaves lies below that. */
static __attribute__((noinline)) void slice_compute(struct workspace *w, enum source source,
                                                    size_t groups)
{
    if (source == FROM_UNIFORM)
        points_map(w, groups);
    else
        points_decode(w, groups);
    points_multiply(w, groups);
    points_encode(w, groups);
}

/* ---- leaving nothing ---- */

static void registers_clear(void)
{
#ifndef LANES_EMULATED
    __asm__ volatile("vzeroall\n\t"
                     "vpxorq %%zmm16, %%zmm16, %%zmm16\n\t"
                     "vpxorq %%zmm17, %%zmm17, %%zmm17\n\t"
                     "vpxorq %%zmm18, %%zmm18, %%zmm18\n\t"
                     "vpxorq %%zmm19, %%zmm19, %%zmm19\n\t"
                     "vpxorq %%zmm20, %%zmm20, %%zmm20\n\t"
                     "vpxorq %%zmm21, %%zmm21, %%zmm21\n\t"
                     "vpxorq %%zmm22, %%zmm22, %%zmm22\n\t"
                     "vpxorq %%zmm23, %%zmm23, %%zmm23\n\t"
                     "vpxorq %%zmm24, %%zmm24, %%zmm24\n\t"
                     "vpxorq %%zmm25, %%zmm25, %%zmm25\n\t"
                     "vpxorq %%zmm26, %%zmm26, %%zmm26\n\t"
                     "vpxorq %%zmm27, %%zmm27, %%zmm27\n\t"
                     "vpxorq %%zmm28, %%zmm28, %%zmm28\n\t"
                     "vpxorq %%zmm29, %%zmm29, %%zmm29\n\t"
                     "vpxorq %%zmm30, %%zmm30, %%zmm30\n\t"
                     "vpxorq %%zmm31, %%zmm31, %%zmm31\n\t"
                     "kxorq %%k0, %%k0, %%k0\n\t"
                     "kxorq %%k1, %%k1, %%k1\n\t"
                     "kxorq %%k2, %%k2, %%k2\n\t"
                     "kxorq %%k3, %%k3, %%k3\n\t"
                     "kxorq %%k4, %%k4, %%k4\n\t"
                     "kxorq %%k5, %%k5, %%k5\n\t"
                     "kxorq %%k6, %%k6, %%k6\n\t"
                     "kxorq %%k7, %%k7, %%k7"
                     :
                     :
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                       "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "xmm16",
                       "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24",
                       "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k0", "k1",
                       "k2", "k3", "k4", "k5", "k6", "k7");
#endif
}

/* ---- batches ---- */

static bool lane_good(const struct workspace *w, size_t i)
{
    return (w->is_good[i / LANES] >> (i % LANES)) & 1;
}

/* Copy what was made, zeros for what was refused, and the verdicts. */
static void slice_give(const struct workspace *w, size_t n, struct element *ret, bool *ret_ok)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t kept = (uint8_t)(0 - (unsigned)lane_good(w, i));
        for (size_t k = 0; k < sizeof ret->b; k++)
            ret[i].b[k] = w->output[i * sizeof ret->b + k] & kept;
        ret_ok[i] = lane_good(w, i);
    }
}

/* Bytes of one string. */
static size_t input_len(enum source source)
{
    return source == FROM_UNIFORM ? sizeof(struct uniform) : sizeof(struct element);
}

/* One slice: n of 1 .. SLICE_COUNT strings. */
static void slice_run(struct workspace *w, enum source source, size_t n, const void *input,
                      struct element *ret, bool *ret_ok)
{
    size_t groups = (n + LANES - 1) / LANES;
    memset(w->input, 0, sizeof w->input);
    memcpy(w->input, input, n * input_len(source));
    slice_compute(w, source, groups);
    for (size_t g = 0; g < groups; g++)
        w->is_good[g] &= (lane_mask)~w->is_zero[g];
    slice_give(w, n, ret, ret_ok);
}

static void batch_run(enum source source, size_t n, const uint8_t *input,
                      const struct scalar *scalar, struct element *ret, bool *ret_ok)
{
    struct workspace w;
    scalar_halve(scalar, &w.half);
    digits_make(&w.half, &w.digits);
    for (size_t i = 0; i < n; i += SLICE_COUNT) {
        size_t count = n - i < SLICE_COUNT ? n - i : SLICE_COUNT;
        slice_run(&w, source, count, input + i * input_len(source), ret + i, ret_ok + i);
    }
    schuil_wipe(&w, sizeof w);
    residue_clear();
    registers_clear();
}

void LANES_NAME(evaluate)(size_t n, const struct uniform *uniform, const struct scalar *scalar,
                          struct element *ret, bool *ret_ok)
{
    batch_run(FROM_UNIFORM, n, (const uint8_t *)uniform, scalar, ret, ret_ok);
}

void LANES_NAME(multiply)(size_t n, const struct element *elements, const struct scalar *scalar,
                          struct element *ret, bool *ret_ok)
{
    batch_run(FROM_ENCODINGS, n, (const uint8_t *)elements, scalar, ret, ret_ok);
}
