/* SPDX-License-Identifier: Apache-2.0 */
/* A month of events taken out of the database, as the owner. In one repeatable-read transaction:
 *
 *     begin   the month's runs are noted      -> the caller signs them and writes the file
 *     walk    its events, for that file       -> the caller judges them
 *     commit  the signed list stands in for them, an event says so, they are gone
 *
 * Writers are held up only from the drop to the commit. Until the commit is known nothing is lost;
 * after it the file is the only copy. */
#include <stdio.h>

#include "admin_job.h"
#include "audit_read.h"

static bool month_is_good(const char *month)
{
    if (strlen(month) != 7 || month[4] != '-')
        return false;
    for (int i = 0; i < 7; i++)
        if (i != 4 && (month[i] < '0' || month[i] > '9'))
            return false;
    return true;
}

/* A month that no clock can still write to. */
static SCHUIL_RC span_read(struct store_session *s, const char *month,
                           struct audit_statement *statement)
{
    PG_RESULT *r = NULL;
    uint64_t from, to;
    const char *params[1] = {month};
    TRY(pg_query(s,
                 "SELECT (extract(epoch FROM m) * 1000000)::bigint,"
                 " (extract(epoch FROM m + interval '1 month') * 1000000)::bigint,"
                 " m + interval '1 month 31 days' <= now(),"
                 " EXISTS (SELECT FROM audit_archive WHERE month = ($1 || '-01')::date)"
                 " FROM (SELECT ($1 || '-01T00:00:00Z')::timestamptz AS m) t",
                 1, params, &r));
    TRY(pg_u64(r, 0, 0, INT64_MAX, &from));
    TRY(pg_u64(r, 0, 1, INT64_MAX, &to));
    if (PQgetvalue(r, 0, 2)[0] != 't')
        return pg_fail(s, RC_CONFLICT_STATE, "the month has not ended 31 days ago");
    if (PQgetvalue(r, 0, 3)[0] != 'f')
        return pg_fail(s, RC_CONFLICT_EXISTS, "the month was archived before");
    statement->from_us = (int64_t)from;
    statement->to_us = (int64_t)to;
    return SCHUIL_OK;
}

static SCHUIL_RC runs_read(struct store_session *s, const char *month,
                           struct audit_statement *statement)
{
    TRY(pg_do(s, "BEGIN ISOLATION LEVEL REPEATABLE READ", 0, NULL));
    TRY(pg_do(s, "SET LOCAL ROLE schuilnaam_owner", 0, NULL));
    TRY(pg_do(s, "SET LOCAL statement_timeout = 0", 0, NULL));
    TRY(pg_do(s, "SET LOCAL lock_timeout = '3s'", 0, NULL));
    TRY(span_read(s, month, statement));
    TRY(audit_walk(s, statement, NULL, NULL));
    if (statement->run_count == 0)
        return pg_fail(s, RC_ABSENT, "the month has no events");
    return SCHUIL_OK;
}

SCHUIL_RC schuil_store_archive_begin(struct store_session *s, const char *month,
                                     struct audit_statement *ret)
{
    *ret = (struct audit_statement){.kind = STATEMENT_ARCHIVE};
    ENSURE(month_is_good(month), RC_INPUT_VALUE);
    struct schuil_rc rc = runs_read(s, month, ret);
    if (schuil_is_ok(rc))
        return rc;
    pg_rollback(s);
    schuil_audit_statement_done(ret);
    return rc;
}

SCHUIL_RC schuil_store_archive_walk(struct store_session *s,
                                    const struct audit_statement *statement,
                                    audit_walk_fn *on_entry, void *arg)
{
    struct audit_statement again = {
        .kind = STATEMENT_ARCHIVE, .from_us = statement->from_us, .to_us = statement->to_us};
    struct schuil_rc rc = audit_walk(s, &again, on_entry, arg);
    schuil_audit_statement_done(&again);
    return rc;
}

void schuil_store_archive_abort(struct store_session *s)
{
    pg_rollback(s);
}

/* The month's own partition, and what lies in the default one. */
static SCHUIL_RC events_drop(struct store_session *s, const char *month)
{
    char drop[64];
    const char *params[1] = {month};
    snprintf(drop, sizeof drop, "DROP TABLE IF EXISTS audit_event_%.4s%.2s", month, month + 5);
    TRY(pg_do(s, drop, 0, NULL));
    return pg_do(s,
                 "DELETE FROM audit_event WHERE time >= ($1 || '-01T00:00:00Z')::timestamptz"
                 " AND time < ($1 || '-01T00:00:00Z')::timestamptz + interval '1 month'",
                 1, params);
}

static SCHUIL_RC event_write(const struct admin_context *context, const char *month,
                             uint64_t events, struct audit_chain *ret_next)
{
    char detail[64];
    struct audit_event event = admin_event(context);
    snprintf(detail, sizeof detail, "{\"month\":\"%s\"}", month);
    event.id = AUDIT_TRAIL_ARCHIVE;
    event.detail = detail;
    event.has_counts = true;
    event.asked = event.made = (int64_t)events;
    return admin_audit_write(context, context->audit_pair, &event, 1, ret_next);
}

static SCHUIL_RC all_do(const struct admin_context *context, const char *month,
                        struct bytes statement, uint64_t events, struct audit_chain *ret_next)
{
    char count[24];
    struct writer w = writer_over(count, sizeof count - 1);
    const char *params[3] = {month, count, (const char *)statement.data};
    put_decimal(&w, (int64_t)events);
    count[w.len] = '\0';
    TRY(pg_do(context->session,
              "INSERT INTO audit_archive (month, events, statement)"
              " VALUES (($1 || '-01')::date, $2::bigint, $3)",
              3, params));
    TRY(event_write(context, month, events, ret_next));
    TRY(events_drop(context->session, month));
    return pg_commit(context->session);
}

SCHUIL_RC schuil_store_archive_commit(const struct admin_context *context, const char *month,
                                      struct bytes statement, uint64_t events)
{
    struct audit_chain next;
    struct schuil_rc rc = all_do(context, month, statement, events, &next);
    if (schuil_is_ok(rc))
        *context->chain = next;
    else
        pg_rollback(context->session);
    return rc;
}
