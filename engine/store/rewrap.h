/* SPDX-License-Identifier: Apache-2.0 */
/* Moving every wrapped copy that this process can open to another wrapping key, in one transaction
 * with new manifests; and the end of the old one. */
#ifndef STORE_REWRAP_H
#define STORE_REWRAP_H

#include "admin_job.h"

struct rewrap_result {
    char from[WRAPPING_NAME_LEN + 1], to[WRAPPING_NAME_LEN + 1];
    uint32_t manifest_key; /* number of a manifest key: of the row that the event names */
};
/* Inside the open transaction. RC_CONFLICT_WRAPPING: there is no next key, and none can be made. */
SCHUIL_RC rewrap_run(const struct admin_context *context, struct rewrap_result *ret);
/* Whether all live processes run on one host: only there may a key file be made by itself. */
SCHUIL_RC rewrap_is_one_host(struct store_session *s, bool *ret);

/* The action keys/rewrap. */
SCHUIL_RC admin_key_rewrap_plan(struct admin_job *job, struct writer *w);
SCHUIL_RC admin_key_rewrap(struct admin_job *job);

#endif
