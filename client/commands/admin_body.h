/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON body of an admin call, from the options given. */
#ifndef SCHUILNAAM_CLIENT_ADMIN_BODY_H
#define SCHUILNAAM_CLIENT_ADMIN_BODY_H

#include <jansson.h>

#include "admin_table.h"
#include "options.h"
#include "schuilnaam/rc.h"

/* Each fills *ret (owned by the caller; NULL after failure, which was told). An option that the
 * noun does not take in this verb is refused: RC_INPUT_USAGE. */
SCHUIL_RC admin_body_none(const struct arguments *arguments, json_t **ret); /* NULL: no body */
SCHUIL_RC admin_body_state(const struct arguments *arguments, unsigned verb, const char *state,
                           json_t **ret);
SCHUIL_RC admin_body_fields(const struct admin_noun *noun, unsigned verb,
                            const struct arguments *arguments, json_t **ret);
/* The fields of an action, which may be none; where it has a key, `key` from the descriptor:
 * hexadecimal, one newline at the end may stand. RC_INPUT_HEX when it is something else. What was
 * read is wiped. */
SCHUIL_RC admin_body_action(const struct admin_action *action, const struct arguments *arguments,
                            int descriptor, json_t **ret);

#endif
