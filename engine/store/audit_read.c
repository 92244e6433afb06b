/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of audit_event to entries of the verifier: cells in protocol form. See audit_read.h. */
#include "audit_read.h"

#include <stdio.h>
#include <stdlib.h>

enum { AT_CHAIN, AT_I, AT_LINK, AT_SIGNATURE, AT_TIME_US, AT_CELLS };

struct bytes audit_bytes(const PGresult *r, int row, int column)
{
    return bytes_of(PQgetvalue(r, row, column), (size_t)PQgetlength(r, row, column));
}

SCHUIL_RC audit_query_binary(struct store_session *s, const char *sql, int n,
                             const char *const *params, PGresult **ret)
{
    struct pg_call call = {.sql = sql,
                           .param_count = n,
                           .params = params,
                           .is_binary = true,
                           .timeout_us = AUDIT_READ_TIMEOUT_US};
    return pg_run(s, &call, ret);
}

SCHUIL_RC audit_read_begin(struct store_session *s, int timeout_ms)
{
    char text[16];
    const char *params[1] = {text};
    snprintf(text, sizeof text, "%d", timeout_ms);
    TRY(pg_do(s, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", 0, NULL));
    return pg_do(s, "SELECT set_config('statement_timeout', $1, true)", 1, params);
}

/* The columns of a body after the five that AT_TIME_US ends. */
static const char EVENTS_SQL[] =
    "DECLARE events NO SCROLL CURSOR FOR SELECT a.chain, a.i::text, a.link, a.signature,"
    " CASE WHEN isfinite(a.time) THEN (extract(epoch FROM a.time) * 1000000)::bigint::text"
    " ELSE a.time::text END"
#define AUDIT_COLUMN(name, sqltype) ", a." #name "::text"
#include "schuilnaam/audit_columns.def"
#undef AUDIT_COLUMN
    " FROM audit_event a WHERE ";

SCHUIL_RC audit_reader_open(struct store_session *s, const char *where, int n,
                            const char *const *params, struct audit_reader *ret)
{
    char sql[2048];
    *ret = (struct audit_reader){.session = s};
    int len = snprintf(sql, sizeof sql, "%s%s ORDER BY a.chain, a.i, a.time", EVENTS_SQL, where);
    ENSURE(len > 0 && (size_t)len < sizeof sql, RC_INTERNAL);
    return pg_do(s, sql, n, params);
}

void audit_reader_done(struct audit_reader *reader)
{
    PQclear(reader->rows);
    free(reader->lists);
    *reader = (struct audit_reader){.session = NULL};
}

/* A list column from PostgreSQL's print to LVs, appended to w. */
static SCHUIL_RC list_convert(struct writer *w, struct audit_cell *c)
{
    size_t before = w->len;
    TRY(schuil_audit_list(c->value, w));
    ENSURE(!w->is_full, RC_STORE_DATA);
    c->value = bytes_of(w->data + before, w->len - before);
    return SCHUIL_OK;
}

/* LVs take at most three times what the print takes, and two bytes. */
static SCHUIL_RC lists_room(struct audit_reader *reader, size_t printed_len)
{
    size_t need = 3 * printed_len + 16;
    if (need <= reader->lists_cap)
        return SCHUIL_OK;
    uint8_t *lists = realloc(reader->lists, need);
    ENSURE(lists != NULL, RC_INTERNAL_MEMORY);
    reader->lists = lists;
    reader->lists_cap = need;
    return SCHUIL_OK;
}

static SCHUIL_RC cells_take(struct audit_reader *reader, struct audit_cell cells[AUDIT_COL_COUNT])
{
    struct audit_cell *types = &cells[AUDIT_COL_types], *keys = &cells[AUDIT_COL_key_numbers];
    for (int c = 0; c < AUDIT_COL_COUNT; c++) {
        cells[c].is_null = PQgetisnull(reader->rows, reader->row, AT_CELLS + c);
        cells[c].value = audit_bytes(reader->rows, reader->row, AT_CELLS + c);
    }
    cells[AUDIT_COL_time].value = audit_bytes(reader->rows, reader->row, AT_TIME_US);
    TRY(lists_room(reader, types->value.len + keys->value.len));
    struct writer w = writer_over(reader->lists, reader->lists_cap);
    if (!types->is_null)
        TRY(list_convert(&w, types));
    if (!keys->is_null)
        TRY(list_convert(&w, keys));
    return SCHUIL_OK;
}

/* A signature of another length verifies as little as zeros do. */
static SCHUIL_RC chain_take(struct audit_reader *reader, struct audit_entry *e)
{
    const PGresult *r = reader->rows;
    struct bytes chain = audit_bytes(r, reader->row, AT_CHAIN);
    struct bytes link = audit_bytes(r, reader->row, AT_LINK);
    struct bytes signature = audit_bytes(r, reader->row, AT_SIGNATURE);
    ENSURE(chain.len == sizeof e->chain && link.len == sizeof e->link, RC_STORE_DATA);
    char *end = NULL;
    e->i = strtoull(PQgetvalue(r, reader->row, AT_I), &end, 10);
    ENSURE(*end == '\0' && e->i <= INT64_MAX, RC_STORE_DATA);
    memcpy(e->chain, chain.data, sizeof e->chain);
    memcpy(e->link, link.data, sizeof e->link);
    e->is_signed = !PQgetisnull(r, reader->row, AT_SIGNATURE);
    memset(e->signature, 0, sizeof e->signature);
    if (signature.len == sizeof e->signature)
        memcpy(e->signature, signature.data, sizeof e->signature);
    return SCHUIL_OK;
}

static SCHUIL_RC entry_take(struct audit_reader *reader)
{
    struct audit_entry *e = &reader->entry;
    TRY(chain_take(reader, e));
    struct schuil_rc rc = cells_take(reader, e->cells);
    e->is_unreadable = rc.code == RC_STORE_DATA;
    return e->is_unreadable ? SCHUIL_OK : rc;
}

SCHUIL_RC audit_reader_next(struct audit_reader *reader, const struct audit_entry **ret)
{
    *ret = NULL;
    if (reader->rows == NULL || ++reader->row >= PQntuples(reader->rows)) {
        PQclear(reader->rows);
        reader->rows = NULL;
        TRY(audit_query_binary(reader->session, "FETCH 500 FROM events", 0, NULL, &reader->rows));
        reader->row = 0;
        if (PQntuples(reader->rows) == 0)
            return SCHUIL_OK;
    }
    TRY(entry_take(reader));
    *ret = &reader->entry;
    return SCHUIL_OK;
}
