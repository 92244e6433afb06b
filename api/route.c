/* SPDX-License-Identifier: Apache-2.0 */
/* A dozen routes, so a walk over the table is the look-up. */
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
    case ADMIN_DO_IMPORT:
        return strcmp(noun->name, "keys") == 0;
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

SCHUIL_RC route_table_build(struct route_table *ret)
{
    ret->count = 0;
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        ENSURE(table_add(ret, &fixed[i]) != NULL, RC_INTERNAL);
    for (const struct admin_noun *noun = schuil_admin_nouns(); noun->name != NULL; noun++)
        for (size_t i = 0; i < sizeof of_nouns / sizeof of_nouns[0]; i++)
            if (noun_can(noun, of_nouns[i].verb))
                TRY(noun_add(ret, &of_nouns[i], noun));
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

static enum match best_match(const struct route_table *table, enum listener listener,
                             struct bytes path)
{
    struct bytes params[ROUTE_PARAM_CAP];
    enum match best = MATCH_NONE;
    for (size_t i = 0; i < table->count; i++) {
        if (table->routes[i].listener != listener)
            continue;
        enum match match = pattern_match(table->routes[i].pattern, path, params);
        best = match > best ? match : best;
    }
    return best;
}

/* All methods here come in few combinations, so the texts of Allow are written out. */
static const char *allow_text(bool has_get, bool has_post, bool has_patch)
{
    static const char *const texts[] = {"",      "GET",        "POST",        "GET, POST",
                                        "PATCH", "GET, PATCH", "POST, PATCH", "GET, POST, PATCH"};
    return texts[(has_get ? 1 : 0) + (has_post ? 2 : 0) + (has_patch ? 4 : 0)];
}

const struct route *route_find(const struct route_table *table, enum listener listener,
                               const char *method, struct bytes path, struct bytes *ret_params,
                               struct edge_route_view *ret_view)
{
    enum match best = best_match(table, listener, path);
    const struct route *found = NULL;
    bool has_get = false, has_post = false, has_patch = false;
    for (size_t i = 0; i < table->count && best != MATCH_NONE; i++) {
        const struct route *route = &table->routes[i];
        struct bytes params[ROUTE_PARAM_CAP] = {{0}};
        if (route->listener != listener || pattern_match(route->pattern, path, params) != best)
            continue;
        has_get |= strcmp(route->method, "GET") == 0;
        has_post |= strcmp(route->method, "POST") == 0;
        has_patch |= strcmp(route->method, "PATCH") == 0;
        if (strcmp(route->method, method) != 0)
            continue;
        found = route;
        if (ret_params != NULL)
            memcpy(ret_params, params, sizeof params);
    }
    *ret_view = (struct edge_route_view){.is_known = best != MATCH_NONE,
                                         .method_ok = found != NULL,
                                         .allow = allow_text(has_get, has_post, has_patch),
                                         .body_cap = found == NULL ? 0 : found->body_cap,
                                         .has_json_body = found != NULL && found->body_cap > 0};
    return found;
}
