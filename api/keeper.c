/* SPDX-License-Identifier: Apache-2.0 */
/* A loop of four steps: session, state, load if it changed, wait. Every step may fail; the session
 * is then closed and a second later all begins again. While a changed database cannot be loaded
 * nothing is confirmed, so the lease runs out and workers answer 503. */
#include "keeper.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inbox.h"
#include "log.h"
#include "schuilnaam/crypto/memory.h"
#include "worker.h"
#include "wrapping/wrapping.h"

enum { POLL_US = 1000000, FINDING_CAP = 256 };

struct keeper {
    struct service *service;
    struct store_session *session;
    struct store_process process; /* its row, renewed with each confirmation */
    struct inbox wake;            /* its descriptor only */
    pthread_t thread;
    bool is_started;
    _Atomic bool is_ending;
    pthread_mutex_t lock; /* of snapshot and loaded */
    pthread_cond_t changed;
    struct snapshot *snapshot;
    struct store_state_row loaded;
    char told[FINDING_CAP]; /* the finding logged last, so that it is logged once */
};

static bool state_equal(const struct store_state_row *a, const struct store_state_row *b)
{
    return a->policy_counter == b->policy_counter &&
           memcmp(a->manifest_counters, b->manifest_counters, sizeof a->manifest_counters) == 0;
}

static bool state_reaches(const struct store_state_row *a, const struct store_state_row *wanted)
{
    for (size_t i = 0; i < COMPARTMENT_COUNT; i++)
        if (a->manifest_counters[i] < wanted->manifest_counters[i])
            return false;
    return a->policy_counter >= wanted->policy_counter;
}

/* ---- one round ---- */

static void publish(struct keeper *k, struct snapshot *snapshot,
                    const struct store_state_row *state)
{
    struct service *s = k->service;
    for (size_t i = 0; s->workers != NULL && i <= s->worker_count; i++)
        if (s->workers[i] != NULL)
            worker_hand(s->workers[i], schuil_snapshot_ref(snapshot));
    atomic_store(&s->snapshot_counter, schuil_snapshot_counter(snapshot));
    pthread_mutex_lock(&k->lock);
    struct snapshot *old = k->snapshot;
    k->snapshot = snapshot;
    k->loaded = *state;
    pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->lock);
    schuil_snapshot_unref(old);
}

static SCHUIL_RC snapshot_read(struct keeper *k, struct snapshot **ret, char *finding, size_t cap)
{
    struct service *s = k->service;
    const struct wrapping_ring *ring = wrapping_hold(s->wrapping);
    struct snapshot_source source = {.ring = ring,
                                     .compartments = s->roles,
                                     .policy_key = s->policy_key,
                                     .state_directory = s->settings.state_directory,
                                     .quotas = s->quotas};
    struct schuil_rc rc = schuil_store_load(k->session, &source, ret, finding, cap);
    wrapping_release(ring);
    return rc;
}

/* Rows may have been moved to a wrapping key that has come since: it is looked for once. */
static SCHUIL_RC snapshot_load(struct keeper *k, struct snapshot **ret, char *finding, size_t cap)
{
    char why[FINDING_CAP] = "";
    struct schuil_rc rc = snapshot_read(k, ret, finding, cap);
    if (rc.code != RC_CONFIG_WRAPPING ||
        !schuil_is_ok(wrapping_look(k->service->wrapping, why, sizeof why)))
        return rc;
    return snapshot_read(k, ret, finding, cap);
}

static SCHUIL_RC load(struct keeper *k, const struct store_state_row *state, char *finding,
                      size_t cap)
{
    struct snapshot *snapshot = NULL;
    TRY(snapshot_load(k, &snapshot, finding, cap));
    publish(k, snapshot, state);
    struct log_field fields[] = {log_number("counter", (int64_t)state->policy_counter)};
    log_write(LOG_LEVEL_INFO, "keeper.loaded", fields, 1);
    return SCHUIL_OK;
}

/* Ask the counters. *ret_is_new: they are not those of the snapshot in use. */
static SCHUIL_RC look(struct keeper *k, struct store_state_row *ret, bool *ret_is_new)
{
    struct service *s = k->service;
    int64_t asked_us = clock_mono_us(), wall_us = clock_wall_us();
    TRY(schuil_store_read_state(k->session, ret));
    int64_t middle_us = wall_us + (clock_mono_us() - asked_us) / 2;
    atomic_store(&s->clock_difference_us, middle_us - ret->clock_us);
    *ret_is_new = k->snapshot == NULL || !state_equal(ret, &k->loaded);
    return SCHUIL_OK;
}

/* Look, and renew this process's row when nothing is new: no later than the snapshot's lease, so
 * that whoever may use a snapshot is live. A row that was not live asks for a second look, as a
 * change may have passed it over. What is confirmed is the state at the moment before the last
 * question was sent. */
static SCHUIL_RC confirm(struct keeper *k, struct store_state_row *ret, bool *ret_is_new)
{
    bool was_live = false;
    int64_t asked_us = clock_mono_us();
    TRY(look(k, ret, ret_is_new));
    if (*ret_is_new)
        return SCHUIL_OK;
    TRY(schuil_store_process_renew(k->session, &k->process, &k->loaded, &was_live));
    if (!was_live) {
        asked_us = clock_mono_us();
        TRY(look(k, ret, ret_is_new));
    }
    if (!*ret_is_new)
        atomic_store(&k->service->confirmed_us, asked_us);
    return SCHUIL_OK;
}

static SCHUIL_RC session_need(struct keeper *k)
{
    if (k->session != NULL)
        return SCHUIL_OK;
    TRY(schuil_store_open(k->service->settings.database, &k->session));
    return schuil_store_listen(k->session);
}

static SCHUIL_RC round_do(struct keeper *k, char *finding, size_t cap)
{
    struct store_state_row state;
    bool is_new;
    TRY(session_need(k));
    TRY(confirm(k, &state, &is_new));
    if (!is_new)
        return SCHUIL_OK;
    TRY(load(k, &state, finding, cap));
    return confirm(k, &state, &is_new);
}

/* ---- the thread ---- */

static void failure_tell(struct keeper *k, struct schuil_rc rc, const char *finding)
{
    const char *words = k->session == NULL ? "" : schuil_store_message(k->session);
    if (finding[0] == '\0')
        finding = schuil_rc_name(rc);
    if (strncmp(k->told, finding, sizeof k->told - 1) == 0)
        return;
    snprintf(k->told, sizeof k->told, "%s", finding);
    struct log_field fields[] = {log_text("result", schuil_rc_name(rc)),
                                 log_text("finding", finding), log_text("database", words)};
    log_write(LOG_LEVEL_ERROR, "keeper.failed", fields, 3);
}

static void session_end(struct keeper *k)
{
    schuil_store_close(k->session);
    k->session = NULL;
}

/* Wait for a notification, a wake or a second. */
static void pause_do(struct keeper *k)
{
    bool is_notified;
    if (k->session != NULL &&
        schuil_is_ok(schuil_store_wait(k->session, k->wake.fd, POLL_US, &is_notified))) {
        inbox_run(&k->wake);
        return;
    }
    session_end(k);
    struct timespec second = {.tv_sec = atomic_load(&k->is_ending) ? 0 : 1};
    nanosleep(&second, NULL);
}

static void waiters_wake(struct service *s)
{
    for (size_t i = 0; i <= s->worker_count; i++)
        worker_confirmed(s->workers[i]);
}

static void *thread_main(void *arg)
{
    struct keeper *k = arg;
    while (!atomic_load(&k->is_ending)) {
        char finding[FINDING_CAP] = "";
        struct schuil_rc rc = round_do(k, finding, sizeof finding);
        if (schuil_is_ok(rc)) {
            k->told[0] = '\0';
            waiters_wake(k->service);
        } else {
            failure_tell(k, rc, finding);
            /* A refused load leaves the session good; a lost one is opened anew. */
            if (schuil_rc_class(rc) == RC_CLASS_STORE)
                session_end(k);
        }
        pause_do(k);
    }
    return NULL;
}

static SCHUIL_RC process_init(struct keeper *k)
{
    k->wake.fd = -1;
    k->process.roles = k->service->roles;
    k->process.label = k->service->process;
    return schuil_random(k->process.id, sizeof k->process.id);
}

SCHUIL_RC keeper_new(struct service *service, struct keeper **ret, char *ret_finding, size_t cap)
{
    *ret = NULL;
    struct keeper *k = calloc(1, sizeof *k);
    ENSURE(k != NULL, RC_INTERNAL_MEMORY);
    k->service = service;
    pthread_mutex_init(&k->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&k->changed, &attr);
    pthread_condattr_destroy(&attr);
    struct schuil_rc rc = process_init(k);
    if (schuil_is_ok(rc))
        rc = inbox_init(&k->wake);
    if (schuil_is_ok(rc))
        rc = round_do(k, ret_finding, cap);
    if (!schuil_is_ok(rc)) {
        if (ret_finding[0] == '\0')
            snprintf(ret_finding, cap, "%s",
                     k->session == NULL ? "" : schuil_store_message(k->session));
        keeper_free(k);
        return rc;
    }
    *ret = k;
    return SCHUIL_OK;
}

SCHUIL_RC keeper_start(struct keeper *k)
{
    ENSURE(pthread_create(&k->thread, NULL, thread_main, k) == 0, RC_INTERNAL);
    k->is_started = true;
    return SCHUIL_OK;
}

struct snapshot *keeper_snapshot(struct keeper *k)
{
    pthread_mutex_lock(&k->lock);
    struct snapshot *snapshot = schuil_snapshot_ref(k->snapshot);
    pthread_mutex_unlock(&k->lock);
    return snapshot;
}

void keeper_wake(struct keeper *k)
{
    inbox_wake(&k->wake);
}

void keeper_await(struct keeper *k, const struct store_state_row *state, int64_t timeout_us)
{
    int64_t until_us = clock_mono_us() + timeout_us;
    struct timespec until = {.tv_sec = (time_t)(until_us / 1000000),
                             .tv_nsec = (long)(until_us % 1000000) * 1000};
    keeper_wake(k);
    pthread_mutex_lock(&k->lock);
    while (!state_reaches(&k->loaded, state))
        if (pthread_cond_timedwait(&k->changed, &k->lock, &until) != 0)
            break;
    pthread_mutex_unlock(&k->lock);
}

/* A process that cannot tell is live for a minute more. */
static void process_end(struct keeper *k)
{
    if (k->session == NULL)
        return;
    struct schuil_rc ignored = schuil_store_process_end(k->session, &k->process);
    (void)ignored;
}

void keeper_free(struct keeper *k)
{
    if (k == NULL)
        return;
    atomic_store(&k->is_ending, true);
    keeper_wake(k);
    if (k->is_started)
        pthread_join(k->thread, NULL);
    process_end(k);
    session_end(k);
    schuil_snapshot_unref(k->snapshot);
    inbox_done(&k->wake);
    pthread_cond_destroy(&k->changed);
    pthread_mutex_destroy(&k->lock);
    free(k);
}
