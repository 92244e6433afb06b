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
/* Fill table->seen of these compartments (a bit each) with what this host keeps. NULL: nothing was
 * seen. RC_CONFIG_MANIFEST as manifest_file_read. */
SCHUIL_RC key_seen_read(const char *directory, unsigned compartments, struct key_table *table,
                        char *finding, size_t cap);
void key_set_done(struct key_set *set);
#define KEY_SET __attribute__((cleanup(key_set_done))) struct key_set

#endif
