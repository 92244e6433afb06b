/* SPDX-License-Identifier: Apache-2.0 */
/* Constant time of the kernel of eight lanes: scalars, strings and encodings are marked as not
 * initialised, and a branch or an index that depends on one is reported. Two builds of this file:
 *
 *   ct_lanes        the kernel over plain C, under Valgrind, which knows no AVX-512
 *   ct_lanes_msan   the kernel as it is delivered, under clang's MemorySanitizer
 *
 *     ct_lanes              all checks; both exit with 99 for a finding
 *     ct_lanes --branch     branch on a product on purpose       these two show that the net
 *     ct_lanes --index      index by a product on purpose        holds */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lanes/kernel.h"

#ifdef LANES_EMULATED
#include <valgrind/memcheck.h>
#define POISON(data, len) ((void)VALGRIND_MAKE_MEM_UNDEFINED(data, len))
#define REVEAL(data, len) ((void)VALGRIND_MAKE_MEM_DEFINED(data, len))
#else
#include <sanitizer/msan_interface.h>
#define POISON(data, len) __msan_allocated_memory(data, len)
#define REVEAL(data, len) __msan_unpoison(data, len)
#endif

enum { COUNT_MAX = 19 };

/* What it holds is of no importance: every value takes the same way. */
static void fill(void *data, size_t len, unsigned seed)
{
    uint8_t *b = data;
    for (size_t i = 0; i < len; i++)
        b[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
}

static void secret_scalar(struct scalar *ret, unsigned seed)
{
    fill(ret, sizeof *ret, seed);
    ret->b[31] &= 0x0f;
    POISON(ret, sizeof *ret);
}

static void evaluate(size_t n, struct element ret[COUNT_MAX])
{
    struct uniform uniform[COUNT_MAX];
    struct scalar half;
    bool is_good[COUNT_MAX];
    secret_scalar(&half, 1);
    fill(uniform, sizeof uniform, 2);
    POISON(uniform, sizeof uniform);
    LANES_NAME(evaluate)(n, uniform, &half, ret, is_good);
}

static void multiply(size_t n, struct element elements[COUNT_MAX])
{
    struct scalar half;
    bool is_good[COUNT_MAX];
    secret_scalar(&half, 3);
    LANES_NAME(multiply)(n, elements, &half, elements, is_good);
}

/* Which products are good is public in the end; nothing of them is looked at before. */
static void check_all(void)
{
    static const size_t counts[] = {1, 8, 16, COUNT_MAX};
    struct element e[COUNT_MAX];
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        evaluate(counts[i], e);
        multiply(counts[i], e);
        fill(e, sizeof e, 4); /* mostly refused */
        POISON(e, sizeof e);
        multiply(counts[i], e);
    }
}

static int breach(const char *kind)
{
    static volatile uint8_t table[256] = {1};
    struct element e[COUNT_MAX];
    evaluate(8, e);
    if (strcmp(kind, "--index") == 0)
        return table[e[0].b[0]];
    if (e[0].b[0] & 1)
        puts("odd");
    return 0;
}

static bool can_run(void)
{
#ifdef LANES_EMULATED
    return true;
#else
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512ifma") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
#endif
}

int main(int argc, char **argv)
{
    if (!can_run()) {
        puts("skipped: no AVX-512 IFMA on this machine");
        return 77;
    }
    if (argc > 1)
        return breach(argv[1]);
    check_all();
    puts("ct_lanes: nothing depends on a secret");
    return 0;
}
