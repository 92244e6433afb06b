/* SPDX-License-Identifier: Apache-2.0 */
/* See admin_plan.h. Secrets never get here: a call that takes one cannot wait. */
#include "admin_plan.h"

#include "admin_sql.h"

static void put_text(struct writer *w, const char *text)
{
    put_bytes(w, bytes_text(text));
}

static void put_head(struct writer *w, const struct admin_call *call)
{
    put_text(w, call->noun->single);
    if (call->id != NULL) {
        put_text(w, " ");
        put_text(w, call->id);
    }
    put_text(w, ": ");
    put_text(w, admin_verb_name(call));
    put_text(w, "\n");
}

static void put_value(struct writer *w, const char *name, const char *was, const char *becomes)
{
    put_text(w, name);
    put_text(w, ": ");
    if (was != NULL) {
        put_text(w, was);
        put_text(w, " -> ");
    }
    put_text(w, becomes == NULL ? "(none)" : becomes);
    put_text(w, "\n");
}

/* The reason is told beside the plan. */
static bool is_told_elsewhere(const char *name)
{
    return strcmp(name, "reason") == 0;
}

static void put_values(struct writer *w, const struct admin_call *call)
{
    for (size_t i = 0; i < call->value_count; i++)
        if (!is_told_elsewhere(call->values[i].name))
            put_value(w, call->values[i].name, NULL, call->values[i].text);
}

static const char *shown_cell(const struct admin_call *call, const PGresult *row, const char *name)
{
    struct admin_fields shown = {.list = call->noun->fields, .flag = ADMIN_SHOW};
    size_t at = 0;
    int column = 0;
    for (const struct admin_field *f; (f = schuil_admin_field_next(&shown, &at)) != NULL; column++)
        if (strcmp(f->name, name) == 0)
            return PQgetisnull(row, 0, column) ? "(none)" : PQgetvalue(row, 0, column);
    return NULL;
}

static SCHUIL_RC put_changes(struct admin_job *job, struct writer *w)
{
    const struct admin_call *call = job->call;
    struct admin_statement st;
    PG_RESULT *r = NULL;
    TRY(admin_sql_select(job, call->id, false, &st));
    TRY(pg_query(job->session, st.text, st.param_count, st.params, &r));
    ENSURE(PQntuples(r) == 1, RC_ABSENT);
    for (size_t i = 0; i < call->value_count; i++) {
        const struct admin_value *value = &call->values[i];
        if (!is_told_elsewhere(value->name))
            put_value(w, value->name, shown_cell(call, r, value->name), value->text);
    }
    return SCHUIL_OK;
}

SCHUIL_RC admin_plan(struct admin_job *job, char *ret, size_t cap)
{
    struct writer w = writer_over(ret, cap);
    put_head(&w, job->call);
    if (job->call->verb == ADMIN_DO_CHANGE)
        TRY(put_changes(job, &w));
    else
        put_values(&w, job->call);
    if (job->call->verb == ADMIN_DO_ACTION && admin_action_row(job->call->action)->plan != NULL)
        TRY(admin_action_row(job->call->action)->plan(job, &w));
    put_u8(&w, 0);
    ENSURE(!w.is_full, RC_INPUT_SHAPE);
    return SCHUIL_OK;
}
