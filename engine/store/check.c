/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the database is one to trust: settings that would lose committed events, a schema that is
 * not ours, a role that may do too much. */
#include <stdio.h>

#include "migrations.h"
#include "pg.h"

struct demand {
    const char *sql; /* one boolean: true is good */
    const char *finding;
};

static const struct demand demands[] = {
    {"SELECT current_setting('server_version_num')::int >= 150000", "PostgreSQL is older than 15"},
    {"SELECT current_setting('server_encoding') = 'UTF8'", "server_encoding is not UTF8"},
    {"SELECT current_setting('fsync')::bool", "fsync is off"},
    {"SELECT current_setting('full_page_writes')::bool", "full_page_writes is off"},
    {"SELECT current_setting('synchronous_commit') IN ('on', 'remote_apply')",
     "synchronous_commit is neither on nor remote_apply"},
    {"SELECT NOT pg_is_in_recovery()", "the database is a standby"},
    {"SELECT NOT current_setting('transaction_read_only')::bool",
     "transactions are read-only by default"},
    {"SELECT NOT rolsuper FROM pg_roles WHERE rolname = current_user",
     "the server's role is a superuser"},
};

static const struct demand rights[] = {
    {"SELECT has_table_privilege('schuilnaam.audit_event', 'INSERT')",
     "the server's role may not insert audit events"},
    {"SELECT NOT has_table_privilege('schuilnaam.audit_event', 'UPDATE, DELETE, TRUNCATE')"
     " AND NOT has_any_column_privilege('schuilnaam.audit_event', 'UPDATE')",
     "the server's role may change audit events"},
};

static SCHUIL_RC demands_meet(struct store_session *s, const struct demand *list, size_t n,
                              char *ret_finding, size_t cap)
{
    for (size_t i = 0; i < n; i++) {
        PG_RESULT *r = NULL;
        TRY(pg_query(s, list[i].sql, 0, NULL, &r));
        if (PQntuples(r) == 1 && PQgetvalue(r, 0, 0)[0] == 't')
            continue;
        snprintf(ret_finding, cap, "%s", list[i].finding);
        return schuil_rc(RC_CONFIG_DATABASE);
    }
    return SCHUIL_OK;
}

static SCHUIL_RC schema_check(struct store_session *s, char *ret_finding, size_t cap)
{
    uint32_t version = 0;
    TRY(migration_version(s, &version));
    if (version == migration_known())
        return SCHUIL_OK;
    snprintf(ret_finding, cap, "the schema has version %u, this program knows %u%s",
             (unsigned)version, (unsigned)migration_known(),
             version < migration_known() ? ": run migrate" : "");
    return schuil_rc(RC_STORE_SCHEMA);
}

static SCHUIL_RC all_check(struct store_session *s, char *ret_finding, size_t cap)
{
    TRY(demands_meet(s, demands, sizeof demands / sizeof *demands, ret_finding, cap));
    TRY(schema_check(s, ret_finding, cap));
    return demands_meet(s, rights, sizeof rights / sizeof *rights, ret_finding, cap);
}

SCHUIL_RC schuil_store_check_settings(struct store_session *s, char *ret_finding, size_t cap)
{
    ret_finding[0] = '\0';
    struct schuil_rc rc = all_check(s, ret_finding, cap);
    if (!schuil_is_ok(rc) && ret_finding[0] == '\0')
        snprintf(ret_finding, cap, "%s", s->message);
    return rc;
}
