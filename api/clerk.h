/* SPDX-License-Identifier: Apache-2.0 */
/* The clerk: one thread with a database session of its own that does, in order, the small errands
 * on which a loop must not block: quota reservations, the use of a quota, the heads of all chains.
 * Each errand comes back through an inbox. When the database is away errands fail at once, and a
 * new session is tried once a second. */
#ifndef SCHUIL_API_CLERK_H
#define SCHUIL_API_CLERK_H

#include "inbox.h"
#include "schuilnaam/engine/store.h"

struct clerk;
SCHUIL_RC clerk_new(const char *conninfo, struct clerk **ret);
void clerk_free(struct clerk *clerk); /* after all that could ask */

enum errand_kind { ERRAND_RESERVE, ERRAND_USAGE, ERRAND_ALARM_TOLD, ERRAND_HEADS };

struct errand {
    struct task task;    /* while queued, and on its way back */
    struct clerk *clerk; /* set by clerk_ask */
    enum errand_kind kind;
    /* RESERVE, USAGE, ALARM_TOLD */
    struct quota_cell *cell;
    uint32_t day;
    int64_t quota;
    uint64_t count;
    /* the way back: on_done runs in the owner's inbox_run; inbox NULL: on the clerk's thread */
    struct inbox *inbox;
    void (*on_done)(struct errand *errand);
    int64_t asked_us;
    /* result */
    struct schuil_rc rc; /* RESERVE: RC_LIMIT_QUOTA when the quota is reached; RC_STORE_* */
    uint64_t used;       /* USAGE */
    bool is_alarm;       /* RESERVE: half of the quota is reached, and it falls to us to tell */
    char *heads;         /* HEADS: JSON text, malloc'ed, the asker frees; NULL on failure */
};

/* Any thread. The errand lies still until on_done. RC_BUSY_QUEUE: it was not taken. */
SCHUIL_RC clerk_ask(struct clerk *clerk, struct errand *errand);

#endif
