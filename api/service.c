/* SPDX-License-Identifier: Apache-2.0 */
/* Order of birth: files and checks, wrapping key, keeper (first snapshot), TLS, clerk, pool,
 * operate, steward, workers, threads. Order of death: workers' threads, housekeeper, archivist,
 * steward, operate, clerk, pool, keeper, workers, the rest: a task may come back to a worker's
 * inbox until the pool has ended, and the keeper hands snapshots to workers until it has. Signals
 * reach the control thread only. */
#include "service.h"

#include <event2/event.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "archivist.h"
#include "clerk.h"
#include "handlers/health.h"
#include "holders.h"
#include "housekeeper.h"
#include "keeper.h"
#include "log.h"
#include "operate.h"
#include "policy_key.h"
#include "reload.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/memory.h"
#include "sealed.h"
#include "selfcheck.h"
#include "steward.h"
#include "worker.h"
#include "wrapping/wrapping.h"

enum { WATCH_MS = 50 };

/* ---- prepare ---- */

static size_t core_count(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (size_t)n : 1;
}

static void process_name(struct service *s)
{
    char host[64] = "";
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    snprintf(s->process, sizeof s->process, "%s/%ld", host, (long)getpid());
}

SCHUIL_RC service_prepare(struct settings *settings, struct service *ret, char *ret_finding,
                          size_t cap)
{
    *ret = (struct service){.settings = *settings};
    *settings = (struct settings){0};
    struct service *s = ret;
    process_name(s);
    s->roles = 1U << COMPARTMENT_ISSUE | 1U << COMPARTMENT_TRANSLATE | 1U << COMPARTMENT_OPERATE;
    s->compartment = schuil_compartment_name(COMPARTMENT_ISSUE);
    s->worker_count = s->settings.workers > 0 ? (size_t)s->settings.workers : core_count();
    s->pool_threads =
        s->settings.pool_threads > 0 ? (size_t)s->settings.pool_threads : core_count();
    TRY(selfcheck_all(&s->settings, ret_finding, cap));
    TRY(wrapping_open(&s->settings, &s->wrapping, ret_finding, cap));
    TRY(policy_key_read(&s->settings, s->policy_key, ret_finding, cap));
    s->quotas = schuil_quota_table_new();
    ENSURE(s->quotas != NULL, RC_INTERNAL_MEMORY);
    s->holders = holders_new();
    ENSURE(s->holders != NULL, RC_INTERNAL_MEMORY);
    struct edge_tls_files files = reload_files(&s->settings);
    TRY(edge_tls_new(&files, &s->tls, ret_finding, cap));
    return route_table_build(&s->routes);
}

SCHUIL_RC service_load(struct service *s, char *ret_finding, size_t cap)
{
    return keeper_new(s, &s->keeper, ret_finding, cap);
}

/* ---- parts ---- */

static SCHUIL_RC workers_make(struct service *s, char *ret_finding, size_t cap)
{
    s->workers = calloc(s->worker_count + 1, sizeof(struct worker *));
    ENSURE(s->workers != NULL, RC_INTERNAL_MEMORY);
    for (size_t i = 0; i <= s->worker_count; i++)
        TRY(worker_new(s, i < s->worker_count ? LISTENER_API : LISTENER_ADMIN, &s->workers[i],
                       ret_finding, cap));
    return SCHUIL_OK;
}

static SCHUIL_RC parts_make(struct service *s, char *ret_finding, size_t cap)
{
    TRY(clerk_new(s->settings.database, &s->clerk));
    TRY(pool_new(s->pool_threads, LIMIT_QUEUE_COUNT, &s->pool));
    TRY(operate_new(s, &s->operate));
    TRY(archivist_new(s, &s->archivist));
    if (service_has_keys(s))
        TRY(steward_new(s, &s->steward));
    return workers_make(s, ret_finding, cap);
}

/* ---- the control thread ---- */

struct control {
    struct service *service;
    struct reload reload;
    int64_t trimmed_count; /* connections at the last wave: see memory_trim */
    uint64_t trimmed_slices;
    unsigned watch_count, trims_left;
    struct event_base *base;
    struct edge *health;
    struct event *on_term, *on_int, *on_hup, *on_watch;
};

static void on_signal(evutil_socket_t number, short what, void *arg)
{
    struct control *c = arg;
    struct log_field fields[] = {log_number("signal", (int64_t)number)};
    (void)what;
    if (!atomic_exchange(&c->service->is_draining, true))
        log_write(LOG_LEVEL_INFO, "service.draining", fields, 1);
}

static void on_hup_signal(evutil_socket_t number, short what, void *arg)
{
    struct control *c = arg;
    (void)number;
    (void)what;
    reload_all(&c->reload);
}

/* Many handshakes at once take 90 KiB each for a moment, and large requests megabytes; what they
 * leave free lies between what stays, where the C library would hold it for good. So it is given
 * back in the seconds after such a wave; not by a worker, as it takes milliseconds. */
static void memory_trim(struct control *c)
{
    enum { EACH = 1000 / WATCH_MS, TIMES = 3 };
    int64_t count = atomic_load(&c->service->connection_count);
    int64_t change = count - c->trimmed_count;
    uint64_t slices = atomic_load(&c->service->metrics.slices);
    if (++c->watch_count % EACH != 0)
        return;
    if (change >= LIMIT_TRIM_COUNT || -change >= LIMIT_TRIM_COUNT || slices != c->trimmed_slices) {
        c->trimmed_count = count;
        c->trimmed_slices = slices;
        c->trims_left = TIMES;
    }
    if (c->trims_left == 0)
        return;
    c->trims_left--;
    (void)malloc_trim(0);
}

static void on_watch_event(evutil_socket_t fd, short what, void *arg)
{
    struct control *c = arg;
    (void)fd;
    (void)what;
    memory_trim(c);
    reload_watch(&c->reload);
    if (atomic_load(&c->service->is_draining) && atomic_load(&c->service->running_count) == 0)
        event_base_loopbreak(c->base);
}

static SCHUIL_RC control_make(struct control *c, char *ret_finding, size_t cap)
{
    static const struct timeval watch = {0, WATCH_MS * 1000};
    reload_init(&c->reload, c->service);
    c->base = event_base_new();
    ENSURE(c->base != NULL, RC_INTERNAL_MEMORY);
    c->on_term = evsignal_new(c->base, SIGTERM, on_signal, c);
    c->on_int = evsignal_new(c->base, SIGINT, on_signal, c);
    c->on_hup = evsignal_new(c->base, SIGHUP, on_hup_signal, c);
    c->on_watch = event_new(c->base, -1, EV_PERSIST, on_watch_event, c);
    ENSURE(c->on_term != NULL && c->on_int != NULL && c->on_hup != NULL && c->on_watch != NULL,
           RC_INTERNAL_MEMORY);
    event_add(c->on_term, NULL);
    event_add(c->on_int, NULL);
    event_add(c->on_hup, NULL);
    event_add(c->on_watch, &watch);
    return health_listen(c->service, c->base, &c->health, ret_finding, cap);
}

static void control_free(struct control *c)
{
    struct event *events[] = {c->on_term, c->on_int, c->on_hup, c->on_watch};
    reload_done(&c->reload);
    if (c->health != NULL)
        edge_free(c->health);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (events[i] != NULL)
            event_free(events[i]);
    if (c->base != NULL)
        event_base_free(c->base);
}

/* ---- running ---- */

/* Threads inherit the mask of who makes them, so signals are blocked while they are made. */
static SCHUIL_RC threads_start(struct service *s, size_t *ret_started)
{
    for (size_t i = 0; i <= s->worker_count; i++) {
        TRY(worker_start(s->workers[i]));
        *ret_started = i + 1;
    }
    TRY(keeper_start(s->keeper));
    if (s->steward != NULL)
        TRY(steward_start(s->steward));
    return housekeeper_new(s, &s->housekeeper);
}

static void serve(struct service *s, struct control *c)
{
    struct log_field fields[] = {
        log_number("workers", (int64_t)s->worker_count), log_text("api", s->settings.listen_api),
        log_text("admin", s->settings.listen_admin), log_text("health", s->settings.listen_health),
        log_text("kernel", schuil_group_kernel())};
    log_write(LOG_LEVEL_INFO, "service.started", fields, sizeof fields / sizeof fields[0]);
    event_base_dispatch(c->base);
    log_write(LOG_LEVEL_INFO, "service.ended", NULL, 0);
}

static void pid_write(const struct service *s)
{
    const char *path = s->settings.pid_file;
    FILE *file = path[0] == '\0' ? NULL : fopen(path, "we");
    if (file == NULL) {
        if (path[0] != '\0')
            log_write(LOG_LEVEL_ERROR, "service.pid_file", NULL, 0);
        return;
    }
    fprintf(file, "%ld\n", (long)getpid());
    fclose(file);
}

/* Until SIGTERM, or until a part cannot be made. */
static SCHUIL_RC run(struct service *s, struct control *c, char *ret_finding, size_t cap)
{
    size_t started = 0;
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    struct schuil_rc rc = parts_make(s, ret_finding, cap);
    if (schuil_is_ok(rc))
        rc = threads_start(s, &started);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (schuil_is_ok(rc))
        serve(s, c);
    atomic_store(&s->is_draining, true);
    for (size_t i = 0; i < started; i++)
        worker_join(s->workers[i]);
    return rc;
}

/* The health listener answers first; then the keys must be there, then all else begins. */
static SCHUIL_RC begin(struct service *s, struct control *c, char *ret_finding, size_t cap)
{
    TRY(control_make(c, ret_finding, cap));
    pid_write(s);
    if (s->keeper == NULL)
        TRY(sealed_serve(s, c->base, ret_finding, cap));
    return s->keeper == NULL ? SCHUIL_OK : run(s, c, ret_finding, cap);
}

SCHUIL_RC service_run(struct service *s, char *ret_finding, size_t cap)
{
    struct control control = {.service = s};
    signal(SIGPIPE, SIG_IGN);
    /* One heap for all threads: with one each, what a thread lets go serves no other, and resident
     * memory grows for millions of records. Large blocks are few, small ones kept by each thread.
     */
    (void)mallopt(M_ARENA_MAX, 1); /* NOLINT(concurrency-mt-unsafe): no thread has begun */
    struct schuil_rc rc = begin(s, &control, ret_finding, cap);
    control_free(&control);
    return rc;
}

void service_free(struct service *s)
{
    housekeeper_free(s->housekeeper);
    archivist_free(s->archivist);
    steward_free(s->steward);
    operate_free(s->operate);
    clerk_free(s->clerk);
    pool_free(s->pool);
    keeper_free(s->keeper);
    for (size_t i = 0; s->workers != NULL && i <= s->worker_count; i++)
        worker_free(s->workers[i]);
    free(s->workers);
    edge_tls_free(s->tls);
    holders_free(s->holders);
    schuil_quota_table_free(s->quotas);
    wrapping_free(s->wrapping);
    settings_free(&s->settings);
}
