/* SPDX-License-Identifier: Apache-2.0 */
/* One step of the life of keys: what there is to do is looked up without a lock, then again under
 * the lock of key changes, and done in that transaction.
 *
 *   look -> nothing, or wait
 *        -> BEGIN, try the steward's lock, lock and verify the keys, look again -> the step
 *           -> manifests -> audit event -> COMMIT
 *
 * Any process may call it at any time; the steward's lock only keeps them from queueing for the
 * same step. Source: PROTOCOL sections 4.1 and 4.3. */
#include <stdio.h>

#include "admin_job.h"
#include "key_life.h"

/* Any number that nothing else in this database locks. */
#define STEWARD_LOCK "7309440316741124720"

enum step_kind {
    STEP_NONE,
    STEP_WAIT,
    STEP_DESTROY,
    STEP_TRANSPORT_PREPARE,
    STEP_TRANSPORT_ACTIVATE,
    STEP_TRANSPORT_ABORT,
    STEP_REFRESH_PREPARE,
    STEP_REFRESH_ACTIVATE,
    STEP_REFRESH_ABORT
};

/* ---- what is to be done ---- */
/* A prepared operation: go on when every live translating process has loaded its keys, give up when
 * that takes too long. */
static SCHUIL_RC prepared_choose(struct store_session *s, const struct key_operation *op,
                                 enum step_kind activate, enum step_kind abort, enum step_kind *ret)
{
    uint64_t behind;
    TRY(schuil_store_processes_behind(s, COMPARTMENT_TRANSLATE, op->translate_counter, &behind));
    if (behind == 0)
        *ret = activate;
    else
        *ret = op->age_s >= LIMIT_KEY_OPERATION_S ? abort : STEP_WAIT;
    return SCHUIL_OK;
}

static SCHUIL_RC transport_choose(struct store_session *s, const struct life_plan *plan,
                                  const struct life_look *look, enum step_kind *ret)
{
    const struct key_operation *op = &look->operations[OPERATION_TRANSPORT];
    uint64_t period_s = (uint64_t)plan->transport_period_hours * 3600;
    *ret = STEP_NONE;
    if (op->number != 0)
        return prepared_choose(s, op, STEP_TRANSPORT_ACTIVATE, STEP_TRANSPORT_ABORT, ret);
    if (!look->has_transport || look->transport_age_s >= period_s)
        *ret = STEP_TRANSPORT_PREPARE;
    return SCHUIL_OK;
}

static SCHUIL_RC refresh_choose(struct store_session *s, const struct life_look *look,
                                enum step_kind *ret)
{
    const struct key_operation *op = &look->operations[OPERATION_REFRESH];
    *ret = STEP_NONE;
    if (op->number != 0 && op->is_prepared)
        return prepared_choose(s, op, STEP_REFRESH_ACTIVATE, STEP_REFRESH_ABORT, ret);
    if (op->number != 0)
        *ret = STEP_REFRESH_PREPARE;
    return SCHUIL_OK;
}

static SCHUIL_RC choose(struct store_session *s, const struct life_plan *plan,
                        struct life_look *look, enum step_kind *ret)
{
    enum step_kind transport, refresh;
    TRY(life_look(s, look));
    TRY(transport_choose(s, plan, look, &transport));
    TRY(refresh_choose(s, look, &refresh));
    if (look->due_count > 0)
        *ret = STEP_DESTROY;
    else if (transport > STEP_WAIT)
        *ret = transport;
    else if (refresh > STEP_WAIT)
        *ret = refresh;
    else
        *ret = transport == STEP_WAIT || refresh == STEP_WAIT ? STEP_WAIT : STEP_NONE;
    return SCHUIL_OK;
}

/* ---- the steps that are no operation's own ---- */
void step_note(struct life_step *step, uint32_t key_number)
{
    struct audit_event *event = step->event;
    if (event->key_count < LIMIT_KEY_NUMBER_COUNT)
        event->key_numbers[event->key_count++] = key_number;
}

SCHUIL_RC due_destroy(struct life_step *step)
{
    static const struct key_fate gone = {.state = KEY_DESTROYED, .may_be_in_flight = true};
    PG_RESULT *r = NULL;
    uint64_t now_s;
    size_t count = 0;
    struct key_change *change = step->change;
    TRY(pg_query(change->session, "SELECT extract(epoch FROM clock_timestamp())::bigint", 0, NULL,
                 &r));
    TRY(pg_u64(r, 0, 0, INT64_MAX, &now_s));
    for (size_t i = 0; i < change->set.table.count; i++) {
        const struct key_row *row = &change->set.rows[i];
        if (row->state == KEY_DESTROYED || row->destruction_time_s == 0 ||
            row->destruction_time_s > now_s)
            continue;
        step_note(step, row->number);
        TRY(key_change_fate(change, i, &gone, "its destruction time came"));
        count++;
    }
    step->event->id = AUDIT_KEY_DESTROY;
    snprintf(step->detail, sizeof step->detail, "{\"keys\":%zu}", count);
    step->event->detail = step->detail;
    return key_change_end(change);
}

static bool is_made_for(const struct key_row *row, enum operation_kind kind, uint32_t epoch)
{
    if (row->state != KEY_PRE_ACTIVE)
        return false;
    if (kind == OPERATION_TRANSPORT)
        return row->purpose == PURPOSE_TRANSPORT;
    return row->epoch == epoch && (row->purpose == PURPOSE_ROOT || row->purpose == PURPOSE_DOMAIN);
}

SCHUIL_RC operation_abort(struct life_step *step, enum operation_kind kind,
                          const struct key_operation *op, const char *why)
{
    static const struct key_fate gone = {.state = KEY_DESTROYED, .may_be_in_flight = true};
    size_t count = 0;
    struct key_change *change = step->change;
    for (size_t i = 0; i < change->set.table.count; i++) {
        if (!is_made_for(&change->set.rows[i], kind, op->epoch))
            continue;
        step_note(step, change->set.rows[i].number);
        TRY(key_change_fate(change, i, &gone, why));
        count++;
    }
    step->event->id = AUDIT_KEY_ABORT;
    step->event->outcome = "failed";
    step->event->reason = op->reason;
    snprintf(step->detail, sizeof step->detail, "{\"keys\":%zu,\"why\":\"%s\"}", count, why);
    step->event->detail = step->detail;
    TRY(key_change_end(change));
    return operation_end(change->session, op->number, why);
}

/* ---- one transaction ---- */
static SCHUIL_RC step_do(struct life_step *step, enum step_kind kind, const struct life_look *look)
{
    static const char late[] = "not every process loaded its keys in time";
    const struct key_operation *transport = &look->operations[OPERATION_TRANSPORT];
    const struct key_operation *refresh = &look->operations[OPERATION_REFRESH];
    switch (kind) {
    case STEP_DESTROY:
        return due_destroy(step);
    case STEP_TRANSPORT_PREPARE:
        return transport_prepare(step);
    case STEP_TRANSPORT_ACTIVATE:
        return transport_activate(step, transport);
    case STEP_TRANSPORT_ABORT:
        return operation_abort(step, OPERATION_TRANSPORT, transport, late);
    case STEP_REFRESH_PREPARE:
        return refresh_prepare(step, refresh);
    case STEP_REFRESH_ACTIVATE:
        return refresh_activate(step, refresh);
    case STEP_REFRESH_ABORT:
        return operation_abort(step, OPERATION_REFRESH, refresh, late);
    default:
        return schuil_rc(RC_INTERNAL);
    }
}

SCHUIL_RC steward_lock(struct store_session *s, bool *ret_is_ours)
{
    PG_RESULT *r = NULL;
    TRY(pg_query(s, "SELECT pg_try_advisory_xact_lock(" STEWARD_LOCK ")", 0, NULL, &r));
    *ret_is_ours = PQgetvalue(r, 0, 0)[0] == 't';
    return SCHUIL_OK;
}

static SCHUIL_RC transaction_run(const struct admin_context *context, const struct life_plan *plan,
                                 enum step_kind *ret_kind, struct life_look *ret_look)
{
    bool is_ours;
    KEY_CHANGE change = {.session = NULL};
    struct audit_chain next;
    struct audit_event event = admin_event(context);
    struct life_step step = {.context = context, .change = &change, .event = &event};
    *ret_kind = STEP_NONE;
    TRY(pg_do(context->session, "BEGIN", 0, NULL));
    TRY(steward_lock(context->session, &is_ours));
    ENSURE(is_ours, RC_BUSY_SERVICE);
    TRY(key_change_begin(&change, context));
    TRY(choose(context->session, plan, ret_look, ret_kind));
    ENSURE(*ret_kind > STEP_WAIT, RC_BUSY_SERVICE);
    TRY(step_do(&step, *ret_kind, ret_look));
    TRY(admin_audit_write(context, context->audit_pair, &event, 1, &next));
    TRY(pg_commit(context->session));
    *context->chain = next;
    return SCHUIL_OK;
}

/* A refresh that cannot be begun is over, and says why. */
static SCHUIL_RC refusal_note(const struct admin_context *context, const struct key_operation *op,
                              struct schuil_rc why)
{
    struct audit_chain next;
    struct audit_event event = admin_event(context);
    event.id = AUDIT_KEY_ABORT;
    event.outcome = "failed";
    event.reason = op->reason;
    event.detail = NULL;
    TRY(pg_do(context->session, "BEGIN", 0, NULL));
    TRY(operation_end(context->session, op->number, schuil_rc_text(why)));
    TRY(admin_audit_write(context, context->audit_pair, &event, 1, &next));
    TRY(pg_commit(context->session));
    *context->chain = next;
    return SCHUIL_OK;
}

static bool is_final(struct schuil_rc rc)
{
    enum schuil_rc_class class = schuil_rc_class(rc);
    return class == RC_CLASS_CONFIG || class == RC_CLASS_CRYPTO || class == RC_CLASS_CONFLICT;
}

static SCHUIL_RC step_run(const struct admin_context *context, const struct life_plan *plan)
{
    enum step_kind kind;
    struct life_look look;
    struct schuil_rc rc = transaction_run(context, plan, &kind, &look);
    if (schuil_is_ok(rc))
        return rc;
    pg_rollback(context->session);
    if (kind != STEP_REFRESH_PREPARE || !is_final(rc))
        return rc;
    struct schuil_rc noted = refusal_note(context, &look.operations[OPERATION_REFRESH], rc);
    if (!schuil_is_ok(noted))
        pg_rollback(context->session);
    return schuil_is_ok(noted) ? rc : noted;
}

SCHUIL_RC schuil_life_look(struct store_session *s, const struct life_plan *plan,
                           enum life_progress *ret)
{
    enum step_kind kind;
    struct life_look look;
    *ret = LIFE_REST;
    TRY(choose(s, plan, &look, &kind));
    if (kind != STEP_NONE)
        *ret = kind == STEP_WAIT ? LIFE_WAITS : LIFE_MOVED;
    return SCHUIL_OK;
}

SCHUIL_RC schuil_life_step(const struct admin_context *context, const struct life_plan *plan,
                           enum life_progress *ret)
{
    TRY(schuil_life_look(context->session, plan, ret));
    if (*ret != LIFE_MOVED)
        return SCHUIL_OK;
    *ret = LIFE_WAITS;
    struct schuil_rc rc = step_run(context, plan);
    if (schuil_is_ok(rc))
        *ret = LIFE_MOVED;
    return rc.code == RC_BUSY_SERVICE ? SCHUIL_OK : rc;
}
