/* SPDX-License-Identifier: Apache-2.0 */
/* Key rows, their copies and the manifests as they stand in the database, read in the transaction
 * that is open. Nothing is unwrapped or verified here. */
#ifndef STORE_KEYS_READ_H
#define STORE_KEYS_READ_H

#include "pg.h"

struct key_set {
    struct key_table table; /* table.rows is rows */
    struct key_row *rows;
    size_t cap;
    uint8_t *bodies[COMPARTMENT_COUNT];
};

/* RC_STORE_DATA: a row that cannot be; the session's message names it. Whatever the result, done.
 */
SCHUIL_RC key_set_read(struct store_session *s, struct key_set *ret);
/* Add one row at the end; its number must be the highest. RC_INTERNAL_MEMORY. */
SCHUIL_RC key_set_add(struct key_set *set, const struct key_row *row);
void key_set_done(struct key_set *set);
#define KEY_SET __attribute__((cleanup(key_set_done))) struct key_set

#endif
