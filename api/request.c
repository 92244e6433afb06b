/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include <stdio.h>
#include <stdlib.h>

#include "edge/problem.h"
#include "log.h"
#include "operate.h"
#include "schuilnaam/crypto/codec.h"
#include "worker.h"

/* The largest batch: 160,000 elements with their jobs, identities and texts. */
enum { ARENA_CAP = 256 << 20 };

struct request *request_new(void)
{
    struct request *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->arena = schuil_arena_new(ARENA_CAP);
    if (r->arena != NULL)
        return r;
    free(r);
    return NULL;
}

void request_reset(struct request *r)
{
    struct arena *arena = r->arena;
    json_decref(r->root);
    out_done(&r->out);
    schuil_snapshot_unref(r->snapshot);
    schuil_arena_reset(arena);
    schuil_wipe(r, sizeof *r);
    r->arena = arena;
}

void request_free(struct request *r)
{
    if (r == NULL)
        return;
    request_reset(r);
    schuil_arena_free(r->arena);
    free(r);
}

SCHUIL_RC request_admit(struct request *r)
{
    int64_t mono_us = clock_mono_us();
    ENSURE(r->snapshot != NULL && service_is_fresh(r->service, mono_us), RC_BUSY_SNAPSHOT);
    ENSURE(service_clock_is_good(r->service), RC_BUSY_CLOCK);
    TRY(auth_principal(r->snapshot, r->x, r->now_us, &r->who));
    struct bytes behalf = exchange_header(r->x, "on-behalf-of");
    TRY(auth_behalf(r->snapshot, behalf, r->params[0], r->now_us, NULL, &r->who));
    return auth_permission(&r->who, r->route->permission, NULL);
}

void request_set_failure(struct request *r, struct schuil_rc rc, int status, const char *detail)
{
    r->rc = rc;
    r->status = status;
    r->detail = detail;
    out_done(&r->out);
}

int request_status(const struct request *r)
{
    if (r->status != 0)
        return r->status;
    return schuil_is_ok(r->rc) ? 200 : problem_status(r->rc);
}

bool request_is_audited(const struct request *r)
{
    int status = request_status(r);
    return status == 403 || status == 429;
}

/* As what the caller acts, also when he is nobody we know: the column is never null. */
static const char *role_of(const struct request *r)
{
    if (r->route->listener == LISTENER_ADMIN || r->who.operator_number != 0)
        return "operator";
    return r->route->permission == PERMISSION_REGISTRY ? "registry" : "provider";
}

/* Of an unknown credential the fingerprint is all that can be told. */
static const char *fingerprint_detail(const struct request *r)
{
    enum { CAP = 96 };
    char hex[65] = "";
    const struct client_certificate *certificate = exchange_certificate(r->x);
    if (r->who.credential != NULL || certificate == NULL)
        return NULL;
    char *detail = schuil_arena_take(r->arena, CAP);
    schuil_hex_encode(bytes_of(certificate->fingerprint, 32), hex);
    if (detail != NULL)
        snprintf(detail, CAP, "{\"fingerprint\":\"%s\"}", hex);
    return detail;
}

const char *request_registry(const struct request *r)
{
    if (r->snapshot == NULL || r->route->listener != LISTENER_API || r->params[0].len == 0)
        return NULL;
    const struct registry *registry = schuil_registry_by_code(r->snapshot, r->params[0]);
    return registry == NULL ? NULL : registry->code;
}

static const char *code_of(const struct organisation *o)
{
    return o == NULL ? NULL : o->code;
}

void request_event(struct request *r, enum audit_event_id id)
{
    const struct principal *who = &r->who;
    r->event = (struct audit_event){
        .time_us = clock_wall_us(),
        .id = id,
        .outcome = schuil_is_ok(r->rc)     ? "ok"
                   : request_is_audited(r) ? "refused"
                                           : "failed",
        .status = request_status(r),
        .organisation = code_of(who->processor == NULL ? who->organisation : who->processor),
        .behalf = who->processor == NULL ? NULL : code_of(who->organisation),
        .credential = who->credential == NULL ? 0 : who->credential->number,
        .role = role_of(r),
        .access = exchange_access(r->x),
        .source = exchange_peer(r->x),
        .registry = request_registry(r),
        .request = exchange_request_id(r->x),
        .compartment = r->service->compartment,
        .process = r->service->process,
        .reason = schuil_is_ok(r->rc) ? NULL : schuil_rc_name(r->rc),
        .detail = fingerprint_detail(r),
    };
}

/* ---- the end ---- */

static void log_answer(const struct request *r, int status)
{
    const struct organisation *o = r->who.organisation, *p = r->who.processor;
    struct log_field fields[] = {
        log_text("request", exchange_request_id(r->x)),
        log_text("operation", r->route->operation),
        log_number("status", status),
        log_text("result", schuil_is_ok(r->rc) ? NULL : schuil_rc_name(r->rc)),
        log_text("organisation", o == NULL ? NULL : o->code),
        log_text("processor", p == NULL ? NULL : p->code),
        log_number("records", r->record_count),
        log_number("duration_us", clock_mono_us() - r->begun_us),
    };
    log_write(LOG_LEVEL_INFO, "request", fields, sizeof fields / sizeof fields[0]);
}

static void answer_send(struct request *r, int status)
{
    struct exchange_answer answer = {.status = status,
                                     .content_type = r->content_type,
                                     .body = bytes_of(r->out.data, r->out.len),
                                     .free_body = out_free};
    if (r->content_type == NULL)
        answer.content_type = "application/json";
    r->out = (struct out){0}; /* the edge has it now */
    exchange_answer(r->x, &answer);
}

void request_answer(struct request *r)
{
    struct worker *worker = r->worker;
    if (schuil_is_ok(r->rc) && r->out.has_failed)
        request_set_failure(r, schuil_rc(RC_INTERNAL_MEMORY), 0, NULL);
    int status = request_status(r);
    log_answer(r, status);
    metrics_request(&r->service->metrics, r->route->number, status);
    if (r->is_gone)
        exchange_drop(r->x);
    else if (schuil_is_ok(r->rc))
        answer_send(r, status);
    else
        exchange_fail(r->x, r->rc, r->status, r->detail);
    worker_release(worker, r);
}

/* Whether the event was refused for its effect: then it is told, and stands in the chain as
 * refused. */
static bool is_effect_refused(const struct turn_entry *entry, enum turn_result result)
{
    return result == TURN_FAILED && entry->is_alone && entry->refusal.code != RC_STORE_REFUSED &&
           schuil_rc_class(entry->refusal) != RC_CLASS_INTERNAL;
}

static void effect_refused(struct request *r)
{
    request_set_failure(r, r->entry.refusal, 0, r->detail);
    r->event.outcome = "refused";
    r->event.status = request_status(r);
    r->event.reason = schuil_rc_name(r->rc);
    r->event.made = 0;
    r->event.key_count = 0;
    r->effect = NULL;
    request_audit(r);
}

static void on_audited(struct turn_entry *entry, enum turn_result result)
{
    struct request *r = CONTAINER(entry, struct request, entry);
    if (is_effect_refused(entry, result)) {
        effect_refused(r);
        return;
    }
    if (result == TURN_FAILED)
        request_set_failure(r, schuil_rc(RC_STORE_REFUSED), 503, NULL);
    else if (result == TURN_UNKNOWN)
        request_set_failure(r, schuil_rc(RC_STORE_UNKNOWN), 503, NULL);
    else if (result == TURN_AWAY)
        request_set_failure(r, schuil_rc(RC_STORE_AWAY), 503, NULL);
    request_answer(r);
}

void request_audit(struct request *r)
{
    r->entry = (struct turn_entry){.event = &r->event,
                                   .is_alone = schuil_is_ok(r->rc) && r->effect != NULL,
                                   .done = on_audited};
    if (r->route->listener == LISTENER_ADMIN)
        operate_audit(r->service->operate, r);
    else
        worker_audit(r->worker, &r->entry);
}

void request_fail(struct request *r, struct schuil_rc rc, int status, const char *detail)
{
    request_set_failure(r, rc, status, detail);
    if (!request_is_audited(r)) {
        request_answer(r);
        return;
    }
    request_event(r, AUDIT_REFUSED);
    request_audit(r);
}
