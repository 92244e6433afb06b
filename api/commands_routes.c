/* SPDX-License-Identifier: Apache-2.0 */
/* `schuilnaamd routes`: the routes and nouns as JSON, from which scripts/make-openapi writes
 * docs/openapi.json. The tables stay the one source. */
#include <stdio.h>

#include "commands.h"
#include "route.h"
#include "json/out.h"

static const char *const type_names[] = {"text", "number", "bool", "list", "time", "secret"};
static const char *const listener_names[] = {"api", "admin", "health"};
static const char *const verb_names[] = {"list", "show", "create", "change", "action"};

static void pair_put(struct out *out, const char *name, const char *value)
{
    out_format(out, ",\"%s\":", name);
    out_string(out, value);
}

/* Whether a call can end as one that waits for a second operator. */
static bool may_wait(const struct route *route)
{
    struct admin_call call = {.noun = route->noun, .verb = route->verb, .action = route->action};
    return route->noun != NULL && schuil_approval_may_wait(&call);
}

static void route_put(struct out *out, const struct route *route)
{
    out_text(out, "{\"listener\":");
    out_string(out, listener_names[route->listener]);
    pair_put(out, "method", route->method);
    pair_put(out, "path", route->pattern);
    pair_put(out, "operation", route->operation);
    pair_put(out, "tag", route->tag);
    pair_put(out, "summary", route->summary);
    pair_put(out, "noun", route->noun == NULL ? NULL : route->noun->name);
    pair_put(out, "verb", route->noun == NULL ? NULL : verb_names[route->verb]);
    pair_put(out, "action", route->action == NULL ? NULL : route->action->name);
    out_format(out, ",\"mayWait\":%s,\"bodyCap\":%zu}", may_wait(route) ? "true" : "false",
               route->body_cap);
}

static void field_put(struct out *out, const struct admin_field *f)
{
    out_text(out, "{\"name\":");
    out_string(out, f->name);
    pair_put(out, "type", type_names[f->type]);
    pair_put(out, "text", f->text);
    out_format(out, ",\"required\":%s,\"create\":%s,\"change\":%s,\"show\":%s}",
               (f->flags & ADMIN_REQUIRED) != 0 ? "true" : "false",
               (f->flags & ADMIN_CREATE) != 0 ? "true" : "false",
               (f->flags & ADMIN_CHANGE) != 0 ? "true" : "false",
               (f->flags & ADMIN_SHOW) != 0 ? "true" : "false");
}

/* `list` NULL: null. */
static void fields_put(struct out *out, const char *name, const struct admin_field *list)
{
    out_format(out, ",\"%s\":%s", name, list == NULL ? "null" : "[");
    for (const struct admin_field *f = list; f != NULL && f->name != NULL; f++) {
        if (f != list)
            out_text(out, ",");
        field_put(out, f);
    }
    if (list != NULL)
        out_text(out, "]");
}

static void action_put(struct out *out, const struct admin_action *action)
{
    out_text(out, "{\"name\":");
    out_string(out, action->name);
    pair_put(out, "noun", action->noun);
    pair_put(out, "text", action->text);
    out_format(out, ",\"makes\":%s", action->makes ? "true" : "false");
    fields_put(out, "fields", action->fields);
    fields_put(out, "answer", action->answer);
    out_text(out, "}");
}

static void noun_put(struct out *out, const struct admin_noun *noun)
{
    out_text(out, "{\"name\":");
    out_string(out, noun->name);
    pair_put(out, "single", noun->single);
    pair_put(out, "key", noun->key);
    pair_put(out, "text", noun->text);
    fields_put(out, "fields", noun->fields);
    out_text(out, "}");
}

int command_routes(const struct arguments *a)
{
    static struct route_table table;
    struct out out = {0};
    (void)a;
    struct schuil_rc rc = route_table_build(&table);
    if (!schuil_is_ok(rc))
        return command_failed(rc, "");
    out_text(&out, "{\"routes\":[");
    for (size_t i = 0; i < table.count; i++) {
        out_text(&out, i > 0 ? ",\n" : "\n");
        route_put(&out, &table.routes[i]);
    }
    out_text(&out, "],\"nouns\":[");
    for (const struct admin_noun *noun = schuil_admin_nouns(); noun->name != NULL; noun++) {
        out_text(&out, noun == schuil_admin_nouns() ? "\n" : ",\n");
        noun_put(&out, noun);
    }
    out_text(&out, "],\"actions\":[");
    const struct admin_action *action;
    for (size_t i = 0; (action = schuil_admin_action(i)) != NULL; i++) {
        out_text(&out, i == 0 ? "\n" : ",\n");
        action_put(&out, action);
    }
    out_format(&out, "],\"limits\":{\"records\":%d,\"types\":%d}}\n", LIMIT_RECORD_COUNT,
               LIMIT_TYPE_COUNT);
    bool is_good = !out.has_failed && fwrite(out.data, 1, out.len, stdout) == out.len;
    out_done(&out);
    return is_good ? EXIT_OK : EXIT_INTERNAL;
}
