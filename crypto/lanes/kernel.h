/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel of eight lanes, as the rest of the room sees it: two calls of struct group_kernel.
 *
 * ifma_*: AVX-512 IFMA; only where the processor and the operating system have it (group_lanes.c
 * asks). emulated_*: the same source over plain C (vector.h), linked by tests alone. */
#ifndef CRYPTO_LANES_KERNEL_H
#define CRYPTO_LANES_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "group_kernel.h"

#ifdef LANES_EMULATED
#define LANES_NAME(name) emulated_##name
#else
#define LANES_NAME(name) ifma_##name
#endif

/* Any n; any thread. The workspace is wiped, and vector and mask registers are zeros afterwards. */
void LANES_NAME(evaluate)(size_t n, const struct uniform *uniform, const struct scalar *scalar,
                          struct element *ret, bool *ret_ok);
void LANES_NAME(multiply)(size_t n, const struct element *elements, const struct scalar *scalar,
                          struct element *ret, bool *ret_ok);

#endif
