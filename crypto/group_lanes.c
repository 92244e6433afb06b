/* SPDX-License-Identifier: Apache-2.0 */
/* The door to the kernel of eight lanes: whether it can run. Compiled for any processor of
 * the architecture; only lanes/kernel.c is not. Tests compile both once more, with LANES_EMULATED,
 * for lanes in plain C. */
#include "group_kernel.h"

#if defined WITH_IFMA || defined LANES_EMULATED

#include "lanes/kernel.h"

/* One way to encode is enough: hashing alone, which no server does for many, multiplies by 1. */
static void hash(size_t n, const struct uniform *uniform, struct element *ret, bool *ret_ok)
{
    const struct scalar one = {{1}};
    LANES_NAME(evaluate)(n, uniform, &one, ret, ret_ok);
}

#endif

#ifdef LANES_EMULATED

extern const struct group_kernel kernel_emulated;
const struct group_kernel kernel_emulated = {.name = "emulated",
                                             .hash = hash,
                                             .evaluate = LANES_NAME(evaluate),
                                             .multiply = LANES_NAME(multiply)};

#elif defined WITH_IFMA

static const struct group_kernel ifma = {.name = "ifma",
                                         .hash = hash,
                                         .evaluate = LANES_NAME(evaluate),
                                         .multiply = LANES_NAME(multiply)};

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
