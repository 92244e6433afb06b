/* SPDX-License-Identifier: Apache-2.0 */
/* What every fuzz target shares: the entry that libFuzzer calls, a check that stays in every build,
 * and a reader that takes small numbers from the input's front. Not for the product. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdlib.h>

#include "schuilnaam/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A property that must hold for every input. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* The first byte of the input, taken away from it; 0 when there is none. */
static inline uint8_t fuzz_take_u8(struct bytes *input)
{
    if (input->len == 0)
        return 0;
    uint8_t value = input->data[0];
    *input = bytes_of(input->data + 1, input->len - 1);
    return value;
}

#endif
