/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the files, runs the pipeline, and gives the output its name when all is well. */
#include "flow/convert.h"

#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"
#include "flow/pipeline.h"
#include "flow/progress.h"
#include "flow/records.h"
#include "flow/report.h"
#include "interrupt.h"
#include "output.h"
#include "profile.h"

enum { PATH_MOST = 128 };

struct convert {
    struct work work;
    struct profile profile;
    FILE *in;
    struct csv_reader *reader;
    struct output output;
    struct report report;
    struct progress progress;
    struct buffer lines;
};

static SCHUIL_RC on_fill(void *context, struct batch *batch, bool *ret_is_end)
{
    struct convert *c = context;
    return batch_fill(batch, &c->work, c->reader, ret_is_end);
}

static SCHUIL_RC on_take(void *context, const struct batch *batch, struct bytes answer)
{
    struct convert *c = context;
    buffer_clear(&c->lines);
    TRY(records_take(&c->work, batch, answer, csv_reader_line_end(c->reader), &c->report,
                     &c->lines));
    TRY(output_put(&c->output, buffer_bytes(&c->lines)));
    progress_show(&c->progress, c->report.record_count, c->report.error_count);
    return SCHUIL_OK;
}

/* Replacing what is being read would lose the only copy when something fails later. */
static SCHUIL_RC not_the_same(const struct convert *c, const char *path)
{
    struct stat in;
    struct stat out;
    if (path != NULL && fstat(fileno(c->in), &in) == 0 && stat(path, &out) == 0 &&
        in.st_dev == out.st_dev && in.st_ino == out.st_ino)
        return fail(RC_INPUT_USAGE, "%s: is the input", path);
    return SCHUIL_OK;
}

static SCHUIL_RC in_open(struct convert *c)
{
    struct csv_row header;
    bool is_end = false;
    c->in = fopen(c->work.in_path, "re");
    if (c->in == NULL)
        return fail(RC_INPUT_FILE, "%s: cannot be opened", c->work.in_path);
    TRY(not_the_same(c, c->work.out_path));
    TRY(not_the_same(c, c->work.report_path));
    TRY(csv_reader_new(c->in, c->work.in_path, &c->work.form, &c->reader));
    TRY(csv_reader_next(c->reader, &header, &is_end));
    if (is_end)
        return fail(RC_INPUT_FILE, "%s: has no header", c->work.in_path);
    TRY(work_bind(&c->work, c->reader, &header));
    return records_header(&c->work, &header, csv_reader_line_end(c->reader), &c->lines);
}

static SCHUIL_RC out_open(struct convert *c)
{
    TRY(output_open(c->work.out_path, &c->output));
    TRY(output_put(&c->output, buffer_bytes(&c->lines)));
    return report_open(&c->work, &c->report);
}

static SCHUIL_RC send(struct convert *c)
{
    char path[PATH_MOST];
    struct pipeline_ends ends = {on_fill, on_take, c};
    snprintf(path, sizeof path, "/v1/registries/%s/%s", c->work.registry,
             c->work.kind == WORK_ISSUE ? "temporary-pseudonyms" : "final-pseudonyms");
    progress_begin(&c->progress);
    struct schuil_rc rc = pipeline_run(&c->profile, &c->work, path, &ends);
    progress_end(&c->progress);
    return rc;
}

static SCHUIL_RC steps(struct convert *c, const struct arguments *arguments, enum work_kind kind)
{
    TRY(work_read(arguments, kind, &c->work));
    TRY(profile_load(arguments, &c->profile));
    interrupt_watch();
    TRY(in_open(c));
    TRY(out_open(c));
    TRY(send(c));
    TRY(report_finish(&c->report));
    return output_finish(&c->output);
}

static void done(struct convert *c)
{
    output_done(&c->output);
    report_done(&c->report);
    csv_reader_free(c->reader);
    if (c->in != NULL)
        fclose(c->in);
    profile_done(&c->profile);
    buffer_done(&c->lines);
    memory_free(c);
}

SCHUIL_RC convert_run(const struct arguments *arguments, enum work_kind kind, int *ret_exit)
{
    struct convert *c = memory_take(sizeof *c);
    ENSURE(c != NULL, RC_INTERNAL_MEMORY);
    memset(c, 0, sizeof *c);
    struct schuil_rc rc = steps(c, arguments, kind);
    if (schuil_is_ok(rc)) {
        *ret_exit = c->report.error_count > 0 ? EXIT_CODE_SOME : EXIT_CODE_OK;
        if (arguments_value(arguments, "json") != NULL)
            report_print_json(&c->report, stdout);
        else
            report_print(&c->report, stderr);
    }
    done(c);
    return rc;
}
