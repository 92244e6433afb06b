/* SPDX-License-Identifier: Apache-2.0 */
/* One audit event in its two forms. Not chains: chain.c.
 *
 *     column             cell for the INSERT             protocol form (body)
 *     time               decimal microseconds            the same
 *     integers           decimal text                    the same
 *     text               itself                          the same
 *     types, key_numbers {"A","C.2"}, {7,12}             LV(element) || LV(element) ...
 *     absent             NULL                            null
 *
 * An event has no field for an attribute value or a pseudonym, and none may be put in `reason` or
 * `detail`. Source: PROTOCOL section 7. */
#include "audit/event.h"

struct event_row {
    uint16_t number;
    const char *name;
};

static const struct event_row event_rows[AUDIT_EVENT_COUNT] = {
#define AUDIT_EVENT(number, name, text) [AUDIT_##name] = {number, #name},
#include "schuilnaam/audit_events.def"
#undef AUDIT_EVENT
};

enum { DECIMAL_CAP = 24 }; /* sign, 19 digits, terminator */

/* Where the cells of one event go. */
struct cells {
    struct arena *arena;
    const char **text;
    struct audit_cell *body;
};

uint16_t schuil_audit_number(enum audit_event_id id)
{
    return event_rows[id].number;
}

const char *schuil_audit_name(enum audit_event_id id)
{
    return event_rows[id].name;
}

static void cell_null(const struct cells *cells, enum audit_column column)
{
    cells->text[column] = NULL;
    cells->body[column] = (struct audit_cell){.is_null = true};
}

static void cell_text(const struct cells *cells, enum audit_column column, const char *text)
{
    if (text == NULL) {
        cell_null(cells, column);
        return;
    }
    cells->text[column] = text;
    cells->body[column] = (struct audit_cell){.value = bytes_text(text)};
}

static SCHUIL_RC cell_number(const struct cells *cells, enum audit_column column, bool is_there,
                             int64_t value)
{
    if (!is_there) {
        cell_null(cells, column);
        return SCHUIL_OK;
    }
    char *text = schuil_arena_take(cells->arena, DECIMAL_CAP);
    ENSURE(text != NULL, RC_INTERNAL_MEMORY);
    struct writer w = writer_over(text, DECIMAL_CAP - 1); /* its zero is there: see the arena */
    put_decimal(&w, value);
    cells->text[column] = text;
    cells->body[column] = (struct audit_cell){.value = writer_bytes(&w)};
    return SCHUIL_OK;
}

/* One element of a PostgreSQL array, always quoted: then only " and \ need an escape. */
static void element_put(struct writer *w, const char *text)
{
    put_u8(w, '"');
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            put_u8(w, '\\');
        put_u8(w, (uint8_t)*at);
    }
    put_u8(w, '"');
}

static void array_put(struct writer *w, const char *const *elements, size_t count)
{
    put_u8(w, '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            put_u8(w, ',');
        element_put(w, elements[i]);
    }
    put_u8(w, '}');
    put_u8(w, '\0');
}

/* Both forms of a list of texts. */
static SCHUIL_RC cell_list(const struct cells *cells, enum audit_column column,
                           const char *const *elements, size_t count)
{
    size_t text_cap = 3, body_cap = 0;
    if (count == 0) {
        cell_null(cells, column);
        return SCHUIL_OK;
    }
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(elements[i]);
        text_cap += 2 * len + 3;
        body_cap += len + 2;
    }
    struct writer text = writer_over(schuil_arena_take(cells->arena, text_cap), text_cap);
    struct writer body = writer_over(schuil_arena_take(cells->arena, body_cap), body_cap);
    ENSURE(text.data != NULL && body.data != NULL, RC_INTERNAL_MEMORY);
    array_put(&text, elements, count);
    for (size_t i = 0; i < count; i++)
        put_lv_text(&body, elements[i]);
    ENSURE(!text.is_full && !body.is_full, RC_INPUT_LENGTH);
    cells->text[column] = (const char *)text.data;
    cells->body[column] = (struct audit_cell){.value = writer_bytes(&body)};
    return SCHUIL_OK;
}

static SCHUIL_RC cell_numbers(const struct cells *cells, enum audit_column column,
                              const uint32_t *numbers, size_t count)
{
    const char **elements = schuil_arena_take_many(cells->arena, count, sizeof *elements);
    char *texts = schuil_arena_take_many(cells->arena, count, DECIMAL_CAP);
    ENSURE(elements != NULL && texts != NULL, RC_INTERNAL_MEMORY);
    for (size_t i = 0; i < count; i++) {
        struct writer w = writer_over(texts + i * DECIMAL_CAP, DECIMAL_CAP - 1);
        put_decimal(&w, numbers[i]);
        elements[i] = texts + i * DECIMAL_CAP;
    }
    return cell_list(cells, column, elements, count);
}

static void cells_of_texts(const struct cells *cells, const struct audit_event *e)
{
    cell_text(cells, AUDIT_COL_name, schuil_audit_name(e->id));
    cell_text(cells, AUDIT_COL_outcome, e->outcome);
    cell_text(cells, AUDIT_COL_organisation, e->organisation);
    cell_text(cells, AUDIT_COL_behalf, e->behalf);
    cell_text(cells, AUDIT_COL_role, e->role);
    cell_text(cells, AUDIT_COL_access, e->access);
    cell_text(cells, AUDIT_COL_source, e->source);
    cell_text(cells, AUDIT_COL_registry, e->registry);
    cell_text(cells, AUDIT_COL_request, e->request);
    cell_text(cells, AUDIT_COL_compartment, e->compartment);
    cell_text(cells, AUDIT_COL_process, e->process);
    cell_text(cells, AUDIT_COL_reason, e->reason);
    cell_text(cells, AUDIT_COL_detail, e->detail);
}

static SCHUIL_RC cells_of_numbers(const struct cells *cells, const struct audit_event *e)
{
    TRY(cell_number(cells, AUDIT_COL_time, true, e->time_us));
    TRY(cell_number(cells, AUDIT_COL_event, true, schuil_audit_number(e->id)));
    TRY(cell_number(cells, AUDIT_COL_status, e->status != 0, e->status));
    TRY(cell_number(cells, AUDIT_COL_credential, e->credential != 0, e->credential));
    TRY(cell_number(cells, AUDIT_COL_asked, e->has_counts, e->asked));
    TRY(cell_number(cells, AUDIT_COL_made, e->has_counts, e->made));
    return cell_number(cells, AUDIT_COL_failed, e->has_counts, e->failed);
}

SCHUIL_RC event_cells(const struct audit_event *event, struct arena *arena, struct audit_row *row,
                      struct audit_cell ret_cells[AUDIT_COL_COUNT])
{
    struct cells cells = {.arena = arena, .text = row->cells, .body = ret_cells};
    ENSURE(event->type_count <= sizeof event->types / sizeof *event->types, RC_INPUT_LENGTH);
    ENSURE(event->key_count <= sizeof event->key_numbers / sizeof *event->key_numbers,
           RC_INPUT_LENGTH);
    cells_of_texts(&cells, event);
    TRY(cells_of_numbers(&cells, event));
    TRY(cell_list(&cells, AUDIT_COL_types, event->types, event->type_count));
    return cell_numbers(&cells, AUDIT_COL_key_numbers, event->key_numbers, event->key_count);
}
