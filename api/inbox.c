/* SPDX-License-Identifier: Apache-2.0 */
#include "inbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

SCHUIL_RC inbox_init(struct inbox *inbox)
{
    *inbox = (struct inbox){.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    ENSURE(inbox->fd >= 0, RC_INTERNAL);
    if (pthread_mutex_init(&inbox->lock, NULL) == 0)
        return SCHUIL_OK;
    close(inbox->fd);
    inbox->fd = -1;
    return schuil_rc(RC_INTERNAL);
}

void inbox_wake(struct inbox *inbox)
{
    eventfd_t one = 1;
    /* Fails only when the counter is full, and then the loop is awake already. */
    if (write(inbox->fd, &one, sizeof one) < 0)
        return;
}

void inbox_post(struct inbox *inbox, struct task *task)
{
    task->next = NULL;
    pthread_mutex_lock(&inbox->lock);
    if (inbox->last == NULL)
        inbox->first = task;
    else
        inbox->last->next = task;
    inbox->last = task;
    pthread_mutex_unlock(&inbox->lock);
    inbox_wake(inbox);
}

void inbox_run(struct inbox *inbox)
{
    eventfd_t count;
    if (read(inbox->fd, &count, sizeof count) < 0)
        count = 0; /* nothing was there: harmless */
    pthread_mutex_lock(&inbox->lock);
    struct task *task = inbox->first;
    inbox->first = inbox->last = NULL;
    pthread_mutex_unlock(&inbox->lock);
    while (task != NULL) {
        struct task *next = task->next;
        task->run(task); /* may free what it lies in */
        task = next;
    }
}

void inbox_done(struct inbox *inbox)
{
    if (inbox->fd < 0)
        return;
    close(inbox->fd);
    pthread_mutex_destroy(&inbox->lock);
    inbox->fd = -1;
}
