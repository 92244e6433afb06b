/* SPDX-License-Identifier: Apache-2.0 */
/* Reads request bodies with jansson. The depth is counted before jansson sees the body: its own
 * limit is 2,048 levels, each a stack frame of its recursive parser. */
#include "json/in.h"

#include <stdlib.h>
#include <string.h>

#include "schuilnaam/crypto/secret.h"
#include "json/fault.h"

/* ---- memory that forgets: a header keeps the size that free must wipe ---- */

enum { HEAD_LEN = 16 };

static void *wiping_malloc(size_t len)
{
    if (len > SIZE_MAX - HEAD_LEN)
        return NULL;
    char *block = malloc(HEAD_LEN + len);
    if (block == NULL)
        return NULL;
    memcpy(block, &len, sizeof len);
    return block + HEAD_LEN;
}

static void wiping_free(void *data)
{
    if (data == NULL)
        return;
    char *block = (char *)data - HEAD_LEN;
    size_t len;
    memcpy(&len, block, sizeof len);
    schuil_wipe(block, HEAD_LEN + len);
    free(block);
}

void json_in_init(void)
{
    json_set_alloc_funcs(wiping_malloc, wiping_free);
    json_object_seed(0);
}

/* ---- the body ---- */

/* jansson's own text repeats part of the body, so only its kind of fault is told. */
static enum json_fault fault_of(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        return FAULT_DUPLICATE;
    case json_error_invalid_utf8:
        return FAULT_UTF8;
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return FAULT_ZERO;
    case json_error_premature_end_of_input:
        return FAULT_EARLY_END;
    case json_error_end_of_input_expected:
        return FAULT_TRAILING;
    case json_error_numeric_overflow:
        return FAULT_OVERFLOW;
    case json_error_out_of_memory:
        return FAULT_MEMORY;
    default:
        return FAULT_SYNTAX;
    }
}

SCHUIL_RC json_in_parse(struct bytes body, json_t **ret, const char **ret_detail)
{
    json_error_t error;
    *ret = NULL;
    enum json_fault fault = json_fault_look(body);
    if (fault == FAULT_NONE) {
        *ret = json_loadb((const char *)body.data, body.len, JSON_REJECT_DUPLICATES, &error);
        fault = *ret == NULL ? fault_of(&error) : FAULT_NONE;
        schuil_wipe(&error, sizeof error); /* its text repeats part of the body */
    }
    *ret_detail = json_fault_text(fault);
    ENSURE(fault != FAULT_MEMORY, RC_INTERNAL_MEMORY);
    ENSURE(fault == FAULT_NONE, RC_INPUT_JSON);
    return SCHUIL_OK;
}
