/* SPDX-License-Identifier: Apache-2.0 */
/* See rotation.h. Rows of keys and manifests are key_change.c's; which finals are answered follows
 * from the row of the rotation and the domain's generation, which change in the same transaction.
 */
#include "rotation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "key_change.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/engine/refresh.h"

/* A domain, and its rotation that has not ended. */
struct turning {
    struct key_change *change;
    uint32_t domain, generation;
    bool is_bound;
    uint32_t number; /* of the rotation; 0: none is under way */
    uint32_t to;
    bool is_aborting;
};

static SCHUIL_RC number_take(const PGresult *r, int column, uint32_t *ret)
{
    uint64_t number;
    TRY(pg_u64(r, 0, column, INT32_MAX, &number));
    *ret = (uint32_t)number;
    return SCHUIL_OK;
}

static SCHUIL_RC turning_read(struct admin_job *job, const char *domain, struct turning *ret)
{
    PG_RESULT *r = NULL;
    TRY(pg_query(job->session,
                 "SELECT d.number, d.generation, d.kind = 'bound', coalesce(t.number, 0),"
                 " coalesce(t.to_generation, 0), coalesce(t.state = 'aborting', false)"
                 " FROM domain d LEFT JOIN rotation t ON t.domain = d.number"
                 " AND t.state IN ('open', 'aborting') WHERE d.code = $1 FOR UPDATE OF d",
                 1, &domain, &r));
    if (PQntuples(r) != 1)
        return admin_refuse(job, RC_ABSENT, "domain");
    TRY(number_take(r, 0, &ret->domain));
    TRY(number_take(r, 1, &ret->generation));
    ret->is_bound = PQgetvalue(r, 0, 2)[0] == 't';
    TRY(number_take(r, 3, &ret->number));
    TRY(number_take(r, 4, &ret->to));
    ret->is_aborting = PQgetvalue(r, 0, 5)[0] == 't';
    return SCHUIL_OK;
}

static void key_keep(struct admin_job *job, uint32_t number)
{
    if (job->key_count < ADMIN_KEYS_CAP)
        job->key_numbers[job->key_count++] = number;
}

static bool is_of(const struct key_row *row, const struct turning *t, uint32_t generation)
{
    return (row->purpose == PURPOSE_DOMAIN || row->purpose == PURPOSE_DOMAIN_SEAL) &&
           row->scope == t->domain && row->generation == generation && row->state != KEY_DESTROYED;
}

/* ---- start ---- */

/* One later than any that was ever begun. */
static SCHUIL_RC generation_next(const struct turning *t, uint32_t *ret)
{
    TRY(key_change_numbers_from(t->change, ret));
    if (t->generation >= *ret)
        *ret = t->generation + 1;
    for (size_t i = 0; i < t->change->set.table.count; i++) {
        const struct key_row *row = &t->change->set.rows[i];
        bool is_ours = row->purpose == PURPOSE_DOMAIN || row->purpose == PURPOSE_DOMAIN_SEAL;
        if (is_ours && row->scope == t->domain && row->generation >= *ret)
            *ret = row->generation + 1;
    }
    return SCHUIL_OK;
}

static SCHUIL_RC key_make(struct admin_job *job, struct turning *t, struct key_row *row,
                          const struct bytes *key, const char *reason, uint8_t *ret_key)
{
    row->home = -1;
    row->scope = t->domain;
    row->generation = t->to;
    TRY(key_change_make_as(t->change, row, key, reason, ret_key));
    key_keep(job, row->number);
    return SCHUIL_OK;
}

/* The root of an epoch, for K_e: the one that is not destroyed, else the last one that was. */
static SCHUIL_RC root_find(const struct turning *t, uint32_t epoch, const struct key_row **ret)
{
    *ret = NULL;
    for (size_t i = 0; i < t->change->set.table.count; i++) {
        const struct key_row *row = &t->change->set.rows[i];
        if (row->purpose != PURPOSE_ROOT || row->epoch != epoch || row->public_len != 32)
            continue;
        if (*ret == NULL || (*ret)->state == KEY_DESTROYED || row->state != KEY_DESTROYED)
            *ret = row;
    }
    ENSURE(*ret != NULL, RC_CONFIG_SELFTEST);
    return SCHUIL_OK;
}

/* s * K_e must be one element in every epoch. */
static SCHUIL_RC products_compare(const struct turning *t, uint32_t epoch_a, const struct scalar *a,
                                  uint32_t epoch_b, const struct scalar *b)
{
    const struct key_row *root_a, *root_b;
    TRY(root_find(t, epoch_a, &root_a));
    TRY(root_find(t, epoch_b, &root_b));
    const struct refresh_pair first = {a, root_a->public_part}, second = {b, root_b->public_part};
    return schuil_refresh_test(&first, &second);
}

/* s_{g+1,e} = s_{g+1,c} * s_{g,e} / s_{g,c}. */
static SCHUIL_RC scalar_carry(struct turning *t, size_t current, size_t of,
                              const struct scalar *made, struct scalar *ret)
{
    SECRET(scalar) s_e, s_c;
    TRY(key_change_open(t->change, of, COMPARTMENT_TRANSLATE, s_e.b));
    TRY(key_change_open(t->change, current, COMPARTMENT_TRANSLATE, s_c.b));
    TRY(schuil_scalar_invert(&s_c, &s_c));
    TRY(schuil_scalar_multiply(&s_e, &s_c, ret));
    return schuil_scalar_multiply(made, ret, ret);
}

/* The new generation's key for the epoch of key `of`, in the state of that one. */
static SCHUIL_RC epoch_make(struct admin_job *job, struct turning *t, size_t current, size_t of,
                            const struct scalar *made, const char *reason)
{
    SECRET(scalar) s;
    const struct key_row *from = &t->change->set.rows[of];
    struct key_row row = {.purpose = PURPOSE_DOMAIN,
                          .epoch = from->epoch,
                          .state = from->state,
                          .destruction_time_s = from->destruction_time_s};
    TRY(scalar_carry(t, current, of, made, &s));
    TRY(products_compare(t, t->change->set.rows[current].epoch, made, row.epoch, &s));
    struct bytes key = bytes_of(s.b, sizeof s.b);
    return key_make(job, t, &row, &key, reason, NULL);
}

/* Every other epoch that lives for the active generation. What is made goes behind. */
static SCHUIL_RC epochs_make(struct admin_job *job, struct turning *t, size_t current,
                             const struct scalar *made, const char *reason)
{
    size_t before = t->change->set.table.count;
    for (size_t i = 0; i < before; i++) {
        const struct key_row *row = &t->change->set.rows[i];
        if (i != current && row->purpose == PURPOSE_DOMAIN && is_of(row, t, t->generation))
            TRY(epoch_make(job, t, current, i, made, reason));
    }
    return SCHUIL_OK;
}

static SCHUIL_RC current_find(const struct turning *t, size_t *ret)
{
    for (size_t i = 0; i < t->change->set.table.count; i++) {
        const struct key_row *row = &t->change->set.rows[i];
        *ret = i;
        if (row->purpose == PURPOSE_DOMAIN && row->state == KEY_ACTIVE &&
            is_of(row, t, t->generation))
            return SCHUIL_OK;
    }
    return schuil_rc(RC_CONFLICT_STATE);
}

static SCHUIL_RC keys_make(struct admin_job *job, struct turning *t, const char *reason)
{
    SECRET(scalar) made;
    size_t current;
    TRY(current_find(t, &current));
    struct key_row seal = {.purpose = PURPOSE_DOMAIN_SEAL, .state = KEY_ACTIVE};
    struct key_row row = {.purpose = PURPOSE_DOMAIN,
                          .state = KEY_ACTIVE,
                          .epoch = t->change->set.rows[current].epoch};
    TRY(key_make(job, t, &seal, NULL, reason, NULL));
    TRY(key_make(job, t, &row, NULL, reason, made.b));
    return epochs_make(job, t, current, &made, reason);
}

static SCHUIL_RC rotation_insert(struct admin_job *job, const struct turning *t, const char *reason)
{
    PG_RESULT *r = NULL;
    char text[3][16];
    const char *params[4] = {text[0], text[1], text[2], reason};
    snprintf(text[0], sizeof text[0], "%" PRIu32, t->domain);
    snprintf(text[1], sizeof text[1], "%" PRIu32, t->generation);
    snprintf(text[2], sizeof text[2], "%" PRIu32, t->to);
    TRY(pg_query(job->session,
                 "INSERT INTO rotation (domain, from_generation, to_generation, reason)"
                 " VALUES ($1, $2, $3, $4) RETURNING number",
                 4, params, &r));
    snprintf(job->number, sizeof job->number, "%s", PQgetvalue(r, 0, 0));
    return SCHUIL_OK;
}

SCHUIL_RC rotation_start(struct admin_job *job, const char *domain, const char *reason)
{
    KEY_CHANGE change = {.session = NULL};
    struct turning t = {.change = &change};
    TRY(key_change_begin(&change, job->context));
    TRY(turning_read(job, domain, &t));
    /* A bound domain's registry would have to be handed the quotient and the new w. */
    if (t.is_bound || t.number != 0)
        return admin_refuse(job, RC_CONFLICT_STATE, "domain");
    TRY(generation_next(&t, &t.to));
    TRY(rotation_insert(job, &t, reason));
    TRY(keys_make(job, &t, reason));
    return key_change_end(&change);
}

/* ---- finish and abort ---- */

/* The event does not name them: none may name a destroyed key. The rotation's number leads there.
 * may_be_in_flight: answers that began before may still leave, for they do no harm. */
static SCHUIL_RC generation_destroy(struct turning *t, uint32_t generation, bool may_be_in_flight,
                                    const char *reason)
{
    const struct key_fate fate = {.state = KEY_DESTROYED, .may_be_in_flight = may_be_in_flight};
    for (size_t i = 0; i < t->change->set.table.count; i++) {
        if (is_of(&t->change->set.rows[i], t, generation))
            TRY(key_change_fate(t->change, i, &fate, reason));
    }
    return key_change_end(t->change);
}

/* state: a constant of ours. */
static SCHUIL_RC state_set(struct admin_job *job, const struct turning *t, const char *state)
{
    char number[16];
    const char *params[2] = {number, state};
    snprintf(number, sizeof number, "%" PRIu32, t->number);
    snprintf(job->number, sizeof job->number, "%" PRIu32, t->number);
    return pg_do(job->session,
                 "UPDATE rotation SET state = $2,"
                 " ended = CASE WHEN $2 IN ('finished', 'aborted') THEN now() END"
                 " WHERE number = $1",
                 2, params);
}

/* Every registry of the domain that has not ended has declared. */
static SCHUIL_RC declared_ensure(struct admin_job *job, const struct turning *t, bool is_back)
{
    PG_RESULT *r = NULL;
    char number[16];
    const char *params[2] = {number, is_back ? "back" : "on"};
    snprintf(number, sizeof number, "%" PRIu32, t->number);
    TRY(pg_query(job->session,
                 "SELECT g.code FROM rotation t JOIN registry g ON g.domain = t.domain"
                 " LEFT JOIN rotation_registry d ON d.rotation = t.number AND d.registry = g.number"
                 " WHERE t.number = $1 AND g.state <> 'ended'"
                 " AND CASE WHEN $2 = 'back' THEN d.returned ELSE d.complete END IS NULL LIMIT 1",
                 2, params, &r));
    ENSURE(PQntuples(r) == 0, RC_CONFLICT_STATE);
    return SCHUIL_OK;
}

static SCHUIL_RC generation_set(struct admin_job *job, const struct turning *t)
{
    char text[2][16];
    const char *params[2] = {text[0], text[1]};
    snprintf(text[0], sizeof text[0], "%" PRIu32, t->domain);
    snprintf(text[1], sizeof text[1], "%" PRIu32, t->to);
    return pg_do(job->session, "UPDATE domain SET generation = $2 WHERE number = $1", 2, params);
}

static SCHUIL_RC begin_open(struct admin_job *job, struct turning *t, const char *domain)
{
    TRY(key_change_begin(t->change, job->context));
    TRY(turning_read(job, domain, t));
    ENSURE(t->number != 0, RC_CONFLICT_ROTATION);
    return SCHUIL_OK;
}

SCHUIL_RC rotation_finish(struct admin_job *job, const char *domain, const char *reason)
{
    KEY_CHANGE change = {.session = NULL};
    struct turning t = {.change = &change};
    TRY(begin_open(job, &t, domain));
    ENSURE(!t.is_aborting, RC_CONFLICT_STATE);
    TRY(state_set(job, &t, "finished")); /* locks the row: no declaration comes in between */
    TRY(declared_ensure(job, &t, false));
    TRY(generation_set(job, &t));
    return generation_destroy(&t, t.generation, true, reason);
}

/* Whether finals of the new generation may have left. While it is asked no event can be written. */
static SCHUIL_RC has_left(struct admin_job *job, const struct turning *t, bool *ret)
{
    *ret = false;
    for (size_t i = 0; i < t->change->set.table.count && !*ret; i++) {
        const struct key_row *row = &t->change->set.rows[i];
        PG_RESULT *r = NULL;
        char number[16];
        const char *params[1] = {number};
        if (row->purpose != PURPOSE_DOMAIN_SEAL || !is_of(row, t, t->to))
            continue;
        snprintf(number, sizeof number, "%" PRIu32, row->number);
        TRY(pg_query(job->session, "SELECT key_is_used($1)", 1, params, &r));
        *ret = PQgetvalue(r, 0, 0)[0] != 'f';
    }
    return SCHUIL_OK;
}

SCHUIL_RC rotation_abort(struct admin_job *job, const char *domain, const char *reason)
{
    KEY_CHANGE change = {.session = NULL};
    struct turning t = {.change = &change};
    bool is_out = false;
    TRY(begin_open(job, &t, domain));
    if (!t.is_aborting)
        TRY(has_left(job, &t, &is_out));
    if (is_out)
        return state_set(job, &t, "aborting");
    TRY(state_set(job, &t, "aborted"));
    if (t.is_aborting)
        TRY(declared_ensure(job, &t, true));
    /* When nothing left, nothing of it may leave after this either. */
    return generation_destroy(&t, t.to, t.is_aborting, reason);
}
