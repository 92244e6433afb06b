/* SPDX-License-Identifier: Apache-2.0 */
/* The alarm is an event of its own, besides that of the request that brought it: it is written even
 * if that one is refused. Its memory is its own, for it can outlive the request.
 *
 *   clerk: "half" -> event into the worker's chain -> committed -> clerk: "told" -> let go
 *                                                  \-> not: let go; the claim ends by itself */
#include "quota.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "log.h"
#include "worker.h"

enum { DAY_S = 86400, CODE_CAP = LIMIT_CODE_LEN + 1, REQUEST_CAP = 40, DETAIL_CAP = 160 };

struct alarm {
    struct turn_entry entry;
    struct errand errand;
    struct audit_event event;
    struct clerk *clerk;
    struct metrics *metrics;
    char organisation[CODE_CAP], registry[CODE_CAP], request[REQUEST_CAP], detail[DETAIL_CAP];
};

SCHUIL_RC quota_need(struct request *r, enum quota_kind kind, uint32_t subject)
{
    r->quota.per_day = schuil_quota_per_day(r->snapshot, kind, subject);
    r->quota.cell = schuil_quota_table_cell(r->service->quotas, kind, subject);
    ENSURE(r->quota.cell != NULL, RC_INTERNAL_MEMORY);
    return SCHUIL_OK;
}

/* ---- the alarm ---- */

static void on_told(struct errand *errand)
{
    free(CONTAINER(errand, struct alarm, errand));
}

static void on_written(struct turn_entry *entry, enum turn_result result)
{
    struct alarm *a = CONTAINER(entry, struct alarm, entry);
    if (result != TURN_COMMITTED) {
        free(a);
        return;
    }
    metric_add(&a->metrics->quota_alarms[a->errand.cell->kind], 1);
    if (!schuil_is_ok(clerk_ask(a->clerk, &a->errand)))
        free(a); /* told, but not noted: it may be told once more */
}

static void alarm_fill(struct alarm *a, const struct request *r, const struct errand *e)
{
    const char *registry = request_registry(r);
    snprintf(a->organisation, sizeof a->organisation, "%s", r->who.organisation->code);
    snprintf(a->registry, sizeof a->registry, "%s", registry == NULL ? "" : registry);
    snprintf(a->request, sizeof a->request, "%s", exchange_request_id(r->x));
    snprintf(a->detail, sizeof a->detail,
             "{\"kind\":\"%s\",\"subject\":%" PRIu32 ",\"quotaPerDay\":%" PRId64 "}",
             schuil_quota_kind_name(e->cell->kind), e->cell->subject, e->quota);
    a->event = (struct audit_event){.time_us = clock_wall_us(),
                                    .id = AUDIT_QUOTA_HALF,
                                    .outcome = "ok",
                                    .organisation = a->organisation,
                                    .role = "system",
                                    .access = exchange_access(r->x),
                                    .registry = registry == NULL ? NULL : a->registry,
                                    .request = a->request,
                                    .compartment = r->service->compartment,
                                    .process = r->service->process,
                                    .detail = a->detail};
}

static void alarm_tell(struct request *r, const struct errand *e)
{
    struct log_field fields[] = {log_text("kind", schuil_quota_kind_name(e->cell->kind)),
                                 log_number("subject", e->cell->subject),
                                 log_number("quota", e->quota)};
    log_write(LOG_LEVEL_WARNING, "quota.half", fields, sizeof fields / sizeof fields[0]);
    struct alarm *a = calloc(1, sizeof *a);
    if (a == NULL)
        return; /* the claim ends in a minute, and the next reservation tells it */
    alarm_fill(a, r, e);
    a->clerk = r->service->clerk;
    a->metrics = &r->service->metrics;
    a->errand = (struct errand){
        .kind = ERRAND_ALARM_TOLD, .cell = e->cell, .day = e->day, .on_done = on_told};
    a->entry = (struct turn_entry){.event = &a->event, .done = on_written};
    worker_audit(r->worker, &a->entry);
}

/* ---- taking ---- */

static void on_reserved(struct errand *errand)
{
    struct request *r = CONTAINER(errand, struct request, errand);
    r->idle_us += clock_mono_us() - errand->asked_us;
    if (errand->is_alarm)
        alarm_tell(r, errand);
    if (errand->rc.code == RC_LIMIT_QUOTA)
        metric_add(&r->service->metrics.quota_refused[errand->cell->kind], 1);
    r->after_quota(r, errand->rc);
}

/* From the block that the process holds, if it was reserved within the quota of now. */
static bool take_held(const struct quota_ref *quota, uint32_t day, uint64_t count)
{
    return atomic_load(&quota->cell->quota) == quota->per_day &&
           schuil_quota_take(quota->cell, day, count);
}

void quota_take(struct request *r, uint64_t count,
                void (*then)(struct request *r, struct schuil_rc rc))
{
    uint32_t day = (uint32_t)(r->now_us / 1000000 / DAY_S);
    if (r->quota.cell == NULL) {
        then(r, schuil_rc(RC_INTERNAL));
        return;
    }
    if (count == 0 || take_held(&r->quota, day, count)) {
        then(r, SCHUIL_OK);
        return;
    }
    r->after_quota = then;
    r->errand = (struct errand){.kind = ERRAND_RESERVE,
                                .cell = r->quota.cell,
                                .day = day,
                                .quota = r->quota.per_day,
                                .count = count,
                                .inbox = worker_inbox(r->worker),
                                .on_done = on_reserved};
    struct schuil_rc rc = clerk_ask(r->service->clerk, &r->errand);
    if (!schuil_is_ok(rc))
        then(r, rc);
}
