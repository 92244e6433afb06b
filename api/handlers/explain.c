/* SPDX-License-Identifier: Apache-2.0 */
/* POST /admin/v1/explain: whether a call would be permitted, and by which rules. It walks through
 * the same checks as the call itself, in their order, over the snapshot in use, and asks no
 * database. What only the call shows is not looked at: the certificate in TLS, values, and what is
 * used of a quota. */
#include <stdio.h>
#include <time.h>

#include "operate.h"

struct question {
    const struct snapshot *snapshot;
    const char *organisation; /* or NULL, and then: */
    int64_t credential;
    struct bytes behalf, registry; /* behalf without data: for itself */
    const struct call *call;
    const struct ptype *types[LIMIT_TYPE_COUNT];
    size_t type_count;
    bool has_types; /* all of them exist */
    int64_t at_us;
    struct explanation why;
};

/* ---- the calls ---- */

static uint32_t number_of(const struct principal *who)
{
    return who->organisation->number;
}

/* Noted after all that the service looks at before: a quota of nothing is never granted. */
static void quota_note(struct question *q, enum quota_kind kind, uint32_t subject)
{
    schuil_rule(&q->why, RULE_QUOTA, schuil_quota_per_day(q->snapshot, kind, subject) > 0);
}

static SCHUIL_RC issue_explain(struct question *q, const struct principal *who)
{
    const struct registry *registry;
    const struct connection *c;
    ENSURE(schuil_rule(&q->why, RULE_TYPES_KNOWN, q->has_types), RC_INPUT_TYPE_UNKNOWN);
    TRY(schuil_policy_may_issue(q->snapshot, number_of(who), q->registry, q->types, q->type_count,
                                q->at_us, &q->why, &registry, &c));
    quota_note(q, QUOTA_ISSUE, c->number);
    return SCHUIL_OK;
}

static SCHUIL_RC reverse_explain(struct question *q, const struct principal *who)
{
    const struct registry *registry;
    const struct connection *c;
    TRY(auth_itself(who, &q->why));
    TRY(schuil_policy_may_reverse(q->snapshot, number_of(who), q->registry, q->at_us, &q->why,
                                  &registry, &c));
    quota_note(q, QUOTA_REVERSE, c->number);
    return SCHUIL_OK;
}

static SCHUIL_RC translate_explain(struct question *q, const struct principal *who)
{
    const struct registry *registry;
    return schuil_policy_may_translate(q->snapshot, number_of(who), q->registry, &q->why,
                                       &registry);
}

static SCHUIL_RC rotate_explain(struct question *q, const struct principal *who)
{
    const struct registry *registry;
    TRY(schuil_policy_may_rotate(q->snapshot, number_of(who), q->registry, &q->why, &registry));
    quota_note(q, QUOTA_ROTATE, registry->number);
    return SCHUIL_OK;
}

static SCHUIL_RC parameters_explain(struct question *q, const struct principal *who)
{
    const struct registry *registry;
    const struct connection *c;
    return schuil_policy_may_see(q->snapshot, number_of(who), q->registry, &q->why, &registry, &c);
}

static const struct call {
    const char *name;
    enum permission permission;
    SCHUIL_RC (*explain)(struct question *q, const struct principal *who);
} calls[] = {
    {"issue", PERMISSION_PROVIDER, issue_explain},
    {"translate", PERMISSION_REGISTRY, translate_explain},
    {"reverse", PERMISSION_PROVIDER, reverse_explain},
    {"rotate", PERMISSION_REGISTRY, rotate_explain},
    {"parameters", PERMISSION_MEMBER, parameters_explain},
};

/* ---- the question ---- */

/* A text of at least one and at most cap characters; NULL when the body has none of that name. */
static SCHUIL_RC text_take(struct request *r, const char *name, size_t cap, const char **ret)
{
    const json_t *value = json_object_get(r->root, name);
    *ret = NULL;
    if (value == NULL)
        return SCHUIL_OK;
    r->detail = "organisation, onBehalfOf, call, registry and at are short texts";
    ENSURE(json_is_string(value), RC_INPUT_SHAPE);
    size_t len = json_string_length(value);
    ENSURE(len > 0 && len <= cap, RC_INPUT_SHAPE);
    *ret = json_string_value(value);
    r->detail = NULL;
    return SCHUIL_OK;
}

static SCHUIL_RC caller_take(struct request *r, struct question *q)
{
    const json_t *number = json_object_get(r->root, "credential");
    TRY(text_take(r, "organisation", LIMIT_CODE_LEN, &q->organisation));
    r->detail = "the caller is either an organisation or a credential's number";
    ENSURE((number == NULL) != (q->organisation == NULL), RC_INPUT_SHAPE);
    if (number != NULL) {
        q->credential = json_integer_value(number); /* 0 when it is no integer */
        ENSURE(q->credential >= 1 && q->credential <= INT32_MAX, RC_INPUT_SHAPE);
    }
    r->detail = NULL;
    return SCHUIL_OK;
}

static SCHUIL_RC call_take(struct request *r, struct question *q)
{
    const char *name;
    TRY(text_take(r, "call", 16, &name));
    for (size_t i = 0; i < sizeof calls / sizeof calls[0] && q->call == NULL; i++)
        if (name != NULL && strcmp(calls[i].name, name) == 0)
            q->call = &calls[i];
    r->detail = "call: issue, translate, reverse, rotate or parameters";
    ENSURE(q->call != NULL, RC_INPUT_VALUE);
    r->detail = NULL;
    return SCHUIL_OK;
}

static bool has_twice(const json_t *list, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (json_equal(json_array_get(list, i), json_array_get(list, j)))
                return true;
    return false;
}

/* A type that does not exist is a rule that fails, not a bad question. */
static SCHUIL_RC types_take(struct request *r, struct question *q)
{
    const json_t *list = json_object_get(r->root, "types");
    size_t count = json_array_size(list);
    bool is_issue = q->call->explain == issue_explain;
    r->detail = "types: an array of different types for issue, absent for all other calls";
    ENSURE(is_issue ? count >= 1 && count <= LIMIT_TYPE_COUNT : list == NULL, RC_INPUT_SHAPE);
    ENSURE(!has_twice(list, count), RC_INPUT_SHAPE);
    q->has_types = true;
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        ENSURE(json_is_string(item), RC_INPUT_SHAPE);
        q->types[i] = schuil_ptype_by_tref(q->snapshot, bytes_text(json_string_value(item)));
        q->has_types &= q->types[i] != NULL;
    }
    q->type_count = count;
    r->detail = NULL;
    return SCHUIL_OK;
}

/* YYYY-MM-DDTHH:MM:SSZ, as this service writes times itself. */
static SCHUIL_RC time_take(struct request *r, int64_t *ret)
{
    static const char form[] = "%Y-%m-%dT%H:%M:%SZ";
    struct tm tm = {0};
    const char *text;
    char again[32] = "";
    *ret = r->now_us;
    TRY(text_take(r, "at", sizeof again - 1, &text));
    if (text == NULL)
        return SCHUIL_OK;
    r->detail = "at: a time as 2026-01-31T12:00:00Z";
    ENSURE(strptime(text, form, &tm) != NULL, RC_INPUT_VALUE);
    time_t at_s = timegm(&tm); /* makes the 31st of a short month the next month's 1st */
    ENSURE(strftime(again, sizeof again, form, &tm) > 0, RC_INPUT_VALUE);
    ENSURE(strcmp(text, again) == 0, RC_INPUT_VALUE);
    *ret = (int64_t)at_s * 1000000;
    r->detail = NULL;
    return SCHUIL_OK;
}

static SCHUIL_RC names_check(struct request *r)
{
    static const char *const names[] = {"organisation", "credential", "onBehalfOf", "call",
                                        "registry",     "types",      "at"};
    size_t known = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        known += json_object_get(r->root, names[i]) != NULL;
    r->detail = "the body holds a field that is not known here";
    ENSURE(known == json_object_size(r->root), RC_INPUT_SHAPE);
    r->detail = NULL;
    return SCHUIL_OK;
}

static SCHUIL_RC question_take(struct request *r, struct question *q)
{
    const char *behalf, *registry;
    TRY(json_in_parse(exchange_body(r->x), &r->root, &r->detail));
    r->detail = "the body must be an object";
    ENSURE(json_is_object(r->root), RC_INPUT_SHAPE);
    TRY(names_check(r));
    TRY(caller_take(r, q));
    TRY(call_take(r, q));
    TRY(text_take(r, "onBehalfOf", LIMIT_CODE_LEN, &behalf));
    TRY(text_take(r, "registry", LIMIT_CODE_LEN, &registry));
    r->detail = "registry: its code is missing";
    ENSURE(registry != NULL, RC_INPUT_SHAPE);
    q->registry = bytes_text(registry);
    if (behalf != NULL)
        q->behalf = bytes_text(behalf);
    TRY(types_take(r, q));
    return time_take(r, &q->at_us);
}

/* ---- the answer ---- */

static const struct credential *credential_find(const struct question *q)
{
    if (q->organisation == NULL)
        return schuil_credential_by_number(q->snapshot, (uint32_t)q->credential);
    const struct organisation *o =
        schuil_organisation_by_code(q->snapshot, bytes_text(q->organisation));
    return o == NULL ? NULL : schuil_credential_of(q->snapshot, o->number, q->at_us);
}

/* The way of a request: who calls, for whom, whether such a one may, and the call's own rules. */
static SCHUIL_RC explain(struct question *q)
{
    const struct credential *c = credential_find(q);
    ENSURE(schuil_rule(&q->why, RULE_CREDENTIAL_KNOWN, c != NULL), RC_AUTH_CREDENTIAL);
    TRY(schuil_policy_may_call(q->snapshot, c, q->at_us, &q->why));
    struct principal who = auth_holder(q->snapshot, c);
    TRY(auth_behalf(q->snapshot, q->behalf, q->registry, q->at_us, &q->why, &who));
    TRY(auth_permission(&who, q->call->permission, &q->why));
    return q->call->explain(q, &who);
}

static void answer_put(struct out *out, const struct explanation *why, bool is_allowed)
{
    out_format(out, "{\"allowed\":%s,\"rules\":[", is_allowed ? "true" : "false");
    for (size_t i = 0; i < why->count; i++) {
        bool holds = why->rows[i].holds;
        out_format(out, "%s{\"rule\":\"%s\",\"holds\":%s,\"text\":", i > 0 ? "," : "",
                   schuil_rule_name(why->rows[i].rule), holds ? "true" : "false");
        out_string(out, schuil_rule_text(why->rows[i].rule, holds));
        out_text(out, "}");
    }
    out_text(out, "]}");
}

/* What was asked about, as far as it exists: a name that is nobody's is not repeated. */
static void event_make(struct request *r, const struct question *q, bool is_allowed)
{
    enum { CAP = 64 };
    const struct registry *registry = schuil_registry_by_code(q->snapshot, q->registry);
    char *detail = schuil_arena_take(r->arena, CAP);
    request_event(r, AUDIT_ADMIN_READ);
    if (detail != NULL)
        snprintf(detail, CAP, "{\"explain\":\"%s\",\"allowed\":%s}", q->call->name,
                 is_allowed ? "true" : "false");
    r->event.detail = detail;
    r->event.registry = registry == NULL ? NULL : registry->code;
}

void handle_explain(struct request *r)
{
    struct question q = {.snapshot = r->snapshot};
    struct schuil_rc rc = question_take(r, &q);
    if (!schuil_is_ok(rc)) {
        request_fail(r, rc, 0, r->detail);
        return;
    }
    bool is_allowed = schuil_is_ok(explain(&q)) && schuil_explanation_holds(&q.why);
    answer_put(&r->out, &q.why, is_allowed);
    event_make(r, &q, is_allowed);
    operate_audit(r->service->operate, r);
}
