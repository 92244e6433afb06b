/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to lines. */
#include "flow/records.h"

#include <jansson.h>

#include "answer.h"
#include "csv/writer.h"
#include "fail.h"
#include "flow/sealing.h"
#include "schuilnaam/engine/diagnostic.h"

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGIT "0123456789"

/* One record being taken. */
struct taking {
    const struct work *work;
    const struct batch *batch;
    size_t index;
    struct report *report;
    struct buffer *out;
    struct buffer diagnostics;
    bool has_error;
};

static SCHUIL_RC not_promised(void)
{
    return fail(RC_INTERNAL, "the service's answer does not have the shape that is promised");
}

static bool is_made_of(const char *text, size_t most, const char *characters)
{
    size_t len = strlen(text);
    return len > 0 && len <= most && strspn(text, characters) == len;
}

/* T-C-... of an issue or a linkage; P-C-REG1-1-... of what gives finals, R-R-... and S-R-... of
 * reversible types.
 */
static bool is_pseudonym(const struct work *work, const char *tref, const char *text)
{
    size_t tref_len = strlen(tref);
    return is_made_of(text, LIMIT_TEXT_LEN, UPPER LOWER DIGIT "-_.") &&
           strchr(work_makes_temporaries(work) ? "T" : "PRS", text[0]) != NULL && text[1] == '-' &&
           strncmp(text + 2, tref, tref_len) == 0 && text[2 + tref_len] == '-';
}

/* Texts that do not look like what they are come out as nothing. */
static void text_copy(char *ret, size_t cap, const json_t *value, const char *characters)
{
    const char *text = json_string_value(value);
    ret[0] = '\0';
    if (text != NULL && is_made_of(text, cap - 1, characters))
        memcpy(ret, text, strlen(text) + 1);
}

static SCHUIL_RC finding_read(const json_t *value, struct finding *ret)
{
    json_int_t code = json_integer_value(json_object_get(value, "code"));
    const char *severity = json_string_value(json_object_get(value, "severity"));
    if (code < 1000 || code > 9999 || severity == NULL)
        return not_promised();
    ret->code = (unsigned)code;
    ret->is_error = strcmp(severity, "warning") != 0;
    text_copy(ret->name, sizeof ret->name, json_object_get(value, "name"), UPPER DIGIT "_");
    text_copy(ret->field, sizeof ret->field, json_object_get(value, "field"), UPPER DIGIT ".");
    return SCHUIL_OK;
}

static SCHUIL_RC finding_keep(struct taking *taking, const struct finding *finding)
{
    taking->has_error = taking->has_error || finding->is_error;
    TRY(finding_put(finding, &taking->diagnostics));
    return report_put(taking->report, taking->batch->first + taking->index, finding);
}

/* What was found here, before the request was made. */
static SCHUIL_RC found_take(struct taking *taking)
{
    const struct local_finding *found = &taking->batch->found[taking->index];
    struct finding finding;
    if (found->row == DIAG_NONE)
        return SCHUIL_OK;
    finding_make((enum schuil_diagnostic)found->row, found->field, &finding);
    return finding_keep(taking, &finding);
}

/* The service misses what was not sent for a reason that is told already. */
static SCHUIL_RC finding_take(struct taking *taking, const json_t *value)
{
    const struct local_finding *found = &taking->batch->found[taking->index];
    struct finding finding;
    TRY(finding_read(value, &finding));
    if (found->row != DIAG_NONE && strcmp(finding.field, found->field) == 0)
        return SCHUIL_OK;
    return finding_keep(taking, &finding);
}

static SCHUIL_RC findings_take(struct taking *taking, const json_t *list)
{
    size_t i;
    json_t *value;
    if (!json_is_array(list))
        return not_promised();
    json_array_foreach(list, i, value)
    {
        TRY(finding_take(taking, value));
    }
    return SCHUIL_OK;
}

static SCHUIL_RC field_end(struct taking *taking)
{
    return buffer_put_char(taking->out, taking->work->form.delimiter);
}

/* A pseudonym that was not asked for, or one that is missing without an error, is a broken answer.
 */
static SCHUIL_RC pseudonyms_take(struct taking *taking, const json_t *pseudonyms)
{
    const struct work *work = taking->work;
    size_t found = 0;
    for (size_t t = 0; t < work->type_count; t++) {
        bool is_asked = (taking->batch->asked[taking->index] >> t & 1) != 0;
        const json_t *value = json_object_get(pseudonyms, work->trefs[t]);
        const char *text = json_string_value(value);
        if (text == NULL ? is_asked && !taking->has_error
                         : !is_asked || !is_pseudonym(work, work->trefs[t], text))
            return not_promised();
        found += value != NULL;
        if (text != NULL)
            TRY(csv_field_put(taking->out, work->form.delimiter, bytes_text(text), false));
        TRY(field_end(taking));
    }
    return found == json_object_size(pseudonyms) ? SCHUIL_OK : not_promised();
}

/* The one value of a reversal, in the encoding of the file. */
static SCHUIL_RC value_take(struct taking *taking, const char *value)
{
    struct finding finding;
    struct schuil_rc rc = value_put(taking->work, bytes_text(value), taking->out);
    if (rc.code != RC_INPUT_TEXT)
        return rc;
    finding_make(DIAG_VALUE_ENCODING, taking->work->trefs[0], &finding);
    return finding_keep(taking, &finding);
}

static SCHUIL_RC attributes_take(struct taking *taking, json_t *attributes)
{
    bool is_asked = taking->batch->asked[taking->index] != 0;
    size_t count = json_object_size(attributes);
    const char *value = json_string_value(json_object_iter_value(json_object_iter(attributes)));
    if (count > (is_asked ? 1 : 0) || (count == 1) != (value != NULL) ||
        (is_asked && count == 0 && !taking->has_error))
        return not_promised();
    if (value != NULL)
        TRY(value_take(taking, value));
    return field_end(taking);
}

static SCHUIL_RC provider_take(struct taking *taking, const json_t *value)
{
    char provider[LIMIT_CODE_LEN + 1];
    text_copy(provider, sizeof provider, value, UPPER DIGIT);
    TRY(csv_field_put(taking->out, taking->work->form.delimiter, bytes_text(provider), false));
    return field_end(taking);
}

/* The next generation's, where they were asked for. Without --new they are passed over. */
static SCHUIL_RC new_take(struct taking *taking, const json_t *pseudonyms)
{
    if (!taking->work->has_new)
        return SCHUIL_OK;
    if (!json_is_object(pseudonyms))
        return fail(RC_CONFLICT_STATE, "--new: the registry's domain is not being rotated");
    return pseudonyms_take(taking, pseudonyms);
}

static SCHUIL_RC record_take(struct taking *taking, const json_t *record)
{
    bool is_reverse = taking->work->kind == WORK_REVERSE;
    json_t *made = json_object_get(record, is_reverse ? "attributes" : "pseudonyms");
    if (!json_is_object(record) || !json_is_object(made))
        return not_promised();
    TRY(found_take(taking));
    TRY(findings_take(taking, json_object_get(record, "diagnostics")));
    TRY(buffer_put(taking->out, batch_kept(taking->batch, taking->index)));
    TRY(is_reverse ? attributes_take(taking, made) : pseudonyms_take(taking, made));
    TRY(new_take(taking, json_object_get(record, "newPseudonyms")));
    if (taking->work->kind == WORK_TRANSLATE)
        TRY(provider_take(taking, json_object_get(record, "provider")));
    TRY(csv_field_put(taking->out, taking->work->form.delimiter, buffer_bytes(&taking->diagnostics),
                      false));
    taking->report->record_count++;
    taking->report->error_count += taking->has_error;
    return SCHUIL_OK;
}

static SCHUIL_RC list_take(struct taking *taking, const json_t *list, const char *line_end)
{
    if (!json_is_array(list) || json_array_size(list) != taking->batch->count)
        return not_promised();
    for (; taking->index < taking->batch->count; taking->index++) {
        buffer_clear(&taking->diagnostics);
        taking->has_error = false;
        TRY(record_take(taking, json_array_get(list, taking->index)));
        TRY(buffer_put_text(taking->out, line_end));
    }
    return SCHUIL_OK;
}

SCHUIL_RC records_take(const struct work *work, const struct batch *batch, struct bytes answer,
                       const char *line_end, struct report *report, struct buffer *out)
{
    json_t *json = NULL;
    TRY(answer_json(answer, &json));
    struct taking taking = {.work = work, .batch = batch, .report = report, .out = out};
    struct schuil_rc rc = list_take(&taking, json_object_get(json, "records"), line_end);
    buffer_done(&taking.diagnostics);
    json_decref(json);
    return rc;
}

static SCHUIL_RC name_put(const struct work *work, struct buffer *out, struct bytes name)
{
    TRY(csv_field_put(out, work->form.delimiter, name, false));
    return buffer_put_char(out, work->form.delimiter);
}

/* COLUMN.new; the file's encoding has ASCII as a part. */
static SCHUIL_RC new_name_put(const struct work *work, struct buffer *out, struct bytes name)
{
    struct buffer joined = {0};
    struct schuil_rc rc = buffer_put(&joined, name);
    if (schuil_is_ok(rc))
        rc = buffer_put_text(&joined, ".new");
    if (schuil_is_ok(rc))
        rc = name_put(work, out, buffer_bytes(&joined));
    buffer_done(&joined);
    return rc;
}

SCHUIL_RC records_header(const struct work *work, const struct csv_row *header,
                         const char *line_end, struct buffer *out)
{
    if (work->form.bom == BOM_YES)
        TRY(buffer_put_text(out, "\xef\xbb\xbf"));
    for (size_t i = 0; i < work->kept_count; i++)
        TRY(name_put(work, out, csv_row_field(header, work->kept[i].index)));
    for (size_t i = 0; i < work->type_count; i++)
        TRY(name_put(work, out,
                     work_takes_pseudonyms(work) ? csv_row_field(header, work->fields[i].index)
                                                 : bytes_text(work->trefs[i])));
    for (size_t i = 0; work->has_new && i < work->type_count; i++)
        TRY(new_name_put(work, out, csv_row_field(header, work->fields[i].index)));
    if (work->kind == WORK_TRANSLATE)
        TRY(name_put(work, out, bytes_text("provider")));
    TRY(buffer_put_text(out, "diagnostics"));
    return buffer_put_text(out, line_end);
}
