/* SPDX-License-Identifier: Apache-2.0 */
/* Two persons.
 *
 *   asked:     values checked -> plan -> a row of approval -> 202
 *   approved:  the row locked -> another operator, waiting, in time -> plan again: the same?
 *              -> the row ended -> the call run -> both events -> COMMIT
 *                                                \\-> it differs: the row fails, and that is
 * committed
 *
 * Invariant: what is done is what was shown. The plan is made anew from the database as it is then
 * and must equal, byte for byte, the one that both operators saw. The database itself refuses an
 * approval by its requester, one that was used, and one that has expired (db: keep_approvals). */
#include "admin_approval.h"

#include <stdio.h>
#include <stdlib.h>

#include "admin_plan.h"
#include "admin_sql.h"

enum { REQUEST_CAP = 32 << 10, PLAN_CAP = 32 << 10, NUMBER_CAP = 24 };

/* ---- what needs one ---- */
enum approval_when { ALWAYS, CHOSEN };
enum approval_condition { ANY, RAISE, WIDER, SECOND };

static const struct approval_row {
    const char *name;
    enum approval_when when;
    const char *noun, *verb;
    enum approval_condition condition;
} approvals[] = {
#define APPROVAL(name, when, noun, verb, condition, text) {#name, when, noun, verb, condition},
#include "schuilnaam/approvals.def"
#undef APPROVAL
};

enum { APPROVAL_COUNT = sizeof approvals / sizeof approvals[0] };

/* Whether a list of names parted by commas and blanks has this one. */
static bool is_named(const char *list, const char *name)
{
    static const char between[] = ", \t";
    size_t len;
    for (list += strspn(list, between); *list != '\0'; list += len + strspn(list + len, between)) {
        len = strcspn(list, between);
        if (bytes_equal(bytes_of(list, len), bytes_text(name)))
            return true;
    }
    return false;
}

SCHUIL_RC schuil_approval_names_check(const char *list, char *ret_wrong, size_t cap)
{
    static const char between[] = ", \t";
    size_t len;
    for (list += strspn(list, between); *list != '\0'; list += len + strspn(list + len, between)) {
        bool is_known = false;
        len = strcspn(list, between);
        for (size_t i = 0; i < APPROVAL_COUNT; i++)
            is_known |= bytes_equal(bytes_of(list, len), bytes_text(approvals[i].name));
        if (is_known)
            continue;
        snprintf(ret_wrong, cap, "%.*s", (int)len, list);
        return schuil_rc(RC_CONFIG_SETTING);
    }
    return SCHUIL_OK;
}

static bool row_is_about(const struct approval_row *row, const struct admin_call *call)
{
    return strcmp(row->noun, call->noun->name) == 0 &&
           strcmp(row->verb, admin_verb_name(call)) == 0;
}

bool schuil_approval_may_wait(const struct admin_call *call)
{
    for (size_t i = 0; i < APPROVAL_COUNT; i++)
        if (row_is_about(&approvals[i], call))
            return true;
    return false;
}

/* What a subject may ask now; for a new row what holds without it: of a pair that was connected
 * before, what that allowed, so that ending a connection is no way round. */
static const char *limit_sql(const struct admin_call *call)
{
    if (strcmp(call->noun->name, "connections") == 0)
        return "SELECT quota_day < $1::bigint FROM connection WHERE number::text = $2";
    if (call->verb == ADMIN_DO_CHANGE)
        return "SELECT per_day < $1::bigint FROM quota WHERE number::text = $2";
    return "SELECT per_day < $1::bigint FROM quota WHERE kind = $2 AND subject = 0";
}

/* The quota of a new connection is the column's default where none is given. */
static const char again_sql[] =
    "SELECT max(c.quota_day) < coalesce($1::bigint, (SELECT pg_get_expr(d.adbin, d.adrelid)::bigint"
    "  FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum"
    "  WHERE d.adrelid = 'connection'::regclass AND a.attname = 'quota_day'))"
    " FROM connection c JOIN organisation o ON o.number = c.provider"
    " JOIN registry r ON r.number = c.registry WHERE o.code = $2 AND r.code = $3";

static SCHUIL_RC verdict_read(struct admin_job *job, const char *sql, int count,
                              const char *const *params, bool *ret)
{
    PG_RESULT *r = NULL;
    TRY(pg_query(job->session, sql, count, params, &r));
    *ret = PQntuples(r) == 1 && PQgetvalue(r, 0, 0)[0] == 't';
    return SCHUIL_OK;
}

static SCHUIL_RC is_raised_again(struct admin_job *job, bool *ret)
{
    const char *params[3] = {admin_given(job->call, "quotaPerDay"),
                             admin_given(job->call, "provider"),
                             admin_given(job->call, "registry")};
    return verdict_read(job, again_sql, 3, params, ret);
}

static SCHUIL_RC is_raise(struct admin_job *job, bool *ret)
{
    const struct admin_call *call = job->call;
    const char *params[2] = {admin_given(call, "quotaPerDay"),
                             call->id != NULL ? call->id : admin_given(call, "kind")};
    *ret = false;
    if (call->verb == ADMIN_DO_CREATE && strcmp(call->noun->name, "connections") == 0)
        return is_raised_again(job, ret);
    return params[0] == NULL ? SCHUIL_OK : verdict_read(job, limit_sql(call), 2, params, ret);
}

/* Suspending and ending must not wait, and resuming gives no more than was approved. */
static SCHUIL_RC is_wider(struct admin_job *job, bool *ret)
{
    *ret = false;
    for (size_t i = 0; i < job->call->value_count; i++)
        *ret |= strcmp(job->call->values[i].name, "state") != 0 &&
                strcmp(job->call->values[i].name, "reason") != 0;
    return SCHUIL_OK;
}

/* Else one operator could make himself the other. What was ever registered counts, so that nobody
 * gets back to being alone by ending the rest. */
static SCHUIL_RC is_second(struct admin_job *job, bool *ret)
{
    *ret = false;
    if (admin_given(job->call, "operator") == NULL)
        return SCHUIL_OK;
    return verdict_read(job, "SELECT count(DISTINCT operator) > 1 FROM credential", 0, NULL, ret);
}

typedef struct schuil_rc condition_function(struct admin_job *job, bool *ret);
static condition_function *const conditions[] = {
    [RAISE] = is_raise, [WIDER] = is_wider, [SECOND] = is_second};

static SCHUIL_RC row_applies(struct admin_job *job, const struct approval_row *row, bool *ret)
{
    const char *also = job->context->approvals_also;
    *ret = row_is_about(row, job->call) &&
           (row->when == ALWAYS || (also != NULL && is_named(also, row->name)));
    return *ret && row->condition != ANY ? conditions[row->condition](job, ret) : SCHUIL_OK;
}

SCHUIL_RC admin_approval_need(struct admin_job *job, const char **ret_name)
{
    bool applies = false;
    *ret_name = NULL;
    /* What the service does by itself (a rewrap after a refresh) nobody asked for. */
    if (schuil_admin_is_read(job->call) || job->context->operator_number == 0)
        return SCHUIL_OK;
    for (size_t i = 0; i < APPROVAL_COUNT && !applies; i++) {
        TRY(row_applies(job, &approvals[i], &applies));
        if (applies)
            *ret_name = approvals[i].name;
    }
    return SCHUIL_OK;
}

/* ---- asking ---- */
/* A secret is never kept, so a call that takes one cannot wait. */
static SCHUIL_RC request_write(struct admin_job *job, struct writer *w)
{
    struct admin_fields taken = schuil_admin_taken(job->call);
    for (size_t i = 0; i < job->call->value_count; i++) {
        const struct admin_value *value = &job->call->values[i];
        const struct admin_field *field = admin_field_find(taken.list, value->name);
        ENSURE(field != NULL && field->type != ADMIN_SECRET, RC_INTERNAL);
        put_bytes(w, bytes_text(value->name));
        if (value->text != NULL) {
            put_u8(w, '=');
            put_bytes(w, bytes_text(value->text));
        }
        put_u8(w, '\n');
    }
    put_u8(w, 0);
    ENSURE(!w->is_full, RC_INPUT_SHAPE);
    return SCHUIL_OK;
}

static SCHUIL_RC approval_insert(struct admin_job *job, const char *name, const char *request,
                                 const char *plan)
{
    PG_RESULT *r = NULL;
    char requester[NUMBER_CAP], hours[NUMBER_CAP];
    const char *params[9] = {name,
                             job->call->noun->name,
                             admin_verb_name(job->call),
                             job->call->id,
                             request,
                             plan,
                             admin_given(job->call, "reason"),
                             requester,
                             hours};
    snprintf(requester, sizeof requester, "%u", (unsigned)job->context->operator_number);
    snprintf(hours, sizeof hours, "%u", (unsigned)job->context->approval_hours);
    TRY(pg_query(job->session,
                 "INSERT INTO approval (name, noun, verb, target, request, plan, reason, requester,"
                 " expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8::integer,"
                 " now() + $9::integer * interval '1 hour') RETURNING number::text",
                 9, params, &r));
    snprintf(job->number, sizeof job->number, "%s", PQgetvalue(r, 0, 0));
    return SCHUIL_OK;
}

struct texts {
    char request[REQUEST_CAP];
    char plan[PLAN_CAP];
};

static SCHUIL_RC ask(struct admin_job *job, const char *name, struct texts *texts)
{
    struct writer request = writer_over(texts->request, sizeof texts->request);
    TRY(request_write(job, &request));
    TRY(admin_plan(job, texts->plan, sizeof texts->plan));
    return approval_insert(job, name, texts->request, texts->plan);
}

SCHUIL_RC admin_approval_ask(struct admin_job *job, const char *name)
{
    job->is_waiting = true;
    job->event = AUDIT_APPROVAL_ASK;
    if (admin_given(job->call, "reason") == NULL)
        return admin_refuse(job, RC_INPUT_SHAPE, "reason");
    struct texts *texts = calloc(1, sizeof *texts);
    ENSURE(texts != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = ask(job, name, texts);
    free(texts);
    return rc;
}

struct admin_fields schuil_admin_asked(void)
{
    static const struct admin_field fields[] = {
        {"approval", ADMIN_NUMBER, ADMIN_SHOW, "number of the approval that it waits for"},
        {"state", ADMIN_TEXT, ADMIN_SHOW, "waiting"},
        {"expires", ADMIN_TIME, ADMIN_SHOW, "until when it can be approved"},
        {"plan", ADMIN_TEXT, ADMIN_SHOW, "what will happen"},
        {0}};
    return (struct admin_fields){.list = fields};
}

SCHUIL_RC admin_approval_show(struct admin_job *job, PGresult **ret)
{
    const char *params[1] = {job->number};
    return pg_query(
        job->session,
        "SELECT number::text, state, to_char(expires, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),"
        " plan FROM approval WHERE number::text = $1",
        1, params, ret);
}

/* ---- deciding ---- */
/* The call that waits, built again. */
struct admin_waiting {
    struct admin_job job;
    struct admin_call call;
    struct admin_value values[ADMIN_FIELD_CAP];
    char id[ADMIN_VALUE_LEN];
    struct texts texts;
};

void admin_waiting_free(struct admin_waiting *waiting)
{
    if (waiting != NULL)
        PQclear(waiting->job.answer);
    free(waiting);
}

const struct admin_job *admin_waiting_job(const struct admin_waiting *waiting)
{
    return &waiting->job;
}

static SCHUIL_RC approval_lock(struct admin_job *job, PGresult **ret)
{
    TRY(pg_query(job->session,
                 "SELECT state, expires <= now(), requester, noun, verb, target, request, plan"
                 " FROM approval WHERE number::text = $1 FOR UPDATE",
                 1, &job->call->id, ret));
    ENSURE(PQntuples(*ret) == 1, RC_ABSENT);
    ENSURE(strcmp(PQgetvalue(*ret, 0, 0), "waiting") == 0, RC_CONFLICT_APPROVAL_USED);
    snprintf(job->number, sizeof job->number, "%s", job->call->id);
    return SCHUIL_OK;
}

static SCHUIL_RC approval_end(struct admin_job *job, const char *state, const char *outcome)
{
    char decider[NUMBER_CAP];
    const char *params[4] = {job->number, state, decider, outcome};
    snprintf(decider, sizeof decider, "%u", (unsigned)job->context->operator_number);
    return pg_do(job->session,
                 "UPDATE approval SET state = $2, decider = $3::integer, decided = now(),"
                 " outcome = $4 WHERE number::text = $1",
                 4, params);
}

static SCHUIL_RC may_approve(struct admin_job *job, const PGresult *r)
{
    uint64_t requester;
    TRY(pg_u64(r, 0, 2, INT32_MAX, &requester));
    ENSURE(requester != job->context->operator_number, RC_AUTH_OWN_APPROVAL);
    ENSURE(PQgetvalue(r, 0, 1)[0] == 'f', RC_CONFLICT_APPROVAL_EXPIRED);
    return SCHUIL_OK;
}

/* `request` is cut at its line ends; the values point into it. */
static SCHUIL_RC values_read(struct admin_waiting *w)
{
    char *at = w->texts.request;
    while (*at != '\0') {
        ENSURE(w->call.value_count < ADMIN_FIELD_CAP, RC_STORE_DATA);
        char *end = strchr(at, '\n');
        ENSURE(end != NULL, RC_STORE_DATA);
        *end = '\0';
        char *sign = strchr(at, '=');
        if (sign != NULL)
            *sign = '\0';
        w->values[w->call.value_count++] =
            (struct admin_value){.name = at, .text = sign == NULL ? NULL : sign + 1};
        at = end + 1;
    }
    return SCHUIL_OK;
}

static SCHUIL_RC text_keep(const PGresult *r, int column, char *ret, size_t cap)
{
    int len = snprintf(ret, cap, "%s", PQgetvalue(r, 0, column));
    ENSURE(len >= 0 && (size_t)len < cap, RC_STORE_DATA);
    return SCHUIL_OK;
}

static SCHUIL_RC call_read(struct admin_waiting *w, const PGresult *r)
{
    TRY(text_keep(r, 5, w->id, sizeof w->id));
    TRY(text_keep(r, 6, w->texts.request, sizeof w->texts.request));
    w->call = (struct admin_call){.id = PQgetisnull(r, 0, 5) ? NULL : w->id, .values = w->values};
    ENSURE(admin_call_find(PQgetvalue(r, 0, 3), PQgetvalue(r, 0, 4), &w->call), RC_STORE_DATA);
    return values_read(w);
}

static SCHUIL_RC plan_compare(struct admin_waiting *w, const PGresult *r, bool *ret_same)
{
    TRY(admin_plan(&w->job, w->texts.plan, sizeof w->texts.plan));
    *ret_same = strcmp(w->texts.plan, PQgetvalue(r, 0, 7)) == 0;
    return SCHUIL_OK;
}

/* What was meant no longer is: the approval ends, and that is kept. */
static SCHUIL_RC fail_changed(struct admin_job *job)
{
    job->verdict = schuil_rc(RC_CONFLICT_APPROVAL_CHANGED);
    return approval_end(job, "failed", "what it would change was changed since it was asked");
}

static SCHUIL_RC waiting_run(struct admin_job *job, struct admin_waiting *w, const PGresult *r)
{
    bool is_same;
    TRY(call_read(w, r));
    w->job = admin_job_of(job->context, &w->call);
    struct schuil_rc rc = plan_compare(w, r, &is_same);
    /* What it was to be done to is gone: that, too, is a change. */
    if (schuil_rc_class(rc) == RC_CLASS_ABSENT)
        return fail_changed(job);
    TRY(rc);
    if (!is_same)
        return fail_changed(job);
    TRY(approval_end(job, "executed", NULL));
    rc = admin_job_do(&w->job);
    job->field = w->job.field;
    TRY(rc);
    job->executed = w;
    return SCHUIL_OK;
}

SCHUIL_RC admin_approval_approve(struct admin_job *job)
{
    PG_RESULT *r = NULL;
    TRY(approval_lock(job, &r));
    TRY(may_approve(job, r));
    struct admin_waiting *w = calloc(1, sizeof *w);
    ENSURE(w != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = waiting_run(job, w, r);
    if (job->executed == NULL)
        admin_waiting_free(w);
    return rc;
}

SCHUIL_RC admin_approval_refuse(struct admin_job *job)
{
    PG_RESULT *r = NULL;
    TRY(approval_lock(job, &r));
    return approval_end(job, "refused", admin_given(job->call, "reason"));
}
