/* SPDX-License-Identifier: Apache-2.0 */
/* Verifying the audit trail in the database: feeds the engine's verifier with archives, the heads
 * that chains' first events name, and every event, of one snapshot of the database.
 *
 * Not found: the end of a chain cut at a signed event, when no later chain and no checkpoint names
 * it; a chain signed with a planted key, when the keys come from the database too. */
#include <stdio.h>

#include "audit_read.h"

SCHUIL_RC schuil_store_audit_keys(struct store_session *s, struct audit_keys *ret)
{
    PG_RESULT *r = NULL;
    ret->count = 0;
    TRY(audit_query_binary(s,
                           "SELECT c.compartment, k.public_part FROM key k JOIN key_copy c"
                           " ON c.key = k.number WHERE k.purpose = 'audit' ORDER BY k.number",
                           0, NULL, &r));
    for (int i = 0; i < PQntuples(r); i++) {
        struct audit_key key;
        ENSURE(schuil_compartment_parse(audit_bytes(r, i, 0), &key.compartment), RC_STORE_DATA);
        if (PQgetlength(r, i, 1) != ED25519_PUBLIC_LEN)
            return pg_fail(s, RC_STORE_DATA, "an audit key has no public part");
        memcpy(key.public_part, PQgetvalue(r, i, 1), ED25519_PUBLIC_LEN);
        TRY(schuil_audit_keys_add(ret, &key));
    }
    return SCHUIL_OK;
}

static SCHUIL_RC archives_feed(struct store_session *s, struct audit_trail *trail)
{
    PG_RESULT *r = NULL;
    TRY(audit_query_binary(s, "SELECT statement FROM audit_archive ORDER BY month", 0, NULL, &r));
    for (int i = 0; i < PQntuples(r); i++)
        TRY(schuil_audit_trail_statement(trail, audit_bytes(r, i, 0),
                                         "in the table audit_archive"));
    return SCHUIL_OK;
}

/* A first event can name thousands of heads, so they come a few at a time. */
static SCHUIL_RC heads_feed(struct store_session *s, struct audit_trail *trail)
{
    TRY(pg_do(s,
              "DECLARE heads NO SCROLL CURSOR FOR SELECT detail FROM audit_event"
              " WHERE event = 100 AND i = 1 AND detail IS NOT NULL",
              0, NULL));
    for (;;) {
        PG_RESULT *r = NULL;
        TRY(audit_query_binary(s, "FETCH 20 FROM heads", 0, NULL, &r));
        for (int i = 0; i < PQntuples(r); i++)
            TRY(schuil_audit_trail_heads(trail, audit_bytes(r, i, 0)));
        if (PQntuples(r) == 0)
            return SCHUIL_OK;
    }
}

static SCHUIL_RC events_feed(struct audit_reader *reader, struct audit_trail *trail)
{
    const struct audit_entry *entry;
    for (;;) {
        TRY(audit_reader_next(reader, &entry));
        if (entry == NULL)
            return schuil_audit_trail_end(trail);
        TRY(schuil_audit_trail_event(trail, entry));
    }
}

static SCHUIL_RC all_feed(struct store_session *s, struct audit_trail *trail)
{
    struct audit_reader reader;
    TRY(audit_read_begin(s, 0));
    TRY(archives_feed(s, trail));
    TRY(heads_feed(s, trail));
    TRY(audit_reader_open(s, "true", 0, NULL, &reader));
    struct schuil_rc rc = events_feed(&reader, trail);
    audit_reader_done(&reader);
    return rc;
}

SCHUIL_RC schuil_store_audit_verify(struct store_session *s, struct audit_trail *trail)
{
    struct schuil_rc rc = all_feed(s, trail);
    pg_rollback(s);
    return rc;
}
