/* SPDX-License-Identifier: Apache-2.0 */
/* The two shapes of a batch body: see batch.h. Grammar is reader.h's. */
#include "json/batch.h"

#include "json/reader.h"

static SCHUIL_RC fault_rc(enum json_fault fault)
{
    ENSURE(fault != FAULT_MEMORY, RC_INTERNAL_MEMORY);
    ENSURE(fault == FAULT_NONE, RC_INPUT_JSON);
    return SCHUIL_OK;
}

/* ---- first reading ---- */

/* An array is kept from its bracket on, with the number of its elements. */
static void array_note(struct reader *r, struct bytes *ret, size_t *ret_count)
{
    if (!reader_enter(r, '[')) {
        reader_skip(r);
        return;
    }
    *ret = bytes_of(r->at - 1, (size_t)(r->end - r->at) + 1);
    for (; reader_element(r); (*ret_count)++)
        reader_skip(r);
}

static void reason_note(struct reader *r, struct bytes *ret)
{
    if (!reader_string(r, ret))
        reader_skip(r);
}

static void members_note(struct reader *r, struct json_batch *ret)
{
    struct bytes key;
    for (; reader_member(r, &key); ret->member_count++) {
        if (bytes_equal(key, bytes_text("records")))
            array_note(r, &ret->records, &ret->record_count);
        else if (bytes_equal(key, bytes_text("pseudonymTypes")))
            array_note(r, &ret->names, &ret->name_count);
        else if (bytes_equal(key, bytes_text("reason")))
            reason_note(r, &ret->reason);
        else
            reader_skip(r);
    }
}

SCHUIL_RC json_batch_read(struct bytes body, struct arena *arena, struct json_batch *ret,
                          const char **ret_detail)
{
    struct reader r;
    *ret = (struct json_batch){.arena = arena};
    reader_init(&r, body, arena, true);
    ret->is_object = reader_enter(&r, '{');
    if (ret->is_object)
        members_note(&r, ret);
    else if (reader_peek(&r) == '[')
        reader_skip(&r);
    else
        reader_refuse(&r);
    reader_end(&r);
    enum json_fault seen = FAULT_NONE;
    if (r.fault != FAULT_NONE && r.fault != FAULT_MEMORY)
        seen = json_fault_look(body); /* told before anything else that is wrong */
    enum json_fault fault = seen != FAULT_NONE ? seen : r.fault;
    *ret_detail = json_fault_text(fault);
    return fault_rc(fault);
}

/* ---- heads ---- */

static SCHUIL_RC records_find(const struct json_batch *batch, const char **ret_detail)
{
    *ret_detail = "the body must be an object with an array records";
    ENSURE(batch->is_object && batch->records.data != NULL, RC_INPUT_SHAPE);
    *ret_detail = "at most 10,000 records a request";
    ENSURE(batch->record_count <= LIMIT_RECORD_COUNT, RC_INPUT_RECORDS);
    *ret_detail = NULL;
    return SCHUIL_OK;
}

static bool type_is_new(const struct json_batch *batch, const struct ptype *type)
{
    for (uint16_t i = 0; i < batch->type_count; i++)
        if (batch->types[i] == type)
            return false;
    return true;
}

static SCHUIL_RC type_take(struct reader *r, const struct snapshot *snapshot,
                           struct json_batch *batch, const char **ret_detail)
{
    struct bytes tref;
    *ret_detail = "pseudonymTypes holds something that is not a string";
    if (!reader_string(r, &tref)) {
        TRY(fault_rc(r->fault));
        return schuil_rc(RC_INPUT_SHAPE);
    }
    *ret_detail = "a type in pseudonymTypes does not exist";
    const struct ptype *type = schuil_ptype_by_tref(snapshot, tref);
    ENSURE(type != NULL, RC_INPUT_TYPE_UNKNOWN);
    *ret_detail = "a type stands twice in pseudonymTypes";
    ENSURE(type_is_new(batch, type), RC_INPUT_SHAPE);
    batch->types[batch->type_count++] = type;
    *ret_detail = NULL;
    return SCHUIL_OK;
}

SCHUIL_RC json_batch_issue_head(struct json_batch *batch, const struct snapshot *snapshot,
                                const char **ret_detail)
{
    struct reader r;
    batch->type_count = 0;
    TRY(records_find(batch, ret_detail));
    *ret_detail = "the body must hold pseudonymTypes and records, and nothing else";
    ENSURE(batch->member_count == 2, RC_INPUT_SHAPE);
    *ret_detail = "pseudonymTypes must be an array of 1 to 16 types";
    ENSURE(batch->name_count >= 1 && batch->name_count <= LIMIT_TYPE_COUNT, RC_INPUT_SHAPE);
    reader_init(&r, batch->names, batch->arena, false);
    bool is_open = reader_enter(&r, '[');
    for (size_t i = 0; is_open && i < batch->name_count && reader_element(&r); i++)
        TRY(type_take(&r, snapshot, batch, ret_detail));
    ENSURE(batch->type_count == batch->name_count, RC_INTERNAL);
    return SCHUIL_OK;
}

SCHUIL_RC json_batch_translate_head(const struct json_batch *batch, const char **ret_detail)
{
    return records_find(batch, ret_detail);
}

/* Text for people: no control characters, and not only spaces. */
static bool reason_is_good(struct bytes reason)
{
    size_t visible = 0;
    for (size_t i = 0; i < reason.len; i++) {
        if (reason.data[i] < 0x20 || reason.data[i] == 0x7f)
            return false;
        visible += reason.data[i] != ' ' ? 1 : 0;
    }
    return visible >= LIMIT_REASON_LEN_LEAST && reason.len <= LIMIT_REASON_LEN;
}

SCHUIL_RC json_batch_reverse_head(const struct json_batch *batch, const char **ret_detail)
{
    TRY(records_find(batch, ret_detail));
    *ret_detail = "reason must be a string of 3 to 500 bytes without control characters";
    ENSURE(batch->reason.data != NULL && reason_is_good(batch->reason), RC_INPUT_REASON);
    *ret_detail = NULL;
    return SCHUIL_OK;
}

/* ---- second reading: records ---- */

/* What the keys of a record meant, by their place in it: most records of a body have the same keys
 * in the same order, so most look-ups are one comparison. */
enum { MEMO_COUNT = 16 };

struct memo {
    struct bytes key;
    uint16_t index; /* of an attribute, or a column */
};

struct filler {
    struct reader reader;
    struct work *work;
    uint32_t record;
    struct memo memos[MEMO_COUNT];
};

static bool memo_find(const struct filler *f, size_t place, struct bytes key, uint16_t *ret)
{
    if (place >= MEMO_COUNT || f->memos[place].key.data == NULL ||
        !bytes_equal(f->memos[place].key, key))
        return false;
    *ret = f->memos[place].index;
    return true;
}

static void memo_keep(struct filler *f, size_t place, struct bytes key, uint16_t index)
{
    if (place < MEMO_COUNT)
        f->memos[place] = (struct memo){.key = key, .index = index};
}

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

static SCHUIL_RC record_is_no_object(struct filler *f)
{
    f->work->records[f->record].is_object = false;
    return schuil_work_diagnose(f->work, f->record, DIAG_RECORD_SHAPE, (struct bytes){0});
}

static bool attribute_find(struct filler *f, size_t place, struct bytes key, uint16_t *ret)
{
    if (memo_find(f, place, key, ret))
        return true;
    const struct attribute *attribute = schuil_attribute_by_code(f->work->snapshot, key);
    if (attribute == NULL)
        return false;
    *ret = attribute->index;
    memo_keep(f, place, key, *ret);
    return true;
}

/* Pseudonyms that the provider sealed itself, by type. */
static SCHUIL_RC sealed_take(struct filler *f)
{
    struct bytes tref;
    if (!reader_enter(&f->reader, '{')) {
        reader_skip(&f->reader);
        return schuil_work_diagnose(f->work, f->record, DIAG_VALUE_SHAPE, (struct bytes){0});
    }
    while (reader_member(&f->reader, &tref)) {
        struct bytes text = {0};
        if (!reader_string(&f->reader, &text))
            reader_skip(&f->reader);
        TRY(schuil_work_set_sealed(f->work, f->record, tref, text));
    }
    return SCHUIL_OK;
}

static SCHUIL_RC value_take(struct filler *f, size_t place, struct bytes key)
{
    uint16_t attribute;
    struct bytes value;
    if (!attribute_find(f, place, key, &attribute)) {
        if (bytes_equal(key, bytes_text("sealed")))
            return sealed_take(f);
        reader_skip(&f->reader);
        return schuil_work_diagnose(f->work, f->record, DIAG_ATTRIBUTE_UNKNOWN, field_of(key));
    }
    if (reader_string(&f->reader, &value)) {
        schuil_work_set_value(f->work, f->record, attribute, value);
        return SCHUIL_OK;
    }
    reader_skip(&f->reader);
    return schuil_work_diagnose(f->work, f->record, DIAG_VALUE_SHAPE, key);
}

static SCHUIL_RC issue_record(struct filler *f)
{
    struct bytes key;
    if (!reader_enter(&f->reader, '{')) {
        reader_skip(&f->reader);
        return record_is_no_object(f);
    }
    for (size_t place = 0; reader_member(&f->reader, &key); place++)
        TRY(value_take(f, place, key));
    return SCHUIL_OK;
}

static SCHUIL_RC column_find(struct filler *f, size_t place, struct bytes tref, uint16_t *ret)
{
    if (memo_find(f, place, tref, ret))
        return SCHUIL_OK;
    TRY(schuil_work_column(f->work, tref, ret));
    memo_keep(f, place, tref, *ret);
    return SCHUIL_OK;
}

static SCHUIL_RC text_take(struct filler *f, size_t place, struct bytes tref)
{
    uint16_t column;
    struct bytes text;
    TRY(column_find(f, place, tref, &column));
    if (reader_string(&f->reader, &text)) {
        schuil_work_set_text(f->work, f->record, column, text);
        return SCHUIL_OK;
    }
    reader_skip(&f->reader);
    return schuil_work_diagnose(f->work, f->record, DIAG_VALUE_SHAPE, tref);
}

static SCHUIL_RC pseudonyms_take(struct filler *f)
{
    struct bytes tref;
    if (!reader_enter(&f->reader, '{')) {
        reader_skip(&f->reader);
        return record_is_no_object(f);
    }
    for (size_t place = 0; reader_member(&f->reader, &tref); place++)
        TRY(text_take(f, place, tref));
    return SCHUIL_OK;
}

static SCHUIL_RC translate_record(struct filler *f)
{
    struct bytes key;
    if (!reader_enter(&f->reader, '{')) {
        reader_skip(&f->reader);
        return record_is_no_object(f);
    }
    while (reader_member(&f->reader, &key)) {
        if (bytes_equal(key, bytes_text("pseudonyms")))
            TRY(pseudonyms_take(f));
        else
            reader_skip(&f->reader);
    }
    return SCHUIL_OK;
}

static SCHUIL_RC records_take(const struct json_batch *batch, struct work *work,
                              struct schuil_rc (*take)(struct filler *f))
{
    struct filler f = {.work = work};
    reader_init(&f.reader, batch->records, batch->arena, false);
    bool is_open = reader_enter(&f.reader, '[');
    for (; is_open && f.record < work->record_count && reader_element(&f.reader); f.record++)
        TRY(take(&f));
    TRY(fault_rc(f.reader.fault));
    ENSURE(f.record == work->record_count, RC_INTERNAL);
    return SCHUIL_OK;
}

SCHUIL_RC json_batch_issue_records(const struct json_batch *batch, struct work *work)
{
    return records_take(batch, work, issue_record);
}

SCHUIL_RC json_batch_translate_records(const struct json_batch *batch, struct work *work)
{
    return records_take(batch, work, translate_record);
}
