/* SPDX-License-Identifier: Apache-2.0 */
/* Eight 64-bit lanes, and the few operations on them that the kernel is written in.
 *
 * Sums, differences, shifts and masks are the compiler's own vector arithmetic; what stands here is
 * what C has no operator for. Twice: as AVX-512 instructions, and (LANES_EMULATED) lane by lane in
 * plain C, so that the same kernel runs under Valgrind, which knows no AVX-512, and on any
 * little-endian processor. Neither branches or indexes on what a lane holds.
 * Source: Intel Intrinsics Guide, VPMADD52LUQ and VPMADD52HUQ. */
#ifndef CRYPTO_LANES_VECTOR_H
#define CRYPTO_LANES_VECTOR_H

#include <stdint.h>

#ifndef LANES_EMULATED
#include <immintrin.h>
#endif

enum { LANES = 8 };

typedef uint64_t v8 __attribute__((vector_size(64)));

/* One bit a lane. */
typedef uint8_t lane_mask;

/* Lanes in registers stay there only if no call comes between; emulated ones lie in memory anyway.
 */
#ifdef LANES_EMULATED
#define LANE_INLINE static inline
#else
#define LANE_INLINE static inline __attribute__((always_inline))
#endif

LANE_INLINE v8 v8_of(uint64_t x)
{
    return (v8){x, x, x, x, x, x, x, x};
}

#ifdef LANES_EMULATED

enum { MADD_BITS = 52 };

__extension__ typedef unsigned __int128 madd_wide;

LANE_INLINE madd_wide madd_product(uint64_t a, uint64_t b)
{
    const uint64_t low = ((uint64_t)1 << MADD_BITS) - 1;
    return (madd_wide)(a & low) * (b & low);
}

/* sum + the lower 52 bits of a * b; of a and b the lower 52 bits count. */
LANE_INLINE v8 v8_madd_low(v8 sum, v8 a, v8 b)
{
    for (int i = 0; i < LANES; i++)
        sum[i] += (uint64_t)madd_product(a[i], b[i]) & (((uint64_t)1 << MADD_BITS) - 1);
    return sum;
}

/* sum + the upper 52 bits of a * b. */
LANE_INLINE v8 v8_madd_high(v8 sum, v8 a, v8 b)
{
    for (int i = 0; i < LANES; i++)
        sum[i] += (uint64_t)(madd_product(a[i], b[i]) >> MADD_BITS);
    return sum;
}

/* All ones for a lane whose bit is set. */
LANE_INLINE v8 mask_widen(lane_mask m)
{
    v8 wide = v8_of(0);
    for (int i = 0; i < LANES; i++)
        wide[i] = 0 - (uint64_t)((m >> i) & 1);
    return wide;
}

/* yes where the bit is set, else no. */
LANE_INLINE v8 v8_select(lane_mask m, v8 yes, v8 no)
{
    v8 wide = mask_widen(m);
    return (yes & wide) | (no & ~wide);
}

/* The lanes that are zero. */
LANE_INLINE lane_mask v8_zeros(v8 a)
{
    unsigned mask = 0;
    for (int i = 0; i < LANES; i++)
        mask |= (unsigned)(1 ^ ((a[i] | (0 - a[i])) >> 63)) << i;
    return (lane_mask)mask;
}

#else

LANE_INLINE v8 v8_madd_low(v8 sum, v8 a, v8 b)
{
    return (v8)_mm512_madd52lo_epu64((__m512i)sum, (__m512i)a, (__m512i)b);
}

LANE_INLINE v8 v8_madd_high(v8 sum, v8 a, v8 b)
{
    return (v8)_mm512_madd52hi_epu64((__m512i)sum, (__m512i)a, (__m512i)b);
}

LANE_INLINE v8 v8_select(lane_mask m, v8 yes, v8 no)
{
    return (v8)_mm512_mask_mov_epi64((__m512i)no, m, (__m512i)yes);
}

LANE_INLINE lane_mask v8_zeros(v8 a)
{
    return _mm512_testn_epi64_mask((__m512i)a, (__m512i)a);
}

#endif

#endif
