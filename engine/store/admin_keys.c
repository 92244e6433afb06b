/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of the administration that change keys: a transport key, a source key, a domain's two
 * keys, and the import of a key in place of the active one as long as nothing was made under it. */
#include <stdio.h>
#include <stdlib.h>

#include "admin_job.h"
#include "key_life.h"
#include "schuilnaam/crypto/codec.h"

static void number_keep(struct admin_job *job, uint32_t number)
{
    if (job->key_count < ADMIN_KEYS_CAP)
        job->key_numbers[job->key_count++] = number;
}

static SCHUIL_RC make(struct admin_job *job, struct key_change *change, struct key_row row,
                      const struct bytes *key, const char *reason)
{
    row.home = -1;
    TRY(key_change_make(change, &row, key, reason, NULL));
    number_keep(job, row.number);
    return SCHUIL_OK;
}

/* ---- domain ---- */
static SCHUIL_RC domain_keys_make(struct admin_job *job, struct key_change *change)
{
    size_t root;
    uint32_t domain = (uint32_t)strtoul(job->number, NULL, 10);
    ENSURE(key_change_find(change, PURPOSE_ROOT, 0, &root), RC_CONFLICT_STATE);
    uint32_t epoch = change->set.rows[root].epoch;
    TRY(make(job, change,
             (struct key_row){
                 .purpose = PURPOSE_DOMAIN, .scope = domain, .epoch = epoch, .generation = 1},
             NULL, "made with its domain"));
    TRY(make(job, change,
             (struct key_row){.purpose = PURPOSE_DOMAIN_SEAL, .scope = domain, .generation = 1},
             NULL, "made with its domain"));
    return key_change_end(change);
}

SCHUIL_RC admin_domain_keys(struct admin_job *job)
{
    KEY_CHANGE change = {.session = NULL};
    TRY(key_change_begin(&change, job->context));
    return domain_keys_make(job, &change);
}

/* ---- transport ---- */
/* One now, without waiting for others to load it: a process that does not know a key's number yet
 * looks at the database before it answers. */
static SCHUIL_RC transport_make(struct admin_job *job)
{
    KEY_CHANGE change = {.session = NULL};
    if (admin_given(job->call, "organisation") != NULL)
        return admin_refuse(job, RC_INPUT_SHAPE, "organisation");
    TRY(key_change_begin(&change, job->context));
    TRY(transport_retire(&change, job->context->longest_life_hours));
    TRY(make(job, &change, (struct key_row){.purpose = PURPOSE_TRANSPORT}, NULL, "made"));
    snprintf(job->number, sizeof job->number, "%u", (unsigned)job->key_numbers[0]);
    return key_change_end(&change);
}

#define ORGANISATION_SQL "SELECT number FROM organisation WHERE code = $1"

/* The number that the code in a field stands for. */
static SCHUIL_RC scope_find(struct admin_job *job, const char *field, const char *sql,
                            uint32_t *ret)
{
    PG_RESULT *r = NULL;
    uint64_t number;
    const char *code = admin_given(job->call, field);
    if (code == NULL)
        return admin_refuse(job, RC_INPUT_SHAPE, field);
    TRY(pg_query(job->session, sql, 1, &code, &r));
    if (PQntuples(r) != 1)
        return admin_refuse(job, RC_INPUT_VALUE, field);
    TRY(pg_u64(r, 0, 0, INT32_MAX, &number));
    *ret = (uint32_t)number;
    return SCHUIL_OK;
}

/* ---- source ---- */
/* The older generations open, the newest alone seals. *ret_next: no generation is ever used again,
 * destroyed ones counted. */
static SCHUIL_RC older_sources_retire(struct key_change *change, uint32_t organisation,
                                      uint32_t *ret_next)
{
    TRY(key_change_numbers_from(change, ret_next));
    for (size_t i = 0; i < change->set.table.count; i++) {
        const struct key_row *row = &change->set.rows[i];
        if (row->purpose != PURPOSE_SOURCE || row->scope != organisation)
            continue;
        if (row->generation >= *ret_next)
            *ret_next = row->generation + 1;
        if (row->state == KEY_ACTIVE)
            TRY(key_change_state(change, i, KEY_TRANSLATE_ONLY, "a newer source key was made"));
    }
    return SCHUIL_OK;
}

static SCHUIL_RC source_make(struct admin_job *job)
{
    KEY_CHANGE change = {.session = NULL};
    struct key_row row = {.purpose = PURPOSE_SOURCE};
    TRY(scope_find(job, "organisation", ORGANISATION_SQL, &row.scope));
    TRY(key_change_begin(&change, job->context));
    TRY(older_sources_retire(&change, row.scope, &row.generation));
    TRY(make(job, &change, row, NULL, "made"));
    snprintf(job->number, sizeof job->number, "%u", (unsigned)job->key_numbers[0]);
    return key_change_end(&change);
}

SCHUIL_RC admin_key_create(struct admin_job *job)
{
    const char *purpose = admin_given(job->call, "purpose");
    if (strcmp(purpose, schuil_purpose_name(PURPOSE_TRANSPORT)) == 0)
        return transport_make(job);
    if (strcmp(purpose, schuil_purpose_name(PURPOSE_SOURCE)) == 0)
        return source_make(job);
    return admin_refuse(job, RC_INPUT_VALUE, "purpose");
}

/* ---- import ---- */
struct import {
    enum key_purpose purpose;
    uint32_t scope;
    struct source_key key; /* as long as the longest */
    size_t key_len;
};

/* Which purpose and scope; a scope that the purpose does not have is refused, not passed over. */
static SCHUIL_RC import_place(struct admin_job *job, struct import *in)
{
    const char *purpose = admin_given(job->call, "purpose");
    if (!schuil_purpose_parse(bytes_text(purpose), &in->purpose) ||
        (in->purpose != PURPOSE_ROOT && in->purpose != PURPOSE_DOMAIN &&
         in->purpose != PURPOSE_DOMAIN_SEAL && in->purpose != PURPOSE_SOURCE))
        return admin_refuse(job, RC_INPUT_VALUE, "purpose");
    bool has_domain = in->purpose == PURPOSE_DOMAIN || in->purpose == PURPOSE_DOMAIN_SEAL;
    bool has_organisation = in->purpose == PURPOSE_SOURCE;
    if (!has_domain && admin_given(job->call, "domain") != NULL)
        return admin_refuse(job, RC_INPUT_SHAPE, "domain");
    if (!has_organisation && admin_given(job->call, "organisation") != NULL)
        return admin_refuse(job, RC_INPUT_SHAPE, "organisation");
    if (has_domain)
        return scope_find(job, "domain", "SELECT number FROM domain WHERE code = $1", &in->scope);
    if (has_organisation)
        return scope_find(job, "organisation", ORGANISATION_SQL, &in->scope);
    return SCHUIL_OK;
}

static SCHUIL_RC import_key_take(struct admin_job *job, struct import *in)
{
    const char *hex = admin_given(job->call, "key");
    if (hex == NULL)
        return admin_refuse(job, RC_INPUT_SHAPE, "key");
    in->key_len = schuil_purpose_len(in->purpose);
    if (!schuil_is_ok(schuil_hex_decode(bytes_text(hex), in->key.b, in->key_len)))
        return admin_refuse(job, RC_INPUT_VALUE, "key");
    return SCHUIL_OK;
}

static SCHUIL_RC unused_ensure(struct admin_job *job, uint32_t key_number)
{
    PG_RESULT *r = NULL;
    char number[16];
    const char *params[1] = {number};
    snprintf(number, sizeof number, "%u", (unsigned)key_number);
    TRY(pg_query(job->session, "SELECT key_is_used($1)", 1, params, &r));
    ENSURE(PQgetvalue(r, 0, 0)[0] == 'f', RC_CONFLICT_KEY_USED);
    return SCHUIL_OK;
}

/* Root and domain keys of one place: those of other epochs, made by refreshes, give the same
 * finals. */
static bool is_same_place(const struct key_row *row, const struct key_row *old)
{
    return row->purpose == old->purpose && row->scope == old->scope &&
           row->generation == old->generation;
}

/* Another epoch lives that the new key would not agree with. */
static bool is_bound(const struct key_change *change, const struct key_row *old)
{
    for (size_t i = 0; i < change->set.table.count; i++) {
        const struct key_row *row = &change->set.rows[i];
        bool is_domain = old->purpose == PURPOSE_ROOT && row->purpose == PURPOSE_DOMAIN;
        if (row->epoch != old->epoch && row->state != KEY_DESTROYED &&
            (is_domain || is_same_place(row, old)))
            return true;
    }
    return false;
}

/* Nothing was made under the key, nor under one of its place in an earlier epoch. */
static SCHUIL_RC place_unused_ensure(struct admin_job *job, const struct key_change *change,
                                     const struct key_row *old)
{
    for (size_t i = 0; i < change->set.table.count; i++)
        if (is_same_place(&change->set.rows[i], old))
            TRY(unused_ensure(job, change->set.rows[i].number));
    return SCHUIL_OK;
}

/* The generations of a domain that is being rotated are bound to each other. */
static SCHUIL_RC steady_ensure(struct admin_job *job, const struct import *in)
{
    PG_RESULT *r = NULL;
    char number[16];
    const char *params[1] = {number};
    if (in->purpose != PURPOSE_DOMAIN && in->purpose != PURPOSE_DOMAIN_SEAL)
        return SCHUIL_OK;
    snprintf(number, sizeof number, "%u", (unsigned)in->scope);
    TRY(pg_query(job->session,
                 "SELECT FROM rotation WHERE domain = $1 AND state IN ('open', 'aborting')", 1,
                 params, &r));
    return PQntuples(r) == 0 ? SCHUIL_OK : admin_refuse(job, RC_CONFLICT_STATE, "domain");
}

static SCHUIL_RC replace(struct admin_job *job, struct key_change *change, const struct import *in)
{
    size_t index;
    char old_reason[64], new_reason[64];
    struct bytes key = bytes_of(in->key.b, in->key_len);
    TRY(steady_ensure(job, in));
    ENSURE(key_change_find(change, in->purpose, in->scope, &index), RC_ABSENT);
    struct key_row old = change->set.rows[index];
    ENSURE(!is_bound(change, &old), RC_CONFLICT_STATE);
    TRY(place_unused_ensure(job, change, &old));
    snprintf(new_reason, sizeof new_reason, "imported in place of key %u", (unsigned)old.number);
    struct schuil_rc rc = make(job, change,
                               (struct key_row){.purpose = in->purpose,
                                                .scope = in->scope,
                                                .epoch = old.epoch,
                                                .generation = old.generation},
                               &key, new_reason);
    if (rc.code == RC_CRYPTO_SCALAR || rc.code == RC_INPUT_LENGTH)
        return admin_refuse(job, RC_INPUT_VALUE, "key");
    TRY(rc);
    snprintf(job->number, sizeof job->number, "%u", (unsigned)job->key_numbers[0]);
    snprintf(old_reason, sizeof old_reason, "replaced by key %s, which was imported", job->number);
    TRY(key_change_state(change, index, KEY_DESTROYED, old_reason));
    return key_change_end(change);
}

static SCHUIL_RC import_run(struct admin_job *job, struct import *in)
{
    KEY_CHANGE change = {.session = NULL};
    TRY(import_place(job, in));
    TRY(import_key_take(job, in));
    TRY(key_change_begin(&change, job->context));
    return replace(job, &change, in);
}

SCHUIL_RC admin_key_import(struct admin_job *job)
{
    struct import in = {.scope = 0};
    struct schuil_rc rc = import_run(job, &in);
    schuil_wipe(&in, sizeof in);
    return rc;
}
