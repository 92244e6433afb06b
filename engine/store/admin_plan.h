/* SPDX-License-Identifier: Apache-2.0 */
/* What a call would do, as text for people: made when it is asked, and again when it is approved.
 */
#ifndef STORE_ADMIN_PLAN_H
#define STORE_ADMIN_PLAN_H

#include "admin_job.h"

/* Lines of text, the first naming noun, verb and target; then what the action's own plan says, or
 * each value with what it replaces. The same call over the same rows gives the same text.
 * RC_ABSENT: what would be changed does not exist; RC_INPUT_SHAPE: longer than cap. */
SCHUIL_RC admin_plan(struct admin_job *job, char *ret, size_t cap);

#endif
