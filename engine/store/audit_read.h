/* SPDX-License-Identifier: Apache-2.0 */
/* Reading events back, in the order (chain, i), a fetch at a time: memory does not grow with the
 * trail. For who verifies, exports and archives; the server's role may read none. */
#ifndef STORE_AUDIT_READ_H
#define STORE_AUDIT_READ_H

#include "pg.h"
#include "schuilnaam/engine/audit_proof.h"

/* A long statement's own limit, in a transaction that only reads. */
#define AUDIT_READ_TIMEOUT_US ((int64_t)600 * 1000000)

struct audit_reader {
    struct store_session *session;
    PGresult *rows;
    int row;
    uint8_t *lists; /* protocol form of the list columns of one event */
    size_t lists_cap;
    struct audit_entry entry;
};

/* BEGIN a repeatable-read transaction that only reads; a statement may take this long, 0: for ever.
 */
SCHUIL_RC audit_read_begin(struct store_session *s, int timeout_ms);
/* `where` is a constant: a condition on audit_event a with n parameters. In an open transaction,
 * one reader at a time. */
SCHUIL_RC audit_reader_open(struct store_session *s, const char *where, int n,
                            const char *const *params, struct audit_reader *ret);
/* *ret borrows from the reader until the next call; NULL: no more. */
SCHUIL_RC audit_reader_next(struct audit_reader *reader, const struct audit_entry **ret);
void audit_reader_done(struct audit_reader *reader);

SCHUIL_RC audit_query_binary(struct store_session *s, const char *sql, int n,
                             const char *const *params, PGresult **ret);
struct bytes audit_bytes(const PGresult *r, int row, int column);

/* Walk over what the statement's span and place name, in the open transaction; its runs are noted
 * (the caller frees them by schuil_audit_statement_done), and `next` when on_entry had enough. */
SCHUIL_RC audit_walk(struct store_session *s, struct audit_statement *statement,
                     audit_walk_fn *on_entry, void *arg);

#endif
