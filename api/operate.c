/* SPDX-License-Identifier: Apache-2.0 */
#include "operate.h"

#include <stdlib.h>

#include "handlers/admin.h"
#include "keeper.h"
#include "kept_chain.h"
#include "rewrap.h"
#include "steward.h"
#include "unseal.h"
#include "worker.h"

enum { QUEUE_CAP = 256, LOADED_US = 2000000 };

struct operate {
    struct service *service;
    struct pool *pool; /* one thread; what follows is its own */
    struct kept_chain kept;
    struct task begin;
};

/* What was entered before there was a chain goes into it first. */
static SCHUIL_RC notes_write(struct operate *o, const struct admin_context *context)
{
    struct audit_event event;
    char detail[UNSEAL_EVENT_LEN];
    while (unseal_event(&o->service->unseal, &event, detail)) {
        struct admin_context own = *context;
        event.compartment = o->service->compartment;
        event.process = o->service->process;
        own.event = &event;
        TRY(schuil_admin_audit(&own, &event));
        unseal_forget(&o->service->unseal);
    }
    return SCHUIL_OK;
}

static SCHUIL_RC context_make(struct operate *o, const struct snapshot *snapshot,
                              const struct audit_event *event, struct admin_context *ret)
{
    TRY(kept_chain_context(&o->kept, snapshot, event, ret));
    return notes_write(o, ret);
}

/* ---- jobs ---- */

static void on_back(struct task *task)
{
    request_answer(CONTAINER(task, struct request, task));
}

void operate_return(struct request *r)
{
    r->task.run = on_back;
    worker_post(r->worker, &r->task);
}

/* The next request of this operator, or of a provider, must find what was changed. */
static void loaded_await(struct operate *o)
{
    struct store_state_row state;
    if (schuil_is_ok(schuil_store_read_state(o->kept.kept.session, &state)))
        keeper_await(o->service->keeper, &state, LOADED_US);
}

/* What goes on after its transaction is answered by the steward, when it is done or takes long. */
static bool is_held(struct operate *o, struct request *r, const struct admin_rows *rows)
{
    if (r->call.verb != ADMIN_DO_ACTION || !r->call.action->goes_on ||
        schuil_admin_is_waiting(rows) || o->service->steward == NULL)
        return false;
    return steward_hold(o->service->steward, r,
                        (uint32_t)strtoul(schuil_admin_cell(rows, 0, 0), NULL, 10));
}

static SCHUIL_RC call_do(struct operate *o, struct request *r, const struct snapshot *snapshot,
                         bool *ret_is_held)
{
    struct admin_context context;
    struct admin_rows *rows = NULL;
    const char *field = NULL;
    TRY(context_make(o, snapshot, &r->event, &context));
    ENSURE(context.policy_pair != NULL, RC_BUSY_SNAPSHOT);
    context.operator_number = r->who.operator_number;
    context.approval_hours = (uint32_t)o->service->settings.approvals_expire;
    context.approvals_also = o->service->settings.approvals_also;
    struct schuil_rc rc = schuil_admin_run(&context, &r->call, &rows, &field);
    struct schuil_rc after = SCHUIL_OK;
    if (schuil_is_ok(rc) && !schuil_admin_is_read(&r->call)) {
        loaded_await(o);
        after = rewrap_old_end(&o->kept, &context);
    }
    *ret_is_held = schuil_is_ok(rc) && is_held(o, r, rows);
    if (!*ret_is_held)
        admin_answer(r, rc, rows, field);
    schuil_admin_rows_free(rows);
    if (!schuil_is_ok(after))
        kept_chain_outcome(&o->kept, after);
    return rc;
}

static void on_call(struct task *task)
{
    struct request *r = CONTAINER(task, struct request, task);
    struct operate *o = r->service->operate;
    struct snapshot *snapshot = keeper_snapshot(o->service->keeper);
    bool is_elsewhere = false;
    struct schuil_rc rc = call_do(o, r, snapshot, &is_elsewhere);
    if (!schuil_is_ok(rc) && schuil_is_ok(r->rc))
        request_set_failure(r, rc, 0, NULL);
    kept_chain_outcome(&o->kept, rc);
    schuil_snapshot_unref(snapshot);
    if (!is_elsewhere)
        operate_return(r);
}

static void on_audit(struct task *task)
{
    struct request *r = CONTAINER(task, struct request, task);
    struct operate *o = r->service->operate;
    struct snapshot *snapshot = keeper_snapshot(o->service->keeper);
    struct admin_context context;
    struct schuil_rc rc = context_make(o, snapshot, &r->event, &context);
    if (schuil_is_ok(rc))
        rc = schuil_admin_audit(&context, &r->event);
    if (!schuil_is_ok(rc))
        request_set_failure(r, rc, 503, NULL);
    kept_chain_outcome(&o->kept, rc);
    schuil_snapshot_unref(snapshot);
    operate_return(r);
}

/* A share for a key beside the one in use. */
static SCHUIL_RC share_take(struct operate *o, struct request *r, const struct snapshot *snapshot)
{
    struct wrapping_entered entered;
    struct admin_context context;
    uint32_t credential = r->who.credential == NULL ? 0 : r->who.credential->number;
    char *detail = schuil_arena_take(r->arena, UNSEAL_DETAIL_LEN);
    ENSURE(detail != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = unseal_take(o->service, r->x, credential, &entered, detail);
    TRY(context_make(o, snapshot, &r->event, &context)); /* writes what was noted */
    if (schuil_is_ok(rc))
        unseal_put(&r->out, &entered, false);
    else
        request_set_failure(r, rc, 0, detail[0] == '\0' ? NULL : detail);
    return SCHUIL_OK;
}

static void on_share(struct task *task)
{
    struct request *r = CONTAINER(task, struct request, task);
    struct operate *o = r->service->operate;
    struct snapshot *snapshot = keeper_snapshot(o->service->keeper);
    struct schuil_rc rc = share_take(o, r, snapshot);
    if (!schuil_is_ok(rc))
        request_set_failure(r, rc, 503, NULL);
    kept_chain_outcome(&o->kept, rc);
    schuil_snapshot_unref(snapshot);
    operate_return(r);
}

/* After unsealing: the chain begins, and has what was entered. */
static void on_begin(struct task *task)
{
    struct operate *o = CONTAINER(task, struct operate, begin);
    struct snapshot *snapshot = keeper_snapshot(o->service->keeper);
    struct admin_context context;
    struct audit_event event = kept_chain_event(&o->kept, AUDIT_UNSEAL, NULL);
    kept_chain_outcome(&o->kept, context_make(o, snapshot, &event, &context));
    schuil_snapshot_unref(snapshot);
}

static void ask(struct operate *o, struct request *r, void (*run)(struct task *task))
{
    r->task.run = run;
    struct schuil_rc rc = pool_push(o->pool, &r->task);
    if (schuil_is_ok(rc))
        return;
    request_set_failure(r, rc, 503, NULL); /* nothing is answered that is not audited */
    request_answer(r);
}

void operate_run(struct operate *o, struct request *r)
{
    ask(o, r, on_call);
}

void operate_unseal(struct operate *o, struct request *r)
{
    ask(o, r, on_share);
}

void operate_audit(struct operate *o, struct request *r)
{
    ask(o, r, on_audit);
}

/* Nobody may call for hours; the next job opens its own session. */
bool operate_is_ready(const struct operate *o)
{
    return kept_chain_is_ready(&o->kept);
}

/* ---- life ---- */

SCHUIL_RC operate_new(struct service *service, struct operate **ret)
{
    *ret = NULL;
    struct operate *o = calloc(1, sizeof *o);
    ENSURE(o != NULL, RC_INTERNAL_MEMORY);
    o->service = service;
    o->kept =
        (struct kept_chain){.service = service, .access = "admin", .log_name = "operate.store"};
    struct schuil_rc rc = pool_new(1, QUEUE_CAP, &o->pool);
    if (!schuil_is_ok(rc)) {
        free(o);
        return rc;
    }
    *ret = o;
    o->begin.run = on_begin;
    if (service->unseal.count > 0)
        rc = pool_push(o->pool, &o->begin);
    return rc;
}

void operate_free(struct operate *o)
{
    if (o == NULL)
        return;
    pool_free(o->pool);
    kept_chain_end(&o->kept);
    free(o);
}
