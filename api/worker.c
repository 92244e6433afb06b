/* SPDX-License-Identifier: Apache-2.0 */
/* The loop, pass by pass. Events: the edge's own, the inbox, the store's descriptor, and a tick for
 * what has a deadline but no event. A pass serves all that was ready at once. At its end, unless a
 * transaction is out, the gathered requests run together and the events that wait are submitted:
 * before that transaction ends none of them could be answered, and until then others may come to
 * fill the lanes. Log lines are written then too. A lone request waits for nobody: no timer is in
 * the way. */
#include "worker.h"

#include <assert.h>
#include <event2/event.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "flow.h"
#include "holders.h"
#include "keeper.h"
#include "log.h"

enum { TICK_MS = 100, SPARE_CAP = 128, GATHER_CAP = LIMIT_SLICE_COUNT };

struct worker {
    struct service *service;
    enum listener listener;
    pthread_t thread;
    struct event_base *base;
    struct edge *edge;
    struct inbox inbox;
    struct event *on_inbox, *on_tick, *on_store;
    int store_fd, watch_fd; /* the store's, and our duplicate that on_store watches; -1: none */
    enum store_want store_want;
    struct snapshot *snapshot;
    struct turn *turn; /* NULL: admin */
    struct errand heads;
    bool heads_asked, is_draining, is_over;
    int64_t drain_until_us;
    struct request *gathered, **gathered_end;
    size_t gathered_jobs;
    struct request *waiting; /* for a reload */
    struct request *spare;
    size_t spare_count, request_count;
    _Atomic(struct snapshot *) slot;
    _Atomic bool is_ready, has_waiting;
};

/* ---- from other threads ---- */

void worker_post(struct worker *w, struct task *task)
{
    inbox_post(&w->inbox, task);
}

void worker_hand(struct worker *w, struct snapshot *snapshot)
{
    schuil_snapshot_unref(atomic_exchange(&w->slot, snapshot));
    inbox_wake(&w->inbox);
}

void worker_confirmed(struct worker *w)
{
    if (atomic_load(&w->has_waiting))
        inbox_wake(&w->inbox);
}

bool worker_is_ready(const struct worker *w)
{
    return atomic_load(&w->is_ready);
}

struct inbox *worker_inbox(struct worker *w)
{
    return &w->inbox;
}

/* ---- snapshot ---- */

static void snapshot_take(struct worker *w)
{
    if (atomic_load_explicit(&w->slot, memory_order_relaxed) == NULL)
        return;
    struct snapshot *snapshot = atomic_exchange(&w->slot, NULL);
    if (snapshot == NULL)
        return;
    schuil_snapshot_unref(w->snapshot);
    w->snapshot = snapshot;
}

void worker_refresh(struct worker *w, struct request *r)
{
    snapshot_take(w);
    schuil_snapshot_unref(r->snapshot);
    r->snapshot = w->snapshot == NULL ? NULL : schuil_snapshot_ref(w->snapshot);
}

/* ---- the store's events ---- */

static void turn_call(struct worker *w, void (*step)(struct turn *turn, int64_t now_us));

static void on_store_event(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    turn_call(arg, turn_receive);
}

static void store_unwatch(struct worker *w)
{
    if (w->on_store != NULL)
        event_free(w->on_store);
    if (w->watch_fd >= 0)
        close(w->watch_fd);
    w->on_store = NULL;
    w->watch_fd = -1;
}

/* libpq may close a descriptor and open another of the same number, so while it connects the event
 * is made anew after every step; and another thread may get that number, so it is a duplicate that
 * is watched, which lives until its event is gone. */
static void store_watch(struct worker *w)
{
    const struct audit_store *store = turn_store(w->turn);
    int fd = schuil_audit_store_fd(store);
    enum store_want want = schuil_audit_store_want(store);
    bool is_settled = schuil_audit_store_state(store) != STORE_CONNECTING;
    if (fd == w->store_fd && want == w->store_want && is_settled)
        return;
    store_unwatch(w);
    w->store_fd = fd;
    w->store_want = want;
    if (fd < 0 || want == STORE_WANT_NONE)
        return;
    short what = (short)(EV_PERSIST | (want & STORE_WANT_READ ? EV_READ : 0) |
                         (want & STORE_WANT_WRITE ? EV_WRITE : 0));
    w->watch_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (w->watch_fd >= 0)
        w->on_store = event_new(w->base, w->watch_fd, what, on_store_event, w);
    if (w->on_store == NULL || event_add(w->on_store, NULL) != 0)
        log_write(LOG_LEVEL_ERROR, "worker.event", NULL, 0);
}

static void turn_call(struct worker *w, void (*step)(struct turn *turn, int64_t now_us))
{
    if (w->turn == NULL)
        return;
    step(w->turn, clock_mono_us());
    store_watch(w);
    atomic_store(&w->is_ready, turn_is_ready(w->turn));
}

/* ---- heads of the chains ---- */

static void on_heads(struct errand *errand)
{
    struct worker *w = CONTAINER(errand, struct worker, heads);
    w->heads_asked = false;
    turn_heads(w->turn, errand->heads);
    free(errand->heads);
}

static void ask_heads(void *arg)
{
    struct worker *w = arg;
    if (w->heads_asked)
        return;
    w->heads = (struct errand){.kind = ERRAND_HEADS, .inbox = &w->inbox, .on_done = on_heads};
    w->heads_asked = schuil_is_ok(clerk_ask(w->service->clerk, &w->heads));
}

static const struct signing_pair *pair_now(void *arg)
{
    struct worker *w = arg;
    return w->snapshot == NULL ? NULL : schuil_key_audit(w->snapshot);
}

/* ---- turns ---- */

static void gathered_run(struct worker *w)
{
    struct request *first = w->gathered;
    if (first == NULL)
        return;
    size_t job_count = w->gathered_jobs;
    w->gathered = NULL;
    w->gathered_end = &w->gathered;
    w->gathered_jobs = 0;
    flow_gathered(first, job_count);
}

static void pass_end(struct worker *w)
{
    if (w->turn != NULL && !turn_is_out(w->turn)) {
        gathered_run(w);
        turn_call(w, turn_submit);
    }
    log_flush();
}

void worker_gather(struct worker *w, struct request *r)
{
    r->next = NULL;
    *w->gathered_end = r;
    w->gathered_end = &r->next;
    w->gathered_jobs += r->work->job_count;
    /* Enough for the kernel's lanes: more would only make the first ones wait. */
    if (w->gathered_jobs >= GATHER_CAP)
        gathered_run(w);
}

void worker_audit(struct worker *w, struct turn_entry *entry)
{
    turn_add(w->turn, entry, clock_mono_us());
}

/* ---- an event of the process itself ---- */

struct note {
    struct task task;
    struct turn_entry entry;
    struct audit_event event;
    struct worker *worker;
    char detail[1024];
};

static void on_noted(struct turn_entry *entry, enum turn_result result)
{
    if (result != TURN_COMMITTED)
        log_write(LOG_LEVEL_ERROR, "worker.note_lost", NULL, 0);
    free(CONTAINER(entry, struct note, entry));
}

static void on_note(struct task *task)
{
    struct note *n = CONTAINER(task, struct note, task);
    n->entry = (struct turn_entry){.event = &n->event, .done = on_noted};
    worker_audit(n->worker, &n->entry);
}

void worker_note(struct worker *w, enum audit_event_id id, const char *outcome, const char *detail)
{
    struct note *n = w->turn == NULL ? NULL : calloc(1, sizeof *n);
    if (n == NULL) {
        log_write(LOG_LEVEL_ERROR, "worker.note_lost", NULL, 0);
        return;
    }
    snprintf(n->detail, sizeof n->detail, "%s", detail == NULL ? "" : detail);
    n->worker = w;
    n->task.run = on_note;
    n->event = (struct audit_event){.time_us = clock_wall_us(),
                                    .id = id,
                                    .outcome = outcome,
                                    .role = "system",
                                    .access = "api",
                                    .compartment = w->service->compartment,
                                    .process = w->service->process,
                                    .detail = detail == NULL ? NULL : n->detail};
    worker_post(w, &n->task);
}

/* ---- waiting for a reload ---- */

void worker_await_reload(struct worker *w, struct request *r)
{
    r->waited_us = r->begun_us;
    r->next = w->waiting;
    w->waiting = r;
    atomic_store(&w->has_waiting, true);
}

static void waiting_step(struct worker *w, int64_t now_us)
{
    struct request *list = w->waiting;
    int64_t confirmed_us = atomic_load(&w->service->confirmed_us);
    w->waiting = NULL;
    while (list != NULL) {
        struct request *r = list;
        list = r->next;
        if (confirmed_us > r->waited_us) {
            flow_again(r);
        } else if (now_us - r->waited_us > (int64_t)LIMIT_STORE_S * 1000000) {
            request_fail(r, schuil_rc(RC_BUSY_SNAPSHOT), 503, NULL);
        } else {
            r->next = w->waiting;
            w->waiting = r;
        }
    }
    atomic_store(&w->has_waiting, w->waiting != NULL);
}

/* ---- requests ---- */

static struct request *request_take(struct worker *w)
{
    struct request *r = w->spare;
    if (r == NULL)
        return request_new();
    w->spare = r->next;
    w->spare_count--;
    r->next = NULL;
    return r;
}

void worker_release(struct worker *w, struct request *r)
{
    w->request_count--;
    request_reset(r);
    if (w->spare_count >= SPARE_CAP) {
        request_free(r);
        return;
    }
    r->next = w->spare;
    w->spare = r;
    w->spare_count++;
}

static void on_route(void *arg, const char *method, struct bytes path, struct edge_route_view *ret)
{
    struct worker *w = arg;
    route_find(&w->service->routes, w->listener, method, path, ret);
}

/* While the chain cannot be written nothing can be answered, so no work is begun. */
static SCHUIL_RC chain_need(struct worker *w)
{
    ENSURE(w->turn == NULL || turn_is_ready(w->turn), RC_STORE_AWAY);
    return SCHUIL_OK;
}

static void request_start(struct worker *w, struct request *r)
{
    struct schuil_rc rc = chain_need(w);
    if (schuil_is_ok(rc))
        rc = request_admit(r);
    if (schuil_is_ok(rc))
        r->route->handle(r);
    else
        request_fail(r, rc, 0, NULL);
}

static void on_request(void *arg, struct exchange *x)
{
    struct worker *w = arg;
    struct request *r = request_take(w);
    if (r == NULL) {
        exchange_fail(x, schuil_rc(RC_INTERNAL_MEMORY), 0, NULL);
        return;
    }
    w->request_count++;
    r->service = w->service;
    r->worker = w;
    r->x = x;
    r->begun_us = clock_mono_us();
    r->now_us = clock_wall_us();
    exchange_set_user(x, r);
    worker_refresh(w, r);
    r->route = exchange_route(x);
    assert(r->route != NULL); /* no request comes here without a route */
    route_params(r->route, exchange_path(x), r->params);
    request_start(w, r);
}

static void on_gone(void *arg, struct exchange *x)
{
    struct request *r = exchange_user(x);
    (void)arg;
    if (r != NULL)
        r->is_gone = true;
}

/* ---- the loop ---- */

static void on_inbox_event(evutil_socket_t fd, short what, void *arg)
{
    struct worker *w = arg;
    (void)fd;
    (void)what;
    snapshot_take(w);
    inbox_run(&w->inbox);
    waiting_step(w, clock_mono_us());
}

static void drain_begin(struct worker *w, int64_t now_us)
{
    w->is_draining = true;
    w->drain_until_us = now_us + (int64_t)LIMIT_DRAIN_S * 1000000;
    edge_drain(w->edge);
}

/* All answered, or the time is over: close the chain, then the loop. */
static void drain_step(struct worker *w, int64_t now_us)
{
    bool is_over = now_us >= w->drain_until_us;
    if (!is_over && (w->request_count > 0 || edge_connection_count(w->edge) > 0))
        return;
    if (w->turn != NULL && !turn_end(w->turn, now_us) && now_us < w->drain_until_us + 2000000)
        return;
    w->is_over = true;
}

static struct edge_limits limits_of(const struct settings *s)
{
    return (struct edge_limits){.handshake_s = (int)setting_now(&s->deadline_handshake),
                                .head_s = (int)setting_now(&s->deadline_head),
                                .body_s = (int)setting_now(&s->deadline_body),
                                .write_stall_s = (int)setting_now(&s->deadline_write),
                                .idle_s = (int)setting_now(&s->deadline_idle),
                                .connection_cap = setting_now(&s->connections_max)};
}

static void on_tick_event(evutil_socket_t fd, short what, void *arg)
{
    struct worker *w = arg;
    int64_t now_us = clock_mono_us();
    (void)fd;
    (void)what;
    struct edge_limits limits = limits_of(&w->service->settings);
    edge_set_limits(w->edge, &limits);
    snapshot_take(w);
    waiting_step(w, now_us);
    gathered_run(w); /* whatever the database does: the events' deadline begins with them */
    turn_call(w, turn_drive);
    if (!w->is_draining && atomic_load(&w->service->is_draining))
        drain_begin(w, now_us);
    if (w->is_draining)
        drain_step(w, now_us);
}

static void *thread_main(void *arg)
{
    struct worker *w = arg;
    static const struct timeval tick = {0, TICK_MS * 1000};
    event_add(w->on_inbox, NULL);
    event_add(w->on_tick, &tick);
    log_gather();
    turn_call(w, turn_drive);
    while (!w->is_over && event_base_loop(w->base, EVLOOP_ONCE) == 0)
        pass_end(w);
    log_flush();
    atomic_store(&w->is_ready, false);
    atomic_fetch_sub(&w->service->running_count, 1);
    return NULL;
}

/* ---- life ---- */

static const char *address_of(const struct service *s, enum listener listener)
{
    return listener == LISTENER_ADMIN ? s->settings.listen_admin : s->settings.listen_api;
}

/* Half of all connections, unless it is told. */
static int64_t organisation_cap(const struct settings *s)
{
    int64_t cap = setting_now(&s->connections_organisation);
    int64_t half = (setting_now(&s->connections_max) + 1) / 2;
    return cap > 0 ? cap : half;
}

/* Operators are few and have a listener of their own: they count for nobody. */
static bool on_open(void *arg, const struct client_certificate *certificate, void **ret_owner)
{
    struct worker *w = arg;
    snapshot_take(w);
    if (w->snapshot == NULL || w->listener == LISTENER_ADMIN)
        return true;
    const struct credential *c = schuil_credential_match(w->snapshot, certificate);
    uint32_t organisation = c == NULL ? 0 : c->organisation;
    if (holders_enter(w->service->holders, organisation, organisation_cap(&w->service->settings),
                      ret_owner))
        return true;
    metric_add(&w->service->metrics.connections_refused, 1);
    return false;
}

static SCHUIL_RC edge_make(struct worker *w)
{
    const struct settings *s = &w->service->settings;
    struct edge_config config = {.base = w->base,
                                 .address = address_of(w->service, w->listener),
                                 .tls = w->service->tls,
                                 .access = w->listener == LISTENER_ADMIN ? "admin" : "api",
                                 .reuse_port = w->listener == LISTENER_API,
                                 .connection_count = &w->service->connection_count,
                                 .connection_cap = s->connections_max,
                                 .on_route = on_route,
                                 .on_request = on_request,
                                 .on_gone = on_gone,
                                 .on_open = on_open,
                                 .on_closed = holders_leave,
                                 .arg = w,
                                 .handshake_s = (int)s->deadline_handshake,
                                 .head_s = (int)s->deadline_head,
                                 .body_s = (int)s->deadline_body,
                                 .write_stall_s = (int)s->deadline_write,
                                 .idle_s = (int)s->deadline_idle};
    return edge_new(&config, &w->edge);
}

static SCHUIL_RC turn_make(struct worker *w)
{
    struct service *s = w->service;
    struct turn_config config = {.conninfo = s->settings.database,
                                 .prototype = {.role = "system",
                                               .access = "api",
                                               .compartment = s->compartment,
                                               .process = s->process},
                                 .metrics = &s->metrics,
                                 .pair = pair_now,
                                 .ask_heads = ask_heads,
                                 .arg = w};
    return turn_new(&config, &w->turn);
}

static SCHUIL_RC events_make(struct worker *w)
{
    w->base = event_base_new();
    ENSURE(w->base != NULL, RC_INTERNAL_MEMORY);
    w->on_inbox = event_new(w->base, w->inbox.fd, EV_READ | EV_PERSIST, on_inbox_event, w);
    w->on_tick = event_new(w->base, -1, EV_PERSIST, on_tick_event, w);
    ENSURE(w->on_inbox != NULL && w->on_tick != NULL, RC_INTERNAL_MEMORY);
    return SCHUIL_OK;
}

static SCHUIL_RC parts_make(struct worker *w, char *ret_finding, size_t cap)
{
    TRY(inbox_init(&w->inbox));
    TRY(events_make(w));
    if (w->listener == LISTENER_API)
        TRY(turn_make(w));
    struct schuil_rc rc = edge_make(w);
    if (!schuil_is_ok(rc))
        snprintf(ret_finding, cap, "cannot listen on %s", address_of(w->service, w->listener));
    return rc;
}

SCHUIL_RC worker_new(struct service *service, enum listener listener, struct worker **ret,
                     char *ret_finding, size_t cap)
{
    *ret = NULL;
    struct worker *w = calloc(1, sizeof *w);
    ENSURE(w != NULL, RC_INTERNAL_MEMORY);
    w->service = service;
    w->listener = listener;
    w->store_fd = w->watch_fd = -1;
    w->inbox.fd = -1;
    w->gathered_end = &w->gathered;
    w->snapshot = keeper_snapshot(service->keeper);
    atomic_store(&w->is_ready, listener == LISTENER_ADMIN);
    struct schuil_rc rc = parts_make(w, ret_finding, cap);
    if (schuil_is_ok(rc))
        *ret = w;
    else
        worker_free(w);
    return rc;
}

SCHUIL_RC worker_start(struct worker *w)
{
    atomic_fetch_add(&w->service->running_count, 1);
    if (pthread_create(&w->thread, NULL, thread_main, w) == 0)
        return SCHUIL_OK;
    atomic_fetch_sub(&w->service->running_count, 1);
    return schuil_rc(RC_INTERNAL);
}

void worker_join(struct worker *w)
{
    pthread_join(w->thread, NULL);
}

static void event_drop(struct event *event)
{
    if (event != NULL)
        event_free(event);
}

void worker_free(struct worker *w)
{
    if (w == NULL)
        return;
    if (w->edge != NULL)
        edge_free(w->edge);
    event_drop(w->on_inbox);
    event_drop(w->on_tick);
    store_unwatch(w);
    turn_free(w->turn);
    if (w->base != NULL)
        event_base_free(w->base);
    while (w->spare != NULL) {
        struct request *r = w->spare;
        w->spare = r->next;
        request_free(r);
    }
    inbox_done(&w->inbox);
    schuil_snapshot_unref(w->snapshot);
    schuil_snapshot_unref(atomic_load(&w->slot));
    free(w);
}
