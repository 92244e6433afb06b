/* SPDX-License-Identifier: Apache-2.0 */
/* The table key_operation, and what is to be done by the look of the database. */
#include <inttypes.h>
#include <stdio.h>

#include "admin_job.h"
#include "key_life.h"

static const char *const kind_names[OPERATION_KIND_COUNT] = {
    [OPERATION_TRANSPORT] = "transport",
    [OPERATION_REFRESH] = "refresh",
};

static SCHUIL_RC operation_take(const PGresult *r, int i, struct key_operation *op)
{
    uint64_t number, epoch;
    TRY(pg_u64(r, i, 1, INT32_MAX, &number));
    TRY(pg_u64(r, i, 3, INT32_MAX, &epoch));
    TRY(pg_u64(r, i, 4, INT64_MAX, &op->translate_counter));
    TRY(pg_u64(r, i, 5, INT64_MAX, &op->age_s));
    op->number = (uint32_t)number;
    op->epoch = (uint32_t)epoch;
    op->is_prepared = strcmp(PQgetvalue(r, i, 2), "prepared") == 0;
    snprintf(op->reason, sizeof op->reason, "%s", PQgetvalue(r, i, 6));
    return SCHUIL_OK;
}

static SCHUIL_RC operations_read(struct store_session *s, struct life_look *look)
{
    PG_RESULT *r = NULL;
    TRY(pg_query(s,
                 "SELECT kind, number, state, epoch, translate_counter, greatest(0,"
                 " extract(epoch FROM clock_timestamp() - coalesce(prepared, asked)))::bigint,"
                 " reason FROM key_operation WHERE state IN ('asked', 'prepared')",
                 0, NULL, &r));
    for (int i = 0; i < PQntuples(r); i++)
        for (int kind = 0; kind < OPERATION_KIND_COUNT; kind++)
            if (strcmp(PQgetvalue(r, i, 0), kind_names[kind]) == 0)
                TRY(operation_take(r, i, &look->operations[kind]));
    return SCHUIL_OK;
}

SCHUIL_RC life_look(struct store_session *s, struct life_look *ret)
{
    PG_RESULT *r = NULL;
    *ret = (struct life_look){.due_count = 0};
    TRY(pg_query(s,
                 "SELECT (SELECT count(*) FROM key WHERE destruction <= clock_timestamp()"
                 " AND state <> 'destroyed'), greatest(0, extract(epoch FROM clock_timestamp()"
                 " - (SELECT max(activated) FROM key WHERE purpose = 'transport'"
                 " AND state = 'active')))::bigint,"
                 " EXISTS (SELECT FROM key WHERE purpose = 'transport' AND state = 'active')",
                 0, NULL, &r));
    TRY(pg_u64(r, 0, 0, INT64_MAX, &ret->due_count));
    TRY(pg_u64(r, 0, 1, INT64_MAX, &ret->transport_age_s));
    ret->has_transport = PQgetvalue(r, 0, 2)[0] == 't';
    return operations_read(s, ret);
}

SCHUIL_RC operation_add(struct store_session *s, enum operation_kind kind, const char *reason,
                        uint32_t *ret_number)
{
    PG_RESULT *r = NULL;
    uint64_t number;
    const char *params[2] = {kind_names[kind], reason};
    TRY(pg_query(s, "INSERT INTO key_operation (kind, reason) VALUES ($1, $2) RETURNING number", 2,
                 params, &r));
    TRY(pg_u64(r, 0, 0, INT32_MAX, &number));
    *ret_number = (uint32_t)number;
    return SCHUIL_OK;
}

static SCHUIL_RC open_refresh_find(struct store_session *s, uint32_t *ret_number)
{
    PG_RESULT *r = NULL;
    uint64_t number;
    *ret_number = 0;
    TRY(pg_query(s,
                 "SELECT number FROM key_operation WHERE kind = 'refresh'"
                 " AND state IN ('asked', 'prepared')",
                 0, NULL, &r));
    if (PQntuples(r) == 0)
        return SCHUIL_OK;
    TRY(pg_u64(r, 0, 0, INT32_MAX, &number));
    *ret_number = (uint32_t)number;
    return SCHUIL_OK;
}

SCHUIL_RC schuil_refresh_ask(struct store_session *s, const char *reason, uint32_t *ret_number)
{
    TRY(open_refresh_find(s, ret_number));
    return *ret_number != 0 ? SCHUIL_OK : operation_add(s, OPERATION_REFRESH, reason, ret_number);
}

/* Columns: the answer of the action. One that was begun anew goes on under a later number. */
static SCHUIL_RC status_query(struct store_session *s, uint32_t number, PGresult **ret)
{
    char text[16];
    const char *params[1] = {text};
    snprintf(text, sizeof text, "%" PRIu32, number);
    TRY(pg_query(s,
                 "SELECT o.number, o.state, o.epoch, (SELECT max(k.number) FROM key k"
                 " WHERE k.purpose = 'root' AND k.epoch = o.epoch), (SELECT count(*) FROM key k"
                 " WHERE k.purpose = 'domain' AND k.epoch = o.epoch), o.outcome"
                 " FROM key_operation o WHERE o.kind = 'refresh' AND o.number >= $1"
                 " ORDER BY (o.state IN ('asked', 'prepared')) DESC, (o.state = 'done') DESC,"
                 " o.number LIMIT 1",
                 1, params, ret));
    ENSURE(PQntuples(*ret) == 1, RC_ABSENT);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_refresh_status(struct store_session *s, uint32_t number, struct admin_rows **ret,
                                enum refresh_state *ret_state)
{
    PGresult *r = NULL;
    *ret = NULL;
    struct schuil_rc rc = status_query(s, number, &r);
    if (!schuil_is_ok(rc)) {
        PQclear(r);
        return rc;
    }
    const char *state = PQgetvalue(r, 0, 1);
    *ret_state = strcmp(state, "done") == 0     ? REFRESH_DONE
                 : strcmp(state, "failed") == 0 ? REFRESH_FAILED
                                                : REFRESH_OPEN;
    return admin_rows_new(r, ret);
}

SCHUIL_RC admin_key_refresh(struct admin_job *job)
{
    uint32_t number;
    TRY(schuil_refresh_ask(job->session, admin_given(job->call, "reason"), &number));
    snprintf(job->number, sizeof job->number, "%" PRIu32, number);
    return status_query(job->session, number, &job->answer);
}

SCHUIL_RC operation_prepared(struct store_session *s, uint32_t number, uint32_t epoch)
{
    char text[2][16];
    const char *params[2] = {text[0], text[1]};
    snprintf(text[0], sizeof text[0], "%" PRIu32, number);
    snprintf(text[1], sizeof text[1], "%" PRIu32, epoch);
    return pg_do(s,
                 "UPDATE key_operation SET state = 'prepared', epoch = $2,"
                 " prepared = clock_timestamp(), translate_counter ="
                 " (SELECT counter FROM manifest WHERE compartment = 'translate')"
                 " WHERE number = $1",
                 2, params);
}

SCHUIL_RC operation_end(struct store_session *s, uint32_t number, const char *outcome)
{
    char text[16];
    const char *params[2] = {text, outcome};
    snprintf(text, sizeof text, "%" PRIu32, number);
    return pg_do(s,
                 "UPDATE key_operation SET ended = clock_timestamp(), outcome = $2,"
                 " state = CASE WHEN $2::text IS NULL THEN 'done' ELSE 'failed' END"
                 " WHERE number = $1",
                 2, params);
}

SCHUIL_RC destruction_time(struct store_session *s, uint32_t longest_life_hours, uint64_t *ret_s)
{
    enum { ROUNDING_S = 3600, CLOCKS_S = 300 };
    PG_RESULT *r = NULL;
    char hours[16], more[16];
    const char *params[2] = {hours, more};
    snprintf(hours, sizeof hours, "%" PRIu32, longest_life_hours);
    snprintf(more, sizeof more, "%d", LIMIT_LEASE_S + ROUNDING_S + CLOCKS_S);
    /* A connection may be older than the setting, and live longer. */
    TRY(pg_query(s,
                 "SELECT ceil(extract(epoch FROM clock_timestamp()))::bigint + $2::bigint"
                 " + 3600 * greatest($1::bigint,"
                 " coalesce((SELECT max(life_hours) FROM connection), 0))",
                 2, params, &r));
    return pg_u64(r, 0, 0, INT64_MAX, ret_s);
}
