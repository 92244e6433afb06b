/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the administration share: the SQL side of the table of nouns, and one call
 * under way. */
#ifndef STORE_ADMIN_JOB_H
#define STORE_ADMIN_JOB_H

#include "pg.h"
#include "schuilnaam/arena.h"
#include "schuilnaam/engine/admin.h"

enum { ADMIN_FIELD_CAP = 24, ADMIN_KEYS_CAP = 16, ADMIN_VALUE_LEN = 1024 };

/* How a field meets the database; at the same index as its struct admin_field. In `in` a $ stands
 * for the value; NULL: the value itself. `column` NULL: not written. `out` NULL: not shown. */
struct admin_sql_field {
    const char *column;
    const char *in;
    const char *out;
};

struct admin_job;
struct admin_sql {
    const char *table;
    const char *from;  /* what `out` expressions may name; the noun's own table is t */
    const char *match; /* whether t is the one that $1 names */
    const char *order;
    const struct admin_sql_field *fields;
    SCHUIL_RC (*check)(struct admin_job *job);        /* before an INSERT; may be NULL */
    SCHUIL_RC (*after_create)(struct admin_job *job); /* in the same transaction; may be NULL */
};
/* At the same index as schuil_admin_nouns(). */
const struct admin_sql *admin_sql_of(const struct admin_noun *noun);

struct admin_job {
    const struct admin_context *context;
    struct store_session *session;
    const struct admin_call *call;
    const struct admin_sql *sql;
    enum audit_event_id event;
    const char *field; /* at fault; static */
    char number[16];   /* of the row made, changed or acted on */
    size_t key_count;  /* keys made, for the event */
    uint32_t key_numbers[ADMIN_KEYS_CAP];
    PGresult *answer; /* of an action with answer fields; NULL: no row yet */
    bool is_waiting;  /* it was kept for a second operator: number is the approval's */
    struct admin_waiting *executed; /* the call that an approval let through; owned */
    struct schuil_rc verdict;       /* not ok: what was written is kept, and this answered */
};

/* ---- actions: admin_actions.c ---- */
struct admin_action_row {
    struct admin_action told;
    /* What will happen, for the person who approves it: text lines into w, from the database as it
     * is now; the same state gives the same text. NULL: the values tell all. Run inside the
     * transaction; changes nothing. */
    SCHUIL_RC (*plan)(struct admin_job *job, struct writer *w);
    /* Do it, inside the open transaction. Sets job->number (the noun's row to answer), or fills
     * job->answer with admin_answer_row where the action has answer fields. */
    SCHUIL_RC (*run)(struct admin_job *job);
};
const struct admin_action_row *admin_action_row(const struct admin_action *action);
/* One more row of the answer of an action that has answer fields: a text for each (NULL: null). */
SCHUIL_RC admin_answer_row(struct admin_job *job, const char *const *cells);

/* Rows of a result, which is taken, also on failure. */
SCHUIL_RC admin_rows_new(PGresult *result, struct admin_rows **ret);
/* "change", or the action's name. */
const char *admin_verb_name(const struct admin_call *call);
/* Noun, verb and action of a call by their names. false: there is none. */
bool admin_call_find(const char *noun, const char *verb, struct admin_call *ret);
struct admin_job admin_job_of(const struct admin_context *context, const struct admin_call *call);
/* Check the values and do it, inside the open transaction, whoever approved it. A refusal by the
 * database is told by its field. */
SCHUIL_RC admin_job_do(struct admin_job *job);
/* The job inside an approval that was executed. */
const struct admin_job *admin_waiting_job(const struct admin_waiting *waiting);
void admin_waiting_free(struct admin_waiting *waiting); /* NULL is fine */

/* The value given for a field; NULL when it is not given (or null). */
const char *admin_given(const struct admin_call *call, const char *name);
/* Refuse the call because of a field. */
struct schuil_rc admin_refuse(struct admin_job *job, enum schuil_rc_code code, const char *field);

/* Write events into the open transaction. *ret_next is the chain to keep once it is committed. */
SCHUIL_RC admin_audit_write(const struct admin_context *context, const struct signing_pair *pair,
                            const struct audit_event *events, size_t n,
                            struct audit_chain *ret_next);
/* The prototype with its time. */
struct audit_event admin_event(const struct admin_context *context);
int64_t admin_clock_us(void); /* since 1970 */

/* admin_keys.c */
SCHUIL_RC admin_key_create(struct admin_job *job);
SCHUIL_RC admin_key_import(struct admin_job *job);
SCHUIL_RC admin_key_refresh(struct admin_job *job); /* operation.c */
SCHUIL_RC admin_domain_keys(struct admin_job *job);

/* admin_types.c */
SCHUIL_RC admin_type_check(struct admin_job *job);

#endif
