/* SPDX-License-Identifier: Apache-2.0 */
/* The route table, and docs/openapi.json against it both ways. */
#include <jansson.h>
#include <string.h>

#include "../engine/engine_unit.h"
#include "route.h"

static struct route_table table;

static int table_set_up(void **state)
{
    (void)state;
    return schuil_is_ok(route_table_build(&table)) ? 0 : -1;
}

static const struct route *find(enum listener listener, const char *method, const char *path,
                                struct bytes *params, struct edge_route_view *view)
{
    const struct route *route = route_find(&table, listener, method, bytes_text(path), view);
    assert_ptr_equal(view->route, route);
    if (route != NULL && params != NULL)
        route_params(route, bytes_text(path), params);
    return route;
}

static void a_pattern_gives_what_stands_in_its_place(void **state)
{
    struct bytes params[ROUTE_PARAM_CAP];
    struct edge_route_view view;
    (void)state;
    const struct route *r =
        find(LISTENER_API, "POST", "/v1/registries/REG1/temporary-pseudonyms", params, &view);
    assert_non_null(r);
    assert_string_equal(r->operation, "issueTemporaryPseudonyms");
    assert_true(bytes_equal(params[0], bytes_text("REG1")));
    assert_int_equal(view.body_cap, LIMIT_BODY_LEN);
    assert_true(view.has_json_body && view.is_known && view.method_ok);
}

static void another_method_is_told_what_is_allowed(void **state)
{
    struct edge_route_view view;
    (void)state;
    assert_null(find(LISTENER_API, "GET", "/v1/registries/R/final-pseudonyms", NULL, &view));
    assert_true(view.is_known && !view.method_ok);
    assert_string_equal(view.allow, "POST");
    assert_null(find(LISTENER_ADMIN, "DELETE", "/admin/v1/organisations", NULL, &view));
    assert_string_equal(view.allow, "GET, POST");
    assert_null(find(LISTENER_ADMIN, "POST", "/admin/v1/organisations/X", NULL, &view));
    assert_string_equal(view.allow, "GET, PATCH");
}

static void paths_that_no_route_has_are_unknown(void **state)
{
    static const char *const wrong[] = {"/",
                                        "",
                                        "//",
                                        "/v1/registries/REG1",
                                        "/v1/registries//temporary-pseudonyms",
                                        "/v1/registries/REG1/temporary-pseudonyms/",
                                        "/v1/registries/REG1/x/temporary-pseudonyms",
                                        "/V1/registries/REG1/temporary-pseudonyms",
                                        "v1/registries/REG1/temporary-pseudonyms",
                                        "/admin/v1/organisations",
                                        "/metrics"};
    struct edge_route_view view;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_null(find(LISTENER_API, "POST", wrong[i], NULL, &view));
        assert_false(view.is_known);
    }
}

static void a_literal_goes_before_a_place_holder(void **state)
{
    struct edge_route_view view;
    (void)state;
    const struct route *r = find(LISTENER_ADMIN, "POST", "/admin/v1/keys/import", NULL, &view);
    assert_non_null(r);
    assert_int_equal(r->verb, ADMIN_DO_ACTION);
    assert_string_equal(r->action->name, "import");
    assert_null(find(LISTENER_ADMIN, "GET", "/admin/v1/keys/import", NULL, &view));
    assert_string_equal(view.allow, "POST");
}

static void operations_are_named_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < table.count; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(table.routes[i].operation, table.routes[j].operation);
}

static void no_admin_route_is_for_others_than_operators(void **state)
{
    (void)state;
    for (size_t i = 0; i < table.count; i++)
        if (table.routes[i].listener == LISTENER_ADMIN)
            assert_int_equal(table.routes[i].permission, PERMISSION_OPERATOR);
        else
            assert_int_not_equal(table.routes[i].permission, PERMISSION_OPERATOR);
}

/* ---- docs/openapi.json ---- */

static json_t *openapi_read(void)
{
    json_error_t error;
    json_t *root = json_load_file("docs/openapi.json", JSON_REJECT_DUPLICATES, &error);
    assert_non_null(root);
    return root;
}

static const json_t *call_of(const json_t *root, const char *path, const char *method)
{
    char name[8] = "";
    for (size_t i = 0; method[i] != '\0' && i + 1 < sizeof name; i++)
        name[i] = (char)(method[i] | 0x20);
    return json_object_get(json_object_get(json_object_get(root, "paths"), path), name);
}

static void every_route_stands_in_openapi(void **state)
{
    json_t *root = openapi_read();
    (void)state;
    for (size_t i = 0; i < table.count; i++) {
        const struct route *route = &table.routes[i];
        const json_t *call = call_of(root, route->pattern, route->method);
        assert_non_null(call);
        assert_string_equal(json_string_value(json_object_get(call, "operationId")),
                            route->operation);
        const json_t *tags = json_object_get(call, "tags");
        assert_string_equal(json_string_value(json_array_get(tags, 0)), route->tag);
        const json_t *fallback = json_object_get(json_object_get(call, "responses"), "default");
        assert_non_null(
            json_object_get(json_object_get(fallback, "content"), "application/problem+json"));
        assert_int_equal(json_object_get(call, "requestBody") != NULL, route->body_cap > 0);
    }
    json_decref(root);
}

static void every_call_of_openapi_is_a_route(void **state)
{
    json_t *root = openapi_read();
    const char *path, *method;
    json_t *calls, *call;
    size_t count = 0;
    (void)state;
    assert_string_equal(json_string_value(json_object_get(root, "openapi")), "3.0.3");
    json_object_foreach(json_object_get(root, "paths"), path, calls)
    {
        json_object_foreach(calls, method, call)
        {
            const char *operation = json_string_value(json_object_get(call, "operationId"));
            size_t i = 0;
            while (i < table.count && strcmp(table.routes[i].operation, operation) != 0)
                i++;
            assert_true(i < table.count);
            assert_string_equal(table.routes[i].pattern, path);
            count++;
        }
    }
    assert_int_equal(count, table.count);
    json_decref(root);
}

/* Answers are closed, down to the objects in them; maps name the type of their values. */
static void object_is_closed(const json_t *schema)
{
    const char *key;
    json_t *value;
    size_t i;
    if (json_is_array(schema)) {
        json_array_foreach(schema, i, value) object_is_closed(value);
    } else if (json_is_object(schema)) {
        const json_t *more = json_object_get(schema, "additionalProperties");
        if (json_object_get(schema, "properties") != NULL)
            assert_true(json_is_false(more) || json_object_get(more, "type") != NULL);
        json_object_foreach((json_t *)(uintptr_t)schema, key, value) object_is_closed(value);
    }
}

static void schemas_of_answers_are_closed(void **state)
{
    json_t *root = openapi_read();
    const char *name;
    json_t *schema;
    (void)state;
    json_object_foreach(json_object_get(json_object_get(root, "components"), "schemas"), name,
                        schema)
    {
        /* What is posted to translate may hold all that an issue answer holds; and so on. */
        if (strcmp(name, "TranslateRequest") != 0 && strcmp(name, "RotateRequest") != 0 &&
            strcmp(name, "ReverseRequest") != 0)
            object_is_closed(schema);
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_gives_what_stands_in_its_place),
        cmocka_unit_test(another_method_is_told_what_is_allowed),
        cmocka_unit_test(paths_that_no_route_has_are_unknown),
        cmocka_unit_test(a_literal_goes_before_a_place_holder),
        cmocka_unit_test(operations_are_named_once),
        cmocka_unit_test(no_admin_route_is_for_others_than_operators),
        cmocka_unit_test(every_route_stands_in_openapi),
        cmocka_unit_test(every_call_of_openapi_is_a_route),
        cmocka_unit_test(schemas_of_answers_are_closed),
    };
    return cmocka_run_group_tests(tests, table_set_up, NULL);
}
