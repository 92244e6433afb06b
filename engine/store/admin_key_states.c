/* SPDX-License-Identifier: Apache-2.0 */
/* What operators decide about one key: that it is suspended, compromised, taken up again, or
 * destroyed before its time. Which moves there are stands in key_states.def; here is what an
 * operator, as opposed to a step of the life of keys, may not do.
 *
 * Invariant: nothing that is in use, or that a change under way counts on, is destroyed. */
#include "admin_key_states.h"

#include <stdio.h>

#include "key_life.h"

static SCHUIL_RC row_find(const struct admin_job *job, const struct key_change *change, size_t *ret)
{
    char number[16];
    for (size_t i = 0; i < change->set.table.count; i++) {
        snprintf(number, sizeof number, "%u", (unsigned)change->set.rows[i].number);
        if (strcmp(number, job->call->id) == 0) {
            *ret = i;
            return SCHUIL_OK;
        }
    }
    return schuil_rc(RC_ABSENT);
}

/* Without them nothing could be verified or signed any more, this change included. */
static bool is_signing(const struct key_row *row)
{
    return row->purpose == PURPOSE_MANIFEST || row->purpose == PURPOSE_AUDIT ||
           row->purpose == PURPOSE_POLICY;
}

static bool is_newer(const struct key_row *other, const struct key_row *row)
{
    if (other->purpose != row->purpose || other->scope != row->scope)
        return false;
    switch (row->purpose) {
    case PURPOSE_ROOT:
        return other->epoch > row->epoch;
    case PURPOSE_DOMAIN:
        return other->generation == row->generation && other->epoch > row->epoch;
    case PURPOSE_SOURCE:
        return other->generation > row->generation;
    case PURPOSE_TRANSPORT:
        return other->number > row->number;
    default:
        return false;
    }
}

static bool is_superseded(const struct key_change *change, const struct key_row *row)
{
    for (size_t i = 0; i < change->set.table.count; i++) {
        const struct key_row *other = &change->set.rows[i];
        if (other->state != KEY_PRE_ACTIVE && other->state != KEY_DESTROYED && is_newer(other, row))
            return true;
    }
    return false;
}

static SCHUIL_RC job_note(struct admin_job *job, uint32_t key_number)
{
    snprintf(job->number, sizeof job->number, "%u", (unsigned)key_number);
    job->key_numbers[job->key_count++] = key_number;
    return SCHUIL_OK;
}

/* ---- change ---- */
static SCHUIL_RC state_wanted(struct admin_job *job, enum key_state *ret)
{
    const char *state = admin_given(job->call, "state");
    if (state == NULL || !schuil_key_state_parse(bytes_text(state), ret) ||
        *ret == KEY_PRE_ACTIVE || *ret == KEY_DESTROYED)
        return admin_refuse(job, RC_INPUT_VALUE, "state");
    return SCHUIL_OK;
}

static SCHUIL_RC move_ensure(struct admin_job *job, const struct key_change *change,
                             const struct key_row *row, enum key_state state)
{
    ENSURE(!is_signing(row), RC_CONFLICT_KEY_SIGNS);
    /* Moves of what was made ahead are those of the change that it was made for. */
    if (row->state == KEY_PRE_ACTIVE || row->state == state ||
        !schuil_key_state_may_become(row->state, state))
        return admin_refuse(job, RC_CONFLICT_STATE, "state");
    if ((state == KEY_ACTIVE && is_superseded(change, row)) ||
        (state == KEY_TRANSLATE_ONLY && !is_superseded(change, row)))
        return admin_refuse(job, RC_CONFLICT_KEY_PLACE, "state");
    return SCHUIL_OK;
}

/* A transport key that others took the place of has an end, and seals no more. */
static SCHUIL_RC transport_resume(struct admin_job *job, struct key_change *change, size_t index)
{
    struct key_fate fate = {.state = KEY_TRANSLATE_ONLY,
                            .destruction_time_s = change->set.rows[index].destruction_time_s};
    if (fate.destruction_time_s == 0)
        TRY(destruction_time(change->session, job->context->longest_life_hours,
                             &fate.destruction_time_s));
    TRY(key_change_fate(change, index, &fate, admin_given(job->call, "reason")));
    return key_change_copy_destroy(change, index, COMPARTMENT_ISSUE);
}

SCHUIL_RC admin_key_change(struct admin_job *job)
{
    KEY_CHANGE change = {.session = NULL};
    enum key_state state = KEY_PRE_ACTIVE; /* which is no state to be asked for */
    size_t index;
    TRY(state_wanted(job, &state));
    TRY(key_change_begin(&change, job->context));
    TRY(row_find(job, &change, &index));
    const struct key_row *row = &change.set.rows[index];
    TRY(move_ensure(job, &change, row, state));
    if (row->purpose == PURPOSE_TRANSPORT && state == KEY_TRANSLATE_ONLY)
        TRY(transport_resume(job, &change, index));
    else
        TRY(key_change_state(&change, index, state, admin_given(job->call, "reason")));
    TRY(job_note(job, row->number));
    return key_change_end(&change);
}

/* ---- end ---- */
static SCHUIL_RC other_root_ensure(const struct key_change *change, const struct key_row *row)
{
    size_t active;
    if (row->purpose != PURPOSE_ROOT)
        return SCHUIL_OK;
    ENSURE(key_change_find(change, PURPOSE_ROOT, 0, &active), RC_CONFLICT_KEY_LAST_ROOT);
    return SCHUIL_OK;
}

/* A refresh has made successors that count on the keys before them. */
static SCHUIL_RC no_refresh_ensure(const struct key_change *change, const struct key_row *row)
{
    for (size_t i = 0; i < change->set.table.count; i++) {
        const struct key_row *other = &change->set.rows[i];
        ENSURE(other->state != KEY_PRE_ACTIVE || !is_newer(other, row) ||
                   row->purpose == PURPOSE_TRANSPORT,
               RC_CONFLICT_KEY_CHANGING);
    }
    return SCHUIL_OK;
}

/* The generations of a domain that is being rotated are bound to each other. */
static SCHUIL_RC no_rotation_ensure(struct admin_job *job, const struct key_row *row)
{
    PG_RESULT *r = NULL;
    char domain[16];
    const char *params[1] = {domain};
    if (row->purpose != PURPOSE_DOMAIN && row->purpose != PURPOSE_DOMAIN_SEAL)
        return SCHUIL_OK;
    snprintf(domain, sizeof domain, "%u", (unsigned)row->scope);
    TRY(pg_query(job->session,
                 "SELECT FROM rotation WHERE domain = $1 AND state IN ('open', 'aborting')", 1,
                 params, &r));
    ENSURE(PQntuples(r) == 0, RC_CONFLICT_KEY_CHANGING);
    return SCHUIL_OK;
}

static SCHUIL_RC end_ensure(struct admin_job *job, const struct key_change *change,
                            const struct key_row *row)
{
    ENSURE(!is_signing(row), RC_CONFLICT_KEY_SIGNS);
    ENSURE(row->state != KEY_DESTROYED, RC_CONFLICT_STATE);
    ENSURE(row->state != KEY_PRE_ACTIVE, RC_CONFLICT_KEY_CHANGING);
    ENSURE(row->purpose != PURPOSE_ROOT || row->state != KEY_ACTIVE, RC_CONFLICT_KEY_LAST_ROOT);
    ENSURE(row->state != KEY_ACTIVE, RC_CONFLICT_KEY_ACTIVE);
    TRY(other_root_ensure(change, row));
    TRY(no_refresh_ensure(change, row));
    return no_rotation_ensure(job, row);
}

static SCHUIL_RC end_begin(struct admin_job *job, struct key_change *change, size_t *ret_index)
{
    TRY(key_change_begin(change, job->context));
    TRY(row_find(job, change, ret_index));
    return end_ensure(job, change, &change->set.rows[*ret_index]);
}

SCHUIL_RC admin_key_end(struct admin_job *job)
{
    /* A request that began before may still have it in hand. */
    static const struct key_fate gone = {.state = KEY_DESTROYED, .may_be_in_flight = true};
    KEY_CHANGE change = {.session = NULL};
    size_t index;
    TRY(end_begin(job, &change, &index));
    TRY(key_change_fate(&change, index, &gone, admin_given(job->call, "reason")));
    TRY(job_note(job, change.set.rows[index].number));
    return key_change_end(&change);
}

SCHUIL_RC admin_key_end_plan(struct admin_job *job, struct writer *w)
{
    KEY_CHANGE change = {.session = NULL};
    size_t index;
    char text[256];
    TRY(end_begin(job, &change, &index));
    const struct key_row *row = &change.set.rows[index];
    snprintf(
        text, sizeof text,
        "the %s key is destroyed (state %s, scope %u, generation %u, epoch %u): what was made\n"
        "under it cannot be opened or carried over any more, by anybody\n",
        schuil_purpose_name(row->purpose), schuil_key_state_name(row->state), (unsigned)row->scope,
        (unsigned)row->generation, (unsigned)row->epoch);
    put_bytes(w, bytes_text(text));
    return SCHUIL_OK;
}
