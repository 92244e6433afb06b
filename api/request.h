/* SPDX-License-Identifier: Apache-2.0 */
/* A request of the api or admin listener from its head to its answer. Owned by its worker; a large
 * one is lent to the pool, step by step, and never shared. However it ends, it ends through
 * request_answer, which alone logs, counts and frees. */
#ifndef SCHUIL_API_REQUEST_H
#define SCHUIL_API_REQUEST_H

#include "auth.h"
#include "clerk.h"
#include "service_state.h"
#include "turn.h"
#include "json/batch.h"
#include "json/in.h"
#include "json/out.h"

/* A quota that a request takes from. */
struct quota_ref {
    struct quota_cell *cell; /* NULL: none was named */
    int64_t per_day;
};

struct request {
    struct request *next; /* of the one list it is in */
    struct service *service;
    struct worker *worker;
    struct exchange *x;
    bool is_gone; /* the peer left: the work ends, nobody is answered */
    const struct route *route;
    struct bytes params[ROUTE_PARAM_CAP];
    struct snapshot *snapshot; /* a reference of its own */
    struct principal who;
    int64_t now_us;    /* wall clock at the start: what "now" is for all checks */
    int64_t begun_us;  /* monotonic */
    int64_t idle_us;   /* of that time, spent in waiting for the database */
    int64_t waited_us; /* monotonic: since when it waits for a reload */
    struct arena *arena;
    /* issue, translate and reverse: flow.c */
    const struct flow *flow;
    struct json_batch batch;
    struct work *work;
    const char *reason; /* reversals: why they are asked; arena */
    struct slices *slices;
    bool is_big, is_confirmed;
    const char *effect; /* detail of an event that changes something in the database, which may be
                           refused; NULL: it has no effect */
    struct task task;
    struct errand errand;
    struct quota_ref quota; /* quota.c */
    void (*after_quota)(struct request *r, struct schuil_rc rc);
    /* admin: handlers/admin.c */
    json_t *root;
    struct admin_call call;
    struct audit_query *audit; /* handlers/audit.c; in the arena */
    /* the answer */
    struct schuil_rc rc; /* not ok: a problem is answered */
    int status;          /* 0: by the class of rc */
    const char *detail;  /* static text for people, or NULL */
    const char *content_type;
    struct out out;
    uint32_t record_count; /* for the log */
    struct audit_event event;
    struct turn_entry entry;
};

/* Memory for a request with an arena; the worker keeps some of them. NULL: no memory. */
struct request *request_new(void);
/* Wipe all it holds, ready for the next; the reference to the snapshot goes. */
void request_reset(struct request *r);
void request_free(struct request *r);

/* The caller is looked up and allowed; on failure rc and status say what to answer. */
SCHUIL_RC request_admit(struct request *r);
/* What to answer instead of what was made so far; status 0: by the class of rc. */
void request_set_failure(struct request *r, struct schuil_rc rc, int status, const char *detail);
/* Fill the audit event: who, where, outcome by rc. The caller may add counts and types. */
void request_event(struct request *r, enum audit_event_id id);
/* Whether a refusal must stand in the audit chain: 403 and 429. */
bool request_is_audited(const struct request *r);
int request_status(const struct request *r);
/* The code of the registry that the path names; NULL: none, or none that exists. */
const char *request_registry(const struct request *r);
/* Queue the event; the answer leaves when it is committed. */
void request_audit(struct request *r);
/* Answer now. r is gone afterwards. */
void request_answer(struct request *r);
/* Fail: audited first where it must be. r is gone afterwards, or waits for its event. */
void request_fail(struct request *r, struct schuil_rc rc, int status, const char *detail);

#endif
