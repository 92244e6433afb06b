/* SPDX-License-Identifier: Apache-2.0 */
/* The judge of api/json/batch.h: see json_judge.h. */
#include "json_judge.h"

#include <stdlib.h>

#include "json/batch.h"

/* ---- jansson: bytes to a tree ---- */

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

SCHUIL_RC judge_read(struct bytes body, json_t **ret, const char **ret_detail)
{
    json_error_t error;
    *ret = NULL;
    *ret_detail = "nested too deeply";
    ENSURE(depth_is_good(body), RC_INPUT_JSON);
    *ret_detail = "a zero byte in the body";
    ENSURE(body.len > 0 && memchr(body.data, 0, body.len) == NULL, RC_INPUT_JSON);
    *ret = json_loadb((const char *)body.data, body.len,
                      JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
    *ret_detail = *ret == NULL ? fault_text(&error) : NULL;
    ENSURE(*ret != NULL, RC_INPUT_JSON);
    return SCHUIL_OK;
}

/* ---- a tree to a head ---- */

static SCHUIL_RC records_find(json_t *root, struct judge_head *ret, const char **ret_detail)
{
    *ret = (struct judge_head){0};
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

static SCHUIL_RC type_take(const json_t *name, const struct snapshot *snapshot,
                           struct judge_head *head, const char **ret_detail)
{
    *ret_detail = "pseudonymTypes holds something that is not a string";
    ENSURE(json_is_string(name), RC_INPUT_SHAPE);
    *ret_detail = "a type in pseudonymTypes does not exist";
    const struct ptype *type =
        schuil_ptype_by_tref(snapshot, bytes_of(json_string_value(name), json_string_length(name)));
    ENSURE(type != NULL, RC_INPUT_TYPE_UNKNOWN);
    *ret_detail = "a type stands twice in pseudonymTypes";
    for (uint16_t i = 0; i < head->type_count; i++)
        ENSURE(head->types[i] != type, RC_INPUT_SHAPE);
    head->types[head->type_count++] = type;
    *ret_detail = NULL;
    return SCHUIL_OK;
}

SCHUIL_RC judge_issue_head(json_t *root, const struct snapshot *snapshot, struct judge_head *ret,
                           const char **ret_detail)
{
    TRY(records_find(root, ret, ret_detail));
    *ret_detail = "the body must hold pseudonymTypes and records, and nothing else";
    ENSURE(json_object_size(root) == 2, RC_INPUT_SHAPE);
    json_t *names = json_object_get(root, "pseudonymTypes");
    *ret_detail = "pseudonymTypes must be an array of 1 to 16 types";
    size_t count = json_array_size(names);
    ENSURE(json_is_array(names) && count >= 1 && count <= LIMIT_TYPE_COUNT, RC_INPUT_SHAPE);
    for (size_t i = 0; i < count; i++)
        TRY(type_take(json_array_get(names, i), snapshot, ret, ret_detail));
    return SCHUIL_OK;
}

SCHUIL_RC judge_translate_head(json_t *root, struct judge_head *ret, const char **ret_detail)
{
    return records_find(root, ret, ret_detail);
}

SCHUIL_RC judge_reverse_head(json_t *root, struct judge_head *ret, const char **ret_detail)
{
    TRY(records_find(root, ret, ret_detail));
    const json_t *reason = json_object_get(root, "reason");
    const char *text = json_string_value(reason);
    size_t len = json_string_length(reason), left = 0;
    *ret_detail = "reason must be a string of 3 to 500 bytes without control characters";
    ENSURE(text != NULL && len <= 500, RC_INPUT_REASON);
    for (size_t i = 0; i < len; i++) {
        ENSURE((uint8_t)text[i] > 0x1f && text[i] != '\x7f', RC_INPUT_REASON);
        left += text[i] == ' ' ? 0 : 1;
    }
    ENSURE(left > 2, RC_INPUT_REASON);
    *ret_detail = NULL;
    return SCHUIL_OK;
}

/* ---- a tree to a work ---- */

static struct bytes field_of(struct bytes key)
{
    bool is_code = key.len >= 1 && key.len <= LIMIT_FIELD_CODE_LEN;
    for (size_t i = 0; is_code && i < key.len; i++) {
        bool is_upper = key.data[i] >= 'A' && key.data[i] <= 'Z';
        is_code = is_upper || (i > 0 && key.data[i] >= '0' && key.data[i] <= '9');
    }
    return is_code ? key : (struct bytes){0};
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

static SCHUIL_RC sealed_take(struct work *work, uint32_t record, json_t *sealed)
{
    if (!json_is_object(sealed))
        return schuil_work_diagnose(work, record, DIAG_VALUE_SHAPE, (struct bytes){0});
    for (void *i = json_object_iter(sealed); i != NULL; i = json_object_iter_next(sealed, i)) {
        const json_t *value = json_object_iter_value(i);
        struct bytes text = json_is_string(value) ? text_of(value) : (struct bytes){0};
        TRY(schuil_work_set_sealed(work, record, key_of(i), text));
    }
    return SCHUIL_OK;
}

static SCHUIL_RC value_take(struct work *work, uint32_t record, struct bytes key, json_t *value)
{
    if (bytes_equal(key, bytes_text("sealed")))
        return sealed_take(work, record, value);
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
    for (void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i))
        TRY(value_take(work, record, key_of(i), json_object_iter_value(i)));
    return SCHUIL_OK;
}

SCHUIL_RC judge_issue_records(const json_t *records, struct work *work)
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
    for (void *i = json_object_iter(pseudonyms); i != NULL;
         i = json_object_iter_next(pseudonyms, i))
        TRY(text_take(work, record, key_of(i), json_object_iter_value(i)));
    return SCHUIL_OK;
}

SCHUIL_RC judge_translate_records(const json_t *records, struct work *work)
{
    for (uint32_t i = 0; i < work->record_count; i++)
        TRY(translate_record(json_array_get(records, i), work, i));
    return SCHUIL_OK;
}

/* ---- both ways ---- */

enum { ARENA_CAP = 256 << 20 };

/* One reading of a body. */
struct reading {
    enum work_verb verb;
    struct snapshot *snapshot;
    struct arena *arena;
    const char *detail;
    struct work *work; /* NULL: it did not come to it */
};

static SCHUIL_RC work_make(struct reading *reading, size_t record_count,
                           const struct ptype *const *types, uint16_t type_count)
{
    TRY(schuil_work_new(reading->arena, reading->verb, reading->snapshot, (uint32_t)record_count,
                        &reading->work));
    reading->work->type_count = type_count;
    memcpy(reading->work->types, types, type_count * sizeof *types);
    return SCHUIL_OK;
}

static SCHUIL_RC tree_take(struct reading *reading, json_t *root)
{
    struct judge_head head;
    bool is_issue = reading->verb == WORK_ISSUE;
    if (is_issue)
        TRY(judge_issue_head(root, reading->snapshot, &head, &reading->detail));
    else if (reading->verb == WORK_REVERSE)
        TRY(judge_reverse_head(root, &head, &reading->detail));
    else
        TRY(judge_translate_head(root, &head, &reading->detail));
    TRY(work_make(reading, head.record_count, head.types, head.type_count));
    return is_issue ? judge_issue_records(head.records, reading->work)
                    : judge_translate_records(head.records, reading->work);
}

static SCHUIL_RC read_by_judge(struct reading *reading, struct bytes body, json_t **ret_root)
{
    TRY(judge_read(body, ret_root, &reading->detail));
    return tree_take(reading, *ret_root);
}

static SCHUIL_RC read_by_batch(struct reading *reading, struct bytes body)
{
    struct json_batch batch;
    bool is_issue = reading->verb == WORK_ISSUE;
    TRY(json_batch_read(body, reading->arena, &batch, &reading->detail));
    if (is_issue)
        TRY(json_batch_issue_head(&batch, reading->snapshot, &reading->detail));
    else if (reading->verb == WORK_REVERSE)
        TRY(json_batch_reverse_head(&batch, &reading->detail));
    else
        TRY(json_batch_translate_head(&batch, &reading->detail));
    TRY(work_make(reading, batch.record_count, batch.types, batch.type_count));
    return is_issue ? json_batch_issue_records(&batch, reading->work)
                    : json_batch_translate_records(&batch, reading->work);
}

static bool cells_equal(const struct bytes *a, const struct bytes *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((a[i].data == NULL) != (b[i].data == NULL) || !bytes_equal(a[i], b[i]))
            return false;
    return true;
}

/* What was sealed; none at all is as good as no room for any. */
static bool sealed_equal(const struct work *a, const struct work *b)
{
    size_t count = a->verb == WORK_ISSUE ? (size_t)a->type_count * a->record_count : 0;
    for (size_t i = 0; i < count; i++) {
        struct bytes x = a->sealed == NULL ? (struct bytes){0} : a->sealed[i];
        struct bytes y = b->sealed == NULL ? (struct bytes){0} : b->sealed[i];
        if (!cells_equal(&x, &y, 1))
            return false;
    }
    return true;
}

static bool records_equal(const struct record *a, const struct record *b)
{
    const struct diagnostic_entry *x = a->first, *y = b->first;
    if (a->is_object != b->is_object || a->has_error != b->has_error)
        return false;
    for (; x != NULL && y != NULL; x = x->next, y = y->next)
        if (x->row != y->row || strcmp(x->field, y->field) != 0)
            return false;
    return x == NULL && y == NULL;
}

static const char *works_differ(const struct work *a, const struct work *b)
{
    if (a->record_count != b->record_count)
        return "the number of records";
    size_t types_len = a->type_count * sizeof a->types[0];
    if (a->type_count != b->type_count || memcmp(a->types, b->types, types_len) != 0)
        return "the types";
    for (uint32_t i = 0; i < a->record_count; i++)
        if (!records_equal(&a->records[i], &b->records[i]))
            return "a record's diagnostics";
    bool is_issue = a->verb == WORK_ISSUE;
    size_t columns = is_issue ? a->attribute_count : a->type_count;
    bool is_same = cells_equal(is_issue ? a->values : a->texts, is_issue ? b->values : b->texts,
                               columns * a->record_count);
    if (!sealed_equal(a, b))
        return "what was sealed";
    return is_same ? NULL : "a value";
}

static bool details_equal(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static const char *readings_differ(const struct reading *judge, struct schuil_rc judged,
                                   const struct reading *own, struct schuil_rc owned)
{
    if (judged.code != owned.code)
        return "the result";
    if (!details_equal(judge->detail, own->detail))
        return "the detail";
    return schuil_is_ok(judged) ? works_differ(judge->work, own->work) : NULL;
}

/* An arena that is used over and over. */
static struct arena *arena_get(size_t i)
{
    static struct arena *arenas[2];
    if (arenas[i] == NULL)
        arenas[i] = schuil_arena_new(ARENA_CAP);
    if (arenas[i] == NULL)
        abort();
    return arenas[i];
}

const char *judge_difference(enum work_verb verb, struct snapshot *snapshot, struct bytes body)
{
    struct reading judge = {.verb = verb, .snapshot = snapshot, .arena = arena_get(0)};
    struct reading own = {.verb = verb, .snapshot = snapshot, .arena = arena_get(1)};
    json_t *root = NULL;
    struct schuil_rc judged = read_by_judge(&judge, body, &root);
    struct schuil_rc owned = read_by_batch(&own, body);
    const char *difference = readings_differ(&judge, judged, &own, owned);
    json_decref(root);
    schuil_arena_reset(judge.arena);
    schuil_arena_reset(own.arena);
    return difference;
}
