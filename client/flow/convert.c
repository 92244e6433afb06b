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
#include "flow/resume.h"
#include "flow/sealing.h"
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
    struct sealer sealer;
    struct buffer lines, diagnostics;
    struct resume resume;
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
    TRY(resume_compare(&c->resume, c->output.draft_path, buffer_bytes(&c->lines)));
    TRY(output_put(&c->output, buffer_bytes(&c->lines)));
    if (c->work.can_resume)
        TRY(output_flush(&c->output));
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

/* Pass the records that stand in the draft. */
static SCHUIL_RC records_skip(struct convert *c)
{
    struct csv_row row;
    bool is_end = false;
    for (size_t i = 0; i < c->resume.record_count; i++) {
        TRY(csv_reader_next(c->reader, &row, &is_end));
        if (is_end)
            return fail(RC_INPUT_FILE, "%s: has more records than %s", c->output.draft_path,
                        c->work.in_path);
    }
    c->report.record_count = c->resume.record_count;
    c->report.error_count = c->resume.error_count;
    return SCHUIL_OK;
}

/* c->lines is the header. */
static SCHUIL_RC out_open_partial(struct convert *c)
{
    bool has_header = false;
    struct resume_form form = {.header = buffer_bytes(&c->lines),
                               .line_end = csv_reader_line_end(c->reader),
                               .delimiter = c->work.form.delimiter};
    TRY(output_open_partial(c->work.out_path, c->work.is_resumed, &c->output));
    TRY(resume_read(c->output.file, c->output.draft_path, &form, &c->resume, &has_header));
    return has_header ? records_skip(c) : output_put(&c->output, buffer_bytes(&c->lines));
}

static SCHUIL_RC out_open(struct convert *c)
{
    TRY(report_open(&c->work, &c->report));
    if (c->work.can_resume)
        return out_open_partial(c);
    TRY(output_open(c->work.out_path, &c->output));
    return output_put(&c->output, buffer_bytes(&c->lines));
}

static void path_make(const struct work *work, char ret[PATH_MOST])
{
    static const char *const calls[] = {[WORK_ISSUE] = "temporary-pseudonyms",
                                        [WORK_TRANSLATE] = "final-pseudonyms",
                                        [WORK_ROTATE] = "final-pseudonyms/rotations",
                                        [WORK_REVERSE] = "reversals"};
    if (work->kind == WORK_LINK)
        snprintf(ret, PATH_MOST, "/v1/linkages/%ld/pseudonyms", work->linkage);
    else
        snprintf(ret, PATH_MOST, "/v1/registries/%s/%s", work->registry, calls[work->kind]);
}

/* By way of the service. */
static SCHUIL_RC send(struct convert *c)
{
    char path[PATH_MOST];
    struct pipeline_ends ends = {on_fill, on_take, c};
    path_make(&c->work, path);
    return pipeline_run(&c->profile, &c->work, path, &ends);
}

/* Here, record by record. */
static SCHUIL_RC open_here(struct convert *c)
{
    struct csv_row row;
    bool is_end = false;
    while (true) {
        TRY(csv_reader_next(c->reader, &row, &is_end));
        if (is_end)
            return SCHUIL_OK;
        if (interrupt_came())
            return fail(RC_INTERNAL, "interrupted; no output is left");
        buffer_clear(&c->lines);
        TRY(sealing_line(&c->work, c->reader, &row, &c->report, &c->diagnostics, &c->lines));
        TRY(buffer_put_text(&c->lines, csv_reader_line_end(c->reader)));
        TRY(output_put(&c->output, buffer_bytes(&c->lines)));
        progress_show(&c->progress, c->report.record_count, c->report.error_count);
    }
}

static SCHUIL_RC records_do(struct convert *c)
{
    progress_begin(&c->progress);
    struct schuil_rc rc = work_is_local(&c->work) ? open_here(c) : send(c);
    progress_end(&c->progress);
    return rc;
}

/* Where the service is, unless nothing at all is asked of it; and keys of our own. */
static SCHUIL_RC ends_make(struct convert *c, const struct arguments *arguments)
{
    struct work *work = &c->work;
    if (!work_is_local(work) || work->parameters_path == NULL)
        TRY(profile_load(arguments, &c->profile));
    if (work->source_key_path == NULL)
        return SCHUIL_OK;
    TRY(sealer_make(work->source_key_path, &c->profile, work->registry, work->parameters_path,
                    &c->sealer));
    work->sealer = &c->sealer;
    return sealing_bind(work);
}

static SCHUIL_RC steps(struct convert *c, const struct arguments *arguments, enum work_kind kind)
{
    TRY(work_read(arguments, kind, &c->work));
    TRY(ends_make(c, arguments));
    interrupt_watch();
    TRY(in_open(c));
    TRY(out_open(c));
    TRY(records_do(c));
    TRY(report_finish(&c->report));
    return output_finish(&c->output);
}

static void done(struct convert *c)
{
    if (c->report.record_count == 0)
        c->output.is_kept = false; /* nothing in it is worth going on with */
    output_done(&c->output);
    report_done(&c->report);
    csv_reader_free(c->reader);
    if (c->in != NULL)
        fclose(c->in);
    profile_done(&c->profile);
    sealer_done(&c->sealer);
    buffer_done(&c->diagnostics);
    buffer_done(&c->lines);
    resume_done(&c->resume);
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
