/* SPDX-License-Identifier: Apache-2.0 */
/* Audit rows as the parameters of one INSERT: an array of text for each column, so that one
 * prepared statement takes any number of rows. Shared by the asynchronous store of the workers and
 * the synchronous transactions of operate. A row that is alone can go by a statement of its own,
 * which costs PostgreSQL 30 us less than 26 arrays of one: that is felt where a request is alone.
 */
#ifndef STORE_AUDIT_ROWS_H
#define STORE_AUDIT_ROWS_H

#include "schuilnaam/engine/audit.h"

enum { AUDIT_PARAM_COUNT = AUDIT_COL_COUNT + 4 }; /* + chain, i, link, signature */

struct audit_params {
    char *text; /* all arrays one after the other */
    size_t len, cap;
    bool is_full; /* no memory */
    size_t starts[AUDIT_PARAM_COUNT];
    const char *values[AUDIT_PARAM_COUNT]; /* into text; of one row also into the row */
};

/* INSERT INTO audit_event ... SELECT ... FROM unnest($1::text[], ...). */
const char *audit_insert_sql(void);
/* INSERT INTO audit_event ... VALUES ($1, ...). */
const char *audit_insert_one_sql(void);
/* Fill params for n rows and audit_insert_sql; its memory is used again by the next call.
 * RC_INTERNAL_MEMORY. */
SCHUIL_RC audit_params_fill(struct audit_params *params, const struct audit_row *rows, size_t n);
/* Fill params for a row and audit_insert_one_sql. The row is borrowed as long as the values are
 * used. RC_INTERNAL_MEMORY. */
SCHUIL_RC audit_params_fill_one(struct audit_params *params, const struct audit_row *row);
void audit_params_done(struct audit_params *params);

#endif
