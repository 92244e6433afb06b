/* SPDX-License-Identifier: Apache-2.0 */
/* Reservations are serialised here, so the records that the process holds already count towards the
 * least it must get, and the clerk takes for the one who asked: a quota can be used to its last
 * record. */
#include "clerk.h"

#include <stdlib.h>

#include "clock.h"
#include "kept_session.h"
#include "log.h"
#include "pool.h"

enum { QUEUE_CAP = 4096, HEADS_CAP = 1 << 20, BLOCK_MOST = 10000, TRIES = 4 };

struct clerk {
    const char *conninfo;
    struct kept_session kept; /* of the pool's one thread */
    struct pool *pool;
};

static SCHUIL_RC session_need(struct clerk *clerk)
{
    return kept_session_need(&clerk->kept, clerk->conninfo);
}

/* How much to reserve ahead: a hundredth of the quota, so that a crash loses little of it. */
static uint64_t block_size(int64_t quota, uint64_t least)
{
    uint64_t block = quota < 0 ? 0 : (uint64_t)quota / 100;
    block = block > BLOCK_MOST ? BLOCK_MOST : block;
    return block < least ? least : block;
}

static uint64_t cell_left(const struct quota_cell *cell, uint32_t day)
{
    uint64_t word = atomic_load_explicit(&cell->day_left, memory_order_relaxed);
    return word >> 40 == day ? word & (((uint64_t)1 << 40) - 1) : 0;
}

static SCHUIL_RC reserved_read(struct clerk *clerk, const struct errand *e, uint64_t *ret)
{
    TRY(session_need(clerk));
    return schuil_store_usage(clerk->kept.session, e->cell->kind, e->cell->subject, e->day, ret);
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* What the caller can no longer use today: reserved by anyone, but for what this process holds. */
static SCHUIL_RC usage(struct clerk *clerk, struct errand *e)
{
    uint64_t reserved, quota = e->quota < 0 ? 0 : (uint64_t)e->quota;
    TRY(reserved_read(clerk, e, &reserved));
    uint64_t left = cell_left(e->cell, e->day);
    e->used = less(reserved < quota ? reserved : quota, left);
    return SCHUIL_OK;
}

/* An operator has changed the quota: what was reserved within a higher one does not outlive it. */
static SCHUIL_RC quota_adopt(struct clerk *clerk, struct errand *e)
{
    uint64_t reserved, left = cell_left(e->cell, e->day);
    if (atomic_load(&e->cell->quota) == e->quota)
        return SCHUIL_OK;
    TRY(reserved_read(clerk, e, &reserved));
    uint64_t room = less((uint64_t)e->quota, less(reserved, left));
    /* A worker may take at the same moment; then there is less to drop, and the next errand does.
     */
    if (left <= room || schuil_quota_take(e->cell, e->day, left - room))
        atomic_store(&e->cell->quota, e->quota);
    return SCHUIL_OK;
}

static SCHUIL_RC reserve_once(struct clerk *clerk, struct errand *e)
{
    uint64_t left = cell_left(e->cell, e->day), got = 0;
    if (left >= e->count)
        return SCHUIL_OK;
    struct quota_want want = {.kind = e->cell->kind,
                              .subject = e->cell->subject,
                              .day = e->day,
                              .quota = e->quota,
                              .least = e->count - left};
    bool is_alarm = false;
    want.want = block_size(e->quota, want.least);
    TRY(session_need(clerk));
    TRY(schuil_store_reserve(clerk->kept.session, &want, &got, &is_alarm));
    e->is_alarm |= is_alarm;
    ENSURE(got > 0, RC_LIMIT_QUOTA);
    schuil_quota_add(e->cell, e->day, got);
    return SCHUIL_OK;
}

/* Workers take from the cell meanwhile, so what was reserved may be gone again. */
static SCHUIL_RC reserve(struct clerk *clerk, struct errand *e)
{
    TRY(quota_adopt(clerk, e));
    for (int i = 0; i < TRIES; i++) {
        if (schuil_quota_take(e->cell, e->day, e->count))
            return SCHUIL_OK;
        TRY(reserve_once(clerk, e));
    }
    ENSURE(schuil_quota_take(e->cell, e->day, e->count), RC_BUSY_QUEUE);
    return SCHUIL_OK;
}

static SCHUIL_RC alarm_told(struct clerk *clerk, const struct errand *e)
{
    TRY(session_need(clerk));
    return schuil_store_alarm_told(clerk->kept.session, e->cell->kind, e->cell->subject, e->day);
}

static SCHUIL_RC heads(struct clerk *clerk, struct errand *e)
{
    TRY(session_need(clerk));
    e->heads = malloc(HEADS_CAP);
    ENSURE(e->heads != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = schuil_store_audit_heads(clerk->kept.session, e->heads, HEADS_CAP);
    if (!schuil_is_ok(rc)) {
        free(e->heads);
        e->heads = NULL;
    }
    return rc;
}

static SCHUIL_RC errand_do(struct clerk *clerk, struct errand *e)
{
    /* The asker's deadline has passed while others were served. */
    ENSURE(clock_mono_us() - e->asked_us < (int64_t)LIMIT_STORE_S * 1000000, RC_STORE_AWAY);
    switch (e->kind) {
    case ERRAND_RESERVE:
        return reserve(clerk, e);
    case ERRAND_USAGE:
        return usage(clerk, e);
    case ERRAND_ALARM_TOLD:
        return alarm_told(clerk, e);
    default:
        return heads(clerk, e);
    }
}

static void on_back(struct task *task)
{
    struct errand *e = CONTAINER(task, struct errand, task);
    e->on_done(e);
}

static void on_errand(struct task *task)
{
    struct errand *e = CONTAINER(task, struct errand, task);
    struct clerk *clerk = e->clerk;
    e->rc = errand_do(clerk, e);
    if (schuil_rc_class(e->rc) == RC_CLASS_STORE && clerk->kept.session != NULL) {
        struct log_field fields[] = {
            log_text("result", schuil_rc_name(e->rc)),
            log_text("database", schuil_store_message(clerk->kept.session))};
        log_write(LOG_LEVEL_WARNING, "clerk.store", fields, 2);
        kept_session_end(&clerk->kept);
    }
    task->run = on_back;
    if (e->inbox == NULL)
        on_back(task);
    else
        inbox_post(e->inbox, task);
}

SCHUIL_RC clerk_ask(struct clerk *clerk, struct errand *errand)
{
    errand->clerk = clerk;
    errand->task.run = on_errand;
    errand->asked_us = clock_mono_us();
    errand->heads = NULL;
    errand->is_alarm = false;
    return pool_push(clerk->pool, &errand->task);
}

SCHUIL_RC clerk_new(const char *conninfo, struct clerk **ret)
{
    *ret = NULL;
    struct clerk *clerk = calloc(1, sizeof *clerk);
    ENSURE(clerk != NULL, RC_INTERNAL_MEMORY);
    clerk->conninfo = conninfo;
    struct schuil_rc rc = pool_new(1, QUEUE_CAP, &clerk->pool);
    if (schuil_is_ok(rc))
        *ret = clerk;
    else
        free(clerk);
    return rc;
}

void clerk_free(struct clerk *clerk)
{
    if (clerk == NULL)
        return;
    pool_free(clerk->pool);
    kept_session_end(&clerk->kept);
    free(clerk);
}
