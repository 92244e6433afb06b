/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting and running statements with a deadline. See pg.h.
 * Source: PostgreSQL 15 documentation, 34.1 (PQconnectPoll), 34.4 (asynchronous processing). */
#include "pg.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "schuilnaam/crypto/codec.h"

/* Shorter than LIMIT_STORE_S: the server's own refusal, with a known outcome, comes first. */
#define SESSION_OPTIONS                                                                            \
    "-c search_path=schuilnaam -c timezone=UTC -c datestyle=ISO -c bytea_output=hex "              \
    "-c intervalstyle=postgres -c extra_float_digits=1 -c statement_timeout=4500 "                 \
    "-c client_connection_check_interval=1000 -c idle_in_transaction_session_timeout=60000"

enum { OPTION_CAP = 64 };

int64_t pg_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct option_list {
    const char *names[OPTION_CAP];
    const char *values[OPTION_CAP];
    size_t count;
};

static void option_add(struct option_list *list, const char *name, const char *value)
{
    if (list->count < OPTION_CAP - 1) {
        list->names[list->count] = name;
        list->values[list->count++] = value;
    }
}

/* Ours first, so that what the operator wrote overrides it; but `options` are joined. */
static void options_fill(struct option_list *list, const PQconninfoOption *given, char *joined,
                         size_t joined_cap)
{
    snprintf(joined, joined_cap, "%s", SESSION_OPTIONS);
    option_add(list, "application_name", "schuilnaamd");
    option_add(list, "keepalives_idle", "10");
    option_add(list, "tcp_user_timeout", "5000");
    for (; given->keyword != NULL; given++) {
        if (given->val == NULL)
            continue;
        if (strcmp(given->keyword, "options") == 0)
            snprintf(joined, joined_cap, "%s %s", given->val, SESSION_OPTIONS);
        else
            option_add(list, given->keyword, given->val);
    }
    option_add(list, "options", joined);
    option_add(list, "client_encoding", "UTF8");
}

PGconn *pg_connect_start(const char *conninfo)
{
    char joined[2048];
    struct option_list list = {.count = 0};
    PQconninfoOption *given = PQconninfoParse(conninfo, NULL);
    if (given == NULL) /* let libpq say what is wrong with it */
        return PQconnectStart(conninfo);
    options_fill(&list, given, joined, sizeof joined);
    PGconn *conn = PQconnectStartParams(list.names, list.values, 0);
    PQconninfoFree(given);
    return conn;
}

struct schuil_rc pg_fail(struct store_session *s, enum schuil_rc_code code, const char *message)
{
    snprintf(s->message, sizeof s->message, "%s", message);
    return schuil_rc(code);
}

/* The first line; libpq's own failures hold host and user, no password and no value. */
static void message_of_connection(struct store_session *s, const char *before)
{
    const char *text = PQerrorMessage(s->conn);
    int len = (int)strcspn(text, "\n");
    snprintf(s->message, sizeof s->message, "%s%s%.*s", before, len > 0 ? ": " : "", len, text);
}

static struct schuil_rc session_lose(struct store_session *s, const char *what)
{
    if (s->conn != NULL)
        message_of_connection(s, what);
    PQfinish(s->conn);
    s->conn = NULL;
    return schuil_rc(RC_STORE_AWAY);
}

/* 1: ready. 0: the deadline passed. */
static int socket_wait(int fd, short events, int64_t deadline_us)
{
    for (;;) {
        int64_t left = deadline_us - pg_now_us();
        if (left <= 0)
            return 0;
        struct pollfd p = {.fd = fd, .events = events};
        int n = poll(&p, 1, (int)(left / 1000) + 1);
        if (n > 0)
            return 1;
        if (n < 0 && errno != EINTR)
            return 0;
    }
}

static SCHUIL_RC session_connect(struct store_session *s, int64_t deadline_us)
{
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        if (PQstatus(s->conn) == CONNECTION_BAD || state == PGRES_POLLING_FAILED)
            return session_lose(s, "no connection");
        short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        if (!socket_wait(PQsocket(s->conn), events, deadline_us))
            return session_lose(s, "no connection in time");
        state = PQconnectPoll(s->conn);
    }
    return SCHUIL_OK;
}

static void on_notice(void *arg, const PGresult *result)
{
    struct store_session *s = arg;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity != NULL && strcmp(severity, "WARNING") == 0)
        s->warning_count++;
}

SCHUIL_RC schuil_store_open(const char *conninfo, struct store_session **ret)
{
    *ret = calloc(1, sizeof **ret);
    ENSURE(*ret != NULL, RC_INTERNAL_MEMORY);
    struct store_session *s = *ret;
    s->conn = pg_connect_start(conninfo);
    ENSURE(s->conn != NULL, RC_INTERNAL_MEMORY);
    PQsetNoticeReceiver(s->conn, on_notice, s);
    TRY(session_connect(s, pg_now_us() + STORE_TIMEOUT_US));
    if (PQsetnonblocking(s->conn, 1) != 0)
        return session_lose(s, "no connection");
    return SCHUIL_OK;
}

void schuil_store_close(struct store_session *s)
{
    if (s == NULL)
        return;
    PQfinish(s->conn);
    free(s);
}

bool schuil_store_is_open(struct store_session *s)
{
    if (s == NULL || s->conn == NULL)
        return false;
    /* The first read may bring the database's last words, the second its end. */
    for (int i = 0; i < 2; i++) {
        if (PQconsumeInput(s->conn) != 1 || PQstatus(s->conn) != CONNECTION_OK)
            return false;
    }
    return true;
}

const char *schuil_store_message(const struct store_session *s)
{
    return s == NULL ? "" : s->message;
}

/* Class 22's words quote the value at fault, and a detail line quotes rows: neither is kept. */
static void refusal_keep(struct store_session *s, const PGresult *r)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    const char *constraint = PQresultErrorField(r, PG_DIAG_CONSTRAINT_NAME);
    const char *column = PQresultErrorField(r, PG_DIAG_COLUMN_NAME);
    const char *words = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    const char *place = constraint != NULL ? constraint : column != NULL ? column : "";
    bool is_quoting = state != NULL && strncmp(state, "22", 2) == 0;
    snprintf(s->sqlstate, sizeof s->sqlstate, "%s", state != NULL ? state : "");
    snprintf(s->constraint, sizeof s->constraint, "%s", place);
    snprintf(s->message, sizeof s->message, "%s %s", s->sqlstate,
             is_quoting || words == NULL ? "a value does not fit" : words);
}

static SCHUIL_RC call_send(struct store_session *s, const struct pg_call *call, int64_t deadline_us)
{
    int sent = call->is_script ? PQsendQuery(s->conn, call->sql)
                               : PQsendQueryParams(s->conn, call->sql, call->param_count, NULL,
                                                   call->params, NULL, NULL, call->is_binary);
    if (!sent)
        return session_lose(s, "not sent");
    for (int left = 1; left != 0;) {
        left = PQflush(s->conn);
        if (left < 0)
            return session_lose(s, "not sent");
        /* Readable too: a server that answers before it has read all must not lock us up. */
        if (left > 0 && !socket_wait(PQsocket(s->conn), POLLIN | POLLOUT, deadline_us))
            return session_lose(s, "not sent in time");
        if (left > 0 && !PQconsumeInput(s->conn))
            return session_lose(s, "connection lost");
    }
    return SCHUIL_OK;
}

/* *ret NULL: no more results. */
static SCHUIL_RC result_wait(struct store_session *s, int64_t deadline_us, PGresult **ret)
{
    *ret = NULL;
    while (PQisBusy(s->conn)) {
        if (!socket_wait(PQsocket(s->conn), POLLIN, deadline_us))
            return session_lose(s, "no answer in time");
        if (!PQconsumeInput(s->conn))
            return session_lose(s, "connection lost");
    }
    *ret = PQgetResult(s->conn);
    return SCHUIL_OK;
}

static bool is_good(const PGresult *r)
{
    ExecStatusType status = PQresultStatus(r);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

SCHUIL_RC pg_run(struct store_session *s, const struct pg_call *call, PGresult **ret)
{
    *ret = NULL;
    bool is_refused = false;
    s->sqlstate[0] = s->constraint[0] = '\0';
    ENSURE(s->conn != NULL, RC_STORE_AWAY);
    int64_t deadline_us =
        pg_now_us() + (call->timeout_us > 0 ? call->timeout_us : STORE_TIMEOUT_US);
    TRY(call_send(s, call, deadline_us));
    for (;;) {
        PGresult *next = NULL;
        TRY(result_wait(s, deadline_us, &next));
        if (next == NULL)
            break;
        if (!is_good(next)) {
            is_refused = true;
            refusal_keep(s, next);
        }
        PQclear(*ret);
        *ret = next;
    }
    if (PQstatus(s->conn) != CONNECTION_OK)
        return session_lose(s, "connection lost");
    ENSURE(!is_refused, RC_STORE_REFUSED);
    return SCHUIL_OK;
}

SCHUIL_RC pg_query(struct store_session *s, const char *sql, int n, const char *const *params,
                   PGresult **ret)
{
    struct pg_call call = {.sql = sql, .param_count = n, .params = params};
    return pg_run(s, &call, ret);
}

SCHUIL_RC pg_do(struct store_session *s, const char *sql, int n, const char *const *params)
{
    PG_RESULT *r = NULL;
    return pg_query(s, sql, n, params, &r);
}

SCHUIL_RC pg_commit(struct store_session *s)
{
    PG_RESULT *r = NULL;
    unsigned warnings = s->warning_count;
    struct schuil_rc rc = pg_query(s, "COMMIT", 0, NULL, &r);
    if (rc.code == RC_STORE_AWAY)
        return schuil_rc(RC_STORE_UNKNOWN);
    TRY(rc);
    /* A failed transaction answers COMMIT with ROLLBACK, and no error. */
    ENSURE(strcmp(PQcmdStatus(r), "COMMIT") == 0, RC_STORE_REFUSED);
    if (s->warning_count != warnings)
        return pg_fail(s, RC_STORE_UNKNOWN, "committed with a warning");
    return SCHUIL_OK;
}

void pg_rollback(struct store_session *s)
{
    char message[sizeof s->message], sqlstate[sizeof s->sqlstate], constraint[sizeof s->constraint];
    memcpy(message, s->message, sizeof message);
    memcpy(sqlstate, s->sqlstate, sizeof sqlstate);
    memcpy(constraint, s->constraint, sizeof constraint);
    struct schuil_rc ignored = pg_do(s, "ROLLBACK", 0, NULL);
    (void)ignored; /* a session that cannot roll back was closed: the server rolls back */
    memcpy(s->message, message, sizeof message);
    memcpy(s->sqlstate, sqlstate, sizeof sqlstate);
    memcpy(s->constraint, constraint, sizeof constraint);
}

SCHUIL_RC pg_u64(const PGresult *r, int row, int column, uint64_t max, uint64_t *ret)
{
    *ret = 0;
    const char *text = PQgetvalue(r, row, column);
    char *end = NULL;
    ENSURE(!PQgetisnull(r, row, column) && text[0] >= '0' && text[0] <= '9', RC_STORE_DATA);
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    ENSURE(errno == 0 && *end == '\0' && value <= max, RC_STORE_DATA);
    *ret = value;
    return SCHUIL_OK;
}

SCHUIL_RC pg_bytea(const PGresult *r, int row, int column, uint8_t *ret, size_t ret_len)
{
    memset(ret, 0, ret_len);
    struct bytes text = bytes_text(PQgetvalue(r, row, column));
    ENSURE(text.len == 2 + 2 * ret_len && memcmp(text.data, "\\x", 2) == 0, RC_STORE_DATA);
    ENSURE(schuil_is_ok(schuil_hex_decode(bytes_of(text.data + 2, text.len - 2), ret, ret_len)),
           RC_STORE_DATA);
    return SCHUIL_OK;
}

void pg_hex(const uint8_t *data, size_t len, char *ret)
{
    ret[0] = '\\';
    ret[1] = 'x';
    schuil_hex_encode(bytes_of(data, len), ret + 2);
    ret[2 + 2 * len] = '\0';
}
