/* SPDX-License-Identifier: Apache-2.0 */
/* Running the jobs of reversible pseudonyms: sealed, carried, opened. For jobs.c only. */
#ifndef ENGINE_VERBS_REVERSIBLE_JOBS_H
#define ENGINE_VERBS_REVERSIBLE_JOBS_H

#include "schuilnaam/engine/work.h"

/* Run 1 .. LIMIT_SLICE_COUNT jobs of one verb and one kind that is not JOB_POINT. A job that fails
 * stays not ok. RC_INTERNAL_RANDOM. */
SCHUIL_RC reversible_jobs_run(struct job *const *jobs, size_t count);

#endif
