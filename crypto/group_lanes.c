/* SPDX-License-Identifier: Apache-2.0 */
/* The door to the kernel of eight lanes: whether it can run, and half of each scalar. Compiled for
 * any processor of the architecture; only lanes/kernel.c is not. Tests compile both once more, with
 * LANES_EMULATED, for lanes in plain C. */
#include "group_kernel.h"

#if defined WITH_IFMA || defined LANES_EMULATED

#include <sodium.h>

#include "lanes/kernel.h"

/* scalar / 2 modulo l; l + 1 is even, so the inverse of 2 is (l + 1) / 2 (RFC 9496 section 4.4). */
static void scalar_halve(const struct scalar *scalar, struct scalar *ret)
{
    static const uint8_t inverse_of_2[32] = {0xf7, 0xe9, 0x7a, 0x2e, 0x8d, 0x31, 0x09, 0x2c,
                                             0x6b, 0xce, 0x7b, 0x51, 0xef, 0x7c, 0x6f, 0x0a,
                                             0,    0,    0,    0,    0,    0,    0,    0,
                                             0,    0,    0,    0,    0,    0,    0,    0x08};
    crypto_core_ristretto255_scalar_mul(ret->b, scalar->b, inverse_of_2);
}

static void evaluate(size_t n, const struct uniform *uniform, const struct scalar *scalar,
                     struct element *ret, bool *ret_ok)
{
    SECRET(scalar) half;
    scalar_halve(scalar, &half);
    LANES_NAME(evaluate)(n, uniform, &half, ret, ret_ok);
}

static void multiply(size_t n, const struct element *elements, const struct scalar *scalar,
                     struct element *ret, bool *ret_ok)
{
    SECRET(scalar) half;
    scalar_halve(scalar, &half);
    LANES_NAME(multiply)(n, elements, &half, ret, ret_ok);
}

/* One way to encode is enough: hashing alone, which no server does for many, multiplies by 1. */
static void hash(size_t n, const struct uniform *uniform, struct element *ret, bool *ret_ok)
{
    const struct scalar one = {{1}};
    evaluate(n, uniform, &one, ret, ret_ok);
}

#endif

#ifdef LANES_EMULATED

extern const struct group_kernel kernel_emulated;
const struct group_kernel kernel_emulated = {
    .name = "emulated", .hash = hash, .evaluate = evaluate, .multiply = multiply};

#elif defined WITH_IFMA

static const struct group_kernel ifma = {
    .name = "ifma", .hash = hash, .evaluate = evaluate, .multiply = multiply};

/* The compiler's own question: the processor's flags, and whether the operating system keeps the
 * AVX-512 registers (XCR0). */
static bool can_run(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512ifma");
}

const struct group_kernel *kernel_ifma(void)
{
    return can_run() ? &ifma : NULL;
}

#else

const struct group_kernel *kernel_ifma(void)
{
    return NULL;
}

#endif
