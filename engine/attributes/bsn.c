/* SPDX-License-Identifier: Apache-2.0 */
/* Kind bsn: the Dutch citizen service number. Source: PROTOCOL section 2. */
#include "attributes/kinds.h"

enum { BSN_LEN = 9 };

/* The digits of value without spaces and dots; their count, or 0 when there are other characters or
 * too many. */
static size_t digits_gather(struct bytes value, uint8_t ret[BSN_LEN])
{
    size_t count = 0;
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.data[i];
        if (c == ' ' || c == '.')
            continue;
        if (!is_digit(c) || count == BSN_LEN)
            return 0;
        ret[count++] = c;
    }
    return count;
}

static bool eleven_test(const uint8_t digits[BSN_LEN])
{
    static const int8_t weights[BSN_LEN] = {9, 8, 7, 6, 5, 4, 3, 2, -1};
    int sum = 0;
    for (size_t i = 0; i < BSN_LEN; i++)
        sum += weights[i] * (digits[i] - '0');
    return sum % 11 == 0;
}

static bool is_reserved(const uint8_t digits[BSN_LEN])
{
    return memcmp(digits, "000000000", BSN_LEN) == 0 || memcmp(digits, "111111110", BSN_LEN) == 0;
}

enum schuil_diagnostic bsn_normalise(const struct normaliser *n, struct bytes value,
                                     struct canonical *ret)
{
    size_t count = digits_gather(value, ret->data);
    if (count != BSN_LEN && count != BSN_LEN - 1)
        return DIAG_BSN_FORMAT;
    if (count == BSN_LEN - 1) {
        memmove(ret->data + 1, ret->data, count);
        ret->data[0] = '0';
    }
    ret->len = BSN_LEN;
    if (is_reserved(ret->data))
        return DIAG_BSN_RESERVED;
    if (!eleven_test(ret->data))
        return DIAG_BSN_CHECK;
    if (memcmp(ret->data, "9999", 4) == 0 && !n->allows_test_persons)
        return DIAG_BSN_TEST_RANGE;
    return DIAG_NONE;
}
