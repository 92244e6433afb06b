/* SPDX-License-Identifier: Apache-2.0 */
#include "sealed.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "auth.h"
#include "edge/exchange.h"
#include "kept_session.h"
#include "log.h"
#include "service.h"
#include "unseal.h"
#include "json/out.h"

enum { FINDING_CAP = 512, LEAVE_MS = 50, LEAVE_TRIES = 40 };

struct sealed {
    struct service *service;
    struct event_base *base;
    struct edge *edge;
    struct event *on_tick;
    struct kept_session kept;
    char told[FINDING_CAP]; /* logged last, so that it is logged once */
};

/* ---- requests ---- */

static SCHUIL_RC policy_load(struct sealed *s, struct snapshot **ret)
{
    char finding[FINDING_CAP] = "";
    struct service *service = s->service;
    struct snapshot_source source = {.policy_key = service->policy_key,
                                     .state_directory = service->settings.state_directory};
    TRY(kept_session_need(&s->kept, service->settings.database));
    struct schuil_rc rc = schuil_store_load(s->kept.session, &source, ret, finding, sizeof finding);
    if (schuil_rc_class(rc) == RC_CLASS_STORE)
        kept_session_end(&s->kept);
    return rc;
}

static SCHUIL_RC caller_check(const struct snapshot *snapshot, const struct exchange *x,
                              uint32_t *ret_credential)
{
    struct principal who;
    struct schuil_rc rc = auth_principal(snapshot, x, clock_wall_us(), &who);
    *ret_credential = who.credential == NULL ? 0 : who.credential->number;
    return schuil_is_ok(rc) ? auth_permission(&who, PERMISSION_OPERATOR, NULL) : rc;
}

/* The policy is read for each attempt: shares are few, and a revoked operator enters none. */
static SCHUIL_RC caller_admit(struct sealed *s, const struct exchange *x, uint32_t *ret_credential)
{
    struct snapshot *snapshot = NULL;
    TRY(policy_load(s, &snapshot));
    struct schuil_rc rc = caller_check(snapshot, x, ret_credential);
    schuil_snapshot_unref(snapshot);
    if (!schuil_is_ok(rc))
        unseal_refused(s->service, x, *ret_credential);
    return rc;
}

static void answer(struct sealed *s, struct exchange *x, const struct wrapping_entered *entered)
{
    static const struct timeval soon = {0, LEAVE_MS * 1000};
    struct out out = {0};
    bool is_sealed = wrapping_is_sealed(s->service->wrapping);
    unseal_put(&out, entered, is_sealed);
    struct exchange_answer a = {.status = 200,
                                .content_type = "application/json",
                                .body = bytes_of(out.data, out.len),
                                .free_body = out_free};
    exchange_answer(x, &a);
    if (!is_sealed)
        event_base_loopexit(s->base, &soon); /* the answer leaves first */
}

static void on_request(void *arg, struct exchange *x)
{
    struct sealed *s = arg;
    const struct route *route = exchange_route(x);
    char detail[UNSEAL_DETAIL_LEN] = "";
    struct wrapping_entered entered;
    uint32_t credential = 0;
    struct schuil_rc rc = schuil_rc(RC_BUSY_SEALED);
    if (route->handle == handle_unseal)
        rc = caller_admit(s, x, &credential);
    if (schuil_is_ok(rc))
        rc = unseal_take(s->service, x, credential, &entered, detail);
    metrics_request(&s->service->metrics, route->number, schuil_is_ok(rc) ? 200 : 400);
    if (schuil_is_ok(rc))
        answer(s, x, &entered);
    else
        exchange_fail(x, rc, 0, detail[0] == '\0' ? NULL : detail);
}

static void on_route(void *arg, const char *method, struct bytes path, struct edge_route_view *ret)
{
    struct sealed *s = arg;
    route_find(&s->service->routes, LISTENER_ADMIN, method, path, ret);
}

static void on_gone(void *arg, struct exchange *x)
{
    (void)arg;
    (void)x; /* never under way when the loop runs */
}

/* ---- loading ---- */

static void told(struct sealed *s, struct schuil_rc rc, const char *finding)
{
    if (strcmp(s->told, finding) == 0)
        return;
    snprintf(s->told, sizeof s->told, "%s", finding);
    struct log_field fields[] = {log_text("result", schuil_rc_name(rc)),
                                 log_text("finding", finding)};
    log_write(LOG_LEVEL_ERROR, "sealed.load", fields, 2);
}

/* *ret_is_over: loaded, draining, or a failure that waiting does not mend. */
static SCHUIL_RC load_try(struct sealed *s, bool *ret_is_over, char *ret_finding, size_t cap)
{
    *ret_is_over = atomic_load(&s->service->is_draining);
    if (*ret_is_over || wrapping_is_sealed(s->service->wrapping))
        return SCHUIL_OK;
    ret_finding[0] = '\0';
    struct schuil_rc rc = service_load(s->service, ret_finding, cap);
    bool is_for_now = rc.code == RC_CONFIG_WRAPPING || schuil_rc_class(rc) == RC_CLASS_STORE;
    *ret_is_over = !is_for_now;
    if (!is_for_now)
        return rc;
    told(s, rc, ret_finding);
    return SCHUIL_OK;
}

static SCHUIL_RC wait(struct sealed *s, char *ret_finding, size_t cap)
{
    struct schuil_rc rc = SCHUIL_OK;
    bool is_over = false;
    while (!is_over && schuil_is_ok(rc)) {
        if (event_base_dispatch(s->base) < 0)
            return schuil_rc(RC_INTERNAL);
        rc = load_try(s, &is_over, ret_finding, cap);
    }
    return rc;
}

/* What was answered last is let out before the listener goes. */
static void leave(struct sealed *s)
{
    static const struct timeval a_while = {0, LEAVE_MS * 1000};
    edge_drain(s->edge);
    for (int i = 0; i < LEAVE_TRIES && edge_connection_count(s->edge) > 0; i++) {
        event_base_loopexit(s->base, &a_while);
        event_base_dispatch(s->base);
    }
}

/* ---- life ---- */

/* Shares are there, or SIGTERM: the loop is left for load_try. */
static void on_tick_event(evutil_socket_t fd, short what, void *arg)
{
    struct sealed *s = arg;
    (void)fd;
    (void)what;
    if (!wrapping_is_sealed(s->service->wrapping) || atomic_load(&s->service->is_draining))
        event_base_loopbreak(s->base);
}

static SCHUIL_RC parts_make(struct sealed *s, char *ret_finding, size_t cap)
{
    static const struct timeval tick = {1, 0};
    const struct settings *settings = &s->service->settings;
    struct edge_config config = {.base = s->base,
                                 .address = settings->listen_admin,
                                 .tls = s->service->tls,
                                 .access = "admin",
                                 .connection_count = &s->service->connection_count,
                                 .connection_cap = settings->connections_max,
                                 .on_route = on_route,
                                 .on_request = on_request,
                                 .on_gone = on_gone,
                                 .arg = s,
                                 .handshake_s = (int)settings->deadline_handshake,
                                 .head_s = (int)settings->deadline_head,
                                 .body_s = (int)settings->deadline_body,
                                 .write_stall_s = (int)settings->deadline_write,
                                 .idle_s = (int)settings->deadline_idle};
    s->on_tick = event_new(s->base, -1, EV_PERSIST, on_tick_event, s);
    ENSURE(s->on_tick != NULL && event_add(s->on_tick, &tick) == 0, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = edge_new(&config, &s->edge);
    if (!schuil_is_ok(rc))
        snprintf(ret_finding, cap, "cannot listen on %s", settings->listen_admin);
    return rc;
}

SCHUIL_RC sealed_serve(struct service *service, struct event_base *base, char *ret_finding,
                       size_t cap)
{
    struct sealed s = {.service = service, .base = base};
    struct log_field fields[] = {log_number("missing", wrapping_missing(service->wrapping)),
                                 log_text("admin", service->settings.listen_admin),
                                 log_text("health", service->settings.listen_health)};
    struct schuil_rc rc = parts_make(&s, ret_finding, cap);
    if (schuil_is_ok(rc)) {
        log_write(LOG_LEVEL_INFO, "service.sealed", fields, 3);
        rc = wait(&s, ret_finding, cap);
        leave(&s);
    }
    if (s.edge != NULL)
        edge_free(s.edge);
    if (s.on_tick != NULL)
        event_free(s.on_tick);
    kept_session_end(&s.kept);
    return rc;
}
