/* SPDX-License-Identifier: Apache-2.0 */
/* Statements from the table of nouns. */
#ifndef STORE_ADMIN_SQL_H
#define STORE_ADMIN_SQL_H

#include "admin_job.h"

struct admin_statement {
    char text[4096];
    size_t len;
    int param_count;
    const char *params[ADMIN_FIELD_CAP + 1]; /* borrowed from the call */
};

/* In a list that ends with name NULL, or is NULL. */
const struct admin_field *admin_field_find(const struct admin_field *list, const char *name);
/* ... RETURNING the number as text. Values that are null are left to the default in an INSERT and
 * set to null by an UPDATE. An UPDATE of nothing: RC_INPUT_SHAPE. */
SCHUIL_RC admin_sql_insert(const struct admin_job *job, struct admin_statement *ret);
SCHUIL_RC admin_sql_update(const struct admin_job *job, struct admin_statement *ret);
/* The fields that are shown, as text. id NULL: of all; is_number: id is the number. */
SCHUIL_RC admin_sql_select(const struct admin_job *job, const char *id, bool is_number,
                           struct admin_statement *ret);

#endif
