/* SPDX-License-Identifier: Apache-2.0 */
/* Walking over events of a time span for an export or an archive, and noting the runs of chains
 * that went by; and heads for a checkpoint. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "audit_read.h"
#include "schuilnaam/crypto/codec.h"

struct walk {
    struct store_session *session;
    struct audit_statement *statement;
    size_t run_cap;
};

/* ---- runs ---- */

static struct audit_run *run_new(struct walk *w)
{
    struct audit_statement *st = w->statement;
    if (st->runs == NULL || st->run_count == w->run_cap) {
        size_t cap = w->run_cap == 0 ? 64 : 2 * w->run_cap;
        struct audit_run *runs = realloc(st->runs, cap * sizeof *runs);
        if (runs == NULL)
            return NULL;
        st->runs = runs;
        w->run_cap = cap;
    }
    struct audit_run *run = &st->runs[st->run_count++];
    *run = (struct audit_run){.first = 0};
    return run;
}

/* The link of an event that is in the database, or that ended an archived run. */
static const char BEFORE_SQL[] =
    "SELECT encode(link, 'hex') FROM audit_event WHERE chain = decode($1, 'hex') AND i = $2::bigint"
    " UNION ALL SELECT substring(statement FROM 'run ' || $1 || ' [0-9]+ [0-9a-f]{64} ' || $2 ||"
    " ' ([0-9a-f]{64})\n') FROM audit_archive WHERE statement ~"
    " ('run ' || $1 || ' [0-9]+ [0-9a-f]{64} ' || $2 || ' [0-9a-f]{64}\n') LIMIT 1";

static SCHUIL_RC before_find(struct walk *w, const struct audit_entry *e, uint8_t ret[HASH_LEN])
{
    PG_RESULT *r = NULL;
    char chain[2 * CHAIN_ID_LEN + 1] = "", i[24];
    const char *params[2] = {chain, i};
    if (e->i == 1)
        return SCHUIL_OK;
    schuil_hex_encode(bytes_of(e->chain, sizeof e->chain), chain);
    snprintf(i, sizeof i, "%" PRIu64, e->i - 1);
    TRY(audit_query_binary(w->session, BEFORE_SQL, 2, params, &r));
    if (PQntuples(r) != 1 || !schuil_is_ok(schuil_hex_decode(audit_bytes(r, 0, 0), ret, HASH_LEN)))
        return pg_fail(w->session, RC_STORE_DATA, "events are missing: run audit verify");
    return SCHUIL_OK;
}

static SCHUIL_RC run_note(struct walk *w, const struct audit_entry *e)
{
    struct audit_statement *st = w->statement;
    struct audit_run *run = st->run_count == 0 ? NULL : &st->runs[st->run_count - 1];
    bool is_same = run != NULL && memcmp(run->chain, e->chain, sizeof e->chain) == 0;
    if (is_same && e->i <= run->last)
        return pg_fail(w->session, RC_STORE_DATA, "an event is there twice: run audit verify");
    if (!is_same || e->i != run->last + 1) {
        run = run_new(w);
        ENSURE(run != NULL, RC_INTERNAL_MEMORY);
        memcpy(run->chain, e->chain, sizeof run->chain);
        run->first = e->i;
        TRY(before_find(w, e, run->before));
    }
    run->last = e->i;
    memcpy(run->link, e->link, sizeof run->link);
    return SCHUIL_OK;
}

/* ---- the walk ---- */

static const char SPAN_SQL[] =
    "a.time >= timestamptz 'epoch' + $1::bigint * interval '1 microsecond'"
    " AND a.time < timestamptz 'epoch' + $2::bigint * interval '1 microsecond'"
    " AND (a.chain, a.i) > (decode($3, 'hex'), $4::bigint)";

static SCHUIL_RC reader_open(struct walk *w, struct audit_reader *ret)
{
    const struct audit_statement *st = w->statement;
    char from[24], to[24], chain[2 * CHAIN_ID_LEN + 1] = "", i[24];
    const char *params[4] = {from, to, chain, i};
    snprintf(from, sizeof from, "%" PRId64, st->from_us);
    snprintf(to, sizeof to, "%" PRId64, st->to_us);
    schuil_hex_encode(bytes_of(st->after.chain, CHAIN_ID_LEN), chain);
    snprintf(i, sizeof i, "%" PRIu64, st->after.i);
    return audit_reader_open(w->session, SPAN_SQL, 4, params, ret);
}

static void next_set(struct audit_statement *st)
{
    const struct audit_run *run = &st->runs[st->run_count - 1];
    memcpy(st->next.chain, run->chain, sizeof st->next.chain);
    st->next.i = run->last;
}

static SCHUIL_RC events_walk(struct walk *w, struct audit_reader *reader, audit_walk_fn *on_entry,
                             void *arg)
{
    const struct audit_entry *entry;
    for (;;) {
        bool is_enough = false;
        TRY(audit_reader_next(reader, &entry));
        if (entry == NULL)
            return SCHUIL_OK;
        if (on_entry != NULL)
            TRY(on_entry(arg, entry, &is_enough));
        TRY(run_note(w, entry));
        if (!is_enough)
            continue;
        next_set(w->statement);
        return SCHUIL_OK;
    }
}

SCHUIL_RC audit_walk(struct store_session *s, struct audit_statement *statement,
                     audit_walk_fn *on_entry, void *arg)
{
    struct walk w = {.session = s, .statement = statement};
    struct audit_reader reader;
    TRY(reader_open(&w, &reader));
    struct schuil_rc rc = events_walk(&w, &reader, on_entry, arg);
    audit_reader_done(&reader);
    return schuil_is_ok(rc) ? pg_do(s, "CLOSE events", 0, NULL) : rc;
}

SCHUIL_RC schuil_store_audit_page(struct store_session *s, struct audit_statement *statement,
                                  audit_walk_fn *on_entry, void *arg)
{
    struct schuil_rc rc = audit_read_begin(s, LIMIT_AUDIT_PAGE_S * 1000);
    if (schuil_is_ok(rc))
        rc = audit_walk(s, statement, on_entry, arg);
    pg_rollback(s);
    return rc;
}

/* ---- heads ---- */

static SCHUIL_RC head_take(struct walk *w, const PGresult *r, int row)
{
    uint64_t i;
    struct audit_run *run = run_new(w);
    ENSURE(run != NULL, RC_INTERNAL_MEMORY);
    TRY(pg_bytea(r, row, 0, run->chain, sizeof run->chain));
    TRY(pg_u64(r, row, 1, INT64_MAX, &i));
    TRY(pg_bytea(r, row, 2, run->link, sizeof run->link));
    run->first = 1;
    run->last = i;
    return SCHUIL_OK;
}

SCHUIL_RC schuil_store_audit_runs(struct store_session *s, struct audit_statement *statement)
{
    PG_RESULT *r = NULL;
    struct walk w = {.session = s, .statement = statement};
    TRY(pg_query(s, "SELECT chain, i, link FROM audit_heads() ORDER BY chain", 0, NULL, &r));
    for (int row = 0; row < PQntuples(r); row++)
        TRY(head_take(&w, r, row));
    return SCHUIL_OK;
}
