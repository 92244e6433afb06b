/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of attributes. Each takes a value that normalise.c has prepared (valid UTF-8 of at most
 * LIMIT_VALUE_LEN bytes, trimmed, not empty, without control characters) and writes the canonical
 * form, or answers a diagnostic: ret then holds anything, and the caller wipes it. */
#ifndef ENGINE_ATTRIBUTES_KINDS_H
#define ENGINE_ATTRIBUTES_KINDS_H

#include "attributes/normalise.h"

enum schuil_diagnostic bsn_normalise(const struct normaliser *n, struct bytes value,
                                     struct canonical *ret);
enum schuil_diagnostic date_normalise(const struct normaliser *n, struct bytes value,
                                      struct canonical *ret);
enum schuil_diagnostic sex_normalise(struct bytes value, struct canonical *ret);
enum schuil_diagnostic postcode_normalise(struct bytes value, struct canonical *ret);
enum schuil_diagnostic number_normalise(struct bytes value, struct canonical *ret);
enum schuil_diagnostic name_normalise(struct bytes value, struct canonical *ret);
enum schuil_diagnostic text_normalise(struct bytes value, struct canonical *ret);

static inline bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* a-z to A-Z; everything else as it is. */
static inline uint8_t ascii_upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - ('a' - 'A')) : c;
}

static inline bool are_digits(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!is_digit(data[i]))
            return false;
    }
    return true;
}

static inline void canonical_set(struct canonical *ret, const void *data, size_t len)
{
    memcpy(ret->data, data, len);
    ret->len = (uint8_t)len;
}

#endif
