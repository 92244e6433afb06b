/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of a body as JSON: see fault.h. */
#include "json/fault.h"

#include "schuilnaam/limits.h"

static const char *const texts[FAULT_COUNT] = {
    [FAULT_SYNTAX] = "the body is not JSON",
    [FAULT_EARLY_END] = "the body ends too early",
    [FAULT_UTF8] = "invalid UTF-8",
    [FAULT_ZERO] = "a zero character in a string",
    [FAULT_DUPLICATE] = "a key stands twice in one object",
    [FAULT_OVERFLOW] = "a number is too large",
    [FAULT_TRAILING] = "something follows the JSON value",
    [FAULT_DEPTH] = "nested too deeply",
    [FAULT_ZERO_BYTE] = "a zero byte in the body",
    [FAULT_MEMORY] = "no memory to read the body",
};

const char *json_fault_text(enum json_fault fault)
{
    return texts[fault];
}

/* Whether brackets outside strings nest at most LIMIT_JSON_DEPTH deep. */
static bool depth_is_good(struct bytes body)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < body.len; i++) {
        uint8_t c = body.data[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '['))
            depth++;
        else if (!in_string && (c == '}' || c == ']'))
            depth--;
        if (depth > LIMIT_JSON_DEPTH)
            return false;
    }
    return true;
}

enum json_fault json_fault_look(struct bytes body)
{
    if (!depth_is_good(body))
        return FAULT_DEPTH;
    if (body.len == 0 || memchr(body.data, 0, body.len) != NULL)
        return FAULT_ZERO_BYTE;
    return FAULT_NONE;
}
