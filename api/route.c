/* SPDX-License-Identifier: Apache-2.0 */
/* A handful of routes for each listener but that of the administration, so a walk over its part of
 * the table is the look-up. */
#include "route.h"

#include <ctype.h>
#include <stdio.h>

static const struct route fixed[] = {
#define ROUTE(listener_, method_, pattern_, permission_, cap_, handler_, operation_, tag_, text_)  \
    {.listener = LISTENER_##listener_,                                                             \
     .method = method_,                                                                            \
     .pattern = pattern_,                                                                          \
     .permission = PERMISSION_##permission_,                                                       \
     .body_cap = cap_,                                                                             \
     .handle = handler_,                                                                           \
     .operation = operation_,                                                                      \
     .tag = tag_,                                                                                  \
     .summary = text_},
#define ADMIN_ROUTE(method_, pattern_, cap_, verb_, operation_, text_)
#include "routes.def"
#undef ROUTE
#undef ADMIN_ROUTE
};

static const struct route of_nouns[] = {
#define ROUTE(listener_, method_, pattern_, permission_, cap_, handler_, operation_, tag_, text_)
#define ADMIN_ROUTE(method_, pattern_, cap_, verb_, operation_, text_)                             \
    {.listener = LISTENER_ADMIN,                                                                   \
     .method = method_,                                                                            \
     .pattern = pattern_,                                                                          \
     .permission = PERMISSION_OPERATOR,                                                            \
     .body_cap = cap_,                                                                             \
     .handle = handle_admin,                                                                       \
     .operation = operation_,                                                                      \
     .tag = "admin",                                                                               \
     .summary = text_,                                                                             \
     .verb = verb_},
#include "routes.def"
#undef ROUTE
#undef ADMIN_ROUTE
};

static bool noun_can(const struct admin_noun *noun, enum admin_verb verb)
{
    switch (verb) {
    case ADMIN_DO_CREATE:
        return noun->can_create;
    case ADMIN_DO_CHANGE:
        return noun->can_change;
    default:
        return true;
    }
}

static struct route *table_add(struct route_table *table, const struct route *route)
{
    if (table->count == ROUTE_CAP)
        return NULL;
    size_t at = table->count++;
    table->routes[at] = *route;
    table->routes[at].number = at;
    table->names[at] = route->operation;
    return &table->routes[at];
}

/* "/admin/v1/{noun}/{id}" and noun "keys" make "/admin/v1/keys/{id}" and "showKey". */
static SCHUIL_RC noun_add(struct route_table *table, const struct route *model,
                          const struct admin_noun *noun)
{
    struct route *route = table_add(table, model);
    ENSURE(route != NULL, RC_INTERNAL);
    const char *rest = strchr(model->pattern, '}') + 1;
    const char *name = model->verb == ADMIN_DO_LIST ? noun->name : noun->single;
    char *pattern = table->made[route->number].pattern;
    char *operation = table->made[route->number].operation;
    char *summary = table->made[route->number].summary;
    snprintf(pattern, sizeof table->made[0].pattern, "/admin/v1/%s%s", noun->name, rest);
    snprintf(operation, sizeof table->made[0].operation, "%s%c%s", model->operation,
             toupper((unsigned char)name[0]), name + 1);
    snprintf(summary, sizeof table->made[0].summary, "%s: %s", noun->name, model->summary);
    route->pattern = pattern;
    route->operation = table->names[route->number] = operation;
    route->summary = summary;
    route->noun = noun;
    return SCHUIL_OK;
}

/* A row of the table of actions as the model of its route. */
static SCHUIL_RC action_add(struct route_table *table, const struct admin_noun *noun,
                            const struct admin_action *action)
{
    char pattern[64];
    int len = snprintf(pattern, sizeof pattern, "/admin/v1/{noun}%s/%s",
                       action->has_id ? "/{id}" : "", action->name);
    ENSURE(len > 0 && (size_t)len < sizeof pattern, RC_INTERNAL);
    struct route model = {.listener = LISTENER_ADMIN,
                          .method = "POST",
                          .pattern = pattern,
                          .permission = PERMISSION_OPERATOR,
                          .body_cap = LIMIT_SMALL_BODY_LEN,
                          .handle = handle_admin,
                          .operation = action->name,
                          .tag = "admin",
                          .summary = action->text,
                          .verb = ADMIN_DO_ACTION,
                          .action = action};
    return noun_add(table, &model, noun);
}

static SCHUIL_RC actions_add(struct route_table *table, const struct admin_noun *noun)
{
    const struct admin_action *action;
    for (size_t i = 0; (action = schuil_admin_action(i)) != NULL; i++)
        if (strcmp(action->noun, noun->name) == 0)
            TRY(action_add(table, noun, action));
    return SCHUIL_OK;
}

static void table_sort_out(struct route_table *table)
{
    for (size_t l = 0; l < LISTENER_COUNT; l++)
        table->of[l].count = 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct route *route = &table->routes[i];
        size_t *count = &table->of[route->listener].count;
        table->of[route->listener].routes[(*count)++] = route;
    }
}

SCHUIL_RC route_table_build(struct route_table *ret)
{
    ret->count = 0;
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        ENSURE(table_add(ret, &fixed[i]) != NULL, RC_INTERNAL);
    for (const struct admin_noun *noun = schuil_admin_nouns(); noun->name != NULL; noun++) {
        for (size_t i = 0; i < sizeof of_nouns / sizeof of_nouns[0]; i++)
            if (noun_can(noun, of_nouns[i].verb))
                TRY(noun_add(ret, &of_nouns[i], noun));
        TRY(actions_add(ret, noun));
    }
    table_sort_out(ret);
    return SCHUIL_OK;
}

/* ---- looking up ---- */

enum match { MATCH_NONE, MATCH_PARAMS, MATCH_LITERAL };

/* Cut the next segment, after its slash, off the front. */
static struct bytes segment_take(struct bytes *path)
{
    struct bytes segment = bytes_of(path->data + 1, 0);
    while (segment.len + 1 < path->len && segment.data[segment.len] != '/')
        segment.len++;
    *path = bytes_of(segment.data + segment.len, path->len - 1 - segment.len);
    return segment;
}

static enum match pattern_match(const char *pattern, struct bytes path, struct bytes *params)
{
    struct bytes rest = bytes_text(pattern);
    enum match match = MATCH_LITERAL;
    size_t count = 0;
    while (rest.len > 0 && path.len > 0 && path.data[0] == '/') {
        struct bytes wanted = segment_take(&rest), got = segment_take(&path);
        if (wanted.len > 0 && wanted.data[0] == '{' && got.len > 0 && count < ROUTE_PARAM_CAP) {
            params[count++] = got;
            match = MATCH_PARAMS;
        } else if (!bytes_equal(wanted, got)) {
            return MATCH_NONE;
        }
    }
    return rest.len == 0 && path.len == 0 ? match : MATCH_NONE;
}

void route_params(const struct route *route, struct bytes path,
                  struct bytes ret_params[ROUTE_PARAM_CAP])
{
    (void)pattern_match(route->pattern, path, ret_params);
}

/* All methods here come in few combinations, so the texts of Allow are written out. */
static const char *allow_text(bool has_get, bool has_post, bool has_patch)
{
    static const char *const texts[] = {"",      "GET",        "POST",        "GET, POST",
                                        "PATCH", "GET, PATCH", "POST, PATCH", "GET, POST, PATCH"};
    return texts[(has_get ? 1 : 0) + (has_post ? 2 : 0) + (has_patch ? 4 : 0)];
}

/* What the routes of the best match so far offer. */
struct finding {
    enum match best;
    const struct route *route; /* the one of the method asked for */
    bool has_get, has_post, has_patch;
};

static void finding_add(struct finding *finding, const struct route *route, enum match match,
                        const char *method)
{
    if (match > finding->best)
        *finding = (struct finding){.best = match};
    finding->has_get |= strcmp(route->method, "GET") == 0;
    finding->has_post |= strcmp(route->method, "POST") == 0;
    finding->has_patch |= strcmp(route->method, "PATCH") == 0;
    if (strcmp(route->method, method) == 0)
        finding->route = route;
}

const struct route *route_find(const struct route_table *table, enum listener listener,
                               const char *method, struct bytes path,
                               struct edge_route_view *ret_view)
{
    struct finding f = {.best = MATCH_NONE};
    struct bytes params[ROUTE_PARAM_CAP];
    for (size_t i = 0; i < table->of[listener].count; i++) {
        const struct route *route = table->of[listener].routes[i];
        enum match match = pattern_match(route->pattern, path, params);
        if (match != MATCH_NONE && match >= f.best)
            finding_add(&f, route, match, method);
    }
    *ret_view = (struct edge_route_view){.route = f.route,
                                         .is_known = f.best != MATCH_NONE,
                                         .method_ok = f.route != NULL,
                                         .allow = allow_text(f.has_get, f.has_post, f.has_patch),
                                         .body_cap = f.route == NULL ? 0 : f.route->body_cap,
                                         .has_json_body = f.route != NULL && f.route->body_cap > 0};
    return f.route;
}
