/* SPDX-License-Identifier: Apache-2.0 */
/* The synchronous session: one statement at a time, each with a deadline. What every file of this
 * folder but audit_store.c talks to the database through; not a general client library.
 *
 * Invariants: no wait without a deadline; when one passes, or the connection breaks, the session is
 * closed and every later call answers RC_STORE_AWAY. The server is told the same limit
 * (statement_timeout, client_connection_check_interval), so what we leave behind ends by itself:
 * libpq's PQcancel waits without a deadline and is therefore not used. */
#ifndef STORE_PG_H
#define STORE_PG_H

#include <libpq-fe.h>

#include "schuilnaam/engine/store.h"

#define STORE_TIMEOUT_US ((int64_t)LIMIT_STORE_S * 1000000)

struct store_session {
    PGconn *conn; /* NULL: closed */
    unsigned warning_count;
    char sqlstate[6];    /* of the last refusal, "" if none */
    char constraint[64]; /* the constraint, or the column, that it names */
    char message[256];
};

/* A result that frees itself. */
static inline void pg_result_done(PGresult **result)
{
    PQclear(*result);
}
#define PG_RESULT __attribute__((cleanup(pg_result_done))) PGresult

struct pg_call {
    const char *sql;
    int param_count;
    const char *const *params; /* text forms; NULL: null */
    bool is_binary;            /* results in binary form */
    bool is_script;            /* several statements, no parameters */
    int64_t timeout_us;        /* 0: STORE_TIMEOUT_US */
};

int64_t pg_now_us(void); /* monotonic */
/* PQconnectStart with our session settings added. NULL only without memory. */
PGconn *pg_connect_start(const char *conninfo);

/* Run one call; *ret (cleared by the caller, also when NULL) is the last result. RC_STORE_AWAY: the
 * session is closed. RC_STORE_REFUSED: sqlstate, constraint and message tell why. */
SCHUIL_RC pg_run(struct store_session *s, const struct pg_call *call, PGresult **ret);
SCHUIL_RC pg_query(struct store_session *s, const char *sql, int n, const char *const *params,
                   PGresult **ret);
/* A statement whose rows nobody wants. */
SCHUIL_RC pg_do(struct store_session *s, const char *sql, int n, const char *const *params);
/* RC_STORE_UNKNOWN: lost while committing, or committed with a warning. RC_STORE_REFUSED: it was
 * rolled back. */
SCHUIL_RC pg_commit(struct store_session *s);
/* Also when nothing is open or the session is closed. */
void pg_rollback(struct store_session *s);
/* Say why in the session's message. Returns code. */
struct schuil_rc pg_fail(struct store_session *s, enum schuil_rc_code code, const char *message);

/* Cells. Integers as the database prints them; RC_STORE_DATA when they are not, or out of range. */
SCHUIL_RC pg_u64(const PGresult *r, int row, int column, uint64_t max, uint64_t *ret);
/* '\x...' into exactly ret_len bytes. */
SCHUIL_RC pg_bytea(const PGresult *r, int row, int column, uint8_t *ret, size_t ret_len);
/* '\x...' of len bytes into ret (2 * len + 3 characters). */
void pg_hex(const uint8_t *data, size_t len, char *ret);

#endif
