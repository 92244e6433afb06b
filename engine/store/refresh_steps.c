/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a refresh.
 *
 *   asked -> prepare: k_{e+1}, and s_{.,.,e+1} for every domain key of epoch e that is not
 *            destroyed, stored pre-active; self-test
 *         -> (every live translating process has loaded them)
 *         -> activate: e+1 active, k_e destroyed, s_{.,.,e+1} takes over the state of s_{.,.,e},
 *            which translates what is under way until its destruction time
 *
 * Whatever a step finds wrong before it writes ends in operation_abort: the old epoch stays, the
 * new one's keys are destroyed and its number is never used again. A domain key that was made
 * between the two steps has no successor, so the refresh is begun anew.
 *
 * The halves of issue (k) and translate (s) meet only in r. Source: PROTOCOL section 4.3. */
#include <stdio.h>

#include "key_life.h"
#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/engine/refresh.h"

static const char MADE[] = "made by a refresh";

static const struct key_row *row_at(const struct key_change *change, size_t index)
{
    return &change->set.rows[index];
}

/* The first number that no root or domain key ever had. */
static SCHUIL_RC epoch_next(struct key_change *change, uint32_t *ret)
{
    TRY(key_change_numbers_from(change, ret));
    for (size_t i = 0; i < change->set.table.count; i++)
        if (row_at(change, i)->epoch >= *ret)
            *ret = row_at(change, i)->epoch + 1;
    return SCHUIL_OK;
}

static bool is_carried(const struct key_row *row, uint32_t epoch)
{
    return row->purpose == PURPOSE_DOMAIN && row->epoch == epoch && row->state != KEY_DESTROYED;
}

/* ---- prepare ---- */
static SCHUIL_RC root_carry(struct key_change *change, size_t root, const struct scalar *r,
                            uint32_t epoch, struct key_row *ret)
{
    SECRET(scalar) old, new;
    TRY(key_change_open(change, root, COMPARTMENT_ISSUE, old.b));
    TRY(schuil_refresh_root(r, &old, &new));
    struct bytes key = bytes_of(new.b, sizeof new.b);
    *ret = (struct key_row){.purpose = PURPOSE_ROOT, .epoch = epoch, .home = -1};
    return key_change_prepare(change, ret, &key, MADE, NULL);
}

static SCHUIL_RC domain_carry(struct key_change *change, size_t index, const struct scalar *r,
                              const struct key_row *old_root, const struct key_row *new_root)
{
    SECRET(scalar) old, new;
    const struct key_row *from = row_at(change, index);
    struct key_row to = {.purpose = PURPOSE_DOMAIN,
                         .scope = from->scope,
                         .epoch = new_root->epoch,
                         .generation = from->generation,
                         .home = -1};
    TRY(key_change_open(change, index, COMPARTMENT_TRANSLATE, old.b));
    TRY(schuil_refresh_domain(r, &old, &new));
    const struct refresh_pair before = {&old, old_root->public_part};
    const struct refresh_pair after = {&new, new_root->public_part};
    TRY(schuil_refresh_test(&before, &after));
    struct bytes key = bytes_of(new.b, sizeof new.b);
    return key_change_prepare(change, &to, &key, MADE, NULL);
}

static SCHUIL_RC domains_carry(struct key_change *change, const struct scalar *r,
                               const struct key_row *old_root, const struct key_row *new_root,
                               size_t *ret_count)
{
    size_t before = change->set.table.count; /* what is made goes behind */
    *ret_count = 0;
    for (size_t i = 0; i < before; i++) {
        if (!is_carried(row_at(change, i), old_root->epoch))
            continue;
        TRY(domain_carry(change, i, r, old_root, new_root));
        ++*ret_count;
    }
    return SCHUIL_OK;
}

static void detail_put(struct life_step *step, uint32_t epoch, size_t domain_keys)
{
    snprintf(step->detail, sizeof step->detail, "{\"epoch\":%u,\"domainKeys\":%zu}",
             (unsigned)epoch, domain_keys);
    step->event->detail = step->detail;
}

SCHUIL_RC refresh_prepare(struct life_step *step, const struct key_operation *op)
{
    size_t root, count;
    uint32_t epoch;
    SECRET(scalar) r;
    struct key_row new_root;
    struct key_change *change = step->change;
    ENSURE(key_change_find(change, PURPOSE_ROOT, 0, &root), RC_CONFLICT_STATE);
    struct key_row old_root = *row_at(change, root);
    TRY(epoch_next(change, &epoch));
    TRY(schuil_scalar_random(&r));
    TRY(root_carry(change, root, &r, epoch, &new_root));
    TRY(domains_carry(change, &r, &old_root, &new_root, &count));
    step->event->id = AUDIT_KEY_PREPARE;
    step->event->reason = op->reason;
    step_note(step, new_root.number);
    detail_put(step, new_root.epoch, count);
    TRY(key_change_end(change));
    return operation_prepared(change->session, op->number, new_root.epoch);
}

/* ---- activate ---- */
/* The two epochs, and when the older one's domain keys are to go. */
struct epochs {
    size_t old_root, new_root; /* places in the set */
    uint64_t destruction_time_s;
};

static bool new_root_find(const struct key_change *change, uint32_t epoch, size_t *ret)
{
    for (size_t i = 0; i < change->set.table.count; i++) {
        const struct key_row *row = row_at(change, i);
        *ret = i;
        if (row->purpose == PURPOSE_ROOT && row->epoch == epoch && row->state == KEY_PRE_ACTIVE)
            return true;
    }
    return false;
}

/* The pre-active key that follows domain key `index` in the new epoch. */
static bool successor_find(const struct key_change *change, size_t index, uint32_t epoch,
                           size_t *ret)
{
    const struct key_row *from = row_at(change, index);
    for (size_t i = change->set.table.count; i > 0; i--) {
        const struct key_row *row = row_at(change, i - 1);
        *ret = i - 1;
        if (row->purpose == PURPOSE_DOMAIN && row->epoch == epoch && row->state == KEY_PRE_ACTIVE &&
            row->scope == from->scope && row->generation == from->generation)
            return true;
    }
    return false;
}

static SCHUIL_RC successor_test(struct key_change *change, const struct epochs *e, size_t index,
                                size_t successor)
{
    SECRET(scalar) old, new;
    TRY(key_change_open(change, index, COMPARTMENT_TRANSLATE, old.b));
    TRY(key_change_open(change, successor, COMPARTMENT_TRANSLATE, new.b));
    const struct refresh_pair before = {&old, row_at(change, e->old_root)->public_part};
    const struct refresh_pair after = {&new, row_at(change, e->new_root)->public_part};
    return schuil_refresh_test(&before, &after);
}

/* RC_ABSENT: a domain key has no successor. RC_CONFIG_SELFTEST: finals would change. */
static SCHUIL_RC successors_test(struct key_change *change, const struct epochs *e)
{
    size_t successor;
    uint32_t old = row_at(change, e->old_root)->epoch, new = row_at(change, e->new_root)->epoch;
    for (size_t i = 0; i < change->set.table.count; i++) {
        if (!is_carried(row_at(change, i), old))
            continue;
        ENSURE(successor_find(change, i, new, &successor), RC_ABSENT);
        TRY(successor_test(change, e, i, successor));
    }
    return SCHUIL_OK;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

/* The successor takes over state and plans; the older key goes on translating what it may. */
static SCHUIL_RC domain_hand_over(struct key_change *change, const struct epochs *e, size_t index)
{
    size_t successor;
    const struct key_row from = *row_at(change, index);
    bool keeps_state = from.state != KEY_ACTIVE && from.state != KEY_TRANSLATE_ONLY;
    const struct key_fate same = {from.state, from.destruction_time_s, false};
    const struct key_fate older = {keeps_state ? from.state : KEY_TRANSLATE_ONLY,
                                   earlier(from.destruction_time_s, e->destruction_time_s), false};
    ENSURE(successor_find(change, index, row_at(change, e->new_root)->epoch, &successor),
           RC_INTERNAL);
    TRY(key_change_fate(change, successor, &same, "its epoch became active"));
    return key_change_fate(change, index, &older, "its epoch was refreshed");
}

static SCHUIL_RC roots_hand_over(struct life_step *step, const struct epochs *e)
{
    const struct key_fate active = {.state = KEY_ACTIVE};
    const struct key_fate gone = {.state = KEY_DESTROYED, .may_be_in_flight = true};
    TRY(key_change_fate(step->change, e->new_root, &active, "its epoch became active"));
    TRY(key_change_fate(step->change, e->old_root, &gone, "its epoch was refreshed"));
    step_note(step, row_at(step->change, e->old_root)->number);
    step_note(step, row_at(step->change, e->new_root)->number);
    return SCHUIL_OK;
}

static SCHUIL_RC epoch_hand_over(struct life_step *step, const struct key_operation *op,
                                 struct epochs *e)
{
    size_t count = 0;
    struct key_change *change = step->change;
    uint32_t old = row_at(change, e->old_root)->epoch;
    TRY(destruction_time(change->session, step->context->longest_life_hours,
                         &e->destruction_time_s));
    TRY(roots_hand_over(step, e));
    for (size_t i = 0; i < change->set.table.count; i++) {
        if (!is_carried(row_at(change, i), old))
            continue;
        TRY(domain_hand_over(change, e, i));
        count++;
    }
    step->event->id = AUDIT_KEY_ACTIVATE;
    step->event->reason = op->reason;
    detail_put(step, op->epoch, count);
    TRY(key_change_end(change));
    return operation_end(change->session, op->number, NULL);
}

/* A domain came meanwhile: once more, with it. */
static SCHUIL_RC begin_anew(struct life_step *step, const struct key_operation *op)
{
    uint32_t number;
    TRY(operation_abort(step, OPERATION_REFRESH, op, "a domain key was made meanwhile"));
    return operation_add(step->change->session, OPERATION_REFRESH, op->reason, &number);
}

SCHUIL_RC refresh_activate(struct life_step *step, const struct key_operation *op)
{
    struct epochs e = {0};
    struct key_change *change = step->change;
    if (!key_change_find(change, PURPOSE_ROOT, 0, &e.old_root) ||
        !new_root_find(change, op->epoch, &e.new_root))
        return operation_abort(step, OPERATION_REFRESH, op, "its keys are not there");
    struct schuil_rc rc = successors_test(change, &e);
    if (rc.code == RC_ABSENT)
        return begin_anew(step, op);
    if (rc.code == RC_CONFIG_SELFTEST)
        return operation_abort(step, OPERATION_REFRESH, op, "the self-test failed");
    TRY(rc);
    return epoch_hand_over(step, op, &e);
}
