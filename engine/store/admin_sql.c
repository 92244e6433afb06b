/* SPDX-License-Identifier: Apache-2.0 */
/* Statements from the table of nouns. Their text is made of constants of admin_nouns.c only; what a
 * caller gave is always a parameter. */
#include "admin_sql.h"

#include <stdio.h>

static void add(struct admin_statement *st, const char *text)
{
    size_t len = strlen(text);
    /* What does not fit leaves len at the cap: statement_end then refuses. */
    if (st->len + len >= sizeof st->text) {
        st->len = sizeof st->text;
        return;
    }
    memcpy(st->text + st->len, text, len + 1);
    st->len += len;
}

/* Our tables are known to fit; a wider one must not become a torn statement. */
static SCHUIL_RC statement_end(const struct admin_statement *st)
{
    ENSURE(st->len < sizeof st->text, RC_INTERNAL);
    return SCHUIL_OK;
}

/* The expression with $ replaced by the parameter that value becomes. */
static void add_value(struct admin_statement *st, const char *expression, const char *value)
{
    char number[16];
    st->params[st->param_count++] = value;
    snprintf(number, sizeof number, "$%d", st->param_count);
    for (const char *at = expression == NULL ? "$" : expression; *at != '\0'; at++) {
        char one[2] = {*at, '\0'};
        add(st, *at == '$' && at[1] != '\'' ? number : one);
    }
}

static size_t field_index(const struct admin_noun *noun, const char *name)
{
    size_t i = 0;
    while (noun->fields[i].name != NULL && strcmp(noun->fields[i].name, name) != 0)
        i++;
    return i;
}

const struct admin_field *admin_field_find(const struct admin_field *list, const char *name)
{
    for (; list != NULL && list->name != NULL; list++) {
        if (strcmp(list->name, name) == 0)
            return list;
    }
    return NULL;
}

SCHUIL_RC admin_sql_insert(const struct admin_job *job, struct admin_statement *ret)
{
    const struct admin_call *call = job->call;
    const char *separator = " (";
    *ret = (struct admin_statement){.len = 0};
    add(ret, "INSERT INTO ");
    add(ret, job->sql->table);
    for (size_t i = 0; i < call->value_count; i++) {
        const char *column = job->sql->fields[field_index(call->noun, call->values[i].name)].column;
        if (call->values[i].text == NULL || column == NULL)
            continue;
        add(ret, separator);
        add(ret, column);
        separator = ", ";
    }
    separator = ") VALUES (";
    for (size_t i = 0; i < call->value_count; i++) {
        const struct admin_sql_field *f =
            &job->sql->fields[field_index(call->noun, call->values[i].name)];
        if (call->values[i].text == NULL || f->column == NULL)
            continue;
        add(ret, separator);
        add_value(ret, f->in, call->values[i].text);
        separator = ", ";
    }
    add(ret, ") RETURNING number::text");
    return statement_end(ret);
}

SCHUIL_RC admin_sql_update(const struct admin_job *job, struct admin_statement *ret)
{
    const struct admin_call *call = job->call;
    *ret = (struct admin_statement){.len = 0};
    /* The id is the first parameter: `match` names it so. */
    ret->params[ret->param_count++] = call->id;
    add(ret, "UPDATE ");
    add(ret, job->sql->table);
    const char *separator = " t SET ";
    for (size_t i = 0; i < call->value_count; i++) {
        const struct admin_sql_field *f =
            &job->sql->fields[field_index(call->noun, call->values[i].name)];
        if (f->column == NULL)
            continue;
        add(ret, separator);
        add(ret, f->column);
        add(ret, " = ");
        add_value(ret, f->in, call->values[i].text);
        separator = ", ";
    }
    /* A reason alone changes nothing. */
    ENSURE(ret->param_count > 1, RC_INPUT_SHAPE);
    add(ret, " WHERE ");
    add(ret, job->sql->match);
    add(ret, " RETURNING t.number::text");
    return statement_end(ret);
}

SCHUIL_RC admin_sql_select(const struct admin_job *job, const char *id, bool is_number,
                           struct admin_statement *ret)
{
    const struct admin_field *fields = job->call->noun->fields;
    const char *separator = "SELECT ";
    *ret = (struct admin_statement){.len = 0};
    for (size_t i = 0; fields[i].name != NULL; i++) {
        if ((fields[i].flags & ADMIN_SHOW) == 0)
            continue;
        add(ret, separator);
        add(ret, "(");
        add(ret, job->sql->fields[i].out);
        add(ret, ")::text");
        separator = ", ";
    }
    add(ret, " FROM ");
    add(ret, job->sql->from);
    if (id != NULL) {
        ret->params[ret->param_count++] = id;
        add(ret, " WHERE ");
        add(ret, is_number ? "t.number::text = $1" : job->sql->match);
    }
    add(ret, " ORDER BY ");
    add(ret, job->sql->order);
    return statement_end(ret);
}
