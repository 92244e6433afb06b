/* SPDX-License-Identifier: Apache-2.0 */
/* Threads for large requests, and their one bounded queue. A large request is cut into slices of at
 * most LIMIT_SLICE_COUNT elements; each of its tickets runs one slice and goes to the end of the
 * queue, so that large requests share the threads slice by slice. */
#ifndef SCHUIL_API_POOL_H
#define SCHUIL_API_POOL_H

#include <stdatomic.h>

#include "schuilnaam/engine/work.h"
#include "task.h"

struct pool;
/* threads >= 1; cap: tasks that may wait. */
SCHUIL_RC pool_new(size_t threads, size_t cap, struct pool **ret);
/* RC_BUSY_QUEUE: full. Any thread. */
SCHUIL_RC pool_push(struct pool *pool, struct task *task);
size_t pool_depth(struct pool *pool);
/* Runs what still waits, then ends the threads. NULL is fine. */
void pool_free(struct pool *pool);

enum { POOL_TICKET_CAP = 64 };

struct slices;
struct ticket {
    struct task task;
    struct slices *slices;
};

/* The jobs of one large request on their way. Lies still from slices_start to on_done. */
struct slices {
    struct pool *pool;
    struct job **jobs;
    size_t job_count, slice_count;
    void *owner;                            /* for on_done */
    void (*on_done)(struct slices *slices); /* on a pool thread, once */
    _Atomic uint64_t *slice_counter;        /* a metric; counts up with each slice */
    _Atomic size_t next, live;
    _Atomic uint16_t failed; /* code of a failure, RC_OK if none */
    struct ticket tickets[POOL_TICKET_CAP];
};

/* Start with at most ticket_count tickets (1 .. POOL_TICKET_CAP); pool, jobs, job_count (>= 1),
 * owner, on_done and slice_counter are filled. RC_BUSY_QUEUE: nothing was started. */
SCHUIL_RC slices_start(struct slices *slices, size_t ticket_count);

#endif
