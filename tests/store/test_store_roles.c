/* SPDX-License-Identifier: Apache-2.0 */
/* The database roles of processes that serve one role each: what each can do, and what the database
 * keeps from it whatever its process does. */
#include <stdio.h>
#include <stdlib.h>

#include "store_fixture.h"

/* A session as one of the three roles. */
struct role {
    enum compartment compartment;
    struct store_session *session;
};

static const char *const role_names[COMPARTMENT_COUNT] = {
    "schuilnaam_issue", "schuilnaam_translate", "schuilnaam_operate"};

static void role_done(struct role *role)
{
    schuil_store_close(role->session);
}
#define ROLE __attribute__((cleanup(role_done))) struct role

static struct role role_open(const struct fixture *f, enum compartment c)
{
    char dsn[512];
    struct role role = {.compartment = c};
    snprintf(dsn, sizeof dsn, "%s user=%s", f->server_dsn, role_names[c]); /* the last user holds */
    assert_rc(schuil_store_open(dsn, &role.session), RC_OK);
    return role;
}

static struct schuil_rc role_sql(const struct role *role, const char *sql, char *ret, size_t cap)
{
    PG_RESULT *r = NULL;
    struct schuil_rc rc = pg_query(role->session, sql, 0, NULL, &r);
    ret[0] = '\0';
    if (schuil_is_ok(rc) && PQntuples(r) > 0)
        snprintf(ret, cap, "%s", PQgetvalue(r, 0, 0));
    return rc;
}

static void role_answers(const struct role *role, const char *sql, const char *wanted)
{
    char cell[256];
    struct schuil_rc rc = role_sql(role, sql, cell, sizeof cell);
    if (!schuil_is_ok(rc) || strcmp(cell, wanted) != 0)
        fail_msg("%s: %s: '%s', not '%s'", role_names[role->compartment], sql, cell, wanted);
}

static void role_is_refused(const struct role *role, const char *sql)
{
    char cell[256];
    struct schuil_rc rc = role_sql(role, sql, cell, sizeof cell);
    if (rc.code != RC_STORE_REFUSED)
        fail_msg("%s: %s: %s", role_names[role->compartment], sql, schuil_rc_name(rc));
}

static struct schuil_rc role_load(const struct fixture *f, const struct role *role, unsigned wanted,
                                  struct snapshot **ret)
{
    char finding[256];
    struct snapshot_source source = {
        .ring = &f->ring, .compartments = wanted, .policy_key = f->policy_key};
    return schuil_store_load(role->session, &source, ret, finding, sizeof finding);
}

static void each_loads_the_keys_of_its_compartment_and_cannot_load_others(void **state)
{
    struct fixture *f = *state;
    fixture_populate(f);
    for (int c = 0; c < COMPARTMENT_COUNT; c++) {
        struct snapshot *s = NULL;
        struct root_ref root;
        ROLE role = role_open(f, (enum compartment)c);
        assert_rc(role_load(f, &role, 1U << c, &s), RC_OK);
        assert_non_null(schuil_key_audit(s));
        assert_int_equal(schuil_key_root_active(s, &root), c == COMPARTMENT_ISSUE);
        assert_int_equal(schuil_key_domain(s, 1, 1, 1, NULL) != NULL, c == COMPARTMENT_TRANSLATE);
        assert_int_equal(schuil_key_policy(s) != NULL, c == COMPARTMENT_OPERATE);
        schuil_snapshot_unref(s);
        for (unsigned other = COMPARTMENT_ISSUE; other <= COMPARTMENT_TRANSLATE; other++)
            if (other != (unsigned)c)
                assert_rc(role_load(f, &role, 1U << c | 1U << other, &s), RC_CONFIG_MANIFEST);
    }
}

static void each_sees_the_copies_and_the_manifest_of_its_compartment_alone(void **state)
{
    struct fixture *f = *state;
    fixture_populate(f);
    assert_string_equal(owner_sql(f, "SELECT count(DISTINCT compartment) FROM key_copy"), "3");
    for (int c = 0; c < COMPARTMENT_COUNT; c++) {
        ROLE role = role_open(f, (enum compartment)c);
        const char *name = schuil_compartment_name((enum compartment)c);
        role_answers(&role, "SELECT string_agg(DISTINCT compartment, ' ') FROM key_copy", name);
        role_answers(
            &role, "SELECT coalesce(string_agg(compartment, ' '), 'operate') FROM manifest", name);
        role_answers(&role, "SELECT count(*) > 0 FROM key", "t");
        /* Nor by asking for the rows in another way. */
        role_is_refused(&role, "COPY key_copy TO PROGRAM 'true'");
        role_answers(&role, "SET row_security = off", "");
        role_is_refused(&role, "SELECT wrapped FROM key_copy");
    }
}

static void none_changes_keys_or_reads_events_or_becomes_another(void **state)
{
    static const char *const refused[] = {
        "INSERT INTO key (purpose, state) VALUES ('transport', 'active')",
        "UPDATE key SET state = 'suspended'",
        "DELETE FROM key",
        "SELECT nextval('key_number')",
        "INSERT INTO key_copy VALUES (1, 'issue', 'test', NULL)",
        "UPDATE key_copy SET wrapped = NULL",
        "UPDATE manifest SET counter = counter + 1",
        "DELETE FROM manifest",
        "UPDATE wrapping SET state = 'retiring'",
        "INSERT INTO key_operation (kind) VALUES ('refresh')",
        "SELECT * FROM audit_event",
        "UPDATE audit_event SET reason = 'another'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "UPDATE state SET policy_counter = 1",
        "UPDATE usage SET reserved = 0",
        "DELETE FROM process",
        "DELETE FROM organisation",
        "CREATE TABLE schuilnaam.mine (a integer)",
        "ALTER TABLE key_copy DISABLE ROW LEVEL SECURITY",
        "SET ROLE schuilnaam_owner",
        "SET ROLE schuilnaam_server",
        "SET ROLE schuilnaam_auditor",
    };
    struct fixture *f = *state;
    fixture_populate(f);
    for (int c = 0; c < COMPARTMENT_COUNT; c++) {
        ROLE role = role_open(f, (enum compartment)c);
        for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
            role_is_refused(&role, refused[i]);
        for (int other = 0; other < COMPARTMENT_COUNT; other++) {
            char sql[64];
            snprintf(sql, sizeof sql, "SET ROLE %s", role_names[other]);
            if (other != c)
                role_is_refused(&role, sql);
        }
    }
}

/* Every table that operate signs, by the database's own account of rights. */
#define MAY_WRITE(role)                                                                            \
    "SELECT coalesce(string_agg(t, ' '), '') FROM unnest(ARRAY['organisation', 'operator',"        \
    " 'credential', 'registry', 'domain', 'catalogue', 'type', 'connection', 'quota', 'mandate',"  \
    " 'linkage', 'rotation', 'approval', 'policy_manifest']) t"                                    \
    " WHERE has_table_privilege('" role "', t, 'INSERT, UPDATE, DELETE, TRUNCATE')"                \
    " OR has_any_column_privilege('" role "', t, 'INSERT, UPDATE')"

static void only_operate_writes_policy(void **state)
{
    struct fixture *f = *state;
    struct store_session *server = f->server;
    assert_string_equal(owner_sql(f, MAY_WRITE("schuilnaam_issue")), "");
    assert_string_equal(owner_sql(f, MAY_WRITE("schuilnaam_translate")), "");
    assert_string_equal(
        owner_sql(f, MAY_WRITE("schuilnaam_operate")),
        "organisation operator credential registry domain catalogue type connection quota mandate"
        " linkage rotation approval policy_manifest");
    for (int c = 0; c < COMPARTMENT_COUNT; c++) {
        ROLE role = role_open(f, (enum compartment)c);
        f->admin.session = role.session;
        f->prototype.compartment = schuil_compartment_name((enum compartment)c);
        struct schuil_rc rc = admin_do(f, "organisations", ADMIN_DO_CREATE, NULL,
                                       PAIRS("code=HOSP1", "name=Hospital one"));
        assert_rc(rc, c == COMPARTMENT_OPERATE ? RC_OK : RC_STORE_REFUSED);
    }
    f->admin.session = server;
}

/* What an operator does day by day, through the role that may. */
static void operate_administers(void **state)
{
    struct fixture *f = *state;
    struct store_session *server = f->server;
    fixture_populate(f);
    ROLE role = role_open(f, COMPARTMENT_OPERATE);
    f->admin.session = role.session;
    f->prototype.compartment = "operate";
    admin_make(f, "organisations", PAIRS("code=HOSP2", "name=Hospital two"));
    admin_make(f, "operators", PAIRS("name=Second"));
    assert_rc(admin_do(f, "connections", ADMIN_DO_CHANGE, "1", PAIRS("quotaPerDay=50")), RC_OK);
    assert_rc(admin_do(f, "organisations", ADMIN_DO_CHANGE, "HOSP2", PAIRS("state=suspended")),
              RC_OK);
    /* The keys of a domain are translate's to make. */
    assert_rc(admin_do(f, "domains", ADMIN_DO_CREATE, NULL, PAIRS("code=REG2")),
              RC_CONFIG_MANIFEST);
    f->admin.session = server;
    f->prototype.compartment = "issue";
    struct snapshot *s = NULL;
    assert_rc(role_load(f, &role, 1U << COMPARTMENT_OPERATE, &s), RC_OK);
    schuil_snapshot_unref(s);
}

static void each_writes_events_of_its_compartment_alone(void **state)
{
    struct fixture *f = *state;
    for (int c = 0; c < COMPARTMENT_COUNT; c++) {
        ROLE role = role_open(f, (enum compartment)c);
        struct audit_chain chain;
        struct admin_context context = f->admin;
        assert_rc(schuil_audit_chain_new(&chain), RC_OK);
        context.session = role.session;
        context.chain = &chain;
        for (int home = 0; home < COMPARTMENT_COUNT; home++) {
            struct audit_event event = event_of(f, AUDIT_REFUSED);
            event.compartment = schuil_compartment_name((enum compartment)home);
            assert_rc(schuil_admin_audit(&context, &event), home == c ? RC_OK : RC_STORE_REFUSED);
        }
    }
    assert_int_equal(owner_number(f, "SELECT count(DISTINCT compartment) FROM audit_event"
                                     " WHERE event = 210"),
                     3);
}

static void each_speaks_for_its_own_process_alone(void **state)
{
    struct fixture *f = *state;
    for (int c = 0; c < COMPARTMENT_COUNT; c++) {
        ROLE role = role_open(f, (enum compartment)c);
        for (int other = 0; other < COMPARTMENT_COUNT; other++) {
            bool was_live;
            struct store_state_row loaded = {.policy_counter = 9};
            struct store_process process = {
                .id = {(uint8_t)other}, .label = "one/1", .roles = 1U << other};
            struct schuil_rc rc =
                schuil_store_process_renew(role.session, &process, &loaded, &was_live);
            assert_rc(rc, other == c ? RC_OK : RC_STORE_REFUSED);
        }
    }
    ROLE issue = role_open(f, COMPARTMENT_ISSUE);
    role_answers(&issue, "SELECT count(*) FROM process", "3");
    role_answers(&issue,
                 "WITH u AS (UPDATE process SET translate_counter = 99 RETURNING roles)"
                 " SELECT string_agg(roles::text, ' ') FROM u",
                 "{issue}");
}

static void those_that_serve_reserve_from_quotas(void **state)
{
    static const struct quota_want want = {
        .kind = QUOTA_ISSUE, .subject = 1, .day = 20000, .quota = 100, .least = 1, .want = 10};
    struct fixture *f = *state;
    fixture_populate(f);
    for (int c = 0; c < COMPARTMENT_COUNT; c++) {
        ROLE role = role_open(f, (enum compartment)c);
        uint64_t got;
        bool is_alarm;
        struct schuil_rc rc = schuil_store_reserve(role.session, &want, &got, &is_alarm);
        assert_rc(rc, c == COMPARTMENT_OPERATE ? RC_STORE_REFUSED : RC_OK);
    }
}

/* Functions run with the owner's rights: nobody calls one that was not given to him. */
static void no_function_is_everybodys(void **state)
{
    struct fixture *f = *state;
    owner_sql(f, "CREATE FUNCTION schuilnaam.later() RETURNS integer LANGUAGE sql AS 'SELECT 1'");
    assert_string_equal(
        owner_sql(f, "SELECT coalesce(string_agg(p.proname, ' '), '') FROM pg_proc p"
                     " WHERE p.pronamespace = 'schuilnaam'::regnamespace AND EXISTS (SELECT FROM"
                     " aclexplode(coalesce(p.proacl, acldefault('f', p.proowner)))"
                     " WHERE grantee = 0)"),
        "");
}

static void a_server_of_each_role_finds_the_database_fit(void **state)
{
    struct fixture *f = *state;
    for (int c = 0; c < COMPARTMENT_COUNT; c++) {
        char finding[256];
        uint64_t made;
        struct store_state_row row;
        ROLE role = role_open(f, (enum compartment)c);
        assert_rc(schuil_store_check_settings(role.session, finding, sizeof finding), RC_OK);
        assert_rc(schuil_store_read_state(role.session, &row), RC_OK);
        assert_rc(schuil_store_partitions(role.session, &made), RC_OK);
        assert_rc(schuil_store_listen(role.session), RC_OK);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_up_first, fixture_down)
    const struct CMUnitTest tests[] = {
        TEST(each_loads_the_keys_of_its_compartment_and_cannot_load_others),
        TEST(each_sees_the_copies_and_the_manifest_of_its_compartment_alone),
        TEST(none_changes_keys_or_reads_events_or_becomes_another),
        TEST(only_operate_writes_policy),
        TEST(operate_administers),
        TEST(each_writes_events_of_its_compartment_alone),
        TEST(each_speaks_for_its_own_process_alone),
        TEST(those_that_serve_reserve_from_quotas),
        TEST(no_function_is_everybodys),
        TEST(a_server_of_each_role_finds_the_database_fit),
    };
    return fixture_is_there() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
