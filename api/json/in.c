/* SPDX-License-Identifier: Apache-2.0 */
/* Reads request bodies with jansson. The depth is counted before jansson sees the body: its own
 * limit is 2,048 levels, each a stack frame of its recursive parser. */
#include "json/in.h"

#include <stdlib.h>
#include <string.h>

#include "schuilnaam/crypto/secret.h"

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

/* Whether brackets outside strings nest at most LIMIT_JSON_DEPTH deep. Grammar is jansson's. */
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

/* A static text for the kind of fault: jansson's own text repeats part of the body. */
static const char *fault_text(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        return "a key stands twice in one object";
    case json_error_invalid_utf8:
        return "invalid UTF-8";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "a zero character in a string";
    case json_error_premature_end_of_input:
        return "the body ends too early";
    case json_error_end_of_input_expected:
        return "something follows the JSON value";
    case json_error_numeric_overflow:
        return "a number is too large";
    default:
        return "the body is not JSON";
    }
}

SCHUIL_RC json_in_parse(struct bytes body, bool is_real, json_t **ret, const char **ret_detail)
{
    *ret = NULL;
    *ret_detail = "nested too deeply";
    ENSURE(depth_is_good(body), RC_INPUT_JSON);
    *ret_detail = "a zero byte in the body";
    ENSURE(body.len > 0 && memchr(body.data, 0, body.len) == NULL, RC_INPUT_JSON);
    json_error_t error;
    size_t flags = JSON_REJECT_DUPLICATES | (is_real ? JSON_DECODE_INT_AS_REAL : 0);
    *ret = json_loadb((const char *)body.data, body.len, flags, &error);
    if (*ret == NULL)
        *ret_detail = fault_text(&error);
    bool is_memory = *ret == NULL && json_error_code(&error) == json_error_out_of_memory;
    schuil_wipe(&error, sizeof error); /* its text repeats part of the body */
    ENSURE(!is_memory, RC_INTERNAL_MEMORY);
    ENSURE(*ret != NULL, RC_INPUT_JSON);
    *ret_detail = NULL;
    return SCHUIL_OK;
}

/* ---- heads ---- */

static SCHUIL_RC records_find(json_t *root, struct json_head *ret, const char **ret_detail)
{
    *ret_detail = "the body must be an object with an array records";
    ENSURE(json_is_object(root), RC_INPUT_SHAPE);
    ret->records = json_object_get(root, "records");
    ENSURE(json_is_array(ret->records), RC_INPUT_SHAPE);
    *ret_detail = "at most 10,000 records a request";
    size_t count = json_array_size(ret->records);
    ENSURE(count <= LIMIT_RECORD_COUNT, RC_INPUT_RECORDS);
    ret->record_count = (uint32_t)count;
    *ret_detail = NULL;
    return SCHUIL_OK;
}

static bool type_is_new(const struct json_head *head, const struct ptype *type)
{
    for (uint16_t i = 0; i < head->type_count; i++)
        if (head->types[i] == type)
            return false;
    return true;
}

static SCHUIL_RC type_take(const json_t *name, const struct snapshot *snapshot,
                           struct json_head *head, const char **ret_detail)
{
    *ret_detail = "pseudonymTypes holds something that is not a string";
    ENSURE(json_is_string(name), RC_INPUT_SHAPE);
    *ret_detail = "a type in pseudonymTypes does not exist";
    struct bytes tref = bytes_of(json_string_value(name), json_string_length(name));
    const struct ptype *type = schuil_ptype_by_tref(snapshot, tref);
    ENSURE(type != NULL, RC_INPUT_TYPE_UNKNOWN);
    *ret_detail = "a type stands twice in pseudonymTypes";
    ENSURE(type_is_new(head, type), RC_INPUT_SHAPE);
    head->types[head->type_count++] = type;
    *ret_detail = NULL;
    return SCHUIL_OK;
}

static SCHUIL_RC types_take(const json_t *names, const struct snapshot *snapshot,
                            struct json_head *head, const char **ret_detail)
{
    *ret_detail = "pseudonymTypes must be an array of 1 to 16 types";
    size_t count = json_array_size(names);
    ENSURE(json_is_array(names) && count >= 1 && count <= LIMIT_TYPE_COUNT, RC_INPUT_SHAPE);
    for (size_t i = 0; i < count; i++)
        TRY(type_take(json_array_get(names, i), snapshot, head, ret_detail));
    return SCHUIL_OK;
}

SCHUIL_RC json_in_issue_head(json_t *root, const struct snapshot *snapshot, struct json_head *ret,
                             const char **ret_detail)
{
    *ret = (struct json_head){0};
    TRY(records_find(root, ret, ret_detail));
    *ret_detail = "the body must hold pseudonymTypes and records, and nothing else";
    ENSURE(json_object_size(root) == 2, RC_INPUT_SHAPE);
    return types_take(json_object_get(root, "pseudonymTypes"), snapshot, ret, ret_detail);
}

SCHUIL_RC json_in_translate_head(json_t *root, struct json_head *ret, const char **ret_detail)
{
    *ret = (struct json_head){0};
    return records_find(root, ret, ret_detail);
}

/* ---- records ---- */

/* A key as the field of a diagnostic: only if it has the form of a code, so that a value that was
 * put in the key's place is not repeated. */
static struct bytes field_of(struct bytes key)
{
    struct bytes none = {0};
    if (key.len == 0 || key.len > LIMIT_FIELD_CODE_LEN || key.data[0] < 'A' || key.data[0] > 'Z')
        return none;
    for (size_t i = 1; i < key.len; i++) {
        uint8_t c = key.data[i];
        if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9'))
            return none;
    }
    return key;
}

static struct bytes text_of(const json_t *string)
{
    return bytes_of(json_string_value(string), json_string_length(string));
}

static struct bytes key_of(void *iter)
{
    return bytes_of(json_object_iter_key(iter), json_object_iter_key_len(iter));
}

static SCHUIL_RC record_is_no_object(struct work *work, uint32_t record)
{
    work->records[record].is_object = false;
    return schuil_work_diagnose(work, record, DIAG_RECORD_SHAPE, (struct bytes){0});
}

static SCHUIL_RC value_take(struct work *work, uint32_t record, struct bytes key,
                            const json_t *value)
{
    const struct attribute *attribute = schuil_attribute_by_code(work->snapshot, key);
    if (attribute == NULL)
        return schuil_work_diagnose(work, record, DIAG_ATTRIBUTE_UNKNOWN, field_of(key));
    if (!json_is_string(value))
        return schuil_work_diagnose(work, record, DIAG_VALUE_SHAPE, key);
    schuil_work_set_value(work, record, attribute->index, text_of(value));
    return SCHUIL_OK;
}

static SCHUIL_RC issue_record(json_t *object, struct work *work, uint32_t record)
{
    if (!json_is_object(object))
        return record_is_no_object(work, record);
    work->records[record].is_object = true;
    for (void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i))
        TRY(value_take(work, record, key_of(i), json_object_iter_value(i)));
    return SCHUIL_OK;
}

SCHUIL_RC json_in_issue_records(const json_t *records, struct work *work)
{
    for (uint32_t i = 0; i < work->record_count; i++)
        TRY(issue_record(json_array_get(records, i), work, i));
    return SCHUIL_OK;
}

static SCHUIL_RC text_take(struct work *work, uint32_t record, struct bytes tref,
                           const json_t *value)
{
    uint16_t column;
    TRY(schuil_work_column(work, tref, &column));
    if (!json_is_string(value))
        return schuil_work_diagnose(work, record, DIAG_VALUE_SHAPE, tref);
    schuil_work_set_text(work, record, column, text_of(value));
    return SCHUIL_OK;
}

static SCHUIL_RC translate_record(const json_t *object, struct work *work, uint32_t record)
{
    json_t *pseudonyms = json_object_get(object, "pseudonyms");
    if (!json_is_object(object) || (pseudonyms != NULL && !json_is_object(pseudonyms)))
        return record_is_no_object(work, record);
    work->records[record].is_object = true;
    for (void *i = json_object_iter(pseudonyms); i != NULL;
         i = json_object_iter_next(pseudonyms, i))
        TRY(text_take(work, record, key_of(i), json_object_iter_value(i)));
    return SCHUIL_OK;
}

SCHUIL_RC json_in_translate_records(const json_t *records, struct work *work)
{
    for (uint32_t i = 0; i < work->record_count; i++)
        TRY(translate_record(json_array_get(records, i), work, i));
    return SCHUIL_OK;
}
