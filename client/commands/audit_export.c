/* SPDX-License-Identifier: Apache-2.0 */
/* `schuilnaam audit export`: page after page into one file. The form jsonl is what the service
 * sent, byte for byte; csv is made of it. */
#include <string.h>

#include "answer.h"
#include "audit.h"
#include "fail.h"
#include "memory.h"
#include "output.h"
#include "profile.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/engine/audit_proof.h"

struct export
{
    struct profile profile;
    json_t *body;
    bool is_csv, has_header;
    struct output output;
    uint64_t events;
};

/* ---- CSV ---- */

static SCHUIL_RC cell_text(const json_t *value, struct buffer *ret)
{
    size_t i;
    json_t *item;
    char number[32];
    if (json_is_string(value))
        return buffer_put(ret, bytes_of(json_string_value(value), json_string_length(value)));
    if (json_is_integer(value)) {
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return buffer_put_text(ret, number);
    }
    json_array_foreach(value, i, item)
    {
        if (i > 0)
            TRY(buffer_put_char(ret, ' '));
        TRY(cell_text(item, ret));
    }
    return SCHUIL_OK;
}

/* The cell, or in the header its name. */
static SCHUIL_RC cell_put(struct buffer *row, const char *name, const json_t *value, bool is_header)
{
    struct buffer text = {.data = NULL};
    struct schuil_rc rc = is_header ? buffer_put_text(&text, name) : cell_text(value, &text);
    if (schuil_is_ok(rc))
        rc = buffer_put_char(&text, '\0');
    if (schuil_is_ok(rc))
        rc = audit_csv_put(row, text.data, strcmp(name, "signature") == 0);
    buffer_done(&text);
    return rc;
}

static SCHUIL_RC row_put(struct buffer *row, json_t *line, bool is_header)
{
    const char *name, *inner;
    json_t *value, *part;
    json_object_foreach(line, name, value)
    {
        if (!json_is_object(value)) {
            TRY(cell_put(row, name, value, is_header));
            continue;
        }
        json_object_foreach(value, inner, part) TRY(cell_put(row, inner, part, is_header));
    }
    return SCHUIL_OK;
}

static SCHUIL_RC csv_line_put(struct export *e, struct bytes line)
{
    struct buffer row = {.data = NULL};
    json_t *json = NULL;
    TRY(answer_json(line, &json));
    struct schuil_rc rc = e->has_header ? SCHUIL_OK : row_put(&row, json, true);
    e->has_header = true;
    if (schuil_is_ok(rc))
        rc = row_put(&row, json, false);
    if (schuil_is_ok(rc))
        rc = output_put(&e->output, buffer_bytes(&row));
    buffer_done(&row);
    json_decref(json);
    return rc;
}

/* ---- pages ---- */

/* The first line, without its line feed, cut off the front. */
static struct bytes line_cut(struct bytes *rest)
{
    const uint8_t *end = rest->len == 0 ? NULL : memchr(rest->data, '\n', rest->len);
    size_t len = end == NULL ? rest->len : (size_t)(end - rest->data);
    struct bytes line = bytes_of(rest->data, len);
    size_t gone = end == NULL ? len : len + 1;
    *rest = bytes_of(rest->data + gone, rest->len - gone);
    return line;
}

/* Where the page that begins with this line ends. */
static SCHUIL_RC next_read(struct bytes line, struct audit_place *ret)
{
    struct audit_statement statement = {.run_count = 0};
    struct bytes text;
    char *scratch = memory_take(line.len + 1);
    ENSURE(scratch != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc =
        schuil_audit_statement_line_read(line, writer_over(scratch, line.len), &text);
    if (schuil_is_ok(rc))
        rc = schuil_audit_statement_read(text, &statement);
    *ret = statement.next;
    schuil_audit_statement_done(&statement);
    memory_free(scratch);
    return schuil_is_ok(rc) ? rc : fail(RC_INTERNAL, "the answer is no page of an export");
}

static SCHUIL_RC lines_put(struct export *e, struct bytes rest)
{
    while (rest.len > 0) {
        struct bytes line = line_cut(&rest);
        e->events++;
        if (e->is_csv)
            TRY(csv_line_put(e, line));
    }
    return SCHUIL_OK;
}

static SCHUIL_RC page_take(struct export *e, struct bytes answer, struct audit_place *ret_next)
{
    struct bytes rest = answer;
    TRY(next_read(line_cut(&rest), ret_next));
    TRY(lines_put(e, rest));
    return e->is_csv ? SCHUIL_OK : output_put(&e->output, answer);
}

static SCHUIL_RC after_set(json_t *body, const struct audit_place *after)
{
    char hex[2 * CHAIN_ID_LEN + 1] = "";
    schuil_hex_encode(bytes_of(after->chain, sizeof after->chain), hex);
    ENSURE(json_object_set_new(body, "afterChain", json_string(hex)) == 0, RC_INTERNAL_MEMORY);
    ENSURE(json_object_set_new(body, "afterI", json_integer((json_int_t)after->i)) == 0,
           RC_INTERNAL_MEMORY);
    return SCHUIL_OK;
}

static SCHUIL_RC page_get(struct export *e, struct audit_place *ret_next)
{
    struct https_call call;
    struct schuil_rc rc = audit_ask(&e->profile, "/admin/v1/audit/export", e->body, &call);
    if (schuil_is_ok(rc))
        rc = page_take(e, buffer_bytes(&call.answer), ret_next);
    https_call_done(&call);
    return rc;
}

static SCHUIL_RC pages_get(struct export *e)
{
    struct audit_place next = {.i = 0}, last;
    do {
        last = next;
        TRY(page_get(e, &next));
        bool goes_on = next.i == 0 || memcmp(&next, &last, sizeof next) != 0;
        if (!goes_on)
            return fail(RC_INTERNAL, "the service gave the same page twice");
        TRY(after_set(e->body, &next));
    } while (next.i != 0);
    return output_finish(&e->output);
}

/* ---- the command ---- */

static SCHUIL_RC format_read(const struct arguments *arguments, bool *ret_is_csv)
{
    const char *format = arguments_value(arguments, "format");
    *ret_is_csv = format != NULL && strcmp(format, "csv") == 0;
    if (format != NULL && !*ret_is_csv && strcmp(format, "jsonl") != 0)
        return fail(RC_INPUT_USAGE, "--format of an export is jsonl or csv");
    return SCHUIL_OK;
}

static SCHUIL_RC export_run(const struct arguments *arguments, struct export *e)
{
    const char *path = arguments_value(arguments, "output");
    if (path == NULL)
        return fail(RC_INPUT_USAGE, "-o FILE is missing");
    TRY(format_read(arguments, &e->is_csv));
    TRY(audit_span(arguments, &e->body));
    TRY(profile_load(arguments, &e->profile));
    TRY(output_open(path, &e->output));
    TRY(pages_get(e));
    printf("%llu events\n", (unsigned long long)e->events);
    return SCHUIL_OK;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the verbs have one signature */
SCHUIL_RC audit_export(const struct arguments *arguments, int *ret_exit)
{
    struct export e = {.events = 0};
    (void)ret_exit;
    struct schuil_rc rc = export_run(arguments, &e);
    output_done(&e.output);
    json_decref(e.body);
    profile_done(&e.profile);
    return rc;
}
