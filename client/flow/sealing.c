/* SPDX-License-Identifier: Apache-2.0 */
/* See sealing.h. */
#include "flow/sealing.h"

#include <time.h>

#include "csv/writer.h"
#include "fail.h"

/* ---- the plan ---- */

static SCHUIL_RC field_seal(struct work *work, size_t type, const char *tref)
{
    const char *attribute = work->sealer->types[type].attribute;
    size_t field = 0;
    while (field < work->field_count && strcmp(work->fields[field].key, attribute) != 0)
        field++;
    if (field == work->field_count)
        return fail(RC_INPUT_USAGE, "--map %s=COLUMN is needed for type %s", attribute, tref);
    work->fields[field].is_sealed = true;
    work->sealed[work->sealed_count++] =
        (struct work_sealed){.tref = tref, .type = type, .field = field};
    return SCHUIL_OK;
}

SCHUIL_RC sealing_bind(struct work *work)
{
    for (size_t i = 0; i < work->type_count; i++) {
        size_t type;
        bool is_reversible;
        TRY(sealer_type(work->sealer, work->trefs[i], &type, &is_reversible));
        if (is_reversible && work->kind == WORK_ISSUE)
            TRY(field_seal(work, type, work->trefs[i]));
        else if (!is_reversible && work_takes_pseudonyms(work))
            return fail(RC_INPUT_USAGE, "type %s is not reversible", work->trefs[i]);
    }
    if (work->kind == WORK_ISSUE && work->sealed_count == 0)
        return fail(RC_INPUT_USAGE, "--source-key: no type in --types is reversible");
    return SCHUIL_OK;
}

/* ---- issue ---- */

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static SCHUIL_RC one_add(const struct work *work, const struct work_sealed *s, struct bytes value,
                         json_t *sealed, struct local_finding *ret_found)
{
    struct sealed_text text;
    TRY(sealer_seal(work->sealer, s->type, value, now_us(), &text));
    if (text.found != DIAG_NONE) {
        ret_found->row = (uint16_t)text.found;
        ret_found->field = work->sealer->types[s->type].attribute;
        return SCHUIL_OK;
    }
    ENSURE(json_object_set_new(sealed, s->tref, json_stringn(text.text, text.len)) == 0,
           RC_INTERNAL_MEMORY);
    return SCHUIL_OK;
}

SCHUIL_RC sealing_add(const struct work *work, struct csv_reader *reader, const struct csv_row *row,
                      json_t *object, struct local_finding *ret_found)
{
    *ret_found = (struct local_finding){.row = DIAG_NONE, .field = ""};
    if (work->sealed_count == 0)
        return SCHUIL_OK;
    json_t *sealed = json_object();
    ENSURE(sealed != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = SCHUIL_OK;
    for (size_t i = 0; schuil_is_ok(rc) && i < work->sealed_count; i++) {
        const struct work_sealed *s = &work->sealed[i];
        struct bytes value;
        rc = csv_reader_decode(reader, csv_row_field(row, work->fields[s->field].index), &value);
        if (schuil_is_ok(rc))
            rc = one_add(work, s, value, sealed, ret_found);
    }
    if (schuil_is_ok(rc) && json_object_size(sealed) > 0 &&
        json_object_set(object, "sealed", sealed) != 0)
        rc = schuil_rc(RC_INTERNAL_MEMORY);
    json_decref(sealed);
    return rc;
}

/* ---- reverse and reseal, here ---- */

SCHUIL_RC value_put(const struct work *work, struct bytes value, struct buffer *out)
{
    struct buffer encoded = {0};
    struct schuil_rc rc = encoding_put(work->form.encoding, value, &encoded);
    if (schuil_is_ok(rc))
        rc = csv_field_put(out, work->form.delimiter, buffer_bytes(&encoded), false);
    buffer_done(&encoded);
    return rc;
}

static SCHUIL_RC reverse_put(const struct work *work, struct bytes text,
                             enum schuil_diagnostic *ret_found, struct buffer *out)
{
    __attribute__((cleanup(reversible_value_wipe))) struct reversible_value value;
    TRY(sealer_open(work->sealer, 0, text, &value, ret_found));
    if (*ret_found != DIAG_NONE)
        return SCHUIL_OK;
    struct schuil_rc rc = value_put(work, bytes_of(value.data, value.len), out);
    if (rc.code != RC_INPUT_TEXT)
        return rc;
    *ret_found = DIAG_VALUE_ENCODING;
    return SCHUIL_OK;
}

static SCHUIL_RC reseal_put(const struct work *work, struct bytes text,
                            enum schuil_diagnostic *ret_found, struct buffer *out)
{
    struct sealed_text made;
    TRY(sealer_reseal(work->sealer, 0, text, &made));
    *ret_found = made.found;
    if (made.found != DIAG_NONE)
        return SCHUIL_OK;
    return csv_field_put(out, work->form.delimiter, bytes_of(made.text, made.len), false);
}

static SCHUIL_RC kept_put(const struct work *work, const struct csv_row *row, struct buffer *out)
{
    for (size_t i = 0; i < work->kept_count; i++) {
        size_t index = work->kept[i].index;
        TRY(csv_field_put(out, work->form.delimiter, csv_row_field(row, index),
                          row->fields[index].is_quoted_empty));
        TRY(buffer_put_char(out, work->form.delimiter));
    }
    return SCHUIL_OK;
}

static SCHUIL_RC found_put(const struct work *work, enum schuil_diagnostic found,
                           struct report *report, struct buffer *diagnostics)
{
    struct finding finding;
    report->record_count++;
    if (found == DIAG_NONE)
        return SCHUIL_OK;
    report->error_count++;
    finding_make(found, work->trefs[0], &finding);
    TRY(finding_put(&finding, diagnostics));
    return report_put(report, report->record_count, &finding);
}

SCHUIL_RC sealing_line(const struct work *work, struct csv_reader *reader,
                       const struct csv_row *row, struct report *report, struct buffer *diagnostics,
                       struct buffer *out)
{
    struct bytes text;
    enum schuil_diagnostic found = DIAG_NONE;
    buffer_clear(diagnostics);
    TRY(csv_reader_decode(reader, csv_row_field(row, work->fields[0].index), &text));
    TRY(kept_put(work, row, out));
    if (text.len > 0)
        TRY(work->kind == WORK_REVERSE ? reverse_put(work, text, &found, out)
                                       : reseal_put(work, text, &found, out));
    TRY(found_put(work, found, report, diagnostics));
    TRY(buffer_put_char(out, work->form.delimiter));
    return csv_field_put(out, work->form.delimiter, buffer_bytes(diagnostics), false);
}
