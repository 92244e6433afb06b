/* SPDX-License-Identifier: Apache-2.0 */
/* A worker: one thread, one event loop, one listening socket, one audit chain, its requests. What
 * it owns no other thread touches; others reach it through its inbox and its snapshot slot.
 *
 * A turn: requests that arrive in one pass of the loop are read at once, their elements run in one
 * call at the end of the pass (worker_gather), and their events go out as one transaction.
 * The admin listener's worker is the same without a chain: its events are the admin job's. */
#ifndef SCHUIL_API_WORKER_H
#define SCHUIL_API_WORKER_H

#include "inbox.h"
#include "request.h"

struct worker;
/* Makes the loop, the listening socket and the store; ret_finding tells what failed. */
SCHUIL_RC worker_new(struct service *service, enum listener listener, struct worker **ret,
                     char *ret_finding, size_t cap);
SCHUIL_RC worker_start(struct worker *worker);
/* Wait for the thread's end. */
void worker_join(struct worker *worker);
void worker_free(struct worker *worker); /* NULL is fine */

/* Any thread. */
void worker_post(struct worker *worker, struct task *task);
void worker_hand(struct worker *worker, struct snapshot *snapshot); /* takes the reference */
void worker_confirmed(struct worker *worker); /* the database was asked: waiting ones may go on */
bool worker_is_ready(const struct worker *worker);
/* Write an event of the process itself into this worker's chain. detail: JSON text, copied, or
 * NULL. If it cannot be written the log says so. */
void worker_note(struct worker *worker, enum audit_event_id id, const char *outcome,
                 const char *detail);

/* The worker's thread. */
struct inbox *worker_inbox(struct worker *worker);
void worker_audit(struct worker *worker, struct turn_entry *entry);
void worker_gather(struct worker *worker, struct request *r);
void worker_await_reload(struct worker *worker, struct request *r);
void worker_refresh(struct worker *worker, struct request *r); /* the newest snapshot into r */
void worker_release(struct worker *worker, struct request *r); /* r has been answered */

#endif
