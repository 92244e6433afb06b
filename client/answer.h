/* SPDX-License-Identifier: Apache-2.0 */
/* An answer's status as a result: 2xx is ok; a problem (RFC 9457) becomes one line on standard
 * error, with the title, the detail and the request id that the operators can look up. */
#ifndef SCHUILNAAM_CLIENT_ANSWER_H
#define SCHUILNAAM_CLIENT_ANSWER_H

#include <jansson.h>

#include "https.h"
#include "schuilnaam/rc.h"

/* ok for 200..299. Otherwise told: 401, 403 RC_AUTH_PERMISSION; 404 RC_ABSENT; 409
 * RC_CONFLICT_STATE; 429 RC_LIMIT_QUOTA; other 4xx RC_INPUT_VALUE; 503 RC_BUSY_SERVICE; all else
 * RC_INTERNAL. */
SCHUIL_RC answer_check(const struct https_call *call);
/* The answer as JSON. RC_INTERNAL when it is none (told). *ret is owned by the caller. */
SCHUIL_RC answer_json(struct bytes body, json_t **ret);
/* Copy text for a terminal: control characters become '?'. */
void answer_printable(const char *text, char *ret, size_t cap);

#endif
