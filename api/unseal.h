/* SPDX-License-Identifier: Apache-2.0 */
/* Shares of a wrapping key, entered by operators: POST /admin/v1/unseal with {"share": "..."}.
 * Asked while the server is sealed (sealed.h), and later to put a new key beside the one in use.
 * Every attempt is remembered until operate has written it to its audit chain: while sealed there
 * is no chain yet, for its key is sealed as well. One thread at a time. */
#ifndef SCHUIL_API_UNSEAL_H
#define SCHUIL_API_UNSEAL_H

#include "edge/exchange.h"
#include "service_state.h"
#include "wrapping/wrapping.h"

enum { UNSEAL_DETAIL_LEN = 128 };

/* Take the body of a request by the holder of a credential, and note it. ret_detail: what a problem
 * tells, "" for nothing; names the share, never its value. RC_LIMIT_ATTEMPTS: LIMIT_UNSEAL_COUNT
 * wrong shares within a minute. RC_INPUT_JSON, RC_INPUT_SHAPE, or as wrapping_enter. */
SCHUIL_RC unseal_take(struct service *s, const struct exchange *x, uint32_t credential,
                      struct wrapping_entered *ret, char ret_detail[UNSEAL_DETAIL_LEN]);
/* Note a caller who may not. */
void unseal_refused(struct service *s, const struct exchange *x, uint32_t credential);
/* {"key":"main","share":3,"missing":1,"sealed":true} */
void unseal_put(struct out *out, const struct wrapping_entered *entered, bool is_sealed);
/* The oldest note as an audit event with its texts in ret_detail; false: there is none. */
enum { UNSEAL_EVENT_LEN = 160 };
bool unseal_event(const struct unseal *u, struct audit_event *ret,
                  char ret_detail[UNSEAL_EVENT_LEN]);
void unseal_forget(struct unseal *u); /* the oldest note */

#endif
