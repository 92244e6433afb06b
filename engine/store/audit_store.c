/* SPDX-License-Identifier: Apache-2.0 */
/* The asynchronous audit store: one connection of a worker, in pipeline mode, stepped by its loop.
 * Not the chain (engine/audit) and not what the events say.
 *
 *   DOWN --connect--> CONNECTING (socket, then PREPARE and its sync) --> IDLE
 *   IDLE --submit--> BUSY --sync--> IDLE   COMMITTED, or FAILED after an error result
 *   any --lost, deadline, doubt--> DOWN    UNKNOWN if a transaction was out
 *
 * A turn is one INSERT and one sync, so the server runs both in one implicit transaction; an
 * explicit BEGIN/COMMIT in a pipeline would leave later batches inside an aborted transaction.
 * Invariants: committed is said only when the sync arrived, with no error result, no WARNING (a
 * synchronous standby given up on is one) and exactly the rows that were sent; only state_set
 * changes the state; nothing here waits.
 * Source: PostgreSQL 15 documentation, 34.5 (pipeline mode). */
#include <stdlib.h>

#include "audit_rows.h"
#include "pg.h"

static const char STATEMENT[] = "audit", STATEMENT_ONE[] = "audit_one";

struct audit_store {
    char *conninfo;
    PGconn *conn; /* NULL: DOWN */
    enum store_state state;
    enum store_want want;
    int64_t deadline_us; /* 0: none */
    bool is_prepared;    /* the connection stands; PREPARE is on its way */
    /* of the transaction that is out */
    size_t row_count;
    bool has_error, has_warning;
    struct schuil_rc refusal; /* of the first error */
    size_t inserted_count;
    struct audit_params params;
};

SCHUIL_RC schuil_audit_store_new(const char *conninfo, struct audit_store **ret)
{
    *ret = NULL;
    struct audit_store *s = calloc(1, sizeof *s);
    ENSURE(s != NULL, RC_INTERNAL_MEMORY);
    s->conninfo = strdup(conninfo);
    if (s->conninfo == NULL) {
        free(s);
        return schuil_rc(RC_INTERNAL_MEMORY);
    }
    s->state = STORE_DOWN;
    *ret = s;
    return SCHUIL_OK;
}

void schuil_audit_store_free(struct audit_store *s)
{
    if (s == NULL)
        return;
    PQfinish(s->conn);
    audit_params_done(&s->params);
    free(s->conninfo);
    free(s);
}

int schuil_audit_store_fd(const struct audit_store *s)
{
    return s->conn == NULL ? -1 : PQsocket(s->conn);
}

enum store_want schuil_audit_store_want(const struct audit_store *s)
{
    return s->want;
}

int64_t schuil_audit_store_deadline(const struct audit_store *s)
{
    return s->deadline_us;
}

enum store_state schuil_audit_store_state(const struct audit_store *s)
{
    return s->state;
}

/* The one door for states: it alone sets the deadline and drops the connection. */
static void state_set(struct audit_store *s, enum store_state state, int64_t now_us)
{
    s->state = state;
    s->deadline_us = 0;
    if (state == STORE_CONNECTING || state == STORE_BUSY)
        s->deadline_us = now_us + STORE_TIMEOUT_US;
    if (state == STORE_IDLE)
        s->want = STORE_WANT_READ; /* to hear of the connection's end */
    if (state != STORE_DOWN)
        return;
    PQfinish(s->conn);
    s->conn = NULL;
    s->want = STORE_WANT_NONE;
}

static enum store_outcome go_down(struct audit_store *s)
{
    enum store_outcome outcome = s->state == STORE_BUSY ? STORE_OUTCOME_UNKNOWN : STORE_NOTHING;
    state_set(s, STORE_DOWN, 0);
    return outcome;
}

static void on_notice(void *arg, const PGresult *result)
{
    struct audit_store *s = arg;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity != NULL && strcmp(severity, "WARNING") == 0)
        s->has_warning = true;
}

void schuil_audit_store_connect(struct audit_store *s, int64_t now_us)
{
    if (s->state != STORE_DOWN)
        return;
    s->conn = pg_connect_start(s->conninfo);
    s->is_prepared = false;
    if (s->conn == NULL || PQstatus(s->conn) == CONNECTION_BAD) {
        state_set(s, STORE_DOWN, 0);
        return;
    }
    PQsetNoticeReceiver(s->conn, on_notice, s);
    s->want = STORE_WANT_WRITE;
    state_set(s, STORE_CONNECTING, now_us);
}

/* Send what libpq still holds; false: the connection is lost. */
static bool flush(struct audit_store *s)
{
    int left = PQflush(s->conn);
    s->want = left > 0 ? (enum store_want)(STORE_WANT_READ | STORE_WANT_WRITE) : STORE_WANT_READ;
    return left >= 0;
}

static bool prepare_send(struct audit_store *s)
{
    s->is_prepared = true;
    s->has_error = s->has_warning = false;
    return PQsetnonblocking(s->conn, 1) == 0 && PQenterPipelineMode(s->conn) == 1 &&
           PQsendPrepare(s->conn, STATEMENT, audit_insert_sql(), AUDIT_PARAM_COUNT, NULL) == 1 &&
           PQsendPrepare(s->conn, STATEMENT_ONE, audit_insert_one_sql(), AUDIT_PARAM_COUNT, NULL) ==
               1 &&
           PQpipelineSync(s->conn) == 1 && flush(s);
}

/* One step of the socket's connecting. */
static enum store_outcome step_socket(struct audit_store *s)
{
    switch (PQconnectPoll(s->conn)) {
    case PGRES_POLLING_READING:
        s->want = STORE_WANT_READ;
        return STORE_NOTHING;
    case PGRES_POLLING_WRITING:
        s->want = STORE_WANT_WRITE;
        return STORE_NOTHING;
    case PGRES_POLLING_OK:
        return prepare_send(s) ? STORE_NOTHING : go_down(s);
    default:
        return go_down(s);
    }
}

/* The states that triggers on audit_event raise: see db/README.md. */
static struct schuil_rc refusal_of(const PGresult *r)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    if (state != NULL && strcmp(state, "SN003") == 0)
        return schuil_rc(RC_CONFLICT_ROTATION);
    if (state != NULL && strcmp(state, "SN005") == 0)
        return schuil_rc(RC_LIMIT_LINKAGE);
    return schuil_rc(RC_STORE_REFUSED);
}

struct schuil_rc schuil_audit_store_refusal(const struct audit_store *s)
{
    return s->refusal;
}

static void result_take(struct audit_store *s, const PGresult *r)
{
    if (PQresultStatus(r) == PGRES_COMMAND_OK)
        s->inserted_count += strtoul(PQcmdTuples((PGresult *)(uintptr_t)r), NULL, 10);
    else if (PQresultStatus(r) != PGRES_TUPLES_OK) {
        if (!s->has_error)
            s->refusal = refusal_of(r);
        s->has_error = true;
    }
}

/* Take the results that are here. true: the sync was among them. */
static bool results_take(struct audit_store *s)
{
    bool is_end = false;
    unsigned null_count = 0;
    /* In pipeline mode one NULL ends each statement's results; two together: nothing is left. */
    while (!is_end && null_count < 2 && !PQisBusy(s->conn)) {
        PG_RESULT *r = PQgetResult(s->conn);
        null_count = r == NULL ? null_count + 1 : 0;
        if (r == NULL)
            continue;
        is_end = PQresultStatus(r) == PGRES_PIPELINE_SYNC;
        if (!is_end)
            result_take(s, r);
    }
    return is_end;
}

static enum store_outcome on_sync(struct audit_store *s)
{
    if (s->state == STORE_CONNECTING) {
        if (s->has_error)
            return go_down(s);
        state_set(s, STORE_IDLE, 0);
        return STORE_NOTHING;
    }
    /* An error result before the sync: the implicit transaction was rolled back. A warning, or
     * another number of rows, without an error: something was committed, but not surely what and
     * where it must be. */
    if (!s->has_error && (s->has_warning || s->inserted_count != s->row_count))
        return go_down(s);
    state_set(s, STORE_IDLE, 0);
    return s->has_error ? STORE_FAILED : STORE_COMMITTED;
}

enum store_outcome schuil_audit_store_step(struct audit_store *s, int64_t now_us)
{
    if (s->state == STORE_DOWN)
        return STORE_NOTHING;
    if (s->deadline_us != 0 && now_us >= s->deadline_us)
        return go_down(s);
    if (s->state == STORE_CONNECTING && !s->is_prepared)
        return step_socket(s);
    if (!PQconsumeInput(s->conn) || !flush(s))
        return go_down(s);
    bool is_end = results_take(s);
    if (PQstatus(s->conn) != CONNECTION_OK)
        return go_down(s);
    if (is_end && s->state != STORE_IDLE)
        return on_sync(s);
    return STORE_NOTHING;
}

SCHUIL_RC schuil_audit_store_submit(struct audit_store *s, const struct audit_row *rows, size_t n,
                                    int64_t now_us)
{
    ENSURE(s->state == STORE_IDLE, RC_STORE_AWAY);
    ENSURE(n >= 1 && n <= LIMIT_AUDIT_ROW_COUNT, RC_INPUT_LENGTH);
    TRY(n == 1 ? audit_params_fill_one(&s->params, rows) : audit_params_fill(&s->params, rows, n));
    s->row_count = n;
    s->inserted_count = 0;
    s->has_error = s->has_warning = false;
    int is_sent = PQsendQueryPrepared(s->conn, n == 1 ? STATEMENT_ONE : STATEMENT,
                                      AUDIT_PARAM_COUNT, s->params.values, NULL, NULL, 0);
    state_set(s, STORE_BUSY, now_us);
    /* From here on bytes may have left: the outcome is told by step, also when this fails. */
    if (!is_sent || !PQpipelineSync(s->conn) || !flush(s))
        s->deadline_us = now_us;
    return SCHUIL_OK;
}
