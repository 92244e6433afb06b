/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs that take finals share: open each text, and make one job for each that opened.
 *
 * Every refusal of a text is one and the same diagnostic, and takes the same steps: what cannot be
 * read is opened as zeros. Not for other rooms. */
#ifndef ENGINE_VERBS_CARRY_H
#define ENGINE_VERBS_CARRY_H

#include "verbs/work.h"

enum { CARRY_WAY_COUNT = 2 };

/* A generation whose finals are taken. */
struct carry_way {
    uint32_t generation;
    const struct scalar *scalar; /* what their points are multiplied by */
};

struct carry {
    struct work *work;
    size_t way_count; /* 1 .. CARRY_WAY_COUNT; the seals of all are there */
    struct carry_way ways[CARRY_WAY_COUNT];
    uint32_t generation; /* of the finals that are made; 0: temporary pseudonyms are made */
};

/* RC_INTERNAL: a seal is not there. RC_INTERNAL_MEMORY. */
SCHUIL_RC carry_prepare(const struct carry *carry);

#endif
