/* SPDX-License-Identifier: Apache-2.0 */
/* The way into a loop from other threads: a list under a lock, and an eventfd that wakes the loop.
 * Bounded by its senders: a request or job has at most one task of its own under way. */
#ifndef SCHUIL_API_INBOX_H
#define SCHUIL_API_INBOX_H

#include <pthread.h>

#include "schuilnaam/rc.h"
#include "task.h"

struct inbox {
    pthread_mutex_t lock;
    struct task *first, *last;
    int fd; /* eventfd: readable when something waits */
};

SCHUIL_RC inbox_init(struct inbox *inbox); /* RC_INTERNAL: no descriptor */
/* Any thread. */
void inbox_post(struct inbox *inbox, struct task *task);
/* Wake without a task. Any thread, and signal handlers. */
void inbox_wake(struct inbox *inbox);
/* The owner, when fd is readable: runs all that waited when it was called, in order. */
void inbox_run(struct inbox *inbox);
void inbox_done(struct inbox *inbox);

#endif
