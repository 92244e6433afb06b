/* SPDX-License-Identifier: Apache-2.0 */
/* The steward: one thread that moves the life of keys on. Transport keys that follow each other,
 * destruction at its time, the steps of a refresh (engine/life.h). It may wait on the database;
 * what is under way stands there, so it is no loss when it ends, and it matters not which process's
 * steward makes the next step. For a process that holds the keys of issue and of translate. */
#ifndef SCHUIL_API_STEWARD_H
#define SCHUIL_API_STEWARD_H

#include "service_state.h"

struct request;
struct steward;
SCHUIL_RC steward_new(struct service *service, struct steward **ret);
SCHUIL_RC steward_start(struct steward *steward);
/* Hold a request that asked a refresh until that is over, or LIMIT_HOLD_S; then it is answered, and
 * goes back to its worker. false: too many are held, the caller answers. Any thread. */
bool steward_hold(struct steward *steward, struct request *r, uint32_t refresh);
/* Ends the thread, answers what it held, ends its chain. Before the keeper goes. NULL is fine. */
void steward_free(struct steward *steward);

#endif
