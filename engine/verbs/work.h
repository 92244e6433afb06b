/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs share while they prepare a work. Not for other rooms. */
#ifndef ENGINE_VERBS_WORK_H
#define ENGINE_VERBS_WORK_H

#include "schuilnaam/engine/work.h"

/* The place of (column, record) in values, texts and job_of. */
static inline size_t work_cell(const struct work *work, size_t column, uint32_t record)
{
    return column * work->record_count + record;
}

/* Take jobs for at most max pseudonyms, and the table that finds them. RC_INTERNAL_MEMORY. */
SCHUIL_RC work_take_jobs(struct work *work, size_t max);
/* Begin the next job, with text_len characters for its text. Its other fields are the caller's to
 * fill. RC_INTERNAL_MEMORY. */
SCHUIL_RC work_add_job(struct work *work, uint32_t record, uint16_t column, size_t text_len,
                       struct job **ret);
/* Begin the next job of one cell of a table like job_of. See work_add_job. */
SCHUIL_RC work_add_job_in(struct work *work, uint32_t *job_of, uint32_t record, uint16_t column,
                          size_t text_len, struct job **ret);
/* How many texts the work holds. */
size_t work_text_count(const struct work *work);
/* Note that a key was used. RC_LIMIT_SIZE: more keys than an audit event can name. */
SCHUIL_RC work_add_key(struct work *work, uint32_t number);
/* issue: what the provider sealed itself; data NULL: nothing. */
static inline struct bytes work_sealed(const struct work *work, uint16_t column, uint32_t record)
{
    return work->sealed == NULL ? (struct bytes){0} : work->sealed[work_cell(work, column, record)];
}
/* Whether the record has an entry about this field. */
bool work_has_entry(const struct work *work, uint32_t record, struct bytes field);

#endif
