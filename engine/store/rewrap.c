/* SPDX-License-Identifier: Apache-2.0 */
/* See rewrap.h.
 *
 *   lock, verify the manifests -> the next wrapping key is put in place, outside the database ->
 *   each copy opened and wrapped anew -> the old name retires -> manifests -> commit
 *   ... later: no row names the old key -> its file is wiped (the caller) -> it has ended
 *
 * A crash at any point leaves rows that are all under the old key or all under the new one, and
 * both keys outside. Source: PROTOCOL section 6. */
#include "rewrap.h"

#include <stdio.h>

#include "key_change.h"

enum { KEY_LEN_MAX = 64, HEX_CAP = 3 + 2 * WRAPPED_LEN_MAX };

struct opened {
    uint8_t b[KEY_LEN_MAX];
};

static void opened_wipe(struct opened *key)
{
    schuil_wipe(key, sizeof *key);
}

/* ---- the copies ---- */

static SCHUIL_RC copy_store(struct key_change *change, const struct key_row *row,
                            enum compartment c)
{
    char number[16], wrapped[HEX_CAP];
    const char *params[4] = {number, schuil_compartment_name(c), row->copies[c].wrapping_name,
                             wrapped};
    snprintf(number, sizeof number, "%u", (unsigned)row->number);
    pg_hex(row->copies[c].wrapped, row->copies[c].len, wrapped);
    return pg_do(change->session,
                 "UPDATE key_copy SET wrapping = $3, wrapped = $4"
                 " WHERE key = $1::integer AND compartment = $2",
                 4, params);
}

static SCHUIL_RC copy_refuse(struct key_change *change, const struct key_row *row,
                             enum compartment c, struct schuil_rc rc)
{
    char text[96];
    snprintf(text, sizeof text, "key %u, compartment %s: does not unwrap", (unsigned)row->number,
             schuil_compartment_name(c));
    return pg_fail(change->session, (enum schuil_rc_code)rc.code, text);
}

static SCHUIL_RC copy_move(struct key_change *change, struct key_row *row, enum compartment c,
                           const struct wrapping_ref *next)
{
    __attribute__((cleanup(opened_wipe))) struct opened key = {{0}};
    size_t len = schuil_purpose_len(row->purpose);
    struct schuil_rc rc = schuil_key_unwrap_copy(row, c, change->ring, key.b, len);
    if (!schuil_is_ok(rc))
        return copy_refuse(change, row, c, rc);
    TRY(schuil_key_rewrap_copy(row, c, bytes_of(key.b, len), next));
    return copy_store(change, row, c);
}

/* Copies of a compartment that another process serves lie under a wrapping key that is not in our
 * ring, and stay. */
static bool copy_is_ours(const struct key_change *change, const struct key_row *row,
                         enum compartment c)
{
    return row->copies[c].exists && row->copies[c].len > 0 &&
           schuil_wrapping_find(change->ring, row->copies[c].wrapping_name) != NULL;
}

static SCHUIL_RC copies_move(struct key_change *change, const struct wrapping_ref *next)
{
    for (size_t i = 0; i < change->set.table.count; i++) {
        struct key_row *row = &change->set.rows[i];
        for (unsigned c = 0; c < COMPARTMENT_COUNT; c++)
            if (copy_is_ours(change, row, (enum compartment)c))
                TRY(copy_move(change, row, (enum compartment)c, next));
    }
    return SCHUIL_OK;
}

/* ---- names ---- */

static SCHUIL_RC name_move(struct key_change *change, const char *old, const char *next)
{
    PG_RESULT *r = NULL;
    const char *params[2] = {old, next};
    TRY(pg_query(change->session,
                 "INSERT INTO wrapping (name, lineage) SELECT $2, lineage FROM wrapping"
                 " WHERE name = $1 RETURNING 1",
                 2, params, &r));
    ENSURE(PQntuples(r) == 1, RC_STORE_DATA);
    return pg_do(change->session,
                 "UPDATE wrapping SET state = 'retiring' WHERE name = $1 AND state = 'active'", 1,
                 params);
}

/* A key file can be made by itself only where everybody who needs it reads it. */
SCHUIL_RC rewrap_is_one_host(struct store_session *s, bool *ret)
{
    PG_RESULT *r = NULL;
    uint64_t count;
    TRY(pg_query(s,
                 "SELECT count(DISTINCT split_part(label, '/', 1)) FROM process WHERE ended IS NULL"
                 " AND confirmed > clock_timestamp() - interval '60 seconds'",
                 0, NULL, &r));
    TRY(pg_u64(r, 0, 0, INT64_MAX, &count));
    *ret = count <= 1;
    return SCHUIL_OK;
}

/* change->ring becomes the one with the next key; *ret is of it. */
static SCHUIL_RC next_find(const struct admin_context *context, struct key_change *change,
                           const struct wrapping_ref **ret)
{
    bool is_one_host;
    const struct wrapping_door *door = context->wrapping;
    ENSURE(door != NULL, RC_CONFLICT_WRAPPING);
    TRY(rewrap_is_one_host(change->session, &is_one_host));
    TRY(door->next(door->arg, change->wrapping->name, is_one_host, &change->ring));
    *ret = &change->ring->refs[change->ring->count - 1];
    ENSURE(strcmp((*ret)->name, change->wrapping->name) != 0, RC_CONFLICT_WRAPPING);
    return SCHUIL_OK;
}

/* ---- the action ---- */

static SCHUIL_RC manifest_number(const struct key_change *change, uint32_t *ret)
{
    for (size_t i = 0; i < change->set.table.count; i++) {
        const struct key_row *row = &change->set.rows[i];
        if (row->purpose == PURPOSE_MANIFEST && row->state == KEY_ACTIVE) {
            *ret = row->number;
            return SCHUIL_OK;
        }
    }
    return schuil_rc(RC_STORE_DATA);
}

SCHUIL_RC rewrap_run(const struct admin_context *context, struct rewrap_result *ret)
{
    KEY_CHANGE change = {.session = NULL};
    const struct wrapping_ref *next;
    TRY(key_change_begin(&change, context));
    snprintf(ret->from, sizeof ret->from, "%s", change.wrapping->name);
    TRY(next_find(context, &change, &next));
    snprintf(ret->to, sizeof ret->to, "%s", next->name);
    TRY(copies_move(&change, next));
    TRY(name_move(&change, ret->from, ret->to));
    TRY(manifest_number(&change, &ret->manifest_key));
    return key_change_end(&change);
}

SCHUIL_RC admin_key_rewrap(struct admin_job *job)
{
    struct rewrap_result done;
    TRY(rewrap_run(job->context, &done));
    snprintf(job->number, sizeof job->number, "%u", (unsigned)done.manifest_key);
    const char *const cells[] = {done.from, done.to};
    return admin_answer_row(job, cells);
}

SCHUIL_RC admin_key_rewrap_plan(struct admin_job *job, struct writer *w)
{
    KEY_CHANGE change = {.session = NULL};
    TRY(key_change_begin(&change, job->context));
    put_bytes(w, bytes_text("every key that lies under wrapping key "));
    put_bytes(w, bytes_text(change.wrapping->name));
    put_bytes(w, bytes_text(" moves to the next wrapping key;\n"
                            "the old one ends: backups made until then cannot be opened without "
                            "a copy of it\n"));
    return SCHUIL_OK;
}

/* ---- the end of an old key ---- */

SCHUIL_RC schuil_admin_wrapping_retiring(struct store_session *s,
                                         char ret_name[WRAPPING_NAME_LEN + 1], size_t skip)
{
    PG_RESULT *r = NULL;
    char offset[24];
    const char *params[1] = {offset};
    snprintf(offset, sizeof offset, "%zu", skip);
    ret_name[0] = '\0';
    TRY(pg_query(s,
                 "SELECT w.name FROM wrapping w WHERE w.state = 'retiring' AND NOT EXISTS"
                 " (SELECT FROM key_copy c WHERE c.wrapping = w.name AND c.wrapped IS NOT NULL)"
                 " ORDER BY w.created OFFSET $1::bigint LIMIT 1",
                 1, params, &r));
    if (PQntuples(r) == 1)
        snprintf(ret_name, WRAPPING_NAME_LEN + 1, "%s", PQgetvalue(r, 0, 0));
    return SCHUIL_OK;
}

static SCHUIL_RC end_write(const struct admin_context *context, const char *name,
                           struct audit_chain *ret_next)
{
    struct audit_event event = admin_event(context);
    char detail[WRAPPING_NAME_LEN + 32];
    snprintf(detail, sizeof detail, "{\"wrapping\":\"%s\"}", name);
    event.id = AUDIT_WRAPPING_END;
    event.outcome = "ok";
    event.reason = NULL;
    event.detail = detail;
    TRY(pg_do(context->session, "BEGIN", 0, NULL));
    TRY(pg_do(context->session,
              "UPDATE wrapping SET state = 'ended' WHERE name = $1 AND state = 'retiring'", 1,
              &name));
    TRY(admin_audit_write(context, context->audit_pair, &event, 1, ret_next));
    return pg_commit(context->session);
}

SCHUIL_RC schuil_admin_wrapping_end(const struct admin_context *context, const char *name)
{
    struct audit_chain next;
    struct schuil_rc rc = end_write(context, name, &next);
    if (!schuil_is_ok(rc)) {
        pg_rollback(context->session);
        return rc;
    }
    *context->chain = next;
    return SCHUIL_OK;
}
