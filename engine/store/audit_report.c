/* SPDX-License-Identifier: Apache-2.0 */
/* What a period's events add up to, counted in the database. One pass over the partitions of the
 * period; the answer is bounded, and so is the time (AUDIT_REPORT_TIMEOUT_US). */
#include <inttypes.h>
#include <stdio.h>

#include "audit_read.h"

#define AUDIT_REPORT_TIMEOUT_US ((int64_t)LIMIT_AUDIT_REPORT_S * 1000000)

/* Refusals and failures first: what went wrong is of no other kind. Numbers: audit_events.def. */
static const char REPORT_SQL[] =
    "SELECT CASE WHEN outcome <> 'ok' AND status IN (401, 403, 429) THEN 'refusals'"
    " WHEN outcome <> 'ok' THEN 'failures'"
    " WHEN name LIKE 'REVERS%' THEN 'reversals'"
    " WHEN name = 'QUOTA_HALF' THEN 'quota alarms'"
    " WHEN role = 'provider' THEN 'provider calls'"
    " WHEN role = 'registry' THEN 'registry calls'"
    " WHEN name LIKE 'KEY\\_%' OR name LIKE 'ROTATION\\_%' OR name LIKE 'REWRAP%'"
    " OR name = 'BOOTSTRAP' THEN 'key operations'"
    " WHEN role = 'operator' THEN 'administration'"
    " ELSE 'service' END AS section, name, organisation, behalf, registry, outcome, reason,"
    " count(*), sum(asked), sum(made), sum(failed)"
    " FROM audit_event WHERE time >= timestamptz 'epoch' + $1::bigint * interval '1 microsecond'"
    " AND time < timestamptz 'epoch' + $2::bigint * interval '1 microsecond'"
    " AND ($3::text IS NULL OR registry = $3)"
    " AND ($4::text IS NULL OR organisation = $4 OR behalf = $4)"
    " GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7 LIMIT $5";

static SCHUIL_RC rows_give(const PGresult *r, audit_report_fn *on_row, void *arg)
{
    int count = PQntuples(r) < LIMIT_AUDIT_REPORT_COUNT ? PQntuples(r) : LIMIT_AUDIT_REPORT_COUNT;
    for (int row = 0; row < count; row++) {
        const char *cells[AUDIT_REPORT_CELLS];
        for (int c = 0; c < AUDIT_REPORT_CELLS; c++)
            cells[c] = PQgetisnull(r, row, c) ? NULL : PQgetvalue(r, row, c);
        on_row(arg, cells);
    }
    return SCHUIL_OK;
}

static SCHUIL_RC report_run(struct store_session *s, const struct audit_report *report,
                            audit_report_fn *on_row, void *arg, bool *ret_is_whole)
{
    PG_RESULT *r = NULL;
    char from[24], to[24], most[24];
    const char *params[5] = {from, to, report->registry, report->organisation, most};
    snprintf(from, sizeof from, "%" PRId64, report->from_us);
    snprintf(to, sizeof to, "%" PRId64, report->to_us);
    snprintf(most, sizeof most, "%d", LIMIT_AUDIT_REPORT_COUNT + 1);
    struct pg_call call = {.sql = REPORT_SQL,
                           .param_count = 5,
                           .params = params,
                           .timeout_us = AUDIT_REPORT_TIMEOUT_US + STORE_TIMEOUT_US};
    TRY(audit_read_begin(s, LIMIT_AUDIT_REPORT_S * 1000));
    TRY(pg_run(s, &call, &r));
    *ret_is_whole = PQntuples(r) <= LIMIT_AUDIT_REPORT_COUNT;
    return rows_give(r, on_row, arg);
}

SCHUIL_RC schuil_store_audit_report(struct store_session *s, const struct audit_report *report,
                                    audit_report_fn *on_row, void *arg, bool *ret_is_whole)
{
    *ret_is_whole = false;
    struct schuil_rc rc = report_run(s, report, on_row, arg, ret_is_whole);
    pg_rollback(s);
    return rc;
}
