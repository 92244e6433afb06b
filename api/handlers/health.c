/* SPDX-License-Identifier: Apache-2.0 */
/* /healthz, /readyz, /metrics. Requests here have no worker: each is answered within the call. */
#include "handlers/health.h"

#include <stdio.h>

#include "operate.h"
#include "request.h"
#include "worker.h"
#include "wrapping/wrapping.h"

static void answer(struct request *r, int status, const char *type)
{
    struct exchange_answer answer = {.status = status,
                                     .content_type = type,
                                     .body = bytes_of(r->out.data, r->out.len),
                                     .free_body = out_free};
    metrics_request(&r->service->metrics, r->route->number, status);
    exchange_answer(r->x, &answer);
}

void handle_healthz(struct request *r)
{
    out_text(&r->out, "{\"status\":\"alive\"}");
    answer(r, 200, "application/json");
}

static size_t workers_ready(const struct service *s)
{
    size_t count = 0;
    for (size_t i = 0; s->workers != NULL && i < s->worker_count; i++)
        count += worker_is_ready(s->workers[i]) ? 1 : 0;
    return count;
}

static void condition_put(struct out *out, const char *name, bool is_good, bool *all)
{
    out_format(out, ",\"%s\":%s", name, is_good ? "true" : "false");
    *all = *all && is_good;
}

/* Before the keys are there is nothing else to tell. */
static void sealed_answer(struct request *r)
{
    out_format(&r->out, "{\"ready\":false,\"reason\":\"sealed\",\"missing\":%u}",
               wrapping_missing(r->service->wrapping));
    answer(r, 503, "application/json");
}

void handle_readyz(struct request *r)
{
    struct service *s = r->service;
    if (s->keeper == NULL) {
        sealed_answer(r);
        return;
    }
    struct out conditions = {0};
    bool all = true;
    condition_put(&conditions, "snapshot", service_is_fresh(s, clock_mono_us()), &all);
    condition_put(&conditions, "clock", service_clock_is_good(s), &all);
    condition_put(&conditions, "audit", workers_ready(s) == s->worker_count, &all);
    condition_put(&conditions, "admin", operate_is_ready(s->operate), &all);
    condition_put(&conditions, "serving", !atomic_load(&s->is_draining), &all);
    out_format(&r->out, "{\"ready\":%s", all ? "true" : "false");
    out_put(&r->out, conditions.data, conditions.len);
    out_text(&r->out, "}");
    out_done(&conditions);
    answer(r, all ? 200 : 503, "application/json");
}

void handle_metrics(struct request *r)
{
    struct service *s = r->service;
    int64_t confirmed_us = atomic_load(&s->confirmed_us);
    struct metric_gauges gauges = {
        .pool_depth = s->pool == NULL ? 0 : pool_depth(s->pool),
        .connections = atomic_load(&s->connection_count),
        .snapshot_age_s = confirmed_us == 0 ? -1.0 : (double)(clock_mono_us() - confirmed_us) / 1e6,
        .clock_difference_s = (double)atomic_load(&s->clock_difference_us) / 1e6,
        .snapshot_counter = atomic_load(&s->snapshot_counter),
        .workers_ready = workers_ready(s),
        .workers = s->worker_count};
    metrics_write(&s->metrics, &gauges, s->routes.names, s->routes.count, &r->out);
    answer(r, 200, "text/plain; version=0.0.4");
}

/* ---- the listener ---- */

static void on_route(void *arg, const char *method, struct bytes path, struct edge_route_view *ret)
{
    struct service *s = arg;
    route_find(&s->routes, LISTENER_HEALTH, method, path, ret);
}

static void on_request(void *arg, struct exchange *x)
{
    struct service *s = arg;
    struct request r = {.service = s, .x = x, .route = exchange_route(x)};
    r.route->handle(&r);
}

static void on_gone(void *arg, struct exchange *x)
{
    (void)arg;
    (void)x; /* never under way when the loop runs */
}

SCHUIL_RC health_listen(struct service *service, struct event_base *base, struct edge **ret,
                        char *ret_finding, size_t cap)
{
    const struct settings *s = &service->settings;
    struct edge_config config = {.base = base,
                                 .address = s->listen_health,
                                 .access = "health",
                                 .connection_count = &service->connection_count,
                                 .connection_cap = s->connections_max + 16, /* of its own */
                                 .on_route = on_route,
                                 .on_request = on_request,
                                 .on_gone = on_gone,
                                 .arg = service,
                                 .handshake_s = (int)s->deadline_handshake,
                                 .head_s = (int)s->deadline_head,
                                 .body_s = (int)s->deadline_body,
                                 .write_stall_s = (int)s->deadline_write,
                                 .idle_s = (int)s->deadline_idle};
    struct schuil_rc rc = edge_new(&config, ret);
    if (!schuil_is_ok(rc))
        snprintf(ret_finding, cap, "cannot listen on %s", s->listen_health);
    return rc;
}
