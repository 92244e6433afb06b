/* SPDX-License-Identifier: Apache-2.0 */
/* Loading a snapshot: what was swapped, altered, removed or put back is refused and named. */
#include <stdio.h>
#include <unistd.h>

#include "store_fixture.h"

static void load_refuses(struct fixture *f, const char *directory, const char *needle)
{
    struct snapshot *s = NULL;
    char finding[256];
    struct schuil_rc rc = fixture_load(f, directory, &s, finding);
    if (schuil_is_ok(rc))
        fail_msg("loaded, but '%s' was to be found", needle);
    assert_null(s);
    if (strstr(finding, needle) == NULL)
        fail_msg("%s: '%s' does not hold '%s'", schuil_rc_name(rc), finding, needle);
}

static void load_succeeds(struct fixture *f, const char *directory)
{
    struct snapshot *s = NULL;
    char finding[256];
    struct schuil_rc rc = fixture_load(f, directory, &s, finding);
    if (!schuil_is_ok(rc))
        fail_msg("%s: %s", schuil_rc_name(rc), finding);
    schuil_snapshot_unref(s);
}

static void damage_of_keys_is_refused_and_named(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *sql, *needle;
    } damages[] = {
        {"UPDATE key SET epoch = 2 WHERE purpose = 'domain'", "key "},
        {"UPDATE key SET state = 'suspended' WHERE purpose = 'transport'", "key "},
        {"UPDATE key SET public_part = set_byte(public_part, 0, 255) WHERE purpose = 'root'",
         "key "},
        {"UPDATE key_copy SET wrapped = set_byte(wrapped, 30, get_byte(wrapped, 30) # 1)"
         " WHERE key = (SELECT number FROM key WHERE purpose = 'domain')",
         "key "},
        {"UPDATE key_copy c SET wrapped = o.wrapped FROM key_copy o"
         " WHERE c.key <> o.key AND octet_length(c.wrapped) = octet_length(o.wrapped)"
         " AND c.compartment = 'translate' AND o.compartment = 'translate'",
         "key "},
        {"UPDATE key_copy SET compartment = 'operate' WHERE compartment = 'issue'"
         " AND key = (SELECT number FROM key WHERE purpose = 'transport')",
         "key "},
        {"UPDATE key_copy SET wrapped = NULL"
         " WHERE key = (SELECT number FROM key WHERE purpose = 'transport')",
         "key "},
        {"DELETE FROM key_copy WHERE key = (SELECT number FROM key WHERE purpose = 'domain-seal')",
         "key "},
        {"DELETE FROM key WHERE purpose = 'transport'", "key "},
        {"INSERT INTO key (purpose, state) VALUES ('transport', 'active')", "key "},
        {"UPDATE manifest SET mac = set_byte(mac, 0, get_byte(mac, 0) # 1)"
         " WHERE compartment = 'translate'",
         "manifest"},
        {"UPDATE manifest SET counter = counter + 1 WHERE compartment = 'issue'", "manifest"},
        {"UPDATE manifest SET body = body || '\\x00'", "manifest"},
        {"DELETE FROM manifest WHERE compartment = 'issue'", "manifest"},
        {"UPDATE manifest m SET body = o.body, mac = o.mac, counter = o.counter FROM manifest o"
         " WHERE m.compartment <> o.compartment",
         "manifest"},
        {"UPDATE key SET public_part = '\\x00' WHERE purpose = 'root'", "key "},
    };
    fixture_populate(f);
    load_succeeds(f, NULL);
    owner_sql(f, "CREATE TABLE k AS SELECT * FROM key");
    owner_sql(f, "CREATE TABLE c AS SELECT * FROM key_copy");
    owner_sql(f, "CREATE TABLE m AS SELECT * FROM manifest");
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        /* A key added without a copy belongs to no compartment: it is passed over, not used. */
        bool is_idle = strncmp(damages[i].sql, "INSERT", 6) == 0;
        owner_sql(f, damages[i].sql);
        if (is_idle)
            load_succeeds(f, NULL);
        else
            load_refuses(f, NULL, damages[i].needle);
        owner_sql(f, "DELETE FROM key");
        owner_sql(f, "DELETE FROM manifest");
        owner_sql(f, "INSERT INTO key SELECT * FROM k");
        owner_sql(f, "INSERT INTO key_copy SELECT * FROM c");
        owner_sql(f, "INSERT INTO manifest SELECT * FROM m");
        load_succeeds(f, NULL);
    }
}

static void another_wrapping_key_is_refused(void **state)
{
    struct fixture *f = *state;
    f->wrapping.b[0] ^= 1;
    load_refuses(f, NULL, "key ");
}

static void an_older_database_is_refused_by_the_local_file(void **state)
{
    struct fixture *f = *state;
    owner_sql(f, "CREATE TABLE k AS SELECT * FROM key");
    owner_sql(f, "CREATE TABLE c AS SELECT * FROM key_copy");
    owner_sql(f, "CREATE TABLE m AS SELECT * FROM manifest");
    load_succeeds(f, f->directory);
    fixture_populate(f);
    load_succeeds(f, f->directory);
    load_succeeds(f, f->directory);
    owner_sql(f, "DELETE FROM key");
    owner_sql(f, "DELETE FROM manifest");
    owner_sql(f, "INSERT INTO key SELECT * FROM k");
    owner_sql(f, "INSERT INTO key_copy SELECT * FROM c");
    owner_sql(f, "INSERT INTO manifest SELECT * FROM m");
    load_succeeds(f, NULL);
    load_refuses(f, f->directory, "manifest");
}

static void a_spoiled_local_file_is_no_way_round_it(void **state)
{
    struct fixture *f = *state;
    char path[128];
    static const char *const spoiled[] = {"", "0 00\n", "x\n", "1", "1 zz\n"};
    load_succeeds(f, f->directory);
    snprintf(path, sizeof path, "%s/manifest-issue", f->directory);
    for (size_t i = 0; i < sizeof spoiled / sizeof *spoiled; i++) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(spoiled[i], file);
        fclose(file);
        load_refuses(f, f->directory, "manifest-issue");
    }
    unlink(path);
    load_refuses(f, "/nonexistent", "cannot be written");
}

static void an_operators_state_holds_for_the_credential(void **state)
{
    struct fixture *f = *state;
    struct snapshot *s = NULL;
    char finding[256];
    uint8_t fingerprint[32] = {1};
    assert_rc(fixture_load(f, NULL, &s, finding), RC_OK);
    assert_true(
        schuil_credential_is_good(schuil_credential_find(s, fingerprint), admin_clock_us()));
    schuil_snapshot_unref(s);
    assert_rc(admin_do(f, "operators", ADMIN_DO_CHANGE, "1", PAIRS("state=suspended")), RC_OK);
    assert_rc(fixture_load(f, NULL, &s, finding), RC_OK);
    assert_false(
        schuil_credential_is_good(schuil_credential_find(s, fingerprint), admin_clock_us()));
    schuil_snapshot_unref(s);
}

static bool file_is_there(const struct fixture *f, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", f->directory, name);
    return access(path, F_OK) == 0;
}

static void a_process_needs_and_keeps_what_is_of_its_compartments(void **state)
{
    struct fixture *f = *state;
    fixture_populate(f);
    f->compartments = 1U << COMPARTMENT_TRANSLATE;
    load_succeeds(f, f->directory);
    assert_true(file_is_there(f, "manifest-translate"));
    assert_true(file_is_there(f, "manifest-policy"));
    assert_false(file_is_there(f, "manifest-issue"));
    /* Another's copies and manifest may as well be out of its sight. */
    owner_sql(f, "DELETE FROM key_copy WHERE compartment <> 'translate'");
    owner_sql(f, "DELETE FROM manifest WHERE compartment <> 'translate'");
    load_succeeds(f, f->directory);
    f->compartments = 1U << COMPARTMENT_ISSUE;
    load_refuses(f, f->directory, "manifest of compartment issue");
    f->compartments = (1U << COMPARTMENT_COUNT) - 1;
    load_refuses(f, f->directory, "manifest of compartment issue");
    assert_false(file_is_there(f, "manifest-issue"));
    f->compartments = 1U << COMPARTMENT_TRANSLATE;
    owner_sql(f, "DELETE FROM key WHERE purpose = 'domain-seal'");
    load_refuses(f, f->directory, "compartment translate: the row was removed");
}

static void policy_that_cannot_be_is_named(void **state)
{
    struct fixture *f = *state;
    fixture_populate(f);
    owner_sql(f, "ALTER TABLE type DISABLE TRIGGER ALL");
    owner_sql(f, "UPDATE type SET recipe = 'NONE' WHERE code = 'B'");
    load_refuses(f, NULL, "type 2");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_up_first, fixture_down)
    const struct CMUnitTest tests[] = {
        TEST(damage_of_keys_is_refused_and_named),
        TEST(another_wrapping_key_is_refused),
        TEST(an_older_database_is_refused_by_the_local_file),
        TEST(a_spoiled_local_file_is_no_way_round_it),
        TEST(an_operators_state_holds_for_the_credential),
        TEST(a_process_needs_and_keeps_what_is_of_its_compartments),
        TEST(policy_that_cannot_be_is_named),
    };
    return fixture_is_there() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
