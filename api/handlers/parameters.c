/* SPDX-License-Identifier: Apache-2.0 */
/* GET parameters: what holds between the caller and a registry. For the registry's own organisation
 * and for providers with a connection that is not ended; anyone else gets the same 403 whether the
 * registry exists or not. */
#include "request.h"
#include "worker.h"

static const char *const registry_states[] = {"announced", "listed", "ended"};
static const char *const connection_states[] = {"active", "suspended", "ended"};

enum { DAY_S = 86400 };

struct view {
    const struct registry *registry;
    const struct domain *domain;
    const struct connection *connection; /* NULL: the caller is the registry */
};

static SCHUIL_RC view_find(const struct request *r, struct view *ret)
{
    const struct organisation *caller = r->who.organisation;
    *ret = (struct view){0};
    TRY(schuil_policy_may_see(r->snapshot, caller->number, r->params[0], NULL, &ret->registry,
                              &ret->connection));
    ret->domain = schuil_domain_by_number(r->snapshot, ret->registry->domain);
    ENSURE(ret->domain != NULL, RC_INTERNAL);
    return SCHUIL_OK;
}

static void recipe_put(struct out *out, const struct ptype *type, const struct attribute *all)
{
    for (size_t i = 0; i < type->part_count; i++) {
        const struct recipe_part *part = &type->parts[i];
        out_format(out, "%s\"%s%s%s\"", i > 0 ? "," : "", all[part->attribute].code,
                   part->reduction[0] != '\0' ? ":" : "", part->reduction);
    }
}

static void type_put(struct out *out, const struct request *r, const struct ptype *type)
{
    size_t count;
    const struct attribute *all = schuil_attributes(r->snapshot, &count);
    out_format(out,
               "{\"tref\":\"%s\",\"code\":\"%s\",\"version\":%u,\"number\":%u,"
               "\"kind\":\"%s\",\"recipe\":[",
               type->tref, type->code, (unsigned)type->version, (unsigned)type->number,
               type->kind == PTYPE_REVERSIBLE ? "reversible" : "irreversible");
    recipe_put(out, type, all);
    out_format(out, "],\"uniqueness\":\"%s\"}", type->is_quasi ? "quasi" : "identifying");
}

static bool type_is_shown(const struct view *view, const struct ptype *type)
{
    if (view->connection == NULL)
        return true;
    for (size_t i = 0; i < view->connection->type_count; i++)
        if (view->connection->types[i] == type->number)
            return true;
    return false;
}

static void types_put(struct out *out, const struct request *r, const struct view *view)
{
    size_t count;
    bool is_first = true;
    const struct ptype *types = schuil_ptypes(r->snapshot, &count);
    out_text(out, ",\"types\":[");
    for (size_t i = 0; i < count; i++) {
        if (!type_is_shown(view, &types[i]))
            continue;
        if (!is_first)
            out_text(out, ",");
        type_put(out, r, &types[i]);
        is_first = false;
    }
    out_text(out, "]");
}

/* The catalogue: which kind of value each attribute takes. */
static void attributes_put(struct out *out, const struct request *r)
{
    size_t count;
    const struct attribute *all = schuil_attributes(r->snapshot, &count);
    out_text(out, ",\"attributes\":[");
    for (size_t i = 0; i < count; i++)
        out_format(out, "%s{\"code\":\"%s\",\"kind\":\"%s\"}", i > 0 ? "," : "", all[i].code,
                   schuil_attribute_kind_name(all[i].kind));
    out_text(out, "]");
}

static void connection_put(struct out *out, const struct connection *c, uint64_t used)
{
    out_text(out, ",\"connection\":");
    if (c == NULL) {
        out_text(out, "null");
        return;
    }
    out_format(out, "{\"number\":%u,\"state\":\"%s\",\"validFrom\":", c->number,
               connection_states[c->state]);
    out_time(out, c->valid_from_us);
    out_text(out, ",\"validUntil\":");
    out_time(out, c->valid_until_us);
    out_format(out,
               ",\"quotaPerDay\":%lld,\"quotaUsed\":%llu,\"lifeHours\":%u,\"blind\":%s,"
               "\"salted\":%s}",
               (long long)c->quota_day, (unsigned long long)used, c->life_hours,
               c->is_blind ? "true" : "false", c->is_salted ? "true" : "false");
}

static void domain_put(struct request *r, const struct domain *d)
{
    struct out *out = &r->out;
    const struct rotation *rotation = schuil_rotation_of(r->snapshot, d->number);
    out_format(out, ",\"domain\":{\"code\":\"%s\",\"number\":%u,\"kind\":\"%s\",\"generation\":%u",
               d->code, d->number, d->is_bound ? "bound" : "plain", d->generation);
    if (rotation == NULL)
        out_text(out, ",\"rotation\":null}");
    else
        out_format(out, ",\"rotation\":{\"from\":%u,\"to\":%u,\"state\":\"%s\"}}", rotation->from,
                   rotation->to, rotation->is_aborting ? "aborting" : "open");
}

static void answer_put(struct request *r, const struct view *view, uint64_t used)
{
    struct out *out = &r->out;
    out_format(out, "{\"registry\":{\"code\":\"%s\",\"number\":%u,\"state\":\"%s\"}",
               view->registry->code, view->registry->number,
               registry_states[view->registry->state]);
    domain_put(r, view->domain);
    types_put(out, r, view);
    attributes_put(out, r);
    connection_put(out, view->connection, used);
    out_format(out, ",\"caller\":{\"organisation\":\"%s\",\"number\":%u", r->who.organisation->code,
               r->who.organisation->number);
    if (r->who.processor != NULL)
        out_format(out, ",\"processor\":\"%s\"", r->who.processor->code);
    out_text(out, "}");
    out_format(out, ",\"limits\":{\"records\":%d,\"types\":%d,\"bodyBytes\":%d,\"valueBytes\":%d}",
               LIMIT_RECORD_COUNT, LIMIT_TYPE_COUNT, LIMIT_BODY_LEN, LIMIT_VALUE_LEN);
    out_text(out, ",\"time\":");
    out_time(out, clock_wall_us());
    out_text(out, "}");
}

static void finish(struct request *r, const struct view *view, uint64_t used)
{
    answer_put(r, view, used);
    request_event(r, AUDIT_PARAMETERS);
    if (view->connection == NULL)
        r->event.role = "registry";
    request_audit(r);
}

static void on_usage(struct errand *errand)
{
    struct request *r = CONTAINER(errand, struct request, errand);
    struct view view;
    struct schuil_rc rc = errand->rc;
    if (schuil_is_ok(rc))
        rc = view_find(r, &view);
    if (schuil_is_ok(rc))
        finish(r, &view, errand->used);
    else
        request_fail(r, rc, 0, NULL);
}

void handle_parameters(struct request *r)
{
    struct view view;
    struct schuil_rc rc = view_find(r, &view);
    if (schuil_is_ok(rc) && view.connection == NULL) {
        finish(r, &view, 0);
        return;
    }
    if (schuil_is_ok(rc)) {
        r->errand = (struct errand){.kind = ERRAND_USAGE,
                                    .cell = view.connection->quota,
                                    .day = (uint32_t)(r->now_us / 1000000 / DAY_S),
                                    .quota = view.connection->quota_day,
                                    .inbox = worker_inbox(r->worker),
                                    .on_done = on_usage};
        rc = clerk_ask(r->service->clerk, &r->errand);
    }
    if (!schuil_is_ok(rc))
        request_fail(r, rc, 0, NULL);
}
