/* SPDX-License-Identifier: Apache-2.0 */
/* From a body to a tree, for admin calls; the bodies of issue and translate are batch.h's. Reads
 * strictly: duplicate keys, depth past LIMIT_JSON_DEPTH, invalid UTF-8, zero bytes and anything
 * after the value refuse the whole body. Any thread. */
#ifndef SCHUIL_API_JSON_IN_H
#define SCHUIL_API_JSON_IN_H

#include <jansson.h>

#include "schuilnaam/bytes.h"
#include "schuilnaam/rc.h"

/* Once, before any thread: jansson's memory is wiped when it is freed, its hash is seeded. */
void json_in_init(void);

/* Parse a body. RC_INPUT_JSON, also for an integer past 64 bits; RC_INTERNAL_MEMORY. *ret_detail is
 * a static text that repeats nothing of the body, NULL on success. */
SCHUIL_RC json_in_parse(struct bytes body, json_t **ret, const char **ret_detail);

#endif
