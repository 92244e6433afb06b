/* SPDX-License-Identifier: Apache-2.0 */
/* The judge of api/json/batch.h: the same bodies read by jansson into a tree, and from the tree
 * into a batch. It shares nothing with what it judges but the work it fills. Not for the product.
 */
#ifndef TESTS_API_JSON_JUDGE_H
#define TESTS_API_JSON_JUDGE_H

#include <jansson.h>

#include "schuilnaam/engine/work.h"

struct judge_head {
    json_t *records; /* of the tree */
    uint32_t record_count;
    uint16_t type_count;
    const struct ptype *types[LIMIT_TYPE_COUNT];
};

/* Bytes to a tree, a tree to a head, records to a work: as json_batch_* with the same names. */
SCHUIL_RC judge_read(struct bytes body, json_t **ret, const char **ret_detail);
SCHUIL_RC judge_issue_head(json_t *root, const struct snapshot *snapshot, struct judge_head *ret,
                           const char **ret_detail);
SCHUIL_RC judge_translate_head(json_t *root, struct judge_head *ret, const char **ret_detail);
SCHUIL_RC judge_reverse_head(json_t *root, struct judge_head *ret, const char **ret_detail);
SCHUIL_RC judge_issue_records(const json_t *records, struct work *work);
SCHUIL_RC judge_translate_records(const json_t *records, struct work *work);

/* Read a body both ways: NULL when result, detail, types, values and diagnostics are the same, else
 * a static text that says which is not. Not for two threads. */
const char *judge_difference(enum work_verb verb, struct snapshot *snapshot, struct bytes body);

#endif
