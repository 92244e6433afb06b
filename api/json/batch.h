/* SPDX-License-Identifier: Apache-2.0 */
/* From a body of issue, translate or reverse to a batch, without a tree: the body is read twice,
 * first as JSON and no more, so that no part of a wrong body is acted upon, then into the batch.
 * Duplicate keys, depth past LIMIT_JSON_DEPTH, invalid UTF-8, zero characters and anything after
 * the value refuse the whole body; what is wrong with one record or value becomes a diagnostic of
 * that record. Values are borrowed from the body or, where they had escapes, from the arena: both
 * must live until prepare has ended. *ret_detail is a static text that repeats nothing of the body,
 * NULL on success. Any thread. */
#ifndef SCHUIL_API_JSON_BATCH_H
#define SCHUIL_API_JSON_BATCH_H

#include "schuilnaam/engine/work.h"

/* What a body holds, before the batch is made. Borrows body, arena and snapshot. */
struct json_batch {
    struct arena *arena;
    bool is_object;
    size_t member_count;         /* of the object */
    struct bytes records, names; /* from the opening bracket of an array on; data NULL: no array */
    struct bytes reason;         /* data NULL: no string */
    size_t record_count, name_count;
    uint16_t type_count;
    const struct ptype *types[LIMIT_TYPE_COUNT]; /* issue, after its head; in the order asked */
};

/* First reading. Numbers are read as reals, so that a long number is a wrong value and no wrong
 * body. RC_INPUT_JSON; RC_INTERNAL_MEMORY. */
SCHUIL_RC json_batch_read(struct bytes body, struct arena *arena, struct json_batch *ret,
                          const char **ret_detail);
/* issue: {"pseudonymTypes": [...], "records": [...]} and nothing else. RC_INPUT_SHAPE,
 * RC_INPUT_RECORDS (more than LIMIT_RECORD_COUNT), RC_INPUT_TYPE_UNKNOWN. */
SCHUIL_RC json_batch_issue_head(struct json_batch *batch, const struct snapshot *snapshot,
                                const char **ret_detail);
/* translate: {"records": [...]}; other keys are ignored. */
SCHUIL_RC json_batch_translate_head(const struct json_batch *batch, const char **ret_detail);
/* reverse: {"reason": "...", "records": [...]}; other keys are ignored. Besides: RC_INPUT_REASON.
 */
SCHUIL_RC json_batch_reverse_head(const struct json_batch *batch, const char **ret_detail);

/* After a good head: fill a work that was made for record_count records; those of translate are
 * also for reverse. RC_INPUT_TYPE_UNKNOWN (a key of pseudonyms or sealed that is no type),
 * RC_LIMIT_SIZE, RC_INTERNAL_MEMORY. */
SCHUIL_RC json_batch_issue_records(const struct json_batch *batch, struct work *work);
SCHUIL_RC json_batch_translate_records(const struct json_batch *batch, struct work *work);

#endif
