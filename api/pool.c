/* SPDX-License-Identifier: Apache-2.0 */
/* A queue under one lock and one condition. Slices take milliseconds, so the lock is not felt. */
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { POOL_NICE = 10, POOL_SLICE_NS = 3000000 };

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t ready;
    struct task *first, *last;
    size_t depth, cap;
    bool is_ending;
    size_t thread_count;
    pthread_t *threads;
};

/* Called with the lock held. */
static void queue_put(struct pool *pool, struct task *task)
{
    task->next = NULL;
    if (pool->last == NULL)
        pool->first = task;
    else
        pool->last->next = task;
    pool->last = task;
    pool->depth++;
}

/* Called with the lock held; NULL when the pool ends and nothing waits. */
static struct task *queue_take(struct pool *pool)
{
    while (pool->first == NULL && !pool->is_ending)
        pthread_cond_wait(&pool->ready, &pool->lock);
    struct task *task = pool->first;
    if (task == NULL)
        return NULL;
    pool->first = task->next;
    if (pool->first == NULL)
        pool->last = NULL;
    pool->depth--;
    return task;
}

/* The kernel's struct sched_attr, first version; glibc 2.36 has none. Source: sched_setattr(2). */
struct schedule {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns, deadline_ns, period_ns;
};

/* A worker that has something to do gets the core at once, and most of it while a thread of the
 * pool has too; idle priority would starve large requests on a busy server. The slice is for
 * schedulers from Linux 6.12 on, where who wakes goes before who runs only if its slice is shorter:
 * it is longer than anybody's by default, and no more, as it is also what a thread that yields
 * forgoes. Where this is refused the pool works all the same. */
static void yield_to_workers(void)
{
    const struct schedule schedule = {.size = sizeof schedule,
                                      .policy = SCHED_BATCH,
                                      .nice = POOL_NICE,
                                      .runtime_ns = POOL_SLICE_NS};
    (void)syscall(SYS_sched_setattr, 0, &schedule, 0);
}

static void *thread_main(void *arg)
{
    struct pool *pool = arg;
    yield_to_workers();
    pthread_mutex_lock(&pool->lock);
    for (struct task *task; (task = queue_take(pool)) != NULL;) {
        pthread_mutex_unlock(&pool->lock);
        task->run(task);
        pthread_mutex_lock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

SCHUIL_RC pool_new(size_t threads, size_t cap, struct pool **ret)
{
    *ret = NULL;
    struct pool *pool = calloc(1, sizeof *pool);
    ENSURE(pool != NULL, RC_INTERNAL_MEMORY);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->ready, NULL);
    pool->cap = cap;
    pool->threads = calloc(threads, sizeof *pool->threads);
    for (size_t i = 0; pool->threads != NULL && i < threads; i++) {
        if (pthread_create(&pool->threads[i], NULL, thread_main, pool) != 0)
            break;
        pool->thread_count++;
    }
    if (pool->thread_count < threads) {
        pool_free(pool);
        return schuil_rc(RC_INTERNAL_MEMORY);
    }
    *ret = pool;
    return SCHUIL_OK;
}

static bool push(struct pool *pool, struct task *task, size_t cap)
{
    pthread_mutex_lock(&pool->lock);
    bool fits = pool->depth < cap;
    if (fits) {
        queue_put(pool, task);
        pthread_cond_signal(&pool->ready);
    }
    pthread_mutex_unlock(&pool->lock);
    return fits;
}

SCHUIL_RC pool_push(struct pool *pool, struct task *task)
{
    ENSURE(push(pool, task, pool->cap), RC_BUSY_QUEUE);
    return SCHUIL_OK;
}

size_t pool_depth(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    size_t depth = pool->depth;
    pthread_mutex_unlock(&pool->lock);
    return depth;
}

void pool_free(struct pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->is_ending = true;
    pthread_cond_broadcast(&pool->ready);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->ready);
    pthread_mutex_destroy(&pool->lock);
    free(pool->threads);
    free(pool);
}

/* ---- slices ---- */

static void slice_run(struct slices *slices, size_t i)
{
    size_t from = i * LIMIT_SLICE_COUNT;
    size_t count = slices->job_count - from;
    if (count > LIMIT_SLICE_COUNT)
        count = LIMIT_SLICE_COUNT;
    struct schuil_rc rc = schuil_jobs_run(slices->jobs + from, count);
    if (!schuil_is_ok(rc))
        atomic_store(&slices->failed, rc.code);
    atomic_fetch_add_explicit(slices->slice_counter, 1, memory_order_relaxed);
}

/* Let others run who wait for this core. The kernel looks for them when its clock ticks, 250 times
 * a second where it is built so: behind a thread of the pool each commit of PostgreSQL on the same
 * core would wait for 4 ms, and all small requests with it. */
static void give_way(void)
{
    (void)sched_yield();
}

/* The last ticket to find nothing left tells that all slices have ended: none is under way then. */
static void on_ticket(struct task *task)
{
    struct slices *slices = CONTAINER(task, struct ticket, task)->slices;
    size_t i = atomic_fetch_add(&slices->next, 1);
    if (i < slices->slice_count) {
        slice_run(slices, i);
        give_way();
        push(slices->pool, task, SIZE_MAX); /* it keeps the place it had */
        return;
    }
    if (atomic_fetch_sub(&slices->live, 1) == 1)
        slices->on_done(slices);
}

SCHUIL_RC slices_start(struct slices *slices, size_t ticket_count)
{
    slices->slice_count = (slices->job_count + LIMIT_SLICE_COUNT - 1) / LIMIT_SLICE_COUNT;
    if (ticket_count > slices->slice_count)
        ticket_count = slices->slice_count;
    if (ticket_count > POOL_TICKET_CAP)
        ticket_count = POOL_TICKET_CAP;
    atomic_store(&slices->next, 0);
    atomic_store(&slices->failed, RC_OK);
    atomic_store(&slices->live, ticket_count);
    for (size_t i = 0; i < ticket_count; i++)
        slices->tickets[i] = (struct ticket){.task.run = on_ticket, .slices = slices};
    /* Only the first may find the queue full: after it slices may end at any moment, and a ticket
     * that was counted must run. The others go past the bound, by at most one for each thread. */
    TRY(pool_push(slices->pool, &slices->tickets[0].task));
    for (size_t i = 1; i < ticket_count; i++)
        push(slices->pool, &slices->tickets[i].task, SIZE_MAX);
    return SCHUIL_OK;
}
