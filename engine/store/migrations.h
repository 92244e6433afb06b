/* SPDX-License-Identifier: Apache-2.0 */
/* The schema's version: what this program knows, and what the database has. */
#ifndef STORE_MIGRATIONS_H
#define STORE_MIGRATIONS_H

#include "pg.h"

/* The highest number among the files of db/ that are built in. */
uint32_t migration_known(void);
/* 0: no schema yet. */
SCHUIL_RC migration_version(struct store_session *s, uint32_t *ret);

#endif
