/* SPDX-License-Identifier: Apache-2.0 */
/* Taking what a request asks from its quota. Which quota it is, the verb's handler says; here it is
 * taken from the blocks that the process holds, or asked of the clerk, and the alarm at half of a
 * day's quota is told. */
#ifndef SCHUIL_API_QUOTA_H
#define SCHUIL_API_QUOTA_H

#include "request.h"

/* The quota of a kind and subject, as the request's snapshot has it. RC_INTERNAL_MEMORY. Any
 * thread. */
SCHUIL_RC quota_need(struct request *r, enum quota_kind kind, uint32_t subject);
/* Take count records of r->quota, then go on with r: at once, or when the clerk has answered. rc:
 * ok, RC_LIMIT_QUOTA, RC_STORE_*, RC_BUSY_QUEUE, RC_INTERNAL when the handler named no quota. The
 * worker's thread. */
void quota_take(struct request *r, uint64_t count,
                void (*then)(struct request *r, struct schuil_rc rc));

#endif
