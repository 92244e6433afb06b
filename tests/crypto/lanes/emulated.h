/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel of eight lanes over plain C, with its bounds asserted: library lanes_emulated. */
#ifndef TESTS_LANES_EMULATED_H
#define TESTS_LANES_EMULATED_H

#include "group_kernel.h"
#include "schuilnaam/crypto/group.h"

extern const struct group_kernel kernel_emulated;

enum { LANES_TESTED = 8 };

#endif
