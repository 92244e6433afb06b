/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_POLICY_COMPARE_H
#define STORE_POLICY_COMPARE_H

#include "schuilnaam/bytes.h"

/* Compare two lists of row hashes (policy_rows.c writes them). true: finding (cap bytes) names the
 * first row that differs, by its table and key. false: none does, or the kept list cannot be read;
 * finding is untouched. Any bytes may come. */
bool policy_compare(struct bytes kept, struct bytes made, char *finding, size_t cap);

#endif
