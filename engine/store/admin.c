/* SPDX-License-Identifier: Apache-2.0 */
/* Running one call of the administration: list, show, create and change, driven by the table of
 * nouns; keys are admin_keys.c's, statements admin_sql.c's, events admin_audit.c's.
 *
 *   BEGIN -> the change -> its row for the answer -> its audit event -> COMMIT
 *       \-> refused: ROLLBACK, then an event of its own that says so
 *
 * Invariant: nothing is answered, and the chain not advanced, before the commit is known. */
#include <stdio.h>
#include <stdlib.h>

#include "admin_approval.h"
#include "admin_audit.h"
#include "admin_job.h"
#include "admin_sql.h"
#include "key_change.h"
#include "policy_manifest.h"

struct admin_rows {
    PGresult *result;
    bool is_waiting;
};

bool schuil_admin_is_waiting(const struct admin_rows *rows)
{
    return rows->is_waiting;
}

size_t schuil_admin_row_count(const struct admin_rows *rows)
{
    return (size_t)PQntuples(rows->result);
}

const char *schuil_admin_cell(const struct admin_rows *rows, size_t row, size_t shown_field)
{
    int r = (int)row, c = (int)shown_field;
    return PQgetisnull(rows->result, r, c) ? NULL : PQgetvalue(rows->result, r, c);
}

SCHUIL_RC admin_rows_new(PGresult *result, struct admin_rows **ret)
{
    *ret = malloc(sizeof **ret);
    if (*ret == NULL) {
        PQclear(result);
        return schuil_rc(RC_INTERNAL_MEMORY);
    }
    (*ret)->result = result;
    return SCHUIL_OK;
}

void schuil_admin_rows_free(struct admin_rows *rows)
{
    if (rows == NULL)
        return;
    PQclear(rows->result);
    free(rows);
}

const char *admin_given(const struct admin_call *call, const char *name)
{
    for (size_t i = 0; i < call->value_count; i++) {
        if (strcmp(call->values[i].name, name) == 0)
            return call->values[i].text;
    }
    return NULL;
}

struct schuil_rc admin_refuse(struct admin_job *job, enum schuil_rc_code code, const char *field)
{
    job->field = field;
    return schuil_rc(code);
}

/* ---- the values of a call ---- */
static bool is_digits(const char *text, const char *pattern)
{
    for (; *pattern != '\0'; pattern++, text++) {
        bool is_good = *pattern == '0' ? *text >= '0' && *text <= '9' : *text == *pattern;
        if (!is_good)
            return false;
    }
    return *text == '\0';
}

static bool is_plain(const char *text)
{
    size_t len = 0;
    for (; text[len] != '\0'; len++) {
        if ((unsigned char)text[len] < 0x20 || text[len] == 0x7f || len == ADMIN_VALUE_LEN)
            return false;
    }
    return len > 0;
}

static bool value_is_good(const struct admin_field *field, const char *text)
{
    size_t len = strlen(text);
    switch (field->type) {
    case ADMIN_NUMBER:
        return len >= 1 && len <= 10 && strspn(text, "0123456789") == len &&
               (text[0] != '0' || len == 1);
    case ADMIN_BOOL:
        return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
    case ADMIN_TIME:
        return is_digits(text, "0000-00-00") || is_digits(text, "0000-00-00T00:00:00Z");
    default:
        return is_plain(text);
    }
}

static SCHUIL_RC value_check(struct admin_job *job, const struct admin_fields *taken, size_t index)
{
    const struct admin_value *value = &job->call->values[index];
    const struct admin_field *field = admin_field_find(taken->list, value->name);
    ENSURE(field != NULL, RC_INPUT_SHAPE);
    if (taken->flag != 0 && (field->flags & taken->flag) == 0)
        return admin_refuse(job, RC_INPUT_SHAPE, field->name);
    for (size_t i = 0; i < index; i++) {
        if (strcmp(job->call->values[i].name, value->name) == 0)
            return admin_refuse(job, RC_INPUT_SHAPE, field->name);
    }
    if (value->text != NULL && !value_is_good(field, value->text))
        return admin_refuse(job, RC_INPUT_VALUE, field->name);
    return SCHUIL_OK;
}

static SCHUIL_RC values_check(struct admin_job *job)
{
    const struct admin_call *call = job->call;
    struct admin_fields taken = schuil_admin_taken(call);
    size_t at = 0;
    ENSURE(call->verb != ADMIN_DO_CHANGE || call->value_count > 0, RC_INPUT_SHAPE);
    ENSURE(call->value_count <= ADMIN_FIELD_CAP, RC_INPUT_SHAPE);
    for (size_t i = 0; i < call->value_count; i++)
        TRY(value_check(job, &taken, i));
    if (call->verb == ADMIN_DO_CHANGE)
        return SCHUIL_OK;
    for (const struct admin_field *f; (f = schuil_admin_field_next(&taken, &at)) != NULL;) {
        if ((f->flags & ADMIN_REQUIRED) && admin_given(call, f->name) == NULL)
            return admin_refuse(job, RC_INPUT_SHAPE, f->name);
    }
    return SCHUIL_OK;
}

/* ---- what the database refused ---- */
/* A CHECK bears the field's name; NOT NULL tells the column, which a code that does not exist also
 * ends in. */
static const char *field_at_fault(const struct admin_job *job)
{
    const struct admin_field *fields = job->call->noun->fields;
    for (size_t i = 0; fields[i].name != NULL; i++) {
        const char *column = job->sql->fields[i].column;
        if (strcmp(fields[i].name, job->session->constraint) == 0 ||
            (column != NULL && strcmp(column, job->session->constraint) == 0))
            return fields[i].name;
    }
    return NULL;
}

static struct schuil_rc refusal_of(struct admin_job *job, struct schuil_rc rc)
{
    const char *state = job->session->sqlstate;
    if (rc.code != RC_STORE_REFUSED)
        return rc;
    if (strcmp(state, "23505") == 0)
        return schuil_rc(RC_CONFLICT_EXISTS);
    if (strcmp(state, "SN004") == 0)
        return admin_refuse(job, RC_CONFLICT_BOTH_ENDS, field_at_fault(job));
    if (strcmp(state, "SN001") == 0)
        return admin_refuse(job, RC_CONFLICT_STATE, field_at_fault(job));
    if (strcmp(state, "23514") == 0 || strcmp(state, "23502") == 0)
        return admin_refuse(job, RC_INPUT_VALUE, field_at_fault(job));
    if (strncmp(state, "22", 2) == 0 || strcmp(state, "23503") == 0)
        return schuil_rc(RC_INPUT_VALUE);
    return rc;
}

/* ---- the verbs ---- */
static SCHUIL_RC number_keep(struct admin_job *job, const PGresult *r)
{
    ENSURE(PQntuples(r) == 1, RC_ABSENT);
    snprintf(job->number, sizeof job->number, "%s", PQgetvalue(r, 0, 0));
    return SCHUIL_OK;
}

static SCHUIL_RC create(struct admin_job *job)
{
    struct admin_statement st;
    PG_RESULT *r = NULL;
    if (strcmp(job->call->noun->name, "keys") == 0)
        return admin_key_create(job);
    if (job->sql->check != NULL)
        TRY(job->sql->check(job));
    TRY(admin_sql_insert(job, &st));
    TRY(pg_query(job->session, st.text, st.param_count, st.params, &r));
    TRY(number_keep(job, r));
    return job->sql->after_create == NULL ? SCHUIL_OK : job->sql->after_create(job);
}

static SCHUIL_RC change(struct admin_job *job)
{
    struct admin_statement st;
    PG_RESULT *r = NULL;
    TRY(admin_sql_update(job, &st));
    TRY(pg_query(job->session, st.text, st.param_count, st.params, &r));
    return number_keep(job, r);
}

static SCHUIL_RC verb_do(struct admin_job *job)
{
    switch (job->call->verb) {
    case ADMIN_DO_CREATE:
        ENSURE(job->call->noun->can_create, RC_INPUT_SHAPE);
        return create(job);
    case ADMIN_DO_CHANGE:
        ENSURE(job->call->noun->can_change && job->call->id != NULL, RC_INPUT_SHAPE);
        return change(job);
    case ADMIN_DO_ACTION:
        ENSURE(job->call->id != NULL || !job->call->action->has_id, RC_INPUT_SHAPE);
        return admin_action_row(job->call->action)->run(job);
    default:
        return SCHUIL_OK;
    }
}

SCHUIL_RC admin_job_do(struct admin_job *job)
{
    TRY(values_check(job));
    return refusal_of(job, verb_do(job));
}

static SCHUIL_RC verb_run(struct admin_job *job)
{
    const char *approval;
    TRY(values_check(job));
    TRY(admin_approval_need(job, &approval));
    return approval == NULL ? verb_do(job) : admin_approval_ask(job, approval);
}

/* An action's own rows, handed on. */
static SCHUIL_RC answer_take(struct admin_job *job, PGresult **ret)
{
    ENSURE(job->answer != NULL, RC_INTERNAL);
    *ret = job->answer;
    job->answer = NULL;
    return SCHUIL_OK;
}

/* The rows of the answer: all of them, the one asked for, or the one that was made or changed. */
static SCHUIL_RC answer_read(struct admin_job *job, PGresult **ret)
{
    struct admin_statement st;
    if (job->is_waiting)
        return admin_approval_show(job, ret);
    if (job->call->verb == ADMIN_DO_ACTION && job->call->action->answer != NULL)
        return answer_take(job, ret);
    bool is_list = job->call->verb == ADMIN_DO_LIST;
    bool is_show = job->call->verb == ADMIN_DO_SHOW;
    ENSURE(!is_show || job->call->id != NULL, RC_INPUT_SHAPE);
    TRY(admin_sql_select(job,
                         is_list   ? NULL
                         : is_show ? job->call->id
                                   : job->number,
                         !is_show, &st));
    TRY(pg_query(job->session, st.text, st.param_count, st.params, ret));
    ENSURE(is_list || PQntuples(*ret) == 1, RC_ABSENT);
    return SCHUIL_OK;
}

/* Whatever is changed: keys too, as a change of theirs may touch policy (the generation of a
 * domain). */
static SCHUIL_RC signed_run(struct admin_job *job)
{
    struct policy_change policy;
    if (schuil_admin_is_read(job->call))
        return verb_run(job);
    TRY(key_change_lock(job->session));
    TRY(policy_change_begin(&policy, job->session, job->context->policy_pair,
                            job->context->state_directory));
    TRY(verb_run(job));
    return policy_change_end(&policy);
}

static SCHUIL_RC transaction_run(struct admin_job *job, PGresult **ret)
{
    struct audit_chain next;
    TRY(pg_do(job->session, "BEGIN", 0, NULL));
    TRY(signed_run(job));
    TRY(answer_read(job, ret));
    TRY(admin_audit_job(job, &next));
    TRY(pg_commit(job->session));
    *job->context->chain = next;
    return SCHUIL_OK;
}

struct admin_job admin_job_of(const struct admin_context *context, const struct admin_call *call)
{
    bool is_action = call->verb == ADMIN_DO_ACTION;
    return (struct admin_job){.context = context,
                              .session = context->session,
                              .call = call,
                              .sql = admin_sql_of(call->noun),
                              .event = schuil_admin_is_read(call) ? AUDIT_ADMIN_READ
                                       : is_action                ? call->action->event
                                                                  : call->noun->event};
}

/* What the answer was to be, or why there is none. */
static SCHUIL_RC run_end(const struct admin_job *job, struct schuil_rc rc)
{
    if (schuil_is_ok(rc))
        return job->verdict;
    pg_rollback(job->session);
    /* Away: nothing can be written. Unknown: nothing may be, on this chain. */
    if (rc.code != RC_STORE_AWAY && rc.code != RC_STORE_UNKNOWN)
        TRY(admin_audit_refusal(job, rc));
    return rc;
}

SCHUIL_RC schuil_admin_run(const struct admin_context *context, const struct admin_call *call,
                           struct admin_rows **ret, const char **ret_field)
{
    struct admin_job job = admin_job_of(context, call);
    PGresult *result = NULL;
    *ret_field = NULL;
    *ret = calloc(1, sizeof **ret);
    ENSURE(*ret != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = run_end(&job, refusal_of(&job, transaction_run(&job, &result)));
    PQclear(job.answer);
    admin_waiting_free(job.executed);
    *ret_field = job.field;
    if (schuil_is_ok(rc)) {
        **ret = (struct admin_rows){.result = result, .is_waiting = job.is_waiting};
        return rc;
    }
    PQclear(result);
    free(*ret);
    *ret = NULL;
    return rc;
}
