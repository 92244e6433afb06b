/* SPDX-License-Identifier: Apache-2.0 */
/* A piece of work that waits in a queue: embedded in what it works on, so that queueing allocates
 * nothing. In one queue at a time. */
#ifndef SCHUIL_API_TASK_H
#define SCHUIL_API_TASK_H

#include <stddef.h>

struct task {
    struct task *next;
    void (*run)(struct task *task);
};

/* The structure that a member lies in. */
#define CONTAINER(pointer, type, member)                                                           \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
