/* SPDX-License-Identifier: Apache-2.0 */
/* Codes: see codes.h. Source: PROTOCOL, notation. */
#include "policy/codes.h"

static bool is_upper(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

bool code_is_good(struct bytes code, size_t max)
{
    if (code.len == 0 || code.len > max || !is_upper(code.data[0]))
        return false;
    for (size_t i = 1; i < code.len; i++) {
        bool is_digit = code.data[i] >= '0' && code.data[i] <= '9';
        if (!is_upper(code.data[i]) && !is_digit)
            return false;
    }
    return true;
}

bool code_field_is_good(const char *field, size_t cap)
{
    return code_is_good(bytes_of(field, strnlen(field, cap)), cap - 1);
}

bool code_copy(struct bytes code, char *ret, size_t cap)
{
    ret[0] = '\0';
    if (code.len == 0 || code.len >= cap || memchr(code.data, 0, code.len) != NULL)
        return false;
    memcpy(ret, code.data, code.len);
    ret[code.len] = '\0';
    return true;
}
