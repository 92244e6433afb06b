/* SPDX-License-Identifier: Apache-2.0 */
/* From a body to a batch. Reads strictly: duplicate keys, depth past LIMIT_JSON_DEPTH, invalid
 * UTF-8, zero bytes and anything after the value refuse the whole body; what is wrong with one
 * record or value becomes a diagnostic of that record. Values stay in the tree; the batch borrows
 * them, so the tree lives until prepare has ended. Any thread. */
#ifndef SCHUIL_API_JSON_IN_H
#define SCHUIL_API_JSON_IN_H

#include <jansson.h>

#include "schuilnaam/engine/work.h"

/* Once, before any thread: jansson's memory is wiped when it is freed, its hash is seeded. */
void json_in_init(void);

/* Parse a body. RC_INPUT_JSON; *ret_detail is a static text that repeats nothing of the body.
 * is_real: numbers are read as reals, so that a long number is a wrong value and no wrong body. */
SCHUIL_RC json_in_parse(struct bytes body, bool is_real, json_t **ret, const char **ret_detail);

/* What a batch body asks, before the batch is made. Borrowed from the tree and the snapshot. */
struct json_head {
    json_t *records;
    uint32_t record_count;
    uint16_t type_count;
    const struct ptype *types[LIMIT_TYPE_COUNT]; /* issue; in the order asked */
};
/* issue: {"pseudonymTypes": [...], "records": [...]} and nothing else. RC_INPUT_SHAPE,
 * RC_INPUT_RECORDS (more than LIMIT_RECORD_COUNT), RC_INPUT_TYPE_UNKNOWN. */
SCHUIL_RC json_in_issue_head(json_t *root, const struct snapshot *snapshot, struct json_head *ret,
                             const char **ret_detail);
/* translate: {"records": [...]}; other keys are ignored. */
SCHUIL_RC json_in_translate_head(json_t *root, struct json_head *ret, const char **ret_detail);

/* Fill the batch. RC_INPUT_TYPE_UNKNOWN (translate: a key that is no type), RC_LIMIT_SIZE,
 * RC_INTERNAL_MEMORY. */
SCHUIL_RC json_in_issue_records(const json_t *records, struct work *work);
SCHUIL_RC json_in_translate_records(const json_t *records, struct work *work);

#endif
