/* SPDX-License-Identifier: Apache-2.0 */
/* /admin/v1: one handler for all nouns; what a noun has stands in the engine's table. JSON types:
 * text, time and secret are strings, a number is an integer, a list is an array of strings. */
#include "handlers/admin.h"

#include <stdio.h>
#include <stdlib.h>

#include "operate.h"

enum { NUMBER_CAP = 24 };

/* ---- from JSON ---- */

static char *arena_text(struct arena *arena, const char *data, size_t len)
{
    char *text = schuil_arena_take(arena, len + 1);
    if (text != NULL && len > 0)
        memcpy(text, data, len);
    return text;
}

static const struct admin_field *field_find(const struct admin_field *list, const char *name)
{
    for (const struct admin_field *f = list; f->name != NULL; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

/* ["A", "B"] as "A,B"; NULL: not an array of strings without commas. */
static const char *list_text(struct arena *arena, const json_t *list)
{
    size_t len = 0, count = json_array_size(list);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        if (!json_is_string(item) || strchr(json_string_value(item), ',') != NULL)
            return NULL;
        len += json_string_length(item) + 1;
    }
    char *text = schuil_arena_take(arena, len + 1);
    struct writer w = writer_over(text, text == NULL ? 0 : len);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            put_u8(&w, ',');
        put_bytes(&w, bytes_text(json_string_value(json_array_get(list, i))));
    }
    return text;
}

static const char *number_text(struct arena *arena, json_int_t number)
{
    char *text = schuil_arena_take(arena, NUMBER_CAP);
    if (text != NULL)
        snprintf(text, NUMBER_CAP, "%lld", (long long)number);
    return text;
}

/* The value as the engine takes it; NULL: not of the field's type. */
static const char *value_text(struct arena *arena, enum admin_type type, const json_t *value)
{
    switch (type) {
    case ADMIN_NUMBER:
        return json_is_integer(value) ? number_text(arena, json_integer_value(value)) : NULL;
    case ADMIN_BOOL:
        return json_is_boolean(value) ? json_is_true(value) ? "true" : "false" : NULL;
    case ADMIN_LIST:
        return json_is_array(value) ? list_text(arena, value) : NULL;
    default:
        return json_is_string(value) ? json_string_value(value) : NULL;
    }
}

/* A public text about a field; NULL when there is no memory for it. */
static const char *detail_make(struct request *r, const char *field, const char *what)
{
    size_t cap = strlen(field) + strlen(what) + 3;
    char *text = schuil_arena_take(r->arena, cap);
    if (text != NULL)
        snprintf(text, cap, "%s: %s", field, what);
    return text;
}

static SCHUIL_RC values_take(struct request *r, struct admin_value *values)
{
    const char *key;
    json_t *value;
    struct admin_fields taken = schuil_admin_taken(&r->call);
    json_object_foreach(r->root, key, value)
    {
        const struct admin_field *field = field_find(taken.list, key);
        r->detail = "the body holds a field that is not known here";
        ENSURE(field != NULL, RC_INPUT_SHAPE);
        const char *text = json_is_null(value) ? NULL : value_text(r->arena, field->type, value);
        r->detail = detail_make(r, field->name, "not of the type asked");
        ENSURE(text != NULL || json_is_null(value), RC_INPUT_SHAPE);
        values[r->call.value_count++] = (struct admin_value){.name = field->name, .text = text};
    }
    r->detail = NULL;
    return SCHUIL_OK;
}

/* A connection's or linkage's life within what this installation allows; one that is not told gets
 * the engine's default, or less where less is allowed. */
static SCHUIL_RC life_check(struct request *r, struct admin_value *values)
{
    static const char name[] = "lifeHours";
    enum { DEFAULT_HOURS = 168 };
    int64_t longest = r->service->settings.life_longest;
    if (strcmp(r->route->noun->name, "connections") != 0 &&
        strcmp(r->route->noun->name, "linkages") != 0)
        return SCHUIL_OK;
    for (size_t i = 0; i < r->call.value_count; i++) {
        if (strcmp(values[i].name, name) != 0 || values[i].text == NULL)
            continue;
        r->detail = "lifeHours: longer than this installation's longest life";
        ENSURE(strtoll(values[i].text, NULL, 10) <= longest, RC_INPUT_VALUE);
        return SCHUIL_OK;
    }
    if (r->call.verb == ADMIN_DO_CREATE && longest < DEFAULT_HOURS)
        values[r->call.value_count++] =
            (struct admin_value){.name = name, .text = number_text(r->arena, longest)};
    return SCHUIL_OK;
}

static SCHUIL_RC body_take(struct request *r)
{
    if (r->route->body_cap == 0)
        return SCHUIL_OK;
    TRY(json_in_parse(exchange_body(r->x), &r->root, &r->detail));
    r->detail = "the body must be an object";
    ENSURE(json_is_object(r->root), RC_INPUT_SHAPE);
    struct admin_value *values =
        schuil_arena_take_many(r->arena, json_object_size(r->root) + 1, sizeof *values);
    ENSURE(values != NULL, RC_INTERNAL_MEMORY);
    r->call.values = values;
    TRY(values_take(r, values));
    return life_check(r, values);
}

void handle_admin(struct request *r)
{
    r->call = (struct admin_call){
        .noun = r->route->noun, .verb = r->route->verb, .action = r->route->action};
    if (r->params[0].len > 0)
        r->call.id = arena_text(r->arena, (const char *)r->params[0].data, r->params[0].len);
    struct schuil_rc rc = body_take(r);
    if (!schuil_is_ok(rc)) {
        request_fail(r, rc, 0, r->detail);
        return;
    }
    request_event(r, r->route->noun->event);
    operate_run(r->service->operate, r);
}

/* ---- to JSON ---- */

static void list_put(struct out *out, const char *text)
{
    out_text(out, "[");
    for (bool is_first = true; *text != '\0'; is_first = false) {
        size_t len = strcspn(text, ",");
        char item[LIMIT_TREF_LEN + 64];
        snprintf(item, sizeof item, "%.*s", (int)len, text);
        if (!is_first)
            out_text(out, ",");
        out_string(out, item);
        text += len + (text[len] == ',' ? 1 : 0);
    }
    out_text(out, "]");
}

static void cell_put(struct out *out, const struct admin_field *field, const char *text)
{
    if (text == NULL)
        out_text(out, "null");
    else if (field->type == ADMIN_NUMBER || field->type == ADMIN_BOOL)
        out_text(out, text);
    else if (field->type == ADMIN_LIST)
        list_put(out, text);
    else
        out_string(out, text);
}

static void row_put(struct out *out, struct admin_fields fields, const struct admin_rows *rows,
                    size_t row)
{
    size_t shown = 0, at = 0;
    out_text(out, "{");
    for (const struct admin_field *f; (f = schuil_admin_field_next(&fields, &at)) != NULL;) {
        if (shown > 0)
            out_text(out, ",");
        out_string(out, f->name);
        out_text(out, ":");
        cell_put(out, f, schuil_admin_cell(rows, row, shown++));
    }
    out_text(out, "}");
}

static void rows_put(struct out *out, const struct admin_call *call, const struct admin_rows *rows)
{
    size_t count = rows == NULL ? 0 : schuil_admin_row_count(rows);
    out_format(out, "{\"%s\":[", call->noun->name);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            out_text(out, ",");
        row_put(out, schuil_admin_shown(call), rows, i);
    }
    out_text(out, "]}");
}

void admin_answer(struct request *r, struct schuil_rc rc, const struct admin_rows *rows,
                  const char *field)
{
    if (!schuil_is_ok(rc)) {
        const char *detail = field == NULL ? NULL : detail_make(r, field, schuil_rc_text(rc));
        request_set_failure(r, rc, 0, detail);
        return;
    }
    bool is_waiting = rows != NULL && schuil_admin_is_waiting(rows);
    r->status = is_waiting ? 202 : schuil_admin_makes(&r->call) ? 201 : 200;
    if (r->call.verb == ADMIN_DO_LIST)
        rows_put(&r->out, &r->call, rows);
    else if (rows != NULL && schuil_admin_row_count(rows) > 0)
        row_put(&r->out, is_waiting ? schuil_admin_asked() : schuil_admin_shown(&r->call), rows, 0);
    else
        request_set_failure(r, schuil_rc(RC_INTERNAL), 0, NULL);
}
