/* SPDX-License-Identifier: Apache-2.0 */
/* A page of an export: a signed statement and its events, a line each (docs/protocol.md, 7.1). A
 * report: counts. Bodies are small JSON objects; times are microseconds since 1970 UTC. */
#include "handlers/audit.h"

#include <stdio.h>
#include <stdlib.h>

#include "archivist.h"
#include "checkpoint.h"
#include "schuilnaam/crypto/codec.h"

/* ---- the question ---- */

static SCHUIL_RC number_take(struct request *r, const char *name, int64_t preset, int64_t *ret)
{
    const json_t *value = json_object_get(r->root, name);
    *ret = preset;
    if (value == NULL)
        return SCHUIL_OK;
    r->detail = "a time or number is no integer of 0 or more";
    ENSURE(json_is_integer(value) && json_integer_value(value) >= 0, RC_INPUT_SHAPE);
    *ret = json_integer_value(value);
    r->detail = NULL;
    return SCHUIL_OK;
}

static SCHUIL_RC code_take(struct request *r, const char *name, const char **ret)
{
    const json_t *value = json_object_get(r->root, name);
    *ret = NULL;
    if (value == NULL)
        return SCHUIL_OK;
    r->detail = "registry and organisation are codes";
    ENSURE(json_is_string(value) && json_string_length(value) <= LIMIT_CODE_LEN, RC_INPUT_SHAPE);
    *ret = json_string_value(value);
    r->detail = NULL;
    return SCHUIL_OK;
}

static SCHUIL_RC chain_take(struct request *r, uint8_t ret[CHAIN_ID_LEN])
{
    const json_t *value = json_object_get(r->root, "afterChain");
    if (value == NULL)
        return SCHUIL_OK;
    r->detail = "afterChain is 32 hexadecimal digits";
    ENSURE(json_is_string(value), RC_INPUT_SHAPE);
    TRY(schuil_hex_decode(bytes_text(json_string_value(value)), ret, CHAIN_ID_LEN));
    r->detail = NULL;
    return SCHUIL_OK;
}

static SCHUIL_RC names_check(struct request *r, const char *const *names)
{
    const char *key;
    json_t *value;
    json_object_foreach(r->root, key, value)
    {
        size_t i = 0;
        while (names[i] != NULL && strcmp(names[i], key) != 0)
            i++;
        r->detail = "the body holds a field that is not known here";
        ENSURE(names[i] != NULL, RC_INPUT_SHAPE);
    }
    r->detail = NULL;
    return SCHUIL_OK;
}

static SCHUIL_RC query_take(struct request *r, const char *const *names)
{
    int64_t i;
    TRY(json_in_parse(exchange_body(r->x), &r->root, &r->detail));
    r->detail = "the body must be an object";
    ENSURE(json_is_object(r->root), RC_INPUT_SHAPE);
    TRY(names_check(r, names));
    struct audit_query *q = r->audit = schuil_arena_take(r->arena, sizeof *q);
    ENSURE(q != NULL, RC_INTERNAL_MEMORY);
    *q = (struct audit_query){.run = NULL};
    TRY(number_take(r, "fromUs", 0, &q->from_us));
    TRY(number_take(r, "toUs", r->now_us, &q->to_us));
    TRY(number_take(r, "afterI", 0, &i));
    q->after.i = (uint64_t)i;
    TRY(chain_take(r, q->after.chain));
    TRY(code_take(r, "registry", &q->registry));
    TRY(code_take(r, "organisation", &q->organisation));
    r->detail = "this server has no database.auditor";
    ENSURE(r->service->settings.database_auditor[0] != '\0', RC_CONFLICT_STATE);
    r->detail = NULL;
    return SCHUIL_OK;
}

/* The event of the answer: what was asked, and how much left. */
static void event_make(struct request *r, enum audit_event_id id)
{
    enum { CAP = 256 };
    const struct audit_query *q = r->audit;
    char *detail = schuil_arena_take(r->arena, CAP);
    request_event(r, id);
    r->event.registry = q->registry;
    r->event.has_counts = true;
    r->event.asked = r->event.made = (int64_t)q->count;
    if (detail != NULL)
        snprintf(detail, CAP, "{\"fromUs\":%lld,\"toUs\":%lld,\"whole\":%s}", (long long)q->from_us,
                 (long long)q->to_us,
                 q->organisation == NULL && q->registry == NULL ? "true" : "false");
    r->event.detail = detail;
}

/* ---- export ---- */

struct page {
    struct out lines;
    uint64_t count;
};

static SCHUIL_RC on_entry(void *arg, const struct audit_entry *entry, bool *ret_is_enough)
{
    struct page *page = arg;
    size_t cap = schuil_audit_line_cap(entry);
    out_reserve(&page->lines, cap);
    ENSURE(!page->lines.has_failed, RC_INTERNAL_MEMORY);
    struct writer w = writer_over(page->lines.data + page->lines.len, cap);
    TRY(schuil_audit_line_write(entry, &w));
    ENSURE(!w.is_full, RC_INTERNAL);
    page->lines.len += w.len;
    page->count++;
    *ret_is_enough =
        page->count >= LIMIT_AUDIT_PAGE_COUNT || page->lines.len >= LIMIT_AUDIT_PAGE_LEN;
    return SCHUIL_OK;
}

static SCHUIL_RC statement_put(struct request *r, struct audit_statement *statement,
                               const struct page *page)
{
    char *text;
    size_t len;
    TRY(statement_text(r->service, statement, &text, &len));
    size_t cap = 6 * len + 64; /* a line feed becomes six characters */
    out_reserve(&r->out, cap + page->lines.len);
    struct writer w = writer_over(r->out.data, r->out.has_failed ? 0 : cap);
    schuil_audit_statement_line_write(bytes_of(text, len), &w);
    free(text);
    ENSURE(!w.is_full, RC_INTERNAL_MEMORY);
    r->out.len = w.len;
    out_put(&r->out, page->lines.data, page->lines.len);
    return SCHUIL_OK;
}

static SCHUIL_RC export_run(struct service *service, struct store_session *session,
                            struct request *r)
{
    struct page page = {.count = 0};
    struct audit_query *q = r->audit;
    struct audit_statement statement = {
        .kind = STATEMENT_EXPORT, .from_us = q->from_us, .to_us = q->to_us, .after = q->after};
    (void)service;
    struct schuil_rc rc = schuil_store_audit_page(session, &statement, on_entry, &page);
    if (schuil_is_ok(rc))
        rc = statement_put(r, &statement, &page);
    if (rc.code == RC_STORE_DATA)
        r->detail = "the trail is damaged there: run `schuilnaamd audit verify`";
    schuil_audit_statement_done(&statement);
    out_done(&page.lines);
    q->count = page.count;
    r->content_type = "application/x-ndjson";
    if (schuil_is_ok(rc))
        event_make(r, AUDIT_TRAIL_EXPORT);
    return rc;
}

void handle_audit_export(struct request *r)
{
    static const char *const names[] = {"fromUs", "toUs", "afterChain", "afterI", NULL};
    struct schuil_rc rc = query_take(r, names);
    if (schuil_is_ok(rc))
        archivist_run(r->service->archivist, r, export_run);
    else
        request_fail(r, rc, 0, r->detail);
}

/* ---- report ---- */

static const char *const report_names[AUDIT_REPORT_CELLS] = {
    "section", "event", "organisation", "onBehalfOf", "registry", "outcome",
    "reason",  "calls", "asked",        "made",       "failed"};
enum { FIRST_NUMBER = 7 };

static void on_row(void *arg, const char *const cells[AUDIT_REPORT_CELLS])
{
    struct request *r = arg;
    out_text(&r->out, r->audit->count++ == 0 ? "\n{" : ",\n{");
    for (int c = 0; c < AUDIT_REPORT_CELLS; c++) {
        out_text(&r->out, c == 0 ? "" : ",");
        out_string(&r->out, report_names[c]);
        out_text(&r->out, ":");
        if (cells[c] != NULL && c >= FIRST_NUMBER)
            out_text(&r->out, cells[c]);
        else
            out_string(&r->out, cells[c]);
    }
    out_text(&r->out, "}");
}

static SCHUIL_RC report_run(struct service *service, struct store_session *session,
                            struct request *r)
{
    const struct audit_query *q = r->audit;
    struct audit_report report = {.from_us = q->from_us,
                                  .to_us = q->to_us,
                                  .registry = q->registry,
                                  .organisation = q->organisation};
    bool is_whole;
    (void)service;
    out_format(&r->out, "{\"fromUs\":%lld,\"toUs\":%lld,\"registry\":", (long long)q->from_us,
               (long long)q->to_us);
    out_string(&r->out, q->registry);
    out_text(&r->out, ",\"organisation\":");
    out_string(&r->out, q->organisation);
    out_text(&r->out, ",\"rows\":[");
    TRY(schuil_store_audit_report(session, &report, on_row, r, &is_whole));
    out_format(&r->out, "],\"whole\":%s}\n", is_whole ? "true" : "false");
    event_make(r, AUDIT_TRAIL_REPORT);
    return SCHUIL_OK;
}

void handle_audit_report(struct request *r)
{
    static const char *const names[] = {"fromUs", "toUs", "registry", "organisation", NULL};
    struct schuil_rc rc = query_take(r, names);
    if (schuil_is_ok(rc))
        archivist_run(r->service->archivist, r, report_run);
    else
        request_fail(r, rc, 0, r->detail);
}
