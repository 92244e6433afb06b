/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of one size, and sorted views of them: see table.h. */
#include "policy/table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_FIRST_CAP = 16 };

struct table table_of(size_t row_len)
{
    return (struct table){.row_len = row_len};
}

static void *row_at(const struct table *table, size_t i)
{
    return (char *)table->rows + i * table->row_len;
}

static SCHUIL_RC table_grow(struct table *table)
{
    size_t cap = table->cap == 0 ? TABLE_FIRST_CAP : table->cap * 2;
    ENSURE(cap <= SIZE_MAX / table->row_len, RC_INTERNAL_MEMORY);
    void *rows = realloc(table->rows, cap * table->row_len);
    ENSURE(rows != NULL, RC_INTERNAL_MEMORY);
    table->rows = rows;
    table->cap = cap;
    return SCHUIL_OK;
}

SCHUIL_RC table_add(struct table *table, const void *row)
{
    if (table->count == table->cap)
        TRY(table_grow(table));
    memcpy(row_at(table, table->count), row, table->row_len);
    table->count++;
    return SCHUIL_OK;
}

const void *table_row(const struct table *table, size_t i)
{
    return row_at(table, i);
}

void table_done(struct table *table)
{
    free(table->rows);
    *table = table_of(table->row_len);
}

static int compare_pointed(const void *a, const void *b, void *compare)
{
    table_compare *const *rows_compare = compare;
    return (*rows_compare)(*(const void *const *)a, *(const void *const *)b);
}

static SCHUIL_RC view_check_ascending(const struct view *view, table_compare *compare)
{
    for (size_t i = 1; i < view->count; i++)
        ENSURE(compare(view->rows[i - 1], view->rows[i]) < 0, RC_STORE_DATA);
    return SCHUIL_OK;
}

SCHUIL_RC view_make(struct view *view, const struct table *table, table_compare *compare,
                    table_keep *keep)
{
    *view = (struct view){0};
    if (table->count == 0)
        return SCHUIL_OK;
    view->rows = calloc(table->count, sizeof *view->rows);
    ENSURE(view->rows != NULL, RC_INTERNAL_MEMORY);
    for (size_t i = 0; i < table->count; i++) {
        const void *row = table_row(table, i);
        if (keep == NULL || keep(row))
            view->rows[view->count++] = row;
    }
    qsort_r(view->rows, view->count, sizeof *view->rows, compare_pointed, &compare);
    return view_check_ascending(view, compare);
}

const void *view_find(const struct view *view, const void *key, table_compare *compare)
{
    size_t low = 0, high = view->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(key, view->rows[middle]);
        if (order == 0)
            return view->rows[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

void view_done(struct view *view)
{
    free(view->rows);
    *view = (struct view){0};
}
