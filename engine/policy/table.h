/* SPDX-License-Identifier: Apache-2.0 */
/* A growing array of rows of one size, and sorted views of it. Not a container for requests: only
 * snapshots are made of these.
 *
 * Invariants: a table grows only while its snapshot is built; views are made when that is over and
 * hold pointers into it, in strictly ascending order of their comparator. */
#ifndef ENGINE_POLICY_TABLE_H
#define ENGINE_POLICY_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "schuilnaam/rc.h"

/* Compares two rows, as qsort does. */
typedef int table_compare(const void *a, const void *b);
typedef bool table_keep(const void *row);

struct table {
    void *rows;
    size_t count, cap, row_len;
};

struct view {
    const void **rows; /* pointers into a table */
    size_t count;
};

struct table table_of(size_t row_len);
/* Append a copy of row. RC_INTERNAL_MEMORY: the table is as it was. */
SCHUIL_RC table_add(struct table *table, const void *row);
const void *table_row(const struct table *table, size_t i);
void table_done(struct table *table);

/* A view of the rows that keep says yes to (NULL: all). RC_STORE_DATA: two are equal. */
SCHUIL_RC view_make(struct view *view, const struct table *table, table_compare *compare,
                    table_keep *keep);
/* The row equal to key, which is a row with the compared fields filled in; NULL: none. */
const void *view_find(const struct view *view, const void *key, table_compare *compare);
void view_done(struct view *view);

#endif
