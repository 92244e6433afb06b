/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel of eight lanes, as the rest of the room sees it. It is handed half the scalar, as it
 * doubles while it encodes (ristretto.h).
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

/* ret[i] = 2 * half * map(uniform[i]); ret_ok[i] is false, and ret[i] zeros, where that is the
 * identity.
 * half      canonical, not zero; secret. Any n; any thread; wipes its workspace, stack, registers.
 */
void LANES_NAME(evaluate)(size_t n, const struct uniform *uniform, const struct scalar *half,
                          struct element *ret, bool *ret_ok);

/* ret[i] = 2 * half * elements[i]; ret may be elements. ret_ok[i] is false, and ret[i] zeros, where
 * the encoding is refused (not canonical, negative, no point) or the identity. */
void LANES_NAME(multiply)(size_t n, const struct element *elements, const struct scalar *half,
                          struct element *ret, bool *ret_ok);

#endif
