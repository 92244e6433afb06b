/* SPDX-License-Identifier: Apache-2.0 */
/* `schuilnaam audit report`: who delivered how much to whom, what was refused or failed and why,
 * reversals with their reasons, quota alarms, what was done with keys; for people, as CSV or JSON.
 */
#include <string.h>

#include "answer.h"
#include "audit.h"
#include "fail.h"
#include "memory.h"
#include "output.h"
#include "profile.h"

enum { CELL_CAP = 128, COLUMN_COUNT = 11 };

static const struct column {
    const char *name;
    int width; /* of the table for people; numbers stand on the right */
} columns[COLUMN_COUNT] = {{"section", 0},     {"event", 20},    {"organisation", 16},
                           {"onBehalfOf", 16}, {"registry", 16}, {"outcome", 8},
                           {"reason", 24},     {"calls", -10},   {"asked", -12},
                           {"made", -12},      {"failed", -10}};

static void cell_read(const json_t *row, size_t column, char ret[CELL_CAP])
{
    const json_t *value = json_object_get(row, columns[column].name);
    ret[0] = '\0';
    if (json_is_integer(value))
        snprintf(ret, CELL_CAP, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_string(value))
        answer_printable(json_string_value(value), ret, CELL_CAP);
}

/* ---- for people ---- */

static SCHUIL_RC padded_put(struct buffer *out, const char *text, int width)
{
    char cell[CELL_CAP + 32];
    snprintf(cell, sizeof cell, width < 0 ? "%*s  " : "%-*s  ", width < 0 ? -width : width, text);
    return buffer_put_text(out, cell);
}

static SCHUIL_RC section_put(struct buffer *out, const char *section)
{
    TRY(buffer_put_text(out, out->len > 0 ? "\n" : ""));
    TRY(buffer_put_text(out, section));
    TRY(buffer_put_text(out, "\n  "));
    for (size_t c = 1; c < COLUMN_COUNT; c++)
        TRY(padded_put(out, columns[c].name, columns[c].width));
    return buffer_put_text(out, "\n");
}

static SCHUIL_RC table_put(struct buffer *out, const json_t *rows)
{
    char section[CELL_CAP] = "", cell[CELL_CAP];
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        cell_read(row, 0, cell);
        if (strcmp(cell, section) != 0)
            TRY(section_put(out, cell));
        memcpy(section, cell, sizeof section);
        TRY(buffer_put_text(out, "  "));
        for (size_t c = 1; c < COLUMN_COUNT; c++) {
            cell_read(row, c, cell);
            TRY(padded_put(out, cell, columns[c].width));
        }
        TRY(buffer_put_text(out, "\n"));
    }
    return out->len > 0 ? SCHUIL_OK : buffer_put_text(out, "no events\n");
}

/* ---- CSV ---- */

static SCHUIL_RC csv_put(struct buffer *out, const json_t *rows)
{
    char cell[CELL_CAP];
    size_t i;
    json_t *row;
    for (size_t c = 0; c < COLUMN_COUNT; c++)
        TRY(audit_csv_put(out, columns[c].name, c + 1 == COLUMN_COUNT));
    json_array_foreach(rows, i, row) for (size_t c = 0; c < COLUMN_COUNT; c++)
    {
        cell_read(row, c, cell);
        TRY(audit_csv_put(out, cell, c + 1 == COLUMN_COUNT));
    }
    return SCHUIL_OK;
}

/* ---- the command ---- */

enum report_format { FORMAT_TEXT, FORMAT_CSV, FORMAT_JSON };

static SCHUIL_RC format_read(const struct arguments *arguments, enum report_format *ret)
{
    const char *name = arguments_value(arguments, "format");
    *ret = arguments_value(arguments, "json") != NULL ? FORMAT_JSON : FORMAT_TEXT;
    if (name == NULL)
        return SCHUIL_OK;
    if (strcmp(name, "text") == 0)
        *ret = FORMAT_TEXT;
    else if (strcmp(name, "csv") == 0)
        *ret = FORMAT_CSV;
    else if (strcmp(name, "json") == 0)
        *ret = FORMAT_JSON;
    else
        return fail(RC_INPUT_USAGE, "--format of a report is text, csv or json");
    return SCHUIL_OK;
}

static SCHUIL_RC report_make(struct bytes answer, enum report_format format, struct buffer *out)
{
    json_t *json = NULL;
    if (format == FORMAT_JSON)
        return buffer_put(out, answer);
    TRY(answer_json(answer, &json));
    const json_t *rows = json_object_get(json, "rows");
    struct schuil_rc rc = format == FORMAT_CSV ? csv_put(out, rows) : table_put(out, rows);
    if (schuil_is_ok(rc) && !json_is_true(json_object_get(json, "whole")))
        rc = fail(RC_LIMIT_SIZE, "the report has more rows than fit: ask for less");
    json_decref(json);
    return rc;
}

static SCHUIL_RC report_put(const struct arguments *arguments, struct bytes text)
{
    struct output output;
    const char *path = arguments_value(arguments, "output");
    if (path == NULL) {
        bool is_good = fwrite(text.data, 1, text.len, stdout) == text.len && fflush(stdout) == 0;
        return is_good ? SCHUIL_OK : fail(RC_INTERNAL, "standard output cannot be written");
    }
    TRY(output_open(path, &output));
    struct schuil_rc rc = output_put(&output, text);
    if (schuil_is_ok(rc))
        rc = output_finish(&output);
    output_done(&output);
    return rc;
}

static SCHUIL_RC code_set(const struct arguments *arguments, const char *name, json_t *body)
{
    const char *code = arguments_value(arguments, name);
    if (code != NULL && json_object_set_new(body, name, json_string(code)) != 0)
        return fail(RC_INPUT_USAGE, "--%s is no code", name);
    return SCHUIL_OK;
}

static SCHUIL_RC body_make(const struct arguments *arguments, json_t **ret)
{
    TRY(audit_span(arguments, ret));
    TRY(code_set(arguments, "registry", *ret));
    return code_set(arguments, "organisation", *ret);
}

static SCHUIL_RC answer_use(const struct arguments *arguments, enum report_format format,
                            const struct https_call *call)
{
    struct buffer text = {.data = NULL};
    struct schuil_rc rc = report_make(buffer_bytes(&call->answer), format, &text);
    if (schuil_is_ok(rc))
        rc = report_put(arguments, buffer_bytes(&text));
    buffer_done(&text);
    return rc;
}

static SCHUIL_RC report_run(const struct arguments *arguments, const json_t *body,
                            enum report_format format)
{
    struct profile profile;
    struct https_call call;
    TRY(profile_load(arguments, &profile));
    struct schuil_rc rc = audit_ask(&profile, "/admin/v1/audit/report", body, &call);
    if (schuil_is_ok(rc))
        rc = answer_use(arguments, format, &call);
    https_call_done(&call);
    profile_done(&profile);
    return rc;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the verbs have one signature */
SCHUIL_RC audit_report(const struct arguments *arguments, int *ret_exit)
{
    enum report_format format;
    json_t *body = NULL;
    (void)ret_exit;
    TRY(format_read(arguments, &format));
    struct schuil_rc rc = body_make(arguments, &body);
    if (schuil_is_ok(rc))
        rc = report_run(arguments, body, format);
    json_decref(body);
    return rc;
}
