/* SPDX-License-Identifier: Apache-2.0 */
/* Verifying the audit chains with public keys only: every chain in order, from the stored columns.
 * Memory is bounded by FETCH_COUNT events, however long the trail is.
 *
 * What is found: a changed, removed, doubled or inserted event; a signature that does not verify;
 * an unsigned tail; a chain that is shorter than a later chain's first event says, or gone. Not:
 * the end of a chain cut at a signed event when no later chain or checkpoint names it; a whole
 * chain signed with a key that was planted as an audit key, as the public keys are read from the
 * database too: compare them with those noted at the bootstrap (`admin key list` shows them). After
 * a finding the stored link is taken for good, so that further damage is named as well. Source:
 * PROTOCOL section 7. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "pg.h"
#include "schuilnaam/crypto/codec.h"

#define VERIFY_TIMEOUT_US ((int64_t)600 * 1000000)
enum { KEY_CAP = 64 };
enum { AT_CHAIN, AT_I, AT_LINK, AT_SIGNATURE, AT_TIME_US, AT_CELLS };

struct audit_key {
    enum compartment compartment;
    uint8_t public_part[ED25519_PUBLIC_LEN];
};

struct verifier {
    struct store_session *session;
    void (*on_finding)(void *arg, const uint8_t chain[16], uint64_t i, const char *what);
    void *arg;
    uint64_t chains, events, findings;
    size_t key_count;
    struct audit_key keys[KEY_CAP];
    /* the chain under way */
    bool has_chain, is_signed; /* is_signed: its last event is */
    struct audit_chain at;
    uint8_t *lists; /* protocol form of the list columns of one event */
    size_t lists_cap;
};

static void tell(struct verifier *v, uint64_t i, const char *what)
{
    v->findings++;
    if (v->on_finding != NULL)
        v->on_finding(v->arg, v->at.chain, i, what);
}

static void chain_end(struct verifier *v)
{
    if (v->has_chain && !v->is_signed)
        tell(v, v->at.i, "the chain ends with an event that is not signed");
}

static void chain_begin(struct verifier *v, const uint8_t *chain)
{
    chain_end(v);
    v->has_chain = true;
    v->at = (struct audit_chain){.i = 0};
    memcpy(v->at.chain, chain, sizeof v->at.chain);
    v->chains++;
}

static struct bytes cell(const PGresult *r, int row, int column)
{
    return bytes_of(PQgetvalue(r, row, column), (size_t)PQgetlength(r, row, column));
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
static SCHUIL_RC lists_room(struct verifier *v, size_t printed_len)
{
    size_t need = 3 * printed_len + 16;
    if (need <= v->lists_cap)
        return SCHUIL_OK;
    uint8_t *lists = realloc(v->lists, need);
    ENSURE(lists != NULL, RC_INTERNAL_MEMORY);
    v->lists = lists;
    v->lists_cap = need;
    return SCHUIL_OK;
}

static SCHUIL_RC cells_take(struct verifier *v, const PGresult *r, int row,
                            struct audit_cell cells[AUDIT_COL_COUNT])
{
    struct audit_cell *types = &cells[AUDIT_COL_types], *keys = &cells[AUDIT_COL_key_numbers];
    for (int c = 0; c < AUDIT_COL_COUNT; c++) {
        cells[c].is_null = PQgetisnull(r, row, AT_CELLS + c);
        cells[c].value = cell(r, row, AT_CELLS + c);
    }
    cells[AUDIT_COL_time].value = cell(r, row, AT_TIME_US);
    TRY(lists_room(v, types->value.len + keys->value.len));
    struct writer w = writer_over(v->lists, v->lists_cap);
    if (!types->is_null)
        TRY(list_convert(&w, types));
    if (!keys->is_null)
        TRY(list_convert(&w, keys));
    return SCHUIL_OK;
}

static SCHUIL_RC i_take(const PGresult *r, int row, uint64_t *ret)
{
    char *end = NULL;
    *ret = strtoull(PQgetvalue(r, row, AT_I), &end, 10);
    ENSURE(*end == '\0', RC_STORE_DATA);
    return SCHUIL_OK;
}

/* Only the compartment that the event names may have signed it. */
static bool signature_is_good(const struct verifier *v, struct bytes compartment, uint64_t i,
                              const uint8_t *link, struct bytes signature)
{
    enum compartment home;
    if (signature.len != ED25519_SIGNATURE_LEN || !schuil_compartment_parse(compartment, &home))
        return false;
    for (size_t k = 0; k < v->key_count; k++) {
        if (v->keys[k].compartment == home &&
            schuil_audit_head_verify(v->at.chain, i, link, v->keys[k].public_part, signature.data))
            return true;
    }
    return false;
}

/* Whether the link follows from the one before and the cells. */
static SCHUIL_RC link_check(struct verifier *v, const PGresult *r, int row, uint64_t i)
{
    struct audit_cell cells[AUDIT_COL_COUNT];
    uint8_t link[HASH_LEN];
    struct schuil_rc rc = cells_take(v, r, row, cells);
    if (rc.code == RC_STORE_DATA) {
        tell(v, i, "the event was changed: a value that no event has");
        return SCHUIL_OK;
    }
    TRY(rc);
    TRY(schuil_audit_link(v->at.chain, v->at.link, i, cells, link));
    if (!bytes_equal(bytes_of(link, sizeof link), cell(r, row, AT_LINK)))
        tell(v, i, "the link does not fit: this event was changed, or another stood before it");
    return SCHUIL_OK;
}

static void number_tell(struct verifier *v, uint64_t i)
{
    char text[96];
    if (i <= v->at.i) {
        tell(v, i, "a second event with this number");
        return;
    }
    snprintf(text, sizeof text, "events %" PRIu64 " to %" PRIu64 " are missing", v->at.i + 1,
             i - 1);
    tell(v, v->at.i + 1, text);
}

static SCHUIL_RC event_check(struct verifier *v, const PGresult *r, int row)
{
    uint64_t i;
    struct bytes chain = cell(r, row, AT_CHAIN), link = cell(r, row, AT_LINK);
    struct bytes signature = cell(r, row, AT_SIGNATURE);
    ENSURE(chain.len == sizeof v->at.chain && link.len == HASH_LEN, RC_STORE_DATA);
    TRY(i_take(r, row, &i));
    if (!v->has_chain || !bytes_equal(chain, bytes_of(v->at.chain, sizeof v->at.chain)))
        chain_begin(v, chain.data);
    v->events++;
    v->is_signed = !PQgetisnull(r, row, AT_SIGNATURE);
    if (i != v->at.i + 1)
        number_tell(v, i); /* what stood before is not known, so its link cannot be checked */
    else
        TRY(link_check(v, r, row, i));
    if (v->is_signed && !signature_is_good(v, cell(r, row, AT_CELLS + AUDIT_COL_compartment), i,
                                           link.data, signature))
        tell(v, i, "the signature does not verify");
    v->at.i = i;
    memcpy(v->at.link, link.data, HASH_LEN);
    return SCHUIL_OK;
}

static SCHUIL_RC query_binary(struct store_session *s, const char *sql, PGresult **ret)
{
    struct pg_call call = {.sql = sql, .is_binary = true, .timeout_us = VERIFY_TIMEOUT_US};
    return pg_run(s, &call, ret);
}

static SCHUIL_RC keys_read(struct verifier *v)
{
    PG_RESULT *r = NULL;
    TRY(query_binary(v->session,
                     "SELECT c.compartment, k.public_part FROM key k JOIN key_copy c"
                     " ON c.key = k.number WHERE k.purpose = 'audit' ORDER BY k.number",
                     &r));
    for (int i = 0; i < PQntuples(r); i++) {
        struct audit_key *key = &v->keys[v->key_count];
        ENSURE(v->key_count < KEY_CAP, RC_LIMIT_SIZE);
        ENSURE(schuil_compartment_parse(cell(r, i, 0), &key->compartment), RC_STORE_DATA);
        if (PQgetlength(r, i, 1) != ED25519_PUBLIC_LEN)
            return pg_fail(v->session, RC_STORE_DATA, "an audit key has no public part");
        memcpy(key->public_part, PQgetvalue(r, i, 1), ED25519_PUBLIC_LEN);
        v->key_count++;
    }
    return SCHUIL_OK;
}

/* The columns of a body after the five that AT_TIME_US ends. */
static const char EVENTS_SQL[] =
    "DECLARE events NO SCROLL CURSOR FOR SELECT chain, i::text, link, signature,"
    " CASE WHEN isfinite(time) THEN (extract(epoch FROM time) * 1000000)::bigint::text"
    " ELSE time::text END"
#define AUDIT_COLUMN(name, sqltype) ", " #name "::text"
#include "schuilnaam/audit_columns.def"
#undef AUDIT_COLUMN
    " FROM audit_event a ORDER BY a.chain, a.i, a.time";

static SCHUIL_RC chains_check(struct verifier *v)
{
    TRY(pg_do(v->session, EVENTS_SQL, 0, NULL));
    for (;;) {
        PG_RESULT *r = NULL;
        TRY(query_binary(v->session, "FETCH 500 FROM events", &r));
        for (int row = 0; row < PQntuples(r); row++)
            TRY(event_check(v, r, row));
        if (PQntuples(r) == 0)
            break;
    }
    chain_end(v);
    return SCHUIL_OK;
}

/* Heads that chains' first events name, but that are not there. Only over an intact trail: the
 * texts are then ours. */
static SCHUIL_RC heads_check(struct verifier *v)
{
    PG_RESULT *r = NULL;
    TRY(query_binary(v->session,
                     "SELECT DISTINCT decode(h ->> 0, 'hex'), h ->> 1 FROM audit_event e,"
                     " jsonb_array_elements(e.detail::jsonb -> 'heads') h"
                     " WHERE e.event = 100 AND e.detail LIKE '{\"heads\":[%' AND NOT EXISTS"
                     " (SELECT FROM audit_event x WHERE x.chain = decode(h ->> 0, 'hex')"
                     " AND x.i = (h ->> 1)::bigint AND x.link = decode(h ->> 2, 'hex'))",
                     &r));
    for (int row = 0; row < PQntuples(r); row++) {
        ENSURE(PQgetlength(r, row, 0) == sizeof v->at.chain, RC_STORE_DATA);
        memcpy(v->at.chain, PQgetvalue(r, row, 0), sizeof v->at.chain);
        tell(v, strtoull(PQgetvalue(r, row, 1), NULL, 10),
             "the end is missing: a later chain names this event");
    }
    return SCHUIL_OK;
}

static SCHUIL_RC all_check(struct verifier *v)
{
    TRY(pg_do(v->session, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", 0, NULL));
    TRY(pg_do(v->session, "SET LOCAL statement_timeout = 0", 0, NULL));
    TRY(keys_read(v));
    TRY(chains_check(v));
    if (v->findings > 0)
        return SCHUIL_OK;
    return heads_check(v);
}

SCHUIL_RC schuil_store_audit_verify(struct store_session *s,
                                    void (*on_finding)(void *arg, const uint8_t chain[16],
                                                       uint64_t i, const char *what),
                                    void *arg, uint64_t *ret_chains, uint64_t *ret_events,
                                    uint64_t *ret_findings)
{
    struct verifier v = {.session = s, .on_finding = on_finding, .arg = arg};
    struct schuil_rc rc = all_check(&v);
    pg_rollback(s);
    free(v.lists);
    *ret_chains = v.chains;
    *ret_events = v.events;
    *ret_findings = v.findings;
    return rc;
}
