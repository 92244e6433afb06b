/* SPDX-License-Identifier: Apache-2.0 */
/* The audit events of the administration: what was asked, by whom, and what came of it. Detail is
 * JSON. A refused call's values are left out of it: they may be anything, also a secret put in the
 * wrong field. */
#include "admin_audit.h"

#include <stdio.h>
#include <time.h>

#include "admin_sql.h"
#include "audit_rows.h"

enum { ARENA_CAP = 1 << 20, DETAIL_CAP = 64 << 10 };

int64_t admin_clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct audit_event admin_event(const struct admin_context *context)
{
    struct audit_event event = *context->event;
    if (event.time_us == 0)
        event.time_us = admin_clock_us();
    return event;
}

static SCHUIL_RC rows_insert(struct store_session *s, const struct audit_row *rows, size_t n)
{
    struct audit_params params = {.text = NULL};
    struct schuil_rc rc = audit_params_fill(&params, rows, n);
    if (schuil_is_ok(rc))
        rc = pg_do(s, audit_insert_sql(), AUDIT_PARAM_COUNT, params.values);
    audit_params_done(&params);
    return rc;
}

SCHUIL_RC admin_audit_write(const struct admin_context *context, const struct signing_pair *pair,
                            const struct audit_event *events, size_t n,
                            struct audit_chain *ret_next)
{
    struct audit_row rows[4];
    ENSURE(n <= sizeof rows / sizeof *rows, RC_INTERNAL);
    struct arena *arena = schuil_arena_new(ARENA_CAP);
    ENSURE(arena != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = schuil_audit_make(context->chain, events, n, pair, arena, rows, ret_next);
    if (schuil_is_ok(rc))
        rc = rows_insert(context->session, rows, n);
    schuil_arena_free(arena);
    return rc;
}

/* ---- detail ---- */
static void put_text(struct writer *w, const char *text)
{
    put_bytes(w, bytes_text(text));
}

/* Values hold no control characters (value_is_good), so two escapes suffice. */
static void put_json(struct writer *w, const char *text)
{
    if (text == NULL) {
        put_text(w, "null");
        return;
    }
    put_text(w, "\"");
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            put_text(w, "\\");
        put_u8(w, (uint8_t)*text);
    }
    put_text(w, "\"");
}

static void put_values(struct writer *w, const struct admin_call *call)
{
    const char *separator = "";
    struct admin_fields taken = schuil_admin_taken(call);
    put_text(w, ",\"values\":{");
    for (size_t i = 0; i < call->value_count; i++) {
        const struct admin_field *field = admin_field_find(taken.list, call->values[i].name);
        if (field == NULL || field->type == ADMIN_SECRET)
            continue;
        put_text(w, separator);
        put_json(w, field->name);
        put_text(w, ":");
        put_json(w, call->values[i].text);
        separator = ",";
    }
    put_text(w, "}");
}

static void put_head(struct writer *w, const struct admin_job *job)
{
    put_text(w, "{\"noun\":");
    put_json(w, job->call->noun->single);
    put_text(w, ",\"verb\":");
    put_json(w, admin_verb_name(job->call));
    if (job->number[0] != '\0') {
        put_text(w, job->is_waiting ? ",\"approval\":" : ",\"number\":");
        put_text(w, job->number);
    }
}

/* Close the object and end the text; what did not fit becomes an empty object. */
static void detail_end(struct writer *w)
{
    put_text(w, "}");
    put_u8(w, 0);
    if (w->is_full)
        memcpy(w->data, "{}", 3);
}

/* What the api will answer. */
static int status_of(struct schuil_rc rc)
{
    switch (schuil_rc_class(rc)) {
    case RC_CLASS_INPUT:
        return 400;
    case RC_CLASS_AUTH:
        return 403;
    case RC_CLASS_ABSENT:
        return 404;
    case RC_CLASS_CONFLICT:
        return 409;
    case RC_CLASS_STORE:
    case RC_CLASS_BUSY:
        return 503;
    default:
        return 500;
    }
}

/* ---- what was done ---- */
static int status_done(const struct admin_job *job)
{
    if (!schuil_is_ok(job->verdict))
        return status_of(job->verdict);
    return job->is_waiting ? 202 : schuil_admin_makes(job->call) ? 201 : 200;
}

static void event_fill(const struct admin_job *job, char *detail, size_t cap,
                       struct audit_event *ret)
{
    struct writer w = writer_over(detail, cap);
    put_head(&w, job);
    if (!schuil_is_ok(job->verdict)) {
        put_text(&w, ",\"error\":");
        put_json(&w, schuil_rc_name(job->verdict));
    }
    put_values(&w, job->call);
    detail_end(&w);
    *ret = admin_event(job->context);
    ret->id = job->event;
    ret->outcome = schuil_is_ok(job->verdict) ? "ok" : "refused";
    ret->status = status_done(job);
    ret->detail = detail;
    ret->reason = admin_given(job->call, "reason");
    ret->key_count = job->key_count;
    memcpy(ret->key_numbers, job->key_numbers, job->key_count * sizeof *job->key_numbers);
}

SCHUIL_RC admin_audit_job(const struct admin_job *job, struct audit_chain *ret_next)
{
    struct audit_event events[2];
    char details[2][DETAIL_CAP];
    size_t n = 0;
    /* What an approval let through comes before the approval. */
    if (job->executed != NULL) {
        event_fill(admin_waiting_job(job->executed), details[n], DETAIL_CAP, &events[n]);
        n++;
    }
    event_fill(job, details[n], DETAIL_CAP, &events[n]);
    n++;
    return admin_audit_write(job->context, job->context->audit_pair, events, n, ret_next);
}

SCHUIL_RC admin_audit_refusal(const struct admin_job *job, struct schuil_rc why)
{
    struct audit_event event = admin_event(job->context);
    char detail[512];
    struct writer w = writer_over(detail, sizeof detail);
    put_head(&w, job);
    put_text(&w, ",\"error\":");
    put_json(&w, schuil_rc_name(why));
    if (job->field != NULL) {
        put_text(&w, ",\"field\":");
        put_json(&w, job->field);
    }
    detail_end(&w);
    event.id = job->event;
    event.status = status_of(why);
    event.outcome = event.status >= 500 ? "failed" : "refused";
    event.detail = detail;
    return schuil_admin_audit(job->context, &event);
}

SCHUIL_RC schuil_admin_audit(const struct admin_context *context, const struct audit_event *event)
{
    struct audit_chain next;
    TRY(pg_do(context->session, "BEGIN", 0, NULL));
    struct schuil_rc rc = admin_audit_write(context, context->audit_pair, event, 1, &next);
    if (!schuil_is_ok(rc)) {
        pg_rollback(context->session);
        return rc;
    }
    TRY(pg_commit(context->session));
    *context->chain = next;
    return SCHUIL_OK;
}
