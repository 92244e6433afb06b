/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of findings, and the file of them. */
#include "flow/report.h"

#include "csv/writer.h"

void finding_make(enum schuil_diagnostic d, const char *field, struct finding *ret)
{
    const struct diagnostic_row *row = schuil_diagnostic(d);
    *ret = (struct finding){.code = row->code, .is_error = schuil_diagnostic_is_error(d)};
    snprintf(ret->name, sizeof ret->name, "%s", row->name);
    snprintf(ret->field, sizeof ret->field, "%s", field);
}

SCHUIL_RC finding_put(const struct finding *finding, struct buffer *diagnostics)
{
    char text[REPORT_FIELD_LEN + 16];
    snprintf(text, sizeof text, "%s%u%s%s", diagnostics->len > 0 ? " " : "", finding->code,
             finding->field[0] != '\0' ? ":" : "", finding->field);
    return buffer_put_text(diagnostics, text);
}

SCHUIL_RC report_open(const struct work *work, struct report *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->work = work;
    if (work->report_path == NULL)
        return SCHUIL_OK;
    TRY(output_open(work->report_path, &ret->output));
    return output_put(&ret->output, bytes_text("record,column,code,name,severity\n"));
}

/* The column that the field of the finding stood in; "" when it is about no one column. */
static const char *column_of(const struct work *work, const char *field)
{
    for (size_t i = 0; i < work->field_count; i++) {
        if (strcmp(work->fields[i].key, field) == 0)
            return work->fields[i].column;
    }
    return field;
}

static SCHUIL_RC line_write(struct report *report, size_t record, const struct finding *finding)
{
    char start[32];
    char end[REPORT_NAME_LEN + 32];
    struct buffer column = {0};
    snprintf(start, sizeof start, "%zu,", record);
    snprintf(end, sizeof end, ",%u,%s,%s\n", finding->code, finding->name,
             finding->is_error ? "error" : "warning");
    struct schuil_rc rc =
        csv_field_put(&column, ',', bytes_text(column_of(report->work, finding->field)), false);
    if (schuil_is_ok(rc))
        rc = output_put(&report->output, bytes_text(start));
    if (schuil_is_ok(rc))
        rc = output_put(&report->output, buffer_bytes(&column));
    if (schuil_is_ok(rc))
        rc = output_put(&report->output, bytes_text(end));
    buffer_done(&column);
    return rc;
}

static void count(struct report *report, const struct finding *finding)
{
    size_t i = 0;
    while (i < report->line_count && report->lines[i].code != finding->code)
        i++;
    if (i == REPORT_CODES_MOST)
        return;
    struct report_line *line = &report->lines[i];
    if (i == report->line_count) {
        line->code = finding->code;
        memcpy(line->name, finding->name, sizeof line->name);
        report->line_count++;
    }
    line->count++;
}

SCHUIL_RC report_put(struct report *report, size_t record, const struct finding *finding)
{
    count(report, finding);
    return report->output.file != NULL ? line_write(report, record, finding) : SCHUIL_OK;
}

SCHUIL_RC report_finish(struct report *report)
{
    return report->output.file != NULL ? output_finish(&report->output) : SCHUIL_OK;
}

void report_done(struct report *report)
{
    output_done(&report->output);
}

void report_print(const struct report *report, FILE *out)
{
    fprintf(out, "%zu records, %zu with errors\n", report->record_count, report->error_count);
    for (size_t i = 0; i < report->line_count; i++)
        fprintf(out, "%8zu  %u %s\n", report->lines[i].count, report->lines[i].code,
                report->lines[i].name);
}

void report_print_json(const struct report *report, FILE *out)
{
    fprintf(out, "{\"records\":%zu,\"errors\":%zu,\"diagnostics\":[", report->record_count,
            report->error_count);
    for (size_t i = 0; i < report->line_count; i++)
        fprintf(out, "%s{\"code\":%u,\"name\":\"%s\",\"count\":%zu}", i > 0 ? "," : "",
                report->lines[i].code, report->lines[i].name, report->lines[i].count);
    fputs("]}\n", out);
}
