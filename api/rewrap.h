/* SPDX-License-Identifier: Apache-2.0 */
/* What a rewrap takes outside the database: the next wrapping key before it, the end of the old one
 * after it. On the thread of the chain. */
#ifndef SCHUIL_API_REWRAP_H
#define SCHUIL_API_REWRAP_H

#include "kept_chain.h"

/* struct wrapping_door's next; arg is the struct kept_chain, which holds the new ring until the
 * change's outcome. */
SCHUIL_RC rewrap_next(void *arg, const char *current, bool can_make,
                      const struct wrapping_ring **ret_ring);
/* After a change: old wrapping keys under which no row lies any more are wiped here, and ended in
 * the database where nothing of them is left. The change stands whatever comes of it; what is left
 * over now is found after the next one. RC_STORE_*. */
SCHUIL_RC rewrap_old_end(struct kept_chain *kept, const struct admin_context *context);

#endif
