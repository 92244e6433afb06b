/* SPDX-License-Identifier: Apache-2.0 */
/* The whole records of a draft: a line feed outside quotes ends one. See resume.h. */
#include "flow/resume.h"

#include <string.h>
#include <unistd.h>

#include "fail.h"

/* Where the reading is. */
struct scan {
    FILE *file;
    const char *name;
    off_t at;    /* bytes taken */
    off_t begin; /* of the line under way */
    bool is_quoted;
    struct buffer line; /* that is under way, or was read last */
};

/* The next whole line, with its end. false: there is none; what was begun is not counted. */
static SCHUIL_RC line_next(struct scan *scan, bool *ret_is_line)
{
    *ret_is_line = false;
    scan->begin = scan->at;
    buffer_clear(&scan->line);
    for (int c; !*ret_is_line && (c = getc(scan->file)) != EOF; scan->at++) {
        TRY(buffer_put_char(&scan->line, (char)c));
        if (c == '"')
            scan->is_quoted = !scan->is_quoted;
        *ret_is_line = c == '\n' && !scan->is_quoted;
    }
    if (ferror(scan->file))
        return fail(RC_INTERNAL, "%s: cannot be read", scan->name);
    return SCHUIL_OK;
}

/* A line whose last field is empty tells of no diagnostic. */
static bool has_diagnostic(struct bytes line, const struct resume_form *form)
{
    size_t end_len = strlen(form->line_end);
    return line.len <= end_len || line.data[line.len - end_len - 1] != (uint8_t)form->delimiter;
}

/* The record that was last stands, as another came behind it. */
static void last_counts(struct resume *resume, const struct resume_form *form)
{
    if (resume->tail.len == 0)
        return;
    resume->record_count++;
    resume->error_count += has_diagnostic(buffer_bytes(&resume->tail), form);
}

static SCHUIL_RC records_read(struct scan *scan, const struct resume_form *form,
                              struct resume *resume, off_t *ret_end)
{
    bool is_line = true;
    *ret_end = scan->at;
    while (true) {
        TRY(line_next(scan, &is_line));
        if (!is_line)
            return SCHUIL_OK;
        last_counts(resume, form);
        *ret_end = scan->begin;
        buffer_clear(&resume->tail);
        TRY(buffer_put(&resume->tail, buffer_bytes(&scan->line)));
    }
}

static SCHUIL_RC header_read(struct scan *scan, const struct resume_form *form, bool *ret_has)
{
    TRY(line_next(scan, ret_has));
    if (*ret_has && !bytes_equal(buffer_bytes(&scan->line), form->header))
        return fail(RC_INPUT_FILE, "%s: was begun with other columns", scan->name);
    return SCHUIL_OK;
}

static SCHUIL_RC draft_read(struct scan *scan, const struct resume_form *form,
                            struct resume *resume, bool *ret_has_header)
{
    off_t end = 0;
    TRY(header_read(scan, form, ret_has_header));
    if (*ret_has_header)
        TRY(records_read(scan, form, resume, &end));
    if (ftruncate(fileno(scan->file), end) != 0 || fseeko(scan->file, end, SEEK_SET) != 0)
        return fail(RC_INTERNAL, "%s: cannot be cut", scan->name);
    return SCHUIL_OK;
}

SCHUIL_RC resume_read(FILE *file, const char *name, const struct resume_form *form,
                      struct resume *ret, bool *ret_has_header)
{
    struct scan scan = {.file = file, .name = name};
    *ret = (struct resume){0};
    struct schuil_rc rc = draft_read(&scan, form, ret, ret_has_header);
    buffer_done(&scan.line);
    return rc;
}

SCHUIL_RC resume_compare(struct resume *resume, const char *name, struct bytes lines)
{
    struct bytes tail = buffer_bytes(&resume->tail);
    if (tail.len == 0)
        return SCHUIL_OK;
    if (lines.len < tail.len || !bytes_equal(bytes_of(lines.data, tail.len), tail))
        return fail(RC_INPUT_FILE, "%s: was not made of this input; remove it to begin anew", name);
    buffer_clear(&resume->tail);
    return SCHUIL_OK;
}

void resume_done(struct resume *resume)
{
    buffer_done(&resume->tail);
}
