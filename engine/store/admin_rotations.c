/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of the administration about rotations: rotation.c's steps, what a plan tells, and what
 * an operator who approves is shown. */
#include "admin_rotations.h"

#include <stdio.h>

#include "rotation.h"

/* Counting finals reads the audit trail since the domain's keys were made. */
enum { COUNT_US = 30000000 };

static const char *domain_of(const struct admin_job *job)
{
    return admin_given(job->call, "domain");
}

SCHUIL_RC admin_rotation_start(struct admin_job *job)
{
    return rotation_start(job, domain_of(job), admin_given(job->call, "reason"));
}

SCHUIL_RC admin_rotation_finish(struct admin_job *job)
{
    return rotation_finish(job, domain_of(job), admin_given(job->call, "reason"));
}

SCHUIL_RC admin_rotation_abort(struct admin_job *job)
{
    return rotation_abort(job, domain_of(job), admin_given(job->call, "reason"));
}

/* ---- status ---- */

SCHUIL_RC admin_rotation_status(struct admin_job *job)
{
    PG_RESULT *r = NULL;
    const char *domain = domain_of(job);
    TRY(pg_query(job->session,
                 "SELECT max(t.number)::text FROM rotation t JOIN domain d ON d.number = t.domain"
                 " WHERE d.code = $1",
                 1, &domain, &r));
    if (PQgetisnull(r, 0, 0))
        return admin_refuse(job, RC_ABSENT, "domain");
    snprintf(job->number, sizeof job->number, "%s", PQgetvalue(r, 0, 0));
    return SCHUIL_OK;
}

/* ---- plan ---- */

/* What stands in the way of a start comes out as text; null: nothing. */
static const char plan_sql[] =
    "SELECT d.code, d.generation,"
    " greatest((SELECT numbers_from FROM state), 1 + d.generation,"
    "  1 + (SELECT max(k.generation) FROM key k"
    "  WHERE k.purpose IN ('domain', 'domain-seal') AND k.scope = d.number)),"
    " CASE WHEN d.kind = 'bound' THEN 'a bound domain is rotated by handing its keys over'"
    "  WHEN EXISTS (SELECT FROM rotation t WHERE t.domain = d.number"
    "   AND t.state IN ('open', 'aborting')) THEN 'a rotation is under way'"
    "  WHEN NOT EXISTS (SELECT FROM key k WHERE k.purpose = 'domain' AND k.scope = d.number"
    "   AND k.generation = d.generation AND k.state = 'active') THEN 'its key is not active' END,"
    " (SELECT count(*) FROM key k WHERE k.purpose = 'domain' AND k.scope = d.number"
    "  AND k.generation = d.generation AND k.state <> 'destroyed'),"
    " (SELECT string_agg(g.code, ',' ORDER BY g.code) FROM registry g"
    "  WHERE g.domain = d.number AND g.state <> 'ended'),"
    " d.number"
    " FROM domain d WHERE d.code = $1";

enum { PLAN_CODE, PLAN_FROM, PLAN_TO, PLAN_OBSTACLE, PLAN_EPOCHS, PLAN_REGISTRIES, PLAN_NUMBER };

static SCHUIL_RC plan_read(struct admin_job *job, PGresult **ret)
{
    const char *domain = domain_of(job);
    TRY(pg_query(job->session, plan_sql, 1, &domain, ret));
    if (PQntuples(*ret) != 1)
        return admin_refuse(job, RC_ABSENT, "domain");
    return SCHUIL_OK;
}

static const char *cell(const PGresult *r, int column)
{
    return PQgetisnull(r, 0, column) ? NULL : PQgetvalue(r, 0, column);
}

/* "REG1=1200,REG2=0" and the sum, since the domain's oldest key was made. */
static SCHUIL_RC finals_count(struct admin_job *job, const char *domain, PGresult **ret)
{
    struct pg_call call = {
        .sql = "SELECT string_agg(f.registry || '=' || f.finals, ',' ORDER BY f.registry),"
               " coalesce(sum(f.finals), 0)::bigint FROM finals_given($1::integer,"
               " (SELECT min(created) - interval '1 day' FROM key WHERE purpose = 'domain-seal'"
               " AND scope = $1::integer)) f",
        .param_count = 1,
        .params = &domain,
        .timeout_us = COUNT_US};
    return pg_run(job->session, &call, ret);
}

SCHUIL_RC admin_rotation_plan(struct admin_job *job)
{
    static const char approvals[] = "start: a second operator; finish: every registry, then a "
                                    "second operator; abort: no one";
    PG_RESULT *plan = NULL, *finals = NULL;
    TRY(plan_read(job, &plan));
    TRY(finals_count(job, cell(plan, PLAN_NUMBER), &finals));
    const char *cells[] = {cell(plan, PLAN_CODE),
                           cell(plan, PLAN_FROM),
                           cell(plan, PLAN_TO),
                           cell(plan, PLAN_OBSTACLE) == NULL ? "true" : "false",
                           cell(plan, PLAN_OBSTACLE),
                           cell(plan, PLAN_EPOCHS),
                           cell(plan, PLAN_REGISTRIES),
                           cell(finals, 0),
                           cell(finals, 1),
                           approvals};
    return admin_answer_row(job, cells);
}

/* ---- what who approves is shown: nothing that changes by itself meanwhile ---- */

static void put_text(struct writer *w, const char *text)
{
    put_bytes(w, bytes_text(text == NULL ? "none" : text));
}

SCHUIL_RC admin_rotation_start_plan(struct admin_job *job, struct writer *w)
{
    PG_RESULT *r = NULL;
    TRY(plan_read(job, &r));
    ENSURE(cell(r, PLAN_OBSTACLE) == NULL, RC_CONFLICT_STATE);
    put_text(w, "generation ");
    put_text(w, cell(r, PLAN_TO));
    put_text(w, " of its keys is made, and answered beside generation ");
    put_text(w, cell(r, PLAN_FROM));
    put_text(w, "\nregistries that carry their finals over: ");
    put_text(w, cell(r, PLAN_REGISTRIES));
    put_text(w, "\n");
    return SCHUIL_OK;
}

SCHUIL_RC admin_rotation_finish_plan(struct admin_job *job, struct writer *w)
{
    PG_RESULT *r = NULL;
    const char *domain = domain_of(job);
    TRY(pg_query(job->session,
                 "SELECT t.from_generation, t.to_generation,"
                 " (SELECT string_agg(g.code, ',' ORDER BY g.code) FROM registry g"
                 "  LEFT JOIN rotation_registry c"
                 "  ON c.rotation = t.number AND c.registry = g.number"
                 "  WHERE g.domain = t.domain AND g.state <> 'ended' AND c.complete IS NULL)"
                 " FROM rotation t JOIN domain d ON d.number = t.domain"
                 " WHERE d.code = $1 AND t.state = 'open'",
                 1, &domain, &r));
    ENSURE(PQntuples(r) == 1, RC_CONFLICT_ROTATION);
    ENSURE(cell(r, 2) == NULL, RC_CONFLICT_STATE);
    put_text(w, "generation ");
    put_text(w, cell(r, 0));
    put_text(w, " of its keys is destroyed: finals of it can never be carried over again\n");
    put_text(w, "generation ");
    put_text(w, cell(r, 1));
    put_text(w, " alone is answered; every registry has declared that it holds no other\n");
    return SCHUIL_OK;
}
