/* SPDX-License-Identifier: Apache-2.0 */
/* See steward.h. Look, make a step, look again; when there is nothing to do, wait a second. The
 * audit chain is begun with the first step, not before. */
#include "steward.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "handlers/admin.h"
#include "keeper.h"
#include "kept_chain.h"
#include "log.h"
#include "operate.h"
#include "rewrap.h"
#include "schuilnaam/engine/life.h"
#include "wrapping/wrapping.h"

enum {
    REST_US = 1000000,
    WAIT_US = 100000,
    LOADED_US = 2000000,        /* until this process knows of what was done, before it is told */
    REWRAP_AGAIN_US = 60000000, /* after one that failed */
    HELD_CAP = 16
};

/* A request that waits for a refresh. */
struct held {
    struct request *r; /* NULL: a free place */
    uint32_t refresh;
    int64_t until_us;
};

struct steward {
    struct service *service;
    struct kept_chain kept;
    enum schuil_rc_code told; /* the failure logged last, so that it is logged once */
    int64_t rewrap_from_us;   /* monotonic: not before; 0: at any time */
    bool has_told_due;
    bool has_ended_old; /* what an interrupted rewrap left is looked for once */
    pthread_t thread;
    bool is_started;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool is_woken, is_ending;
    struct held held[HELD_CAP];
};

/* ---- a step ---- */
static SCHUIL_RC step(struct steward *s, const struct life_plan *plan,
                      const struct snapshot *snapshot, enum life_progress *ret)
{
    struct admin_context context;
    struct audit_event event = kept_chain_event(&s->kept, AUDIT_KEY_PREPARE, NULL);
    TRY(kept_chain_context(&s->kept, snapshot, &event, &context));
    return schuil_life_step(&context, plan, ret);
}

static SCHUIL_RC look_and_step(struct steward *s, enum life_progress *ret)
{
    const struct settings *settings = &s->service->settings;
    struct life_plan plan = {.transport_period_hours = (uint32_t)settings->transport_period};
    *ret = LIFE_REST;
    TRY(kept_session_need(&s->kept.kept, settings->database));
    TRY(schuil_life_look(s->kept.kept.session, &plan, ret));
    if (*ret != LIFE_MOVED)
        return SCHUIL_OK;
    *ret = LIFE_REST;
    struct snapshot *snapshot = keeper_snapshot(s->service->keeper);
    struct schuil_rc rc = step(s, &plan, snapshot, ret);
    schuil_snapshot_unref(snapshot);
    return rc;
}

/* ---- to the next wrapping key ---- */
/* New keys must be in use here before anybody is told of them. */
static void loaded_await(struct steward *s)
{
    struct store_state_row state;
    if (schuil_is_ok(schuil_store_read_state(s->kept.kept.session, &state)))
        keeper_await(s->service->keeper, &state, LOADED_US);
}

static void due_tell(struct steward *s, bool is_due)
{
    atomic_store(&s->service->metrics.rewrap_is_due, is_due ? 1 : 0);
    bool is_news = is_due && !s->has_told_due;
    s->has_told_due = is_due;
    if (is_news)
        log_write(LOG_LEVEL_WARNING, "rewrap.due", NULL, 0);
}

static SCHUIL_RC need_read(struct steward *s, enum rewrap_need *ret)
{
    const struct wrapping_ring *ring = wrapping_hold(s->service->wrapping);
    struct schuil_rc rc = schuil_rewrap_look(s->kept.kept.session, ring, ret);
    wrapping_release(ring);
    return rc;
}

/* The old key ends once this process has loaded what lies under the new one. */
static SCHUIL_RC rewrap_do(struct steward *s, const struct snapshot *snapshot)
{
    bool is_done;
    struct admin_context context;
    struct audit_event event = kept_chain_event(&s->kept, AUDIT_KEY_REWRAP, NULL);
    TRY(kept_chain_context(&s->kept, snapshot, &event, &context));
    TRY(schuil_rewrap_step(&context, &is_done));
    if (!is_done)
        return SCHUIL_OK;
    atomic_store(&s->service->metrics.rewrap_is_due, 0);
    loaded_await(s);
    return rewrap_old_end(&s->kept, &context);
}

static SCHUIL_RC left_over_end(struct steward *s, const struct snapshot *snapshot)
{
    struct admin_context context;
    struct audit_event event = kept_chain_event(&s->kept, AUDIT_WRAPPING_END, NULL);
    TRY(kept_chain_context(&s->kept, snapshot, &event, &context));
    return rewrap_old_end(&s->kept, &context);
}

/* A process that was killed behind its rewrap had no time for the end of the old key. */
static SCHUIL_RC left_over_look(struct steward *s)
{
    char name[WRAPPING_NAME_LEN + 1];
    TRY(schuil_admin_wrapping_retiring(s->kept.kept.session, name, 0));
    s->has_ended_old = true;
    if (name[0] == '\0' || !wrapping_is_automatic(s->service->wrapping))
        return SCHUIL_OK;
    struct snapshot *snapshot = keeper_snapshot(s->service->keeper);
    struct schuil_rc rc = left_over_end(s, snapshot);
    schuil_snapshot_unref(snapshot);
    return rc;
}

/* What is due and cannot go by itself is told once, and as a metric. */
static SCHUIL_RC rewrap_round(struct steward *s)
{
    enum rewrap_need need;
    if (!s->has_ended_old)
        TRY(left_over_look(s));
    TRY(need_read(s, &need));
    bool is_ours = need == REWRAP_DUE && wrapping_is_automatic(s->service->wrapping);
    bool is_time = clock_mono_us() >= s->rewrap_from_us;
    if (!is_ours || !is_time) {
        due_tell(s, need != REWRAP_NOT_DUE);
        return SCHUIL_OK;
    }
    struct snapshot *snapshot = keeper_snapshot(s->service->keeper);
    struct schuil_rc rc = rewrap_do(s, snapshot);
    schuil_snapshot_unref(snapshot);
    if (!schuil_is_ok(rc))
        s->rewrap_from_us = clock_mono_us() + REWRAP_AGAIN_US;
    return rc;
}

/* ---- requests that wait ---- */
bool steward_hold(struct steward *s, struct request *r, uint32_t refresh)
{
    bool is_held = false;
    int64_t until_us = clock_mono_us() + (int64_t)LIMIT_HOLD_S * 1000000;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < HELD_CAP && !is_held && !s->is_ending; i++) {
        if (s->held[i].r != NULL)
            continue;
        s->held[i] = (struct held){r, refresh, until_us};
        is_held = true;
    }
    s->is_woken = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return is_held;
}

static void refresh_answer(struct request *r, enum refresh_state state,
                           const struct admin_rows *rows)
{
    if (state == REFRESH_FAILED)
        request_set_failure(r, schuil_rc(RC_CONFLICT_STATE), 0,
                            "the refresh failed and the keys are as they were: see the log, and"
                            " the event KEY_ABORT");
    else
        admin_answer(r, SCHUIL_OK, rows, NULL);
    operate_return(r);
}

/* Answer it if it is time. */
static void held_look(struct steward *s, struct held *held, bool is_last)
{
    enum refresh_state state = REFRESH_OPEN;
    struct admin_rows *rows = NULL;
    struct schuil_rc rc = kept_session_need(&s->kept.kept, s->service->settings.database);
    if (schuil_is_ok(rc))
        rc = schuil_refresh_status(s->kept.kept.session, held->refresh, &rows, &state);
    bool is_over = is_last || clock_mono_us() >= held->until_us;
    if (schuil_is_ok(rc) && (is_over || state != REFRESH_OPEN)) {
        loaded_await(s);
        refresh_answer(held->r, state, rows);
        held->r = NULL;
    } else if (is_over) {
        request_set_failure(held->r, rc, 0, NULL);
        operate_return(held->r);
        held->r = NULL;
    }
    schuil_admin_rows_free(rows);
}

/* A place that is taken is this thread's alone. *ret_waits: some are left. */
static void held_serve(struct steward *s, bool is_last, bool *ret_waits)
{
    *ret_waits = false;
    for (size_t i = 0; i < HELD_CAP; i++) {
        pthread_mutex_lock(&s->lock);
        struct held held = s->held[i];
        pthread_mutex_unlock(&s->lock);
        if (held.r == NULL)
            continue;
        held_look(s, &held, is_last);
        pthread_mutex_lock(&s->lock);
        s->held[i] = held;
        pthread_mutex_unlock(&s->lock);
        *ret_waits = *ret_waits || held.r != NULL;
    }
}

/* ---- the round ---- */
static void failure_tell(struct steward *s, struct schuil_rc rc)
{
    if (s->told == (enum schuil_rc_code)rc.code)
        return;
    s->told = (enum schuil_rc_code)rc.code;
    struct log_field fields[] = {log_text("result", schuil_rc_name(rc)),
                                 log_text("database", schuil_store_message(s->kept.kept.session))};
    log_write(LOG_LEVEL_ERROR, "steward.failed", fields, 2);
}

/* A refresh is told as over only when the wrapping key has followed it. */
static SCHUIL_RC work_do(struct steward *s, enum life_progress *ret)
{
    TRY(look_and_step(s, ret));
    return *ret == LIFE_REST ? rewrap_round(s) : SCHUIL_OK;
}

/* How long to wait for the next round, in microseconds. */
static int64_t round_do(struct steward *s)
{
    bool are_waiting = false, is_last = atomic_load(&s->service->is_draining);
    enum life_progress progress = LIFE_REST;
    struct schuil_rc rc = work_do(s, &progress);
    if (schuil_is_ok(rc))
        s->told = RC_OK;
    else if (schuil_rc_class(rc) != RC_CLASS_STORE)
        failure_tell(s, rc);
    kept_chain_outcome(&s->kept, rc);
    if (schuil_is_ok(rc) && progress == LIFE_MOVED && !is_last)
        return 0;
    held_serve(s, is_last, &are_waiting);
    bool is_soon = schuil_is_ok(rc) && (progress == LIFE_WAITS || are_waiting);
    return is_soon ? WAIT_US : REST_US;
}

/* ---- the thread ---- */
/* false: the end has come. */
static bool pause_do(struct steward *s, int64_t us)
{
    int64_t until_us = clock_mono_us() + us;
    struct timespec until = {.tv_sec = (time_t)(until_us / 1000000),
                             .tv_nsec = (long)(until_us % 1000000) * 1000};
    pthread_mutex_lock(&s->lock);
    while (!s->is_woken && !s->is_ending)
        if (pthread_cond_timedwait(&s->changed, &s->lock, &until) != 0)
            break;
    s->is_woken = false;
    bool goes_on = !s->is_ending;
    pthread_mutex_unlock(&s->lock);
    return goes_on;
}

static void *thread_main(void *arg)
{
    struct steward *s = arg;
    while (pause_do(s, round_do(s)))
        continue;
    return NULL;
}

SCHUIL_RC steward_new(struct service *service, struct steward **ret)
{
    *ret = NULL;
    struct steward *s = calloc(1, sizeof *s);
    ENSURE(s != NULL, RC_INTERNAL_MEMORY);
    s->service = service;
    s->kept =
        (struct kept_chain){.service = service, .access = "steward", .log_name = "steward.store"};
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->changed, &attr);
    pthread_condattr_destroy(&attr);
    *ret = s;
    return SCHUIL_OK;
}

SCHUIL_RC steward_start(struct steward *s)
{
    ENSURE(pthread_create(&s->thread, NULL, thread_main, s) == 0, RC_INTERNAL);
    s->is_started = true;
    return SCHUIL_OK;
}

void steward_free(struct steward *s)
{
    if (s == NULL)
        return;
    bool are_waiting;
    pthread_mutex_lock(&s->lock);
    s->is_ending = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
    if (s->is_started)
        pthread_join(s->thread, NULL);
    held_serve(s, true, &are_waiting);
    kept_chain_end(&s->kept);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
