/* SPDX-License-Identifier: Apache-2.0 */
#include "archive.h"

#include <stdlib.h>

#include "checkpoint.h"
#include "file.h"
#include "keeper.h"

struct archive {
    struct service *service;
    struct store_session *owner;
    struct archive_order *order;
    struct audit_keys keys;
    struct audit_statement statement;
    char *text; /* of the statement, with a zero at its end */
    size_t text_len;
    struct draft draft;
    struct audit_trail *trail; /* judges what is written */
    char *line;
    size_t line_cap;
};

/* ---- the trail must be good ---- */

static SCHUIL_RC trail_verify(struct archive *a)
{
    struct audit_trail *trail;
    TRY(schuil_store_audit_keys(a->owner, &a->keys));
    TRY(schuil_audit_trail_new(&a->keys, a->order->on_finding, NULL, &trail));
    struct schuil_rc rc = schuil_store_audit_verify(a->owner, trail);
    a->order->findings += schuil_audit_trail_counts(trail).findings;
    schuil_audit_trail_free(trail);
    return rc;
}

static SCHUIL_RC findings_none(struct archive *a)
{
    if (a->order->findings == 0)
        return SCHUIL_OK;
    snprintf(a->order->finding, sizeof a->order->finding,
             "the trail is damaged: nothing was archived");
    return schuil_rc(RC_CONFLICT_STATE);
}

/* ---- the file ---- */

static SCHUIL_RC line_room(struct archive *a, size_t need)
{
    if (need <= a->line_cap)
        return SCHUIL_OK;
    char *line = realloc(a->line, need);
    ENSURE(line != NULL, RC_INTERNAL_MEMORY);
    a->line = line;
    a->line_cap = need;
    return SCHUIL_OK;
}

static SCHUIL_RC line_write(struct archive *a, struct bytes line)
{
    /* What fails here shows in draft_finish as well; this ends it at once. */
    if (fwrite(line.data, 1, line.len, a->draft.file) == line.len)
        return SCHUIL_OK;
    snprintf(a->order->finding, sizeof a->order->finding, "%.400s: cannot be written",
             a->draft.path);
    return schuil_rc(RC_CONFIG_FILE);
}

static SCHUIL_RC on_entry(void *arg, const struct audit_entry *entry, bool *ret_is_enough)
{
    struct archive *a = arg;
    *ret_is_enough = false;
    TRY(schuil_audit_trail_event(a->trail, entry));
    TRY(line_room(a, schuil_audit_line_cap(entry)));
    struct writer w = writer_over(a->line, a->line_cap);
    TRY(schuil_audit_line_write(entry, &w));
    ENSURE(!w.is_full, RC_INTERNAL);
    a->order->events++;
    return line_write(a, writer_bytes(&w));
}

static SCHUIL_RC statement_write(struct archive *a)
{
    TRY(statement_text(a->service, &a->statement, &a->text, &a->text_len));
    char *ended = realloc(a->text, a->text_len + 1);
    ENSURE(ended != NULL, RC_INTERNAL_MEMORY);
    a->text = ended;
    a->text[a->text_len] = '\0';
    TRY(line_room(a, 6 * a->text_len + 64));
    struct writer w = writer_over(a->line, a->line_cap);
    schuil_audit_statement_line_write(bytes_of(a->text, a->text_len), &w);
    ENSURE(!w.is_full, RC_INTERNAL);
    return line_write(a, writer_bytes(&w));
}

static SCHUIL_RC events_write(struct archive *a)
{
    TRY(schuil_audit_trail_new(&a->keys, a->order->on_finding, NULL, &a->trail));
    TRY(schuil_audit_trail_page(a->trail, &a->statement));
    TRY(schuil_store_archive_walk(a->owner, &a->statement, on_entry, a));
    TRY(schuil_audit_trail_end(a->trail));
    a->order->findings += schuil_audit_trail_counts(a->trail).findings;
    return findings_none(a);
}

/* ---- the end ---- */

static SCHUIL_RC events_take(struct archive *a, const struct snapshot *snapshot)
{
    struct audit_chain chain;
    struct audit_event event = {.time_us = clock_wall_us(),
                                .outcome = "ok",
                                .role = "system",
                                .access = "archive",
                                .compartment = a->service->compartment,
                                .process = a->service->process};
    struct admin_context context = {.session = a->owner,
                                    .chain = &chain,
                                    .audit_pair = schuil_key_audit(snapshot),
                                    .event = &event};
    ENSURE(context.audit_pair != NULL, RC_BUSY_SNAPSHOT);
    TRY(schuil_audit_chain_new(&chain));
    return schuil_store_archive_commit(&context, a->order->month, bytes_of(a->text, a->text_len),
                                       a->order->events);
}

static SCHUIL_RC commit(struct archive *a)
{
    struct snapshot *snapshot = keeper_snapshot(a->service->keeper);
    struct schuil_rc rc = events_take(a, snapshot);
    schuil_snapshot_unref(snapshot);
    return rc;
}

static SCHUIL_RC file_and_commit(struct archive *a)
{
    TRY(draft_open(&a->draft, a->order->path, a->order->finding, sizeof a->order->finding));
    TRY(statement_write(a));
    TRY(events_write(a));
    TRY(draft_finish(&a->draft, a->order->finding, sizeof a->order->finding));
    return commit(a);
}

static SCHUIL_RC month_move(struct archive *a)
{
    TRY(trail_verify(a));
    TRY(findings_none(a));
    TRY(schuil_store_archive_begin(a->owner, a->order->month, &a->statement));
    struct schuil_rc rc = file_and_commit(a);
    if (!schuil_is_ok(rc))
        schuil_store_archive_abort(a->owner);
    return rc;
}

SCHUIL_RC archive_month(struct service *service, struct store_session *owner,
                        struct archive_order *order)
{
    struct archive a = {.service = service, .owner = owner, .order = order};
    order->events = order->findings = 0;
    order->finding[0] = '\0';
    struct schuil_rc rc = month_move(&a);
    draft_drop(&a.draft);
    schuil_audit_trail_free(a.trail);
    schuil_audit_statement_done(&a.statement);
    free(a.text);
    free(a.line);
    return rc;
}
