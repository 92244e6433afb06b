/* SPDX-License-Identifier: Apache-2.0 */
/* Applying the migrations of db/, which are built into the program. Forward only: each that is
 * missing, by number, in a transaction of its own, under one advisory lock, so that two programs
 * started together apply each once. A database newer than this program is refused. */
#include <stdio.h>
#include <stdlib.h>

#include "migrations.h"
#include "schuilnaam/embedded.h"

extern const struct embedded_file db_migrations[];

/* Any number that nothing else in this database locks. */
#define MIGRATE_LOCK "7309440316741124718"
#define MIGRATE_TIMEOUT_US ((int64_t)600 * 1000000)

static uint32_t number_of(const struct embedded_file *file)
{
    return (uint32_t)strtoul(file->name, NULL, 10);
}

uint32_t migration_known(void)
{
    uint32_t highest = 0;
    for (const struct embedded_file *f = db_migrations; f->name != NULL; f++)
        highest = number_of(f) > highest ? number_of(f) : highest;
    return highest;
}

SCHUIL_RC migration_version(struct store_session *s, uint32_t *ret)
{
    PG_RESULT *exists = NULL;
    PG_RESULT *r = NULL;
    uint64_t version;
    *ret = 0;
    TRY(pg_query(s, "SELECT to_regclass('schuilnaam.schema_version') IS NOT NULL", 0, NULL,
                 &exists));
    if (PQgetvalue(exists, 0, 0)[0] != 't')
        return SCHUIL_OK;
    TRY(pg_query(s, "SELECT coalesce(max(version), 0) FROM schuilnaam.schema_version", 0, NULL,
                 &r));
    TRY(pg_u64(r, 0, 0, INT32_MAX, &version));
    *ret = (uint32_t)version;
    return SCHUIL_OK;
}

static SCHUIL_RC script_run(struct store_session *s, const char *sql)
{
    PG_RESULT *r = NULL;
    struct pg_call call = {.sql = sql, .is_script = true, .timeout_us = MIGRATE_TIMEOUT_US};
    return pg_run(s, &call, &r);
}

static SCHUIL_RC version_note(struct store_session *s, const struct embedded_file *file)
{
    char number[16];
    const char *params[2] = {number, file->name};
    snprintf(number, sizeof number, "%u", (unsigned)number_of(file));
    return pg_do(s, "INSERT INTO schuilnaam.schema_version (version, name) VALUES ($1, $2)", 2,
                 params);
}

/* The first file makes the roles, as whoever we are; what comes after belongs to the owner. */
static SCHUIL_RC file_run(struct store_session *s, const struct embedded_file *file)
{
    TRY(script_run(s, "BEGIN"));
    if (number_of(file) > 1)
        TRY(script_run(s, "SET LOCAL ROLE schuilnaam_owner"));
    /* Embedded files end with a zero that their length does not count. */
    TRY(script_run(s, (const char *)file->data));
    if (number_of(file) > 1)
        TRY(version_note(s, file));
    return pg_commit(s);
}

static SCHUIL_RC files_run(struct store_session *s, void (*on_step)(const char *name))
{
    uint32_t version;
    TRY(migration_version(s, &version));
    if (version > migration_known())
        return pg_fail(s, RC_STORE_SCHEMA, "the schema is newer than this program");
    for (const struct embedded_file *f = db_migrations; f->name != NULL; f++) {
        if (number_of(f) <= version)
            continue;
        if (on_step != NULL)
            on_step(f->name);
        struct schuil_rc rc = file_run(s, f);
        if (!schuil_is_ok(rc)) {
            pg_rollback(s);
            return rc;
        }
    }
    return SCHUIL_OK;
}

static SCHUIL_RC partitions_make(struct store_session *s)
{
    return script_run(s, "BEGIN; SET LOCAL ROLE schuilnaam_owner;"
                         "SELECT schuilnaam.make_partitions(24); COMMIT");
}

SCHUIL_RC schuil_store_migrate(struct store_session *s, void (*on_step)(const char *name))
{
    TRY(script_run(s, "SET statement_timeout = 0; SET client_min_messages = warning;"
                      "SELECT pg_advisory_lock(" MIGRATE_LOCK ")"));
    struct schuil_rc rc = files_run(s, on_step);
    if (schuil_is_ok(rc))
        rc = partitions_make(s);
    if (!schuil_is_ok(rc))
        pg_rollback(s);
    struct schuil_rc ignored = pg_do(s, "SELECT pg_advisory_unlock(" MIGRATE_LOCK ")", 0, NULL);
    (void)ignored; /* the session's end releases it as well */
    return rc;
}
