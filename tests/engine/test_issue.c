/* SPDX-License-Identifier: Apache-2.0 */
/* Issue: from values to temporary pseudonyms, record by record. */
#include "engine_unit.h"
#include "fixture_work.h"
#include "pseudonyms/token.h"
#include "schuilnaam/crypto/memory.h"

static struct fixture_work f;

static int setup(void **state)
{
    (void)state;
    fixture_work_init(&f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_work_done(&f);
    return 0;
}

static struct work *issue_one(const char *trefs)
{
    return fixture_issue(&f, 1, "REG1", 1, trefs);
}

static void prepare_and_run(struct work *work)
{
    assert_ok(schuil_issue_prepare(work));
    fixture_run(work);
}

static void the_seed_request_gives_one_temporary(void **state)
{
    struct work *work = issue_one("C");
    (void)state;
    fixture_value(work, 0, "G", "M");
    fixture_value(work, 0, "GD", "19930515");
    fixture_value(work, 0, "PC", "1234AA");
    prepare_and_run(work);
    char *made = fixture_made(work, 0, 0);
    assert_non_null(made);
    assert_int_equal(strlen(made), strlen("T-C-") + 128);
    assert_memory_equal(made, "T-C-", 4);
    assert_int_equal(fixture_entry_count(work, 0), 0);
    assert_int_equal(work->made_count, 1);
    assert_int_equal(work->error_count, 0);
    free(made);
}

/* What stands in a temporary: opened with the key that the test knows. */
static void a_temporary_names_registry_key_provider_epoch_and_expiry(void **state)
{
    struct work *work = issue_one("A");
    uint8_t token[TOKEN_LEN];
    struct token_header header;
    struct token_body body;
    struct transport_key key;
    (void)state;
    fixture_person(work, 0, "999900006");
    prepare_and_run(work);
    char *made = fixture_made(work, 0, 0);
    assert_true(token_read(bytes_text(made), work->types[0], 1, token, &header));
    memcpy(key.b, f.keys.keys[ROW_TRANSPORT], sizeof key.b);
    assert_true(token_open(&key, token, &body));
    assert_int_equal(header.key, ROW_TRANSPORT + 1);
    assert_int_equal(header.type, 1);
    assert_int_equal(header.expiry_s % 3600, 0);
    int64_t life_s = header.expiry_s - f.now_us / 1000000;
    assert_in_range(life_s, FIXTURE_LIFE_HOURS * 3600, FIXTURE_LIFE_HOURS * 3600 + 3599);
    assert_int_equal(body.provider, 1);
    assert_int_equal(body.root_epoch, 1);
    assert_int_equal(work->key_count, 2);
    assert_int_equal(work->key_numbers[0], ROW_ROOT + 1);
    assert_int_equal(work->key_numbers[1], ROW_TRANSPORT + 1);
    free(made);
}

static void one_person_twice_looks_like_two(void **state)
{
    struct work *work = fixture_issue(&f, 1, "REG1", 2, "A");
    (void)state;
    fixture_person(work, 0, "999900006");
    fixture_person(work, 1, "999900006");
    prepare_and_run(work);
    char *first = fixture_made(work, 0, 0), *second = fixture_made(work, 1, 0);
    assert_string_not_equal(first, second);
    free(first);
    free(second);
}

static void a_bad_record_leaves_the_others_alone(void **state)
{
    struct work *work = fixture_issue(&f, 1, "REG1", 3, "A");
    (void)state;
    fixture_person(work, 0, "999900006");
    fixture_person(work, 1, "999900007");
    fixture_person(work, 2, "999900018");
    prepare_and_run(work);
    for (uint32_t r = 0; r < 3; r++) {
        char *made = fixture_made(work, r, 0);
        assert_int_equal(made != NULL, r != 1);
        free(made);
    }
    assert_true(fixture_has_entry(work, 1, DIAG_BSN_CHECK, "BSN"));
    assert_int_equal(work->made_count, 2);
    assert_int_equal(work->error_count, 1);
}

static void a_bad_attribute_stops_only_the_types_that_need_it(void **state)
{
    struct work *work = issue_one("A,B,C");
    (void)state;
    fixture_person(work, 0, "999900006");
    fixture_person(work, 0, NULL);
    fixture_value(work, 0, "G", "9");
    prepare_and_run(work);
    char *made = fixture_made(work, 0, 0);
    assert_non_null(made);
    free(made);
    assert_null(fixture_made(work, 0, 1));
    assert_null(fixture_made(work, 0, 2));
    assert_true(fixture_has_entry(work, 0, DIAG_SEX_UNKNOWN, "G"));
    assert_int_equal(fixture_entry_count(work, 0), 1); /* shared by B and C, told once */
}

static void every_missing_attribute_is_told_once(void **state)
{
    struct work *work = issue_one("B,C");
    (void)state;
    fixture_value(work, 0, "G", "M");
    prepare_and_run(work);
    assert_true(fixture_has_entry(work, 0, DIAG_ATTRIBUTE_MISSING, "GN"));
    assert_true(fixture_has_entry(work, 0, DIAG_ATTRIBUTE_MISSING, "VL"));
    assert_true(fixture_has_entry(work, 0, DIAG_ATTRIBUTE_MISSING, "GD"));
    assert_true(fixture_has_entry(work, 0, DIAG_ATTRIBUTE_MISSING, "PC"));
    assert_int_equal(fixture_entry_count(work, 0), 4);
    assert_int_equal(work->job_count, 0);
    assert_int_equal(work->key_count, 0);
}

static void a_value_that_was_no_string_is_not_called_missing_too(void **state)
{
    struct work *work = issue_one("A");
    (void)state;
    assert_ok(schuil_work_diagnose(work, 0, DIAG_VALUE_SHAPE, bytes_text("BSN")));
    prepare_and_run(work);
    assert_int_equal(fixture_entry_count(work, 0), 1);
    assert_true(work->records[0].has_error);
}

static void an_empty_value_is_never_taken(void **state)
{
    struct work *work = issue_one("A");
    (void)state;
    fixture_value(work, 0, "BSN", "");
    prepare_and_run(work);
    assert_true(fixture_has_entry(work, 0, DIAG_EMPTY, "BSN"));
    assert_null(fixture_made(work, 0, 0));
}

static void an_attribute_that_no_type_needs_is_a_warning(void **state)
{
    struct work *work = issue_one("A");
    (void)state;
    fixture_person(work, 0, "999900006");
    fixture_value(work, 0, "PC", "not looked at");
    prepare_and_run(work);
    assert_true(fixture_has_entry(work, 0, DIAG_ATTRIBUTE_UNUSED, "PC"));
    assert_int_equal(fixture_entry_count(work, 0), 1);
    assert_false(work->records[0].has_error);
    assert_int_equal(work->made_count, 1);
    assert_int_equal(work->error_count, 0);
}

static void a_record_that_is_no_object_is_told(void **state)
{
    struct work *work = fixture_issue(&f, 1, "REG1", 2, "A");
    (void)state;
    work->records[0].is_object = false;
    fixture_person(work, 1, "999900006");
    prepare_and_run(work);
    assert_true(fixture_has_entry(work, 0, DIAG_RECORD_SHAPE, ""));
    assert_int_equal(fixture_entry_count(work, 0), 1);
    assert_int_equal(work->made_count, 1);
}

static void the_test_range_is_the_registrys_to_refuse(void **state)
{
    (void)state;
    f.allows_test_persons = false;
    fixture_work_load(&f);
    struct work *work = issue_one("A");
    fixture_person(work, 0, "999900006");
    prepare_and_run(work);
    assert_true(fixture_has_entry(work, 0, DIAG_BSN_TEST_RANGE, "BSN"));
    f.allows_test_persons = true;
    fixture_work_load(&f);
}

static void today_is_the_utc_date_of_now(void **state)
{
    static const char *const days[] = {"20250615", "20250616", "20250617"};
    struct work *work = fixture_issue(&f, 1, "REG1", 3, "C");
    (void)state;
    for (uint32_t r = 0; r < 3; r++) {
        fixture_value(work, r, "G", "V");
        fixture_value(work, r, "PC", "1234AA");
        fixture_value(work, r, "GD", days[r]);
    }
    prepare_and_run(work);
    assert_int_equal(work->made_count, 2);
    assert_true(fixture_has_entry(work, 2, DIAG_DATE_RANGE, "GD"));
}

/* What the encoding is, identity.json knows; here that the verb asks for the right one. */
static void a_bound_domain_has_identities_of_its_own(void **state)
{
    static const char plain[] = "\0\x16schuilnaam/v1/identity\0\1A";
    static const char bound[] = "\0\x1cschuilnaam/v1/identity-bound\0\0\0\2\0\1A";
    (void)state;
    for (int is_bound = 0; is_bound <= 1; is_bound++) {
        f.is_bound = is_bound != 0;
        fixture_work_load(&f);
        struct work *work = fixture_issue(&f, 1, "REG2", 1, "A");
        fixture_person(work, 0, "999900006");
        assert_ok(schuil_issue_prepare(work));
        assert_memory_equal(work->jobs[0].input.data, is_bound ? bound : plain,
                            is_bound ? sizeof bound - 1 : sizeof plain - 1);
    }
    f.is_bound = false;
    fixture_work_load(&f);
}

static void an_empty_request_is_an_empty_answer(void **state)
{
    struct work *work = fixture_issue(&f, 1, "REG1", 0, "A");
    (void)state;
    prepare_and_run(work);
    assert_int_equal(work->job_count, 0);
    assert_int_equal(work->error_count, 0);
}

static void too_many_records_are_refused(void **state)
{
    struct work *work;
    (void)state;
    assert_rc(schuil_work_new(f.arena, WORK_ISSUE, f.snapshot, LIMIT_RECORD_COUNT + 1, &work),
              RC_INPUT_RECORDS);
    assert_null(work);
}

static void without_keys_nothing_is_issued(void **state)
{
    (void)state;
    f.keys.rows[ROW_TRANSPORT].state = KEY_TRANSLATE_ONLY;
    fixture_keys_vouch(&f.keys, 5);
    fixture_work_load(&f);
    struct work *work = issue_one("A");
    fixture_person(work, 0, "999900006");
    assert_rc(schuil_issue_prepare(work), RC_BUSY_KEYS);
    f.keys.rows[ROW_TRANSPORT].state = KEY_ACTIVE;
    fixture_keys_vouch(&f.keys, 5);
    fixture_work_load(&f);
}

static void entries_of_a_record_are_bounded_and_never_hold_values(void **state)
{
    struct work *work = issue_one("A");
    char name[16];
    (void)state;
    assert_ok(schuil_work_diagnose(work, 0, DIAG_ATTRIBUTE_UNKNOWN, bytes_text("999900006")));
    assert_ok(schuil_work_diagnose(work, 0, DIAG_ATTRIBUTE_UNKNOWN, bytes_text("Jansen")));
    assert_ok(
        schuil_work_diagnose(work, 0, DIAG_ATTRIBUTE_UNKNOWN, bytes_text("ABCDEFGHIJKLMNOPQRST")));
    assert_true(fixture_has_entry(work, 0, DIAG_ATTRIBUTE_UNKNOWN, ""));
    assert_int_equal(fixture_entry_count(work, 0), 1);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "X%d", i);
        assert_ok(schuil_work_diagnose(work, 0, DIAG_ATTRIBUTE_UNKNOWN, bytes_text(name)));
    }
    assert_int_equal(fixture_entry_count(work, 0), LIMIT_DIAGNOSTIC_COUNT);
}

/* The same request under every cap: it fails cleanly until the arena suffices. */
static struct schuil_rc issue_under(size_t cap)
{
    struct arena *small = schuil_arena_new(cap);
    struct work *work;
    const struct ptype *type = schuil_ptype_by_tref(f.snapshot, bytes_text("A"));
    struct schuil_rc rc = schuil_work_new(small, WORK_ISSUE, f.snapshot, 5, &work);
    if (schuil_is_ok(rc)) {
        work->registry = schuil_registry_by_code(f.snapshot, bytes_text("REG1"));
        work->domain = schuil_domain_by_number(f.snapshot, 1);
        work->connection = schuil_connection_find(f.snapshot, 1, 1);
        work->now_us = f.now_us;
        work->types[work->type_count++] = type;
        for (uint32_t r = 0; r < 5; r++)
            fixture_person(work, r, r == 3 ? "1" : "999900006");
        rc = schuil_issue_prepare(work);
    }
    schuil_arena_free(small);
    return rc;
}

static void every_allocation_that_fails_is_a_result(void **state)
{
    size_t failures = 0, cap = 0;
    (void)state;
    for (; cap < 200000; cap += 16) {
        struct schuil_rc rc = issue_under(cap);
        if (schuil_is_ok(rc))
            break;
        assert_rc(rc, RC_INTERNAL_MEMORY);
        failures++;
    }
    assert_true(failures > 100);
    assert_true(cap < 200000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_seed_request_gives_one_temporary),
        cmocka_unit_test(a_temporary_names_registry_key_provider_epoch_and_expiry),
        cmocka_unit_test(one_person_twice_looks_like_two),
        cmocka_unit_test(a_bad_record_leaves_the_others_alone),
        cmocka_unit_test(a_bad_attribute_stops_only_the_types_that_need_it),
        cmocka_unit_test(every_missing_attribute_is_told_once),
        cmocka_unit_test(a_value_that_was_no_string_is_not_called_missing_too),
        cmocka_unit_test(an_empty_value_is_never_taken),
        cmocka_unit_test(an_attribute_that_no_type_needs_is_a_warning),
        cmocka_unit_test(a_record_that_is_no_object_is_told),
        cmocka_unit_test(the_test_range_is_the_registrys_to_refuse),
        cmocka_unit_test(today_is_the_utc_date_of_now),
        cmocka_unit_test(a_bound_domain_has_identities_of_its_own),
        cmocka_unit_test(an_empty_request_is_an_empty_answer),
        cmocka_unit_test(too_many_records_are_refused),
        cmocka_unit_test(without_keys_nothing_is_issued),
        cmocka_unit_test(entries_of_a_record_are_bounded_and_never_hold_values),
        cmocka_unit_test(every_allocation_that_fails_is_a_result),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
