/* SPDX-License-Identifier: Apache-2.0 */
/* Batches over HTTPS, several at one time, taken back in the order of the file.
 *
 * Slots form a ring, twice as many as requests may be under way, so that one slow answer does not
 * stop the others; memory is bounded by the slots.
 *
 *     EMPTY -> READY -> RUNNING -> DONE -> EMPTY     (oldest first when DONE)
 *                ^         |
 *                +- again -+     503 or no connection; later, and a bounded number of times
 *
 * A repeated request makes new temporary pseudonyms; those of the lost answer are never seen. */
#ifndef SCHUILNAAM_CLIENT_PIPELINE_H
#define SCHUILNAAM_CLIENT_PIPELINE_H

#include "flow/batch.h"
#include "profile.h"

/* Where batches come from and answers go; both may fail, which ends the pipeline. */
struct pipeline_ends {
    SCHUIL_RC (*fill)(void *context, struct batch *batch, bool *ret_is_end);
    SCHUIL_RC (*take)(void *context, const struct batch *batch, struct bytes answer);
    void *context;
};

/* Run to the end. RC_BUSY_SERVICE when a batch was tried in vain; RC_INTERNAL when a signal came;
 * else what answer_check and https_tell say (told). Main thread. */
SCHUIL_RC pipeline_run(const struct profile *profile, const struct work *work, const char *path,
                       const struct pipeline_ends *ends);

#endif
