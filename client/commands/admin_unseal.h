/* SPDX-License-Identifier: Apache-2.0 */
/* `schuilnaam admin unseal`: one share of a wrapping key, from standard input or typed unseen. */
#ifndef SCHUILNAAM_CLIENT_ADMIN_UNSEAL_H
#define SCHUILNAAM_CLIENT_ADMIN_UNSEAL_H

#include <jansson.h>

#include "schuilnaam/rc.h"

/* {"share": ...} with one line from the descriptor; at a terminal after a prompt and without echo.
 * The share is checked against mistyping before it goes anywhere: RC_INPUT_SHARE_TEXT. *ret is the
 * caller's; NULL after a failure, which was told. What was read is wiped. */
SCHUIL_RC admin_body_share(int descriptor, json_t **ret);

#endif
