/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a domain's rotation, each inside the open transaction of an operator's call.
 *
 *   start -> open -> finish                        every registry has declared completion: g goes
 *                \-> abort -> aborted              nothing of g+1 has left: g+1 goes
 *                         \-> aborting -> abort    every registry has translated back: g+1 goes
 *
 * Source: PROTOCOL section 4.4. */
#ifndef STORE_ROTATION_H
#define STORE_ROTATION_H

#include "admin_job.h"

/* domain: a code. All: RC_ABSENT (no such domain), RC_CONFLICT_STATE (not in this state),
 * RC_CONFLICT_ROTATION (none is under way), RC_CONFIG_*, RC_STORE_*. job->number becomes the
 * rotation's, job->key_numbers the keys made. */
SCHUIL_RC rotation_start(struct admin_job *job, const char *domain, const char *reason);
SCHUIL_RC rotation_finish(struct admin_job *job, const char *domain, const char *reason);
SCHUIL_RC rotation_abort(struct admin_job *job, const char *domain, const char *reason);

#endif
