/* SPDX-License-Identifier: Apache-2.0 */
/* Policy under its signature: what was altered, added, removed or put back is refused and named,
 * and no change blesses it. */
#include <stdio.h>
#include <stdlib.h>

#include "policy_compare.h"
#include "store_fixture.h"

static void load_gives(struct fixture *f, const char *directory, enum schuil_rc_code code,
                       const char *finding_wanted)
{
    struct snapshot *s = NULL;
    char finding[256];
    struct schuil_rc rc = fixture_load(f, directory, &s, finding);
    schuil_snapshot_unref(s);
    assert_rc(rc, code);
    assert_string_equal(finding, finding_wanted);
}

static long counter(struct fixture *f)
{
    return owner_number(f, "SELECT counter FROM policy_manifest");
}

/* The table of what is signed names every column that policy has, in the database's own order. */
static void every_column_of_policy_is_signed(void **state)
{
    struct fixture *f = *state;
    char listed[8192] = "", sql[512];
    const char *last = "";
    struct {
        const char *table, *column;
    } columns[] = {
#define POLICY_COLUMN(table, column, kind) {#table, #column},
#include "policy_columns.def"
#undef POLICY_COLUMN
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        bool is_new = strcmp(last, columns[i].table) != 0;
        if (is_new)
            listed[0] = '\0';
        last = columns[i].table;
        snprintf(listed + strlen(listed), sizeof listed - strlen(listed), "%s%s", is_new ? "" : ",",
                 columns[i].column);
        bool is_last =
            i + 1 == sizeof columns / sizeof *columns || strcmp(columns[i + 1].table, last) != 0;
        if (!is_last)
            continue;
        snprintf(sql, sizeof sql,
                 "SELECT string_agg(column_name, ',' ORDER BY ordinal_position)"
                 " FROM information_schema.columns"
                 " WHERE table_schema = 'schuilnaam' AND table_name = '%s'",
                 last);
        assert_string_equal(listed, owner_sql(f, sql));
    }
}

static void what_was_done_to_a_row_is_named(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *sql, *finding;
    } damages[] = {
        {"UPDATE organisation SET name = 'Other' WHERE code = 'HOSP1'",
         "policy: organisation 1 was altered"},
        {"UPDATE operator SET state = 'suspended'", "policy: operator 1 was altered"},
        {"INSERT INTO operator (name) VALUES ('Planted')", "policy: operator 2 was added"},
        {"UPDATE credential SET fingerprint = set_byte(fingerprint, 0, 9)",
         "policy: credential 1 was altered"},
        {"UPDATE credential SET valid_from = valid_from - interval '1 microsecond'",
         "policy: credential 1 was altered"},
        {"UPDATE registry SET test_persons = 'allow'", "policy: registry 1 was altered"},
        {"UPDATE domain SET generation = 2", "policy: domain 1 was altered"},
        {"DELETE FROM catalogue WHERE code = 'HN'", "policy: catalogue HN was removed"},
        {"UPDATE type SET uniqueness = 'identifying' WHERE code = 'C'",
         "policy: type 3 was altered"},
        {"UPDATE connection SET types = '{3,2,1}'", "policy: connection 1 was altered"},
        {"UPDATE connection SET quota_day = quota_day + 1", "policy: connection 1 was altered"},
        {"DELETE FROM connection", "policy: connection 1 was removed"},
        {"INSERT INTO connection (provider, registry, types) VALUES (2, 1, '{1}')",
         "policy: connection 2 was added"},
        {"UPDATE policy_manifest SET counter = counter + 1",
         "policy: its signature does not verify with the configured key"},
        {"UPDATE policy_manifest SET signature = set_byte(signature, 0, 0)",
         "policy: its signature does not verify with the configured key"},
        {"DELETE FROM policy_manifest", "policy: it is not signed"},
        {"UPDATE policy_manifest SET rows = ''; UPDATE organisation SET name = 'Other'",
         "policy: its signature does not verify with the configured key"},
    };
    fixture_populate(f);
    load_gives(f, NULL, RC_OK, "");
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        owner_sql(f,
                  "DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['organisation',"
                  " 'operator', 'credential', 'registry', 'domain', 'type', 'connection'] LOOP"
                  " EXECUTE format('ALTER TABLE %I DISABLE TRIGGER fixed', t); END LOOP; END $$");
        struct pg_call call = {.sql = damages[i].sql, .is_script = true};
        PG_RESULT *r = NULL;
        assert_rc(pg_run(f->owner, &call, &r), RC_OK);
        load_gives(f, NULL, RC_CONFIG_POLICY, damages[i].finding);
        fixture_down(state);
        fixture_up_first(state);
        f = *state;
        fixture_populate(f);
    }
}

static void a_change_raises_the_counter_by_one_and_a_read_by_none(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(counter(f), 1);
    admin_make(f, "organisations", PAIRS("code=HOSP1", "name=One"));
    assert_int_equal(counter(f), 2);
    assert_rc(admin_do(f, "organisations", ADMIN_DO_CHANGE, "HOSP1", PAIRS("state=suspended")),
              RC_OK);
    assert_int_equal(counter(f), 3);
    assert_rc(admin_do(f, "organisations", ADMIN_DO_LIST, NULL, NULL), RC_OK);
    assert_rc(admin_do(f, "organisations", ADMIN_DO_SHOW, "HOSP1", NULL), RC_OK);
    assert_rc(admin_do(f, "organisations", ADMIN_DO_CREATE, NULL, PAIRS("code=HOSP1", "name=Two")),
              RC_CONFLICT_EXISTS);
    assert_int_equal(counter(f), 3);
    load_gives(f, NULL, RC_OK, "");
}

static void a_change_never_blesses_what_was_altered(void **state)
{
    struct fixture *f = *state;
    fixture_populate(f);
    owner_sql(f, "UPDATE connection SET quota_day = 1000000000");
    assert_rc(admin_do(f, "organisations", ADMIN_DO_CREATE, NULL, PAIRS("code=H9", "name=Nine")),
              RC_CONFIG_POLICY);
    assert_string_equal(owner_sql(f, "SELECT count(*) FROM organisation WHERE code = 'H9'"), "0");
    load_gives(f, NULL, RC_CONFIG_POLICY, "policy: connection 1 was altered");
}

static void another_key_than_the_configured_is_refused(void **state)
{
    struct fixture *f = *state;
    f->policy_key[0] ^= 1;
    load_gives(f, NULL, RC_CONFIG_POLICY,
               "policy: its signature does not verify with the configured key");
}

static void an_older_policy_is_refused_by_the_local_file(void **state)
{
    struct fixture *f = *state;
    owner_sql(f, "CREATE TABLE p AS SELECT * FROM policy_manifest");
    admin_make(f, "organisations", PAIRS("code=HOSP1", "name=One"));
    load_gives(f, f->directory, RC_OK, "");
    owner_sql(f, "DELETE FROM organisation");
    owner_sql(f, "DELETE FROM policy_manifest");
    owner_sql(f, "INSERT INTO policy_manifest SELECT * FROM p");
    load_gives(f, NULL, RC_OK, "");
    load_gives(f, f->directory, RC_CONFIG_MANIFEST_OLD,
               "policy: its counter 1 is lower than 2, already seen");
    admin_make(f, "organisations", PAIRS("code=HOSP2", "name=Two"));
    load_gives(f, f->directory, RC_CONFIG_MANIFEST_OLD,
               "policy: its counter was seen with another signature");
}

/* Else the changes that follow would carry the counter past what was seen, and what was put back
 * would be in force. */
static void no_change_is_made_on_top_of_an_older_state(void **state)
{
    struct fixture *f = *state;
    f->admin.state_directory = f->directory;
    owner_sql(f, "CREATE TABLE p AS SELECT * FROM policy_manifest");
    admin_make(f, "organisations", PAIRS("code=HOSP1", "name=One"));
    load_gives(f, f->directory, RC_OK, "");
    owner_sql(f, "DELETE FROM organisation");
    owner_sql(f, "UPDATE policy_manifest SET (counter, signature, rows) ="
                 " (SELECT counter, signature, rows FROM p)");
    for (int i = 0; i < 2; i++)
        assert_rc(
            admin_do(f, "organisations", ADMIN_DO_CREATE, NULL, PAIRS("code=HOSP2", "name=Two")),
            RC_CONFIG_MANIFEST_OLD);
    assert_int_equal(counter(f), 1);
    load_gives(f, f->directory, RC_CONFIG_MANIFEST_OLD,
               "policy: its counter 1 is lower than 2, already seen");
}

static void no_key_is_made_on_top_of_an_older_state(void **state)
{
    struct fixture *f = *state;
    f->admin.state_directory = f->directory;
    owner_sql(f, "CREATE TABLE k AS SELECT max(number) AS last FROM key");
    owner_sql(f, "CREATE TABLE m AS SELECT * FROM manifest");
    assert_rc(admin_do(f, "keys", ADMIN_DO_CREATE, NULL, PAIRS("purpose=transport")), RC_OK);
    load_gives(f, f->directory, RC_OK, "");
    owner_sql(f, "DELETE FROM key_copy WHERE key > (SELECT last FROM k)");
    owner_sql(f, "DELETE FROM key WHERE number > (SELECT last FROM k)");
    owner_sql(f, "UPDATE manifest t SET (counter, body, mac) ="
                 " (SELECT m.counter, m.body, m.mac FROM m WHERE m.compartment = t.compartment)");
    for (int i = 0; i < 2; i++)
        assert_rc(admin_do(f, "keys", ADMIN_DO_CREATE, NULL, PAIRS("purpose=transport")),
                  RC_CONFIG_MANIFEST_OLD);
}

/* Any bytes may lie in the unsigned list. */
static void a_list_that_cannot_be_read_names_nothing(void **state)
{
    char finding[64] = "untouched";
    uint8_t made[] = {0, 1, 't', 0, 0, 0, 1, 0, 1, '7', 0, 0, 0,
                      0, 0, 0,   0, 0, 0, 0, 0, 0, 0,   0, 0, 0};
    (void)state;
    for (size_t len = 0; len < sizeof made; len++)
        if (policy_compare(bytes_of(made, len), bytes_of(made, sizeof made), finding,
                           sizeof finding))
            assert_true(len >= 7); /* table and count are there: the row counts as added */
    snprintf(finding, sizeof finding, "untouched");
    assert_false(policy_compare(bytes_of(made, sizeof made), bytes_of(made, sizeof made), finding,
                                sizeof finding));
    assert_string_equal(finding, "untouched");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_up_first, fixture_down)
    const struct CMUnitTest tests[] = {
        TEST(every_column_of_policy_is_signed),
        TEST(what_was_done_to_a_row_is_named),
        TEST(a_change_raises_the_counter_by_one_and_a_read_by_none),
        TEST(a_change_never_blesses_what_was_altered),
        TEST(another_key_than_the_configured_is_refused),
        TEST(an_older_policy_is_refused_by_the_local_file),
        TEST(no_change_is_made_on_top_of_an_older_state),
        TEST(no_key_is_made_on_top_of_an_older_state),
        TEST(a_list_that_cannot_be_read_names_nothing),
    };
    return fixture_is_there() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
