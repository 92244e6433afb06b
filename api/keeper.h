/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper: one thread that keeps the snapshot of policy and keys the newest. It waits for
 * notifications, asks the database's counters at least once a second, loads a new snapshot when one
 * changed, hands it to all workers, and only then writes down that the database confirmed it (the
 * lease of PROTOCOL 4.1) and how far the clocks are apart. */
#ifndef SCHUIL_API_KEEPER_H
#define SCHUIL_API_KEEPER_H

#include "service_state.h"

struct keeper;
/* Load the first snapshot on the calling thread; ret_finding tells why not. The thread starts with
 * keeper_start, when the workers can take snapshots. */
SCHUIL_RC keeper_new(struct service *service, struct keeper **ret, char *ret_finding, size_t cap);
SCHUIL_RC keeper_start(struct keeper *keeper);
/* A reference to the newest snapshot. Any thread. */
struct snapshot *keeper_snapshot(struct keeper *keeper);
/* Wait until the snapshot in use shows at least what the database shows now, or timeout_us. For
 * the admin job thread: an answer leaves when this process knows of the change. */
void keeper_await(struct keeper *keeper, const struct store_state_row *state, int64_t timeout_us);
/* Look at the database now. Any thread. */
void keeper_wake(struct keeper *keeper);
/* Ends the thread. NULL is fine. */
void keeper_free(struct keeper *keeper);

#endif
