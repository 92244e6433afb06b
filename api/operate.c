/* SPDX-License-Identifier: Apache-2.0 */
#include "operate.h"

#include <stdlib.h>

#include "handlers/admin.h"
#include "keeper.h"
#include "kept_chain.h"
#include "steward.h"
#include "worker.h"

enum { QUEUE_CAP = 256, LOADED_US = 2000000 };

struct operate {
    struct service *service;
    struct pool *pool; /* one thread; what follows is its own */
    struct kept_chain kept;
};

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
    if (r->call.verb != ADMIN_DO_ACTION || !r->call.action->goes_on || o->service->steward == NULL)
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
    TRY(kept_chain_context(&o->kept, snapshot, &r->event, &context));
    ENSURE(context.policy_pair != NULL, RC_BUSY_SNAPSHOT);
    struct schuil_rc rc = schuil_admin_run(&context, &r->call, &rows, &field);
    if (schuil_is_ok(rc) && !schuil_admin_is_read(&r->call))
        loaded_await(o);
    *ret_is_held = schuil_is_ok(rc) && is_held(o, r, rows);
    if (!*ret_is_held)
        admin_answer(r, rc, rows, field);
    schuil_admin_rows_free(rows);
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
    struct schuil_rc rc = kept_chain_context(&o->kept, snapshot, &r->event, &context);
    if (schuil_is_ok(rc))
        rc = schuil_admin_audit(&context, &r->event);
    if (!schuil_is_ok(rc))
        request_set_failure(r, rc, 503, NULL);
    kept_chain_outcome(&o->kept, rc);
    schuil_snapshot_unref(snapshot);
    operate_return(r);
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
    if (schuil_is_ok(rc))
        *ret = o;
    else
        free(o);
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
