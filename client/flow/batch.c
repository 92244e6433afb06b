/* SPDX-License-Identifier: Apache-2.0 */
/* Records to one request. */
#include "flow/batch.h"

#include <jansson.h>

#include "csv/writer.h"
#include "fail.h"
#include "flow/sealing.h"

/* One more record, each byte escaped as \u00xx, still fits the service's limit of a body. */
enum { BODY_ENOUGH = LIMIT_BODY_LEN - 6 * CSV_RECORD_MOST - (64 << 10) };

SCHUIL_RC batch_make(const struct work *work, struct batch *ret)
{
    *ret = (struct batch){0};
    ret->kept_end = memory_take(work->batch_count * sizeof *ret->kept_end);
    ret->asked = memory_take(work->batch_count * sizeof *ret->asked);
    ret->found = memory_take(work->batch_count * sizeof *ret->found);
    ENSURE(ret->kept_end != NULL && ret->asked != NULL && ret->found != NULL, RC_INTERNAL_MEMORY);
    return SCHUIL_OK;
}

void batch_done(struct batch *batch)
{
    buffer_done(&batch->body);
    buffer_done(&batch->kept);
    memory_free(batch->kept_end);
    memory_free(batch->asked);
    memory_free(batch->found);
    *batch = (struct batch){0};
}

static int on_json(const char *text, size_t len, void *context)
{
    return schuil_is_ok(buffer_put(context, bytes_of(text, len))) ? 0 : -1;
}

static SCHUIL_RC reason_put(const char *reason, struct buffer *body)
{
    json_t *text = json_string(reason);
    if (text == NULL)
        return fail(RC_INPUT_USAGE, "--reason is not UTF-8");
    TRY(buffer_put_text(body, "\"reason\":"));
    int done = json_dump_callback(text, on_json, body, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(text);
    ENSURE(done == 0, RC_INTERNAL_MEMORY);
    return buffer_put_text(body, ",");
}

static SCHUIL_RC body_begin(const struct work *work, struct buffer *body)
{
    buffer_clear(body);
    TRY(buffer_put_text(body, "{"));
    if (work->reason != NULL)
        TRY(reason_put(work->reason, body));
    for (size_t i = 0; work->kind == WORK_ISSUE && i < work->type_count; i++) {
        TRY(buffer_put_text(body, i == 0 ? "\"pseudonymTypes\":[\"" : "\",\""));
        TRY(buffer_put_text(body, work->trefs[i]));
    }
    return buffer_put_text(body, work->kind == WORK_ISSUE ? "\"],\"records\":[" : "\"records\":[");
}

static SCHUIL_RC value_add(json_t *object, const char *key, struct bytes text)
{
    json_t *value = json_stringn((const char *)text.data, text.len);
    ENSURE(json_object_set_new(object, key, value) == 0, RC_INTERNAL_MEMORY);
    return SCHUIL_OK;
}

/* An empty field asks for no translation, since no pseudonym was issued. For issue it is sent: the
 * service then says which value is missing. */
static SCHUIL_RC fields_add(const struct work *work, struct csv_reader *reader,
                            const struct csv_row *row, json_t *object, uint16_t *ret_asked)
{
    *ret_asked = work->kind == WORK_ISSUE ? (uint16_t)((1U << work->type_count) - 1) : 0;
    for (size_t i = 0; i < work->field_count; i++) {
        struct bytes value;
        if (work->fields[i].is_sealed)
            continue;
        TRY(csv_reader_decode(reader, csv_row_field(row, work->fields[i].index), &value));
        if (work_takes_pseudonyms(work) && value.len == 0)
            continue;
        TRY(value_add(object, work->fields[i].key, value));
        if (work_takes_pseudonyms(work))
            *ret_asked |= (uint16_t)(1U << i);
    }
    return SCHUIL_OK;
}

static SCHUIL_RC object_put(struct buffer *body, const json_t *object, bool takes_pseudonyms)
{
    if (takes_pseudonyms)
        TRY(buffer_put_text(body, "{\"pseudonyms\":"));
    ENSURE(json_dump_callback(object, on_json, body, JSON_COMPACT) == 0, RC_INTERNAL_MEMORY);
    return takes_pseudonyms ? buffer_put_text(body, "}") : SCHUIL_OK;
}

static SCHUIL_RC record_put(struct batch *batch, const struct work *work, struct csv_reader *reader,
                            const struct csv_row *row)
{
    json_t *object = json_object();
    ENSURE(object != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = fields_add(work, reader, row, object, &batch->asked[batch->count]);
    if (schuil_is_ok(rc))
        rc = sealing_add(work, reader, row, object, &batch->found[batch->count]);
    if (schuil_is_ok(rc) && batch->count > 0)
        rc = buffer_put_text(&batch->body, ",");
    if (schuil_is_ok(rc))
        rc = object_put(&batch->body, object, work_takes_pseudonyms(work));
    json_decref(object);
    return rc;
}

static SCHUIL_RC kept_put(struct batch *batch, const struct work *work, const struct csv_row *row)
{
    for (size_t i = 0; i < work->kept_count; i++) {
        size_t index = work->kept[i].index;
        TRY(csv_field_put(&batch->kept, work->form.delimiter, csv_row_field(row, index),
                          row->fields[index].is_quoted_empty));
        TRY(buffer_put_char(&batch->kept, work->form.delimiter));
    }
    batch->kept_end[batch->count] = batch->kept.len;
    return SCHUIL_OK;
}

SCHUIL_RC batch_fill(struct batch *batch, const struct work *work, struct csv_reader *reader,
                     bool *ret_is_end)
{
    struct csv_row row;
    *ret_is_end = false;
    batch->count = 0;
    batch->first = csv_reader_records(reader) + 1;
    buffer_clear(&batch->kept);
    TRY(body_begin(work, &batch->body));
    while (batch->count < work->batch_count && batch->body.len < BODY_ENOUGH &&
           batch->kept.len < BODY_ENOUGH) {
        TRY(csv_reader_next(reader, &row, ret_is_end));
        if (*ret_is_end)
            break;
        TRY(record_put(batch, work, reader, &row));
        TRY(kept_put(batch, work, &row));
        batch->count++;
    }
    return buffer_put_text(&batch->body, "]}");
}
