/* SPDX-License-Identifier: Apache-2.0 */
/* Audit rows as the parameters of one INSERT: an array of text for each column, so that one
 * prepared statement takes any number of rows. Shared by the asynchronous store of the workers and
 * the synchronous transactions of operate. */
#ifndef STORE_AUDIT_ROWS_H
#define STORE_AUDIT_ROWS_H

#include "schuilnaam/engine/audit.h"

enum { AUDIT_PARAM_COUNT = AUDIT_COL_COUNT + 4 }; /* + chain, i, link, signature */

struct audit_params {
    char *text; /* all arrays one after the other */
    size_t len, cap;
    bool is_full; /* no memory */
    size_t starts[AUDIT_PARAM_COUNT];
    const char *values[AUDIT_PARAM_COUNT]; /* into text */
};

/* INSERT INTO audit_event ... SELECT ... FROM unnest($1::text[], ...). */
const char *audit_insert_sql(void);
/* Fill params for n rows; its memory is used again by the next call. RC_INTERNAL_MEMORY. */
SCHUIL_RC audit_params_fill(struct audit_params *params, const struct audit_row *rows, size_t n);
void audit_params_done(struct audit_params *params);

#endif
