/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic in GF(2^8) without tables or branches, as operands are secret: tables would tell a
 * secret byte by the cache line that it touches. */
#include "schuilnaam/crypto/shamir.h"

#include <string.h>

#include "schuilnaam/crypto/memory.h"

/* The product; addition is exclusive or. Bit by bit, with masks in place of branches. */
static uint8_t gf_multiply(uint8_t a, uint8_t b)
{
    unsigned product = 0, power = a;
    for (unsigned bit = 0; bit < 8; bit++) {
        product ^= power & (0U - ((unsigned)b >> bit & 1U));
        power = power << 1 ^ (0x11bU & (0U - (power >> 7 & 1U)));
    }
    return (uint8_t)product;
}

/* a^254, which is 1/a; of 0 it is 0. */
static uint8_t gf_inverse(uint8_t a)
{
    uint8_t power = a, result = 1;
    for (unsigned bit = 1; bit < 8; bit++) {
        power = gf_multiply(power, power);
        result = gf_multiply(result, power);
    }
    return result;
}

/* Horner's rule, all bytes of the key side by side. The key is the lowest coefficient. */
static void share_make(const struct wrapping_key *key, const struct share_value *coefficients,
                       size_t count, uint8_t x, struct share_value *ret)
{
    memset(ret, 0, sizeof *ret);
    for (size_t c = count; c > 0; c--)
        for (size_t i = 0; i < SHARE_LEN; i++)
            ret->b[i] = gf_multiply(ret->b[i] ^ coefficients[c - 1].b[i], x);
    for (size_t i = 0; i < SHARE_LEN; i++)
        ret->b[i] ^= key->b[i];
}

SCHUIL_RC schuil_shamir_split(const struct wrapping_key *key, uint8_t threshold, uint8_t count,
                              struct share_value *ret_values)
{
    struct share_value coefficients[SHARE_COUNT_MAX - 1];
    ENSURE(threshold >= SHARE_LEAST && threshold <= count, RC_INPUT_VALUE);
    ENSURE(count <= SHARE_COUNT_MAX, RC_INPUT_VALUE);
    size_t random_count = threshold - 1U;
    struct schuil_rc rc = schuil_random(coefficients, random_count * sizeof *coefficients);
    if (schuil_is_ok(rc)) {
        for (uint8_t x = 1; x <= count; x++)
            share_make(key, coefficients, random_count, x, &ret_values[x - 1]);
    } else {
        schuil_wipe(ret_values, count * sizeof *ret_values);
    }
    schuil_wipe(coefficients, sizeof coefficients);
    return rc;
}

static SCHUIL_RC points_check(const struct share_point *points, size_t count)
{
    uint64_t seen = 0;
    ENSURE(count >= SHARE_LEAST && count <= SHARE_COUNT_MAX, RC_INPUT_VALUE);
    for (size_t i = 0; i < count; i++) {
        uint8_t x = points[i].x;
        ENSURE(x >= 1 && x <= SHARE_COUNT_MAX && (seen & UINT64_C(1) << x) == 0, RC_INPUT_VALUE);
        seen |= UINT64_C(1) << x;
    }
    return SCHUIL_OK;
}

/* What Lagrange's formula gives point i at 0: the product of x_j / (x_j - x_i). Public. */
static uint8_t weight(const struct share_point *points, size_t count, size_t i)
{
    uint8_t above = 1, below = 1;
    for (size_t j = 0; j < count; j++) {
        if (j == i)
            continue;
        above = gf_multiply(above, points[j].x);
        below = gf_multiply(below, points[j].x ^ points[i].x);
    }
    return gf_multiply(above, gf_inverse(below));
}

SCHUIL_RC schuil_shamir_combine(const struct share_point *points, size_t count,
                                struct wrapping_key *ret)
{
    memset(ret, 0, sizeof *ret);
    TRY(points_check(points, count));
    for (size_t i = 0; i < count; i++) {
        uint8_t w = weight(points, count, i);
        for (size_t b = 0; b < SHARE_LEN; b++)
            ret->b[b] ^= gf_multiply(points[i].y.b[b], w);
    }
    return SCHUIL_OK;
}
