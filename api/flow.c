/* SPDX-License-Identifier: Apache-2.0 */
#include "flow.h"

#include <stdlib.h>

#include "quota.h"
#include "worker.h"

/* ---- between loop and pool ---- */

/* Lend r to the pool: run is called there. */
static void to_pool(struct request *r, void (*run)(struct task *task))
{
    r->task.run = run;
    struct schuil_rc rc = pool_push(r->service->pool, &r->task);
    if (!schuil_is_ok(rc))
        request_fail(r, rc, 0, NULL);
}

static void to_loop(struct request *r, void (*run)(struct task *task))
{
    r->task.run = run;
    worker_post(r->worker, &r->task);
}

static struct request *of_task(struct task *task)
{
    return CONTAINER(task, struct request, task);
}

/* ---- finish and audit ---- */

static void work_finish(struct request *r)
{
    struct schuil_rc rc = schuil_work_finish(r->work);
    if (schuil_is_ok(rc))
        out_work(&r->out, r->work, clock_mono_us() - r->begun_us - r->idle_us);
    if (schuil_is_ok(rc) && r->out.has_failed)
        rc = schuil_rc(RC_INTERNAL_MEMORY);
    if (schuil_is_ok(rc))
        metrics_work(&r->service->metrics, r->work);
    else
        request_set_failure(r, rc, 0, NULL);
}

static void event_counts(struct request *r)
{
    struct audit_event *event = &r->event;
    const struct work *work = r->work;
    event->registry = work->registry->code;
    event->type_count = work->type_count;
    for (size_t i = 0; i < work->type_count; i++)
        event->types[i] = work->types[i]->tref;
    event->has_counts = true;
    event->asked = (int64_t)schuil_work_asked(work);
    event->made = schuil_is_ok(r->rc) ? (int64_t)work->made_count : 0;
    event->failed = schuil_is_ok(r->rc) ? work->error_count : event->asked;
    if (schuil_is_ok(r->rc) && r->effect != NULL)
        event->detail = r->effect;
    event->key_count = schuil_is_ok(r->rc) ? work->key_count : 0;
    for (size_t i = 0; i < event->key_count; i++)
        event->key_numbers[i] = work->key_numbers[i];
    if (schuil_is_ok(r->rc))
        event->reason = r->reason;
}

static void step_audit(struct request *r)
{
    if (!schuil_is_ok(r->rc) && !request_is_audited(r)) {
        request_answer(r);
        return;
    }
    request_event(r, r->flow->event);
    event_counts(r);
    request_audit(r);
}

static void on_finished(struct task *task)
{
    step_audit(of_task(task));
}

/* ---- run ---- */

static void on_slices(struct slices *slices)
{
    struct request *r = slices->owner;
    uint16_t code = atomic_load(&slices->failed);
    if (code != RC_OK)
        request_set_failure(r, schuil_rc((enum schuil_rc_code)code), 0, NULL);
    else
        work_finish(r);
    to_loop(r, on_finished);
}

static SCHUIL_RC slices_begin(struct request *r)
{
    struct work *work = r->work;
    r->slices = schuil_arena_take(r->arena, sizeof *r->slices);
    struct job **jobs = schuil_arena_take_many(r->arena, work->job_count, sizeof *jobs);
    ENSURE(r->slices != NULL && jobs != NULL, RC_INTERNAL_MEMORY);
    for (uint32_t i = 0; i < work->job_count; i++)
        jobs[i] = &work->jobs[i];
    r->slices->pool = r->service->pool;
    r->slices->jobs = jobs;
    r->slices->job_count = work->job_count;
    r->slices->owner = r;
    r->slices->on_done = on_slices;
    r->slices->slice_counter = &r->service->metrics.slices;
    return slices_start(r->slices, r->service->pool_threads);
}

static void gathered_finish(struct request *first, struct schuil_rc rc)
{
    while (first != NULL) {
        struct request *r = first;
        first = r->next;
        if (schuil_is_ok(rc))
            work_finish(r);
        else
            request_set_failure(r, rc, 0, NULL);
        step_audit(r);
    }
}

void flow_gathered(struct request *first, size_t job_count)
{
    if (first == NULL)
        return;
    struct metrics *metrics = &first->service->metrics;
    struct job **jobs = job_count == 0 ? NULL : malloc(job_count * sizeof *jobs);
    size_t n = 0;
    for (struct request *r = first; jobs != NULL && r != NULL; r = r->next)
        for (uint32_t i = 0; i < r->work->job_count; i++)
            jobs[n++] = &r->work->jobs[i];
    struct schuil_rc rc = SCHUIL_OK;
    if (job_count > 0)
        rc = jobs == NULL ? schuil_rc(RC_INTERNAL_MEMORY) : schuil_jobs_run(jobs, n);
    free(jobs);
    metric_add(&metrics->gathered_runs, job_count > 0 ? 1 : 0);
    metric_add(&metrics->gathered_elements, job_count);
    gathered_finish(first, rc);
}

/* ---- prepare ---- */

/* A key number above the highest known: it may be one that a newer snapshot has. Once the database
 * has confirmed the snapshot it is an unknown key, and the diagnostics say so already. */
static bool needs_reload(const struct request *r)
{
    return r->work->needs_reload && !r->is_confirmed;
}

static void on_reload_needed(struct task *task)
{
    worker_await_reload(of_task(task)->worker, of_task(task));
}

static void on_prepare(struct task *task)
{
    struct request *r = of_task(task);
    struct schuil_rc rc = r->flow->prepare(r->work);
    if (schuil_is_ok(rc) && needs_reload(r)) {
        to_loop(r, on_reload_needed);
        return;
    }
    if (schuil_is_ok(rc) && r->work->job_count > 0) {
        rc = slices_begin(r);
        if (schuil_is_ok(rc))
            return; /* the slices have it; it may even have ended */
    } else if (schuil_is_ok(rc)) {
        work_finish(r);
    }
    if (!schuil_is_ok(rc))
        request_set_failure(r, rc, 0, NULL);
    to_loop(r, on_finished);
}

static void step_prepare(struct request *r)
{
    if (r->is_big) {
        to_pool(r, on_prepare);
        return;
    }
    struct schuil_rc rc = r->flow->prepare(r->work);
    if (!schuil_is_ok(rc))
        request_fail(r, rc, 0, NULL);
    else if (needs_reload(r))
        worker_await_reload(r->worker, r);
    else
        worker_gather(r->worker, r);
}

/* ---- quota ---- */

static void on_quota(struct request *r, struct schuil_rc rc)
{
    if (schuil_is_ok(rc)) {
        step_prepare(r);
        return;
    }
    request_set_failure(r, rc, rc.code == RC_LIMIT_QUOTA ? 429 : 503, NULL);
    step_audit(r);
}

static void step_quota(struct request *r)
{
    if (r->flow->has_quota)
        quota_take(r, schuil_work_asked(r->work), on_quota);
    else
        step_prepare(r);
}

/* ---- read ---- */

static struct schuil_rc read_do(struct request *r)
{
    TRY(json_batch_read(exchange_body(r->x), r->arena, &r->batch, &r->detail));
    return r->flow->read(r);
}

static int read_status(struct schuil_rc rc)
{
    return rc.code == RC_INPUT_RECORDS || rc.code == RC_LIMIT_SIZE ? 413 : 0;
}

static void read_ended(struct request *r)
{
    if (!schuil_is_ok(r->rc)) {
        request_fail(r, r->rc, read_status(r->rc), r->detail);
        return;
    }
    r->record_count = r->work->record_count;
    r->is_big |= (uint64_t)r->work->record_count * r->work->type_count > LIMIT_SMALL_COUNT;
    step_quota(r);
}

static void on_read_ended(struct task *task)
{
    read_ended(of_task(task));
}

static void on_read(struct task *task)
{
    struct request *r = of_task(task);
    r->rc = read_do(r);
    to_loop(r, on_read_ended);
}

static void step_read(struct request *r)
{
    r->is_big = exchange_body(r->x).len > LIMIT_SMALL_BODY_LEN;
    if (r->is_big) {
        to_pool(r, on_read);
        return;
    }
    r->rc = read_do(r);
    read_ended(r);
}

void flow_begin(struct request *r, const struct flow *flow)
{
    r->flow = flow;
    step_read(r);
}

void flow_again(struct request *r)
{
    const struct flow *flow = r->flow;
    r->work = NULL;
    r->slices = NULL;
    r->reason = NULL;
    schuil_arena_reset(r->arena);
    r->is_confirmed = true;
    r->idle_us = clock_mono_us() - r->begun_us; /* what was done before it counts for nothing */
    worker_refresh(r->worker, r);
    struct schuil_rc rc = request_admit(r); /* the new snapshot may know the caller no more */
    if (schuil_is_ok(rc))
        flow_begin(r, flow);
    else
        request_fail(r, rc, 0, NULL);
}
