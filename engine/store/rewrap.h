/* SPDX-License-Identifier: Apache-2.0 */
/* Moving every wrapped copy that this process can open to another wrapping key, in one transaction
 * with new manifests; and the end of the old one. */
#ifndef STORE_REWRAP_H
#define STORE_REWRAP_H

#include "admin_job.h"

/* The action keys/rewrap. */
SCHUIL_RC admin_key_rewrap_plan(struct admin_job *job, struct writer *w);
SCHUIL_RC admin_key_rewrap(struct admin_job *job);

#endif
