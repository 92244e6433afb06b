/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the table of actions about the state of one key: see struct admin_action_row. */
#ifndef STORE_ADMIN_KEY_STATES_H
#define STORE_ADMIN_KEY_STATES_H

#include "admin_job.h"

/* Takes state and reason. RC_ABSENT; RC_INPUT_VALUE (state); RC_CONFLICT_STATE: no such move;
 * RC_CONFLICT_KEY_SIGNS, RC_CONFLICT_KEY_PLACE. */
SCHUIL_RC admin_key_change(struct admin_job *job);
/* Destroy; takes a reason. RC_ABSENT, RC_CONFLICT_STATE, RC_CONFLICT_KEY_SIGNS,
 * RC_CONFLICT_KEY_ACTIVE, RC_CONFLICT_KEY_LAST_ROOT, RC_CONFLICT_KEY_CHANGING. */
SCHUIL_RC admin_key_end(struct admin_job *job);
SCHUIL_RC admin_key_end_plan(struct admin_job *job, struct writer *w);

#endif
