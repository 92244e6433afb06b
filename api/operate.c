/* SPDX-License-Identifier: Apache-2.0 */
#include "operate.h"

#include <stdio.h>
#include <stdlib.h>

#include "handlers/admin.h"
#include "keeper.h"
#include "kept_session.h"
#include "log.h"
#include "worker.h"

enum { QUEUE_CAP = 256, HEADS_CAP = 1 << 20, LOADED_US = 2000000 };

struct operate {
    struct service *service;
    struct pool *pool; /* one thread; all below is its own */
    struct kept_session kept;
    struct audit_chain chain;
    bool has_chain;
    _Atomic int64_t failed_us; /* monotonic: when the store failed a job last; 0: it serves */
};

/* ---- session and chain ---- */

static struct audit_event mark(const struct operate *o, enum audit_event_id id, const char *detail)
{
    return (struct audit_event){.time_us = clock_wall_us(),
                                .id = id,
                                .outcome = "ok",
                                .role = "system",
                                .access = "admin",
                                .compartment = o->service->compartment,
                                .process = o->service->process,
                                .detail = detail};
}

static SCHUIL_RC session_need(struct operate *o)
{
    return kept_session_need(&o->kept, o->service->settings.database);
}

static SCHUIL_RC chain_start(struct operate *o, const struct admin_context *context, char *heads)
{
    TRY(schuil_store_audit_heads(o->kept.session, heads, HEADS_CAP));
    TRY(schuil_audit_chain_new(&o->chain));
    struct audit_event event = mark(o, AUDIT_CHAIN_START, heads);
    return schuil_admin_audit(context, &event);
}

static SCHUIL_RC chain_need(struct operate *o, const struct admin_context *context)
{
    if (o->has_chain)
        return SCHUIL_OK;
    char *heads = malloc(HEADS_CAP);
    ENSURE(heads != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = chain_start(o, context, heads);
    free(heads);
    o->has_chain = schuil_is_ok(rc);
    return rc;
}

/* Filled for one job; the snapshot is kept while the pair is used. */
static SCHUIL_RC context_make(struct operate *o, const struct snapshot *snapshot,
                              const struct audit_event *event, struct admin_context *ret)
{
    TRY(session_need(o));
    *ret = (struct admin_context){.session = o->kept.session,
                                  .ring = &o->service->ring,
                                  .chain = &o->chain,
                                  .audit_pair = schuil_key_audit(snapshot),
                                  .policy_pair = schuil_key_policy(snapshot),
                                  .event = event};
    ENSURE(ret->audit_pair != NULL && ret->policy_pair != NULL, RC_BUSY_SNAPSHOT);
    return chain_need(o, ret);
}

/* After a lost connection the session is opened anew; after an unknown outcome so is the chain. */
static void outcome_note(struct operate *o, struct schuil_rc rc)
{
    bool has_failed = schuil_rc_class(rc) == RC_CLASS_STORE;
    atomic_store(&o->failed_us, has_failed ? clock_mono_us() : 0);
    if (!has_failed)
        return;
    struct log_field fields[] = {log_text("result", schuil_rc_name(rc)),
                                 log_text("database", o->kept.session == NULL
                                                          ? NULL
                                                          : schuil_store_message(o->kept.session))};
    log_write(LOG_LEVEL_WARNING, "operate.store", fields, 2);
    if (rc.code == RC_STORE_UNKNOWN)
        o->has_chain = false;
    kept_session_end(&o->kept);
}

/* ---- jobs ---- */

static void on_back(struct task *task)
{
    request_answer(CONTAINER(task, struct request, task));
}

static void back(struct request *r)
{
    r->task.run = on_back;
    worker_post(r->worker, &r->task);
}

/* The next request of this operator, or of a provider, must find what was changed. */
static void loaded_await(struct operate *o)
{
    struct store_state_row state;
    if (schuil_is_ok(schuil_store_read_state(o->kept.session, &state)))
        keeper_await(o->service->keeper, &state, LOADED_US);
}

static SCHUIL_RC call_do(struct operate *o, struct request *r, const struct snapshot *snapshot)
{
    struct admin_context context;
    struct admin_rows *rows = NULL;
    const char *field = NULL;
    TRY(context_make(o, snapshot, &r->event, &context));
    struct schuil_rc rc = schuil_admin_run(&context, &r->call, &rows, &field);
    if (schuil_is_ok(rc) && !schuil_admin_is_read(&r->call))
        loaded_await(o);
    admin_answer(r, rc, rows, field);
    schuil_admin_rows_free(rows);
    return rc;
}

static void on_call(struct task *task)
{
    struct request *r = CONTAINER(task, struct request, task);
    struct operate *o = r->service->operate;
    struct snapshot *snapshot = keeper_snapshot(o->service->keeper);
    struct schuil_rc rc = call_do(o, r, snapshot);
    if (!schuil_is_ok(rc) && schuil_is_ok(r->rc))
        request_set_failure(r, rc, 0, NULL);
    outcome_note(o, rc);
    schuil_snapshot_unref(snapshot);
    back(r);
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
    outcome_note(o, rc);
    schuil_snapshot_unref(snapshot);
    back(r);
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

/* Nobody may call for hours, so a failure holds only until the keeper hears of the database again:
 * the next job opens its own session. */
bool operate_is_ready(const struct operate *o)
{
    int64_t failed_us = atomic_load(&o->failed_us);
    return failed_us == 0 || atomic_load(&o->service->confirmed_us) > failed_us;
}

/* ---- life ---- */

SCHUIL_RC operate_new(struct service *service, struct operate **ret)
{
    *ret = NULL;
    struct operate *o = calloc(1, sizeof *o);
    ENSURE(o != NULL, RC_INTERNAL_MEMORY);
    o->service = service;
    struct schuil_rc rc = pool_new(1, QUEUE_CAP, &o->pool);
    if (schuil_is_ok(rc))
        *ret = o;
    else
        free(o);
    return rc;
}

static SCHUIL_RC chain_end(struct operate *o, const struct snapshot *snapshot)
{
    struct admin_context context;
    struct audit_event event = mark(o, AUDIT_CHAIN_END, NULL);
    TRY(context_make(o, snapshot, &event, &context));
    return schuil_admin_audit(&context, &event);
}

void operate_free(struct operate *o)
{
    if (o == NULL)
        return;
    pool_free(o->pool);
    if (o->has_chain && o->service->keeper != NULL) {
        struct snapshot *snapshot = keeper_snapshot(o->service->keeper);
        outcome_note(o, chain_end(o, snapshot));
        schuil_snapshot_unref(snapshot);
    }
    kept_session_end(&o->kept);
    free(o);
}
