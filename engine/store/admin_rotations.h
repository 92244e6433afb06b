/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the table of actions about rotations: see struct admin_action_row. All take `domain`;
 * start, finish and abort a reason too. */
#ifndef STORE_ADMIN_ROTATIONS_H
#define STORE_ADMIN_ROTATIONS_H

#include "admin_job.h"

SCHUIL_RC admin_rotation_plan(struct admin_job *job); /* answers rotation_plan_answer */
SCHUIL_RC admin_rotation_status(struct admin_job *job);
SCHUIL_RC admin_rotation_start(struct admin_job *job);
SCHUIL_RC admin_rotation_start_plan(struct admin_job *job, struct writer *w);
SCHUIL_RC admin_rotation_finish(struct admin_job *job);
SCHUIL_RC admin_rotation_finish_plan(struct admin_job *job, struct writer *w);
SCHUIL_RC admin_rotation_abort(struct admin_job *job);

#endif
