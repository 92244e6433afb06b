/* SPDX-License-Identifier: Apache-2.0 */
#include "archivist.h"

#include <stdlib.h>

#include "handlers/audit.h"
#include "kept_session.h"
#include "log.h"
#include "worker.h"

enum { QUEUE_CAP = 16 };

struct archivist {
    struct service *service;
    struct pool *pool; /* one thread; the session is its own */
    struct kept_session kept;
};

/* Back on the worker's thread. */
static void on_back(struct task *task)
{
    struct request *r = CONTAINER(task, struct request, task);
    if (schuil_is_ok(r->rc))
        request_audit(r);
    else
        request_fail(r, r->rc, r->status, r->detail);
}

static SCHUIL_RC job_do(struct archivist *a, struct request *r)
{
    TRY(kept_session_need(&a->kept, a->service->settings.database_auditor));
    return r->audit->run(a->service, a->kept.session, r);
}

static void on_job(struct task *task)
{
    struct request *r = CONTAINER(task, struct request, task);
    struct archivist *a = r->service->archivist;
    struct schuil_rc rc = job_do(a, r);
    if (!schuil_is_ok(rc) && schuil_is_ok(r->rc))
        request_set_failure(r, rc, 0, r->detail);
    if (schuil_rc_class(rc) == RC_CLASS_STORE) {
        struct log_field fields[] = {log_text("result", schuil_rc_name(rc)),
                                     log_text("database", schuil_store_message(a->kept.session))};
        log_write(LOG_LEVEL_WARNING, "archivist.store", fields, 2);
        kept_session_end(&a->kept);
    }
    task->run = on_back;
    worker_post(r->worker, task);
}

void archivist_run(struct archivist *a, struct request *r,
                   SCHUIL_RC (*run)(struct service *service, struct store_session *session,
                                    struct request *r))
{
    r->audit->run = run;
    r->task.run = on_job;
    struct schuil_rc rc = pool_push(a->pool, &r->task);
    if (!schuil_is_ok(rc))
        request_fail(r, rc, 0, NULL);
}

SCHUIL_RC archivist_new(struct service *service, struct archivist **ret)
{
    *ret = NULL;
    struct archivist *a = calloc(1, sizeof *a);
    ENSURE(a != NULL, RC_INTERNAL_MEMORY);
    a->service = service;
    struct schuil_rc rc = pool_new(1, QUEUE_CAP, &a->pool);
    if (schuil_is_ok(rc))
        *ret = a;
    else
        free(a);
    return rc;
}

void archivist_free(struct archivist *a)
{
    if (a == NULL)
        return;
    pool_free(a->pool);
    kept_session_end(&a->kept);
    free(a);
}
