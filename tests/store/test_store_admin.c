/* SPDX-License-Identifier: Apache-2.0 */
/* The administration against a real database. */
#include <stdio.h>

#include "store_fixture.h"

#define OK(call) assert_rc(call, RC_OK)

static void every_sql_file_is_built_in_and_noted(void **state)
{
    struct fixture *f = *state;
    char finding[256];
    assert_int_equal(owner_number(f, "SELECT count(*) FROM schema_version"), MIGRATION_COUNT);
    assert_int_equal(owner_number(f, "SELECT max(version) FROM schema_version"), MIGRATION_COUNT);
    OK(schuil_store_migrate(f->owner, NULL));
    OK(schuil_store_check_settings(f->server, finding, sizeof finding));
    assert_true(owner_number(f, "SELECT count(*) FROM pg_inherits WHERE inhparent ="
                                " 'audit_event'::regclass") >= 26);
}

static void audit_event_has_the_documented_columns_in_order(void **state)
{
    struct fixture *f = *state;
    static const char wanted[] =
#define AUDIT_COLUMN(name, sqltype) #name " " sqltype ","
#include "schuilnaam/audit_columns.def"
#undef AUDIT_COLUMN
        "chain bytea,i bigint,link bytea,signature bytea,";
    const char *found =
        owner_sql(f, "SELECT string_agg(column_name || ' ' || CASE udt_name WHEN '_text' THEN"
                     " 'text[]' WHEN '_int4' THEN 'integer[]' WHEN 'timestamptz' THEN 'timestamptz'"
                     " ELSE data_type END || ',', '' ORDER BY ordinal_position)"
                     " FROM information_schema.columns WHERE table_name = 'audit_event'");
    assert_string_equal(found, wanted);
}

static void a_newer_schema_is_refused(void **state)
{
    struct fixture *f = *state;
    char finding[256];
    owner_sql(f, "INSERT INTO schema_version VALUES (99, 'later')");
    assert_rc(schuil_store_migrate(f->owner, NULL), RC_STORE_SCHEMA);
    assert_rc(schuil_store_check_settings(f->server, finding, sizeof finding), RC_STORE_SCHEMA);
}

static void unsafe_settings_are_named(void **state)
{
    struct fixture *f = *state;
    char finding[256];
    OK(pg_do(f->server, "SET synchronous_commit = off", 0, NULL));
    assert_rc(schuil_store_check_settings(f->server, finding, sizeof finding), RC_CONFIG_DATABASE);
    assert_non_null(strstr(finding, "synchronous_commit"));
    OK(pg_do(f->server, "RESET synchronous_commit", 0, NULL));
    owner_sql(f, "GRANT UPDATE (detail) ON audit_event TO schuilnaam_server");
    assert_rc(schuil_store_check_settings(f->server, finding, sizeof finding), RC_CONFIG_DATABASE);
    assert_non_null(strstr(finding, "audit events"));
}

static void bootstrap_is_done_once(void **state)
{
    struct fixture *f = *state;
    uint8_t fingerprint[32] = {2};
    assert_int_equal(owner_number(f, "SELECT count(*) FROM key"), 7);
    assert_string_equal(owner_sql(f, "SELECT string_agg(counter::text, ',') FROM manifest"), "1,1");
    assert_string_equal(owner_sql(f, "SELECT string_agg(name, ',' ORDER BY i) FROM audit_event"),
                        "CHAIN_START,BOOTSTRAP,CHAIN_END");
    assert_rc(schuil_admin_bootstrap(&f->admin, "Another", fingerprint, f->policy_key),
              RC_CONFLICT_EXISTS);
    assert_int_equal(owner_number(f, "SELECT count(*) FROM operator"), 1);
}

static void what_set_up_needs_can_be_made_and_loaded(void **state)
{
    struct fixture *f = *state;
    struct snapshot *s = NULL;
    char finding[256];
    fixture_populate(f);
    OK(admin_do(f, "registries", ADMIN_DO_CHANGE, "REG1",
                PAIRS("state=listed", "testPersons=allow")));
    OK(fixture_load(f, NULL, &s, finding));
    const struct registry *registry = schuil_registry_by_code(s, bytes_text("REG1"));
    assert_non_null(registry);
    assert_true(registry->state == REGISTRY_LISTED && registry->allows_test_persons);
    const struct connection *c = schuil_connection_find(s, 1, registry->number);
    assert_non_null(c);
    assert_true(c->type_count == 3 && c->quota_day == 100 && c->life_hours == 24);
    assert_true(c->valid_until_us == INT64_MAX && c->valid_from_us < admin_clock_us());
    struct root_ref root;
    struct transport_ref transport;
    assert_true(schuil_key_root_active(s, &root) && root.epoch == 1);
    assert_true(schuil_key_transport_newest(s, &transport));
    assert_non_null(schuil_key_domain(s, registry->domain, 1, 1, NULL));
    assert_non_null(schuil_key_domain_seal(s, registry->domain, 1, NULL));
    schuil_snapshot_unref(s);
}

static void the_counter_rises_by_one_for_each_change(void **state)
{
    struct fixture *f = *state;
    long before = owner_number(f, "SELECT policy_counter FROM state");
    admin_make(f, "domains", PAIRS("code=D1")); /* four tables */
    assert_int_equal(owner_number(f, "SELECT policy_counter FROM state"), before + 1);
    OK(admin_do(f, "domains", ADMIN_DO_LIST, NULL, NULL));
    assert_int_equal(owner_number(f, "SELECT policy_counter FROM state"), before + 1);
}

static void a_change_wakes_who_listens(void **state)
{
    struct fixture *f = *state;
    struct store_session *keeper = NULL;
    bool is_notified = true;
    OK(schuil_store_open(f->server_dsn, &keeper));
    OK(schuil_store_listen(keeper));
    OK(schuil_store_wait(keeper, -1, 20000, &is_notified));
    assert_false(is_notified);
    admin_make(f, "organisations", PAIRS("code=X", "name=x"));
    OK(schuil_store_wait(keeper, -1, 2000000, &is_notified));
    assert_true(is_notified);
    schuil_store_close(keeper);
}

static void refused_calls_name_the_field_and_are_audited(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *noun, *pairs[6], *field;
        enum schuil_rc_code rc;
    } cases[] = {
        {"organisations", {"code=hosp", "name=x"}, "code", RC_INPUT_VALUE},
        {"organisations", {"code=A", "name=x", "size=3"}, NULL, RC_INPUT_SHAPE},
        {"organisations", {"code=A"}, "name", RC_INPUT_SHAPE},
        {"organisations", {"code=A", "code=B", "name=x"}, "code", RC_INPUT_SHAPE},
        {"organisations", {"code=A", "name=x", "number=5"}, "number", RC_INPUT_SHAPE},
        {"organisations", {"code=A", "name=x\ny"}, "name", RC_INPUT_VALUE},
        {"organisations", {"code=HOSP1", "name=again"}, NULL, RC_CONFLICT_EXISTS},
        {"credentials", {"fingerprint=00"}, "fingerprint", RC_INPUT_VALUE},
        {"registries",
         {"code=R", "organisation=NONE", "domain=REG1"},
         "organisation",
         RC_INPUT_VALUE},
        {"registries", {"code=R", "organisation=REG1", "domain=NONE"}, "domain", RC_INPUT_VALUE},
        {"types", {"code=T", "recipe=GD:Q", "uniqueness=quasi"}, "recipe", RC_INPUT_VALUE},
        {"types", {"code=T", "recipe=NONE", "uniqueness=quasi"}, "recipe", RC_INPUT_VALUE},
        {"types", {"code=T", "recipe=GD", "uniqueness=some"}, "uniqueness", RC_INPUT_VALUE},
        {"connections", {"provider=REG1", "registry=REG1", "types=A,Z"}, "types", RC_INPUT_VALUE},
        {"connections", {"provider=REG1", "registry=REG1", "types=A,A"}, "types", RC_INPUT_VALUE},
        {"connections",
         {"provider=REG1", "registry=REG1", "types=A", "lifeHours=2161"},
         "lifeHours",
         RC_INPUT_VALUE},
        {"connections",
         {"provider=REG1", "registry=REG1", "types=A", "quotaPerDay=-1"},
         "quotaPerDay",
         RC_INPUT_VALUE},
        {"connections",
         {"provider=REG1", "registry=REG1", "types=A", "validFrom=now"},
         "validFrom",
         RC_INPUT_VALUE},
        {"connections",
         {"provider=REG1", "registry=REG1", "types=A", "validUntil=2001-01-01"},
         "validUntil",
         RC_INPUT_VALUE},
        {"connections", {"provider=HOSP1", "registry=REG1", "types=A"}, NULL, RC_CONFLICT_EXISTS},
        {"keys", {"purpose=root"}, "purpose", RC_INPUT_VALUE},
    };
    fixture_populate(f);
    long rows = owner_number(f, "SELECT count(*) FROM organisation");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        long before = owner_number(f, "SELECT count(*) FROM audit_event WHERE outcome = 'refused'");
        assert_rc(admin_do(f, cases[i].noun, ADMIN_DO_CREATE, NULL, cases[i].pairs), cases[i].rc);
        if (cases[i].field == NULL)
            assert_null(f->field);
        else
            assert_string_equal(f->field, cases[i].field);
        assert_int_equal(owner_number(f, "SELECT count(*) FROM audit_event"
                                         " WHERE outcome = 'refused'"),
                         before + 1);
    }
    assert_int_equal(owner_number(f, "SELECT count(*) FROM organisation"), rows);
    assert_int_equal(owner_number(f, "SELECT count(*) FROM audit_event WHERE detail::json IS NULL"
                                     " AND event NOT IN (100, 101, 300)"),
                     0);
}

static void what_ended_stays_so_and_makes_room(void **state)
{
    struct fixture *f = *state;
    fixture_populate(f);
    OK(admin_do(f, "connections", ADMIN_DO_CHANGE, "1", PAIRS("state=suspended")));
    OK(admin_do(f, "connections", ADMIN_DO_CHANGE, "1", PAIRS("state=ended")));
    assert_rc(admin_do(f, "connections", ADMIN_DO_CHANGE, "1", PAIRS("state=active")),
              RC_CONFLICT_STATE);
    admin_make(f, "connections", PAIRS("provider=HOSP1", "registry=REG1", "types=A"));
    assert_rc(admin_do(f, "connections", ADMIN_DO_CHANGE, "77", PAIRS("state=ended")), RC_ABSENT);
    assert_rc(admin_do(f, "registries", ADMIN_DO_CHANGE, "REG1", PAIRS("domain=REG1")),
              RC_INPUT_SHAPE);
    OK(admin_do(f, "organisations", ADMIN_DO_SHOW, "HOSP1", NULL));
    OK(admin_do(f, "organisations", ADMIN_DO_SHOW, "1", NULL));
    assert_rc(admin_do(f, "organisations", ADMIN_DO_SHOW, "NONE", NULL), RC_ABSENT);
}

static const char SCALAR[] = "key=0102030405060708090a0b0c0d0e0f10"
                             "1112131415161718191a1b1c1d1e1f00";

/* Any event that says something was made under a key. */
static void use_of_key(struct fixture *f, enum audit_event_id id, long number, int64_t made)
{
    struct audit_event event = event_of(f, id);
    event.has_counts = true;
    event.asked = event.made = made;
    event.key_count = 1;
    event.key_numbers[0] = (uint32_t)number;
    OK(schuil_admin_audit(&f->admin, &event));
}

static void import_replaces_an_unused_key(void **state)
{
    struct fixture *f = *state;
    struct snapshot *s = NULL;
    char finding[256];
    fixture_populate(f);
    long root = owner_number(f, "SELECT number FROM key WHERE purpose = 'root'");
    use_of_key(f, AUDIT_ISSUE, root, 0); /* asked, and nothing was made */
    OK(admin_act(f, "keys", "import", NULL, PAIRS("purpose=root", SCALAR)));
    OK(admin_act(f, "keys", "import", NULL, PAIRS("purpose=domain", "domain=REG1", SCALAR)));
    assert_string_equal(owner_sql(f,
                                  "SELECT string_agg(state || ' ' || epoch, ', ' ORDER BY number)"
                                  " FROM key WHERE purpose = 'root'"),
                        "destroyed 1, active 1");
    assert_int_equal(owner_number(f,
                                  "SELECT count(*) FROM key k JOIN key_copy c ON c.key = k.number"
                                  " WHERE k.state = 'destroyed' AND c.wrapped IS NOT NULL"),
                     0);
    OK(fixture_load(f, NULL, &s, finding));
    struct root_ref ref;
    assert_true(schuil_key_root_active(s, &ref));
    assert_int_equal(ref.key->b[0], 1);
    schuil_snapshot_unref(s);
    assert_int_equal(owner_number(f, "SELECT count(*) FROM audit_event WHERE detail LIKE '%0102%'"),
                     0);
}

static void import_is_refused_once_something_was_made(void **state)
{
    struct fixture *f = *state;
    fixture_populate(f);
    use_of_key(f, AUDIT_ISSUE, owner_number(f, "SELECT number FROM key WHERE purpose = 'root'"), 1);
    assert_rc(admin_act(f, "keys", "import", NULL, PAIRS("purpose=root", SCALAR)),
              RC_CONFLICT_KEY_USED);
    use_of_key(f, AUDIT_TRANSLATE,
               owner_number(f, "SELECT number FROM key WHERE purpose = 'domain'"), 1);
    assert_rc(admin_act(f, "keys", "import", NULL, PAIRS("purpose=domain", "domain=REG1", SCALAR)),
              RC_CONFLICT_KEY_USED);
}

static void import_refuses_what_is_no_key(void **state)
{
    struct fixture *f = *state;
    fixture_populate(f);
    assert_rc(admin_act(f, "keys", "import", NULL, PAIRS("purpose=root", "key=00")),
              RC_INPUT_VALUE);
    assert_string_equal(f->field, "key");
    char zero[4 + 64 + 1] = "key=";
    memset(zero + 4, '0', 64);
    assert_rc(admin_act(f, "keys", "import", NULL, PAIRS("purpose=root", zero)), RC_INPUT_VALUE);
    memset(zero + 4, 'f', 64);
    assert_rc(admin_act(f, "keys", "import", NULL, PAIRS("purpose=root", zero)), RC_INPUT_VALUE);
    assert_rc(admin_act(f, "keys", "import", NULL, PAIRS("purpose=domain", SCALAR)),
              RC_INPUT_SHAPE);
    assert_rc(admin_act(f, "keys", "import", NULL, PAIRS("purpose=audit", SCALAR)), RC_INPUT_VALUE);
    assert_rc(admin_act(f, "keys", "import", NULL, PAIRS("purpose=root", "domain=REG1", SCALAR)),
              RC_INPUT_SHAPE);
    assert_int_equal(owner_number(f, "SELECT count(*) FROM key WHERE state = 'destroyed'"), 0);
}

static void no_event_can_name_a_destroyed_key(void **state)
{
    struct fixture *f = *state;
    fixture_populate(f);
    long root = owner_number(f, "SELECT number FROM key WHERE purpose = 'root'");
    OK(admin_act(f, "keys", "import", NULL, PAIRS("purpose=root", SCALAR)));
    struct audit_event event = event_of(f, AUDIT_ISSUE);
    event.key_count = 1;
    event.key_numbers[0] = (uint32_t)root;
    assert_rc(schuil_admin_audit(&f->admin, &event), RC_STORE_REFUSED);
    assert_non_null(strstr(schuil_store_message(f->server), "destroyed"));
}

static void a_key_change_never_blesses_what_was_altered(void **state)
{
    struct fixture *f = *state;
    fixture_populate(f);
    long counter = owner_number(f, "SELECT sum(counter) FROM manifest");
    owner_sql(f, "UPDATE key SET generation = 2 WHERE purpose = 'domain'");
    assert_rc(admin_do(f, "keys", ADMIN_DO_CREATE, NULL, PAIRS("purpose=transport")),
              RC_CONFIG_MANIFEST);
    assert_non_null(strstr(schuil_store_message(f->server), "key "));
    assert_int_equal(owner_number(f, "SELECT sum(counter) FROM manifest"), counter);
}

/* Reserve for connection or registry 1; what was got, or -1: refused. */
static long reserve(struct fixture *f, enum quota_kind kind, uint32_t day, int64_t quota,
                    uint64_t least, uint64_t want, bool *ret_alarm)
{
    struct quota_want w = {
        .kind = kind, .subject = 1, .day = day, .quota = quota, .least = least, .want = want};
    uint64_t got;
    return schuil_is_ok(schuil_store_reserve(f->server, &w, &got, ret_alarm)) ? (long)got : -1;
}

static void a_quota_is_reserved_to_its_edge_and_no_further(void **state)
{
    struct fixture *f = *state;
    struct quota_want absent = {.subject = 99, .day = 20000, .quota = 100, .least = 1, .want = 1};
    uint64_t got;
    bool alarm;
    fixture_populate(f); /* 100 a day */
    assert_int_equal(reserve(f, QUOTA_ISSUE, 20000, 100, 1, 60, &alarm), 60);
    assert_int_equal(reserve(f, QUOTA_ISSUE, 20000, 100, 41, 50, &alarm), 0);
    assert_int_equal(reserve(f, QUOTA_ISSUE, 20000, 100, 10, 50, &alarm), 40);
    /* a stale, higher quota */
    assert_int_equal(reserve(f, QUOTA_ISSUE, 20000, 1000, 1, 1, &alarm), 0);
    assert_int_equal(reserve(f, QUOTA_ISSUE, 20001, 100, 1, 1000, &alarm), 100); /* another day */
    assert_int_equal(reserve(f, QUOTA_ISSUE, 20000, 100, 5, 4, &alarm), -1);
    assert_rc(schuil_store_reserve(f->server, &absent, &got, &alarm), RC_STORE_REFUSED);
    assert_int_equal(owner_number(f, "SELECT sum(reserved) FROM usage"), 200);
}

static void each_kind_of_quota_is_counted_by_itself(void **state)
{
    struct fixture *f = *state;
    uint64_t reserved;
    bool alarm;
    fixture_populate(f);
    assert_int_equal(reserve(f, QUOTA_ISSUE, 20000, 100, 100, 100, &alarm), 100);
    for (int kind = QUOTA_BLIND; kind < QUOTA_KIND_COUNT; kind++)
        assert_int_equal(reserve(f, (enum quota_kind)kind, 20000, 10, 10, 10, &alarm), 10);
    OK(admin_do(f, "quotas", ADMIN_DO_CREATE, NULL,
                PAIRS("kind=reverse", "connection=1", "quotaPerDay=12")));
    assert_int_equal(reserve(f, QUOTA_REVERSE, 20000, 5000, 3, 3, &alarm), 0);
    assert_int_equal(reserve(f, QUOTA_REVERSE, 20000, 5000, 2, 3, &alarm), 2);
    OK(schuil_store_usage(f->server, QUOTA_REVERSE, 1, 20000, &reserved));
    assert_int_equal(reserved, 12);
    OK(schuil_store_usage(f->server, QUOTA_LINK, 1, 20000, &reserved));
    assert_int_equal(reserved, 10);
}

static void the_alarm_at_half_is_claimed_by_one_and_told_once(void **state)
{
    struct fixture *f = *state;
    bool alarm;
    fixture_populate(f);
    assert_int_equal(reserve(f, QUOTA_ISSUE, 20000, 100, 49, 49, &alarm), 49);
    assert_false(alarm);
    assert_int_equal(reserve(f, QUOTA_ISSUE, 20000, 100, 1, 1, &alarm), 1);
    assert_true(alarm);
    assert_int_equal(reserve(f, QUOTA_ISSUE, 20000, 100, 1, 1, &alarm), 1);
    assert_false(alarm);
    /* Who claimed it died: after a minute the next one is asked. */
    owner_sql(f, "UPDATE usage SET alarm_claimed = alarm_claimed - interval '61 seconds'");
    assert_int_equal(reserve(f, QUOTA_ISSUE, 20000, 100, 1, 1, &alarm), 1);
    assert_true(alarm);
    OK(schuil_store_alarm_told(f->server, QUOTA_ISSUE, 1, 20000));
    owner_sql(f, "UPDATE usage SET alarm_claimed = alarm_claimed - interval '61 seconds'");
    assert_int_equal(reserve(f, QUOTA_ISSUE, 20000, 100, 1, 1, &alarm), 1);
    assert_false(alarm);
    assert_int_equal(reserve(f, QUOTA_ISSUE, 20001, 100, 50, 50, &alarm), 50);
    assert_true(alarm); /* a day has its own */
}

static void a_quota_row_has_the_subject_that_its_kind_asks(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *pairs[5];
        enum schuil_rc_code code;
        const char *field;
    } refused[] = {
        {{"kind=issue", "quotaPerDay=5"}, RC_INPUT_VALUE, "kind"},
        {{"kind=blind", "registry=REG1", "quotaPerDay=5"}, RC_INPUT_VALUE, "registry"},
        {{"kind=rotate", "connection=1", "quotaPerDay=5"}, RC_INPUT_VALUE, "connection"},
        {{"kind=rotate", "linkage=1", "quotaPerDay=5"}, RC_INPUT_VALUE, "linkage"},
        {{"kind=rotate", "registry=REG1", "quotaPerDay=1000000001"}, RC_INPUT_VALUE, "quotaPerDay"},
        {{"kind=blind", "quotaPerDay=5"}, RC_CONFLICT_EXISTS, NULL}, /* shipped */
    };
    fixture_populate(f);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_rc(admin_do(f, "quotas", ADMIN_DO_CREATE, NULL, refused[i].pairs), refused[i].code);
        if (refused[i].field != NULL)
            assert_string_equal(f->field, refused[i].field);
    }
    OK(admin_do(f, "quotas", ADMIN_DO_CREATE, NULL,
                PAIRS("kind=rotate", "registry=REG1", "quotaPerDay=7")));
    OK(admin_do(f, "quotas", ADMIN_DO_CHANGE, "1", PAIRS("quotaPerDay=9")));
    struct snapshot *s = NULL;
    char finding[256];
    OK(fixture_load(f, NULL, &s, finding));
    assert_int_equal(schuil_quota_per_day(s, QUOTA_ISSUE, 1), 100);
    assert_int_equal(schuil_quota_per_day(s, QUOTA_ISSUE, 2), 0);
    assert_int_equal(schuil_quota_per_day(s, QUOTA_ROTATE, 1), 7);
    assert_int_equal(schuil_quota_per_day(s, QUOTA_ROTATE, 2), 1000000);
    assert_int_equal(schuil_quota_per_day(s, QUOTA_BLIND, 1), 9);
    schuil_snapshot_unref(s);
}

static void the_servers_role_can_do_what_it_must_and_no_more(void **state)
{
    struct fixture *f = *state;
    static const char *const forbidden[] = {
        "SELECT count(*) FROM audit_event",
        "UPDATE audit_event SET detail = ''",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "INSERT INTO audit_event_default SELECT",
        "DELETE FROM organisation",
        "DELETE FROM key",
        "DELETE FROM key_copy",
        "DELETE FROM manifest",
        "TRUNCATE usage",
        "UPDATE usage SET reserved = 0",
        "UPDATE usage SET alarm_told = true",
        "UPDATE quota SET kind = 'blind'",
        "UPDATE state SET policy_counter = 1",
        "UPDATE registry SET domain = 1",
        "UPDATE organisation SET code = 'Z'",
        "UPDATE key SET purpose = 'root'",
        "UPDATE type SET recipe = 'BSN'",
        "ALTER TABLE key DISABLE TRIGGER ALL",
        "SET ROLE schuilnaam_owner",
        "CREATE TABLE schuilnaam.mine (a int)",
        "SELECT setval('key_number', 1)",
    };
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        struct schuil_rc rc = pg_do(f->server, forbidden[i], 0, NULL);
        if (rc.code != RC_STORE_REFUSED || strcmp(f->server->sqlstate, "42501") != 0)
            fail_msg("%s: %s %s", forbidden[i], schuil_rc_name(rc), f->server->message);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_up_first, fixture_down)
    const struct CMUnitTest tests[] = {
        TEST(every_sql_file_is_built_in_and_noted),
        TEST(audit_event_has_the_documented_columns_in_order),
        TEST(a_newer_schema_is_refused),
        TEST(unsafe_settings_are_named),
        TEST(bootstrap_is_done_once),
        TEST(what_set_up_needs_can_be_made_and_loaded),
        TEST(the_counter_rises_by_one_for_each_change),
        TEST(a_change_wakes_who_listens),
        TEST(refused_calls_name_the_field_and_are_audited),
        TEST(what_ended_stays_so_and_makes_room),
        TEST(import_replaces_an_unused_key),
        TEST(import_is_refused_once_something_was_made),
        TEST(import_refuses_what_is_no_key),
        TEST(no_event_can_name_a_destroyed_key),
        TEST(a_key_change_never_blesses_what_was_altered),
        TEST(a_quota_is_reserved_to_its_edge_and_no_further),
        TEST(each_kind_of_quota_is_counted_by_itself),
        TEST(the_alarm_at_half_is_claimed_by_one_and_told_once),
        TEST(a_quota_row_has_the_subject_that_its_kind_asks),
        TEST(the_servers_role_can_do_what_it_must_and_no_more),
    };
    return fixture_is_there() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
