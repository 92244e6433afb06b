/* SPDX-License-Identifier: Apache-2.0 */
/* Reversible types through the verbs: issued, carried, translated, and opened by whom they are. */
#include "engine_unit.h"
#include "fixture_work.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/engine/reversible.h"

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

/* ---- the steps ---- */

static struct work *issued(uint32_t provider, const char *registry, const char *lid)
{
    struct work *work = fixture_issue(&f, provider, registry, 1, "R");
    fixture_value(work, 0, "LID", lid);
    assert_ok(schuil_issue_prepare(work));
    fixture_run(work);
    return work;
}

static struct work *translated(const char *registry, const char *text)
{
    struct work *work = fixture_translate(&f, registry, 1);
    fixture_text(work, 0, "R", text);
    assert_ok(schuil_translate_prepare(work));
    fixture_run(work);
    return work;
}

static struct work *reversed(uint32_t provider, const char *registry, const char *text)
{
    struct work *work = fixture_reverse(&f, provider, registry, 1);
    fixture_text(work, 0, "R", text);
    assert_ok(schuil_reverse_prepare(work));
    fixture_run(work);
    return work;
}

static uint16_t lid_index(void)
{
    return schuil_attribute_by_code(f.snapshot, bytes_text("LID"))->index;
}

static void opens_to(uint32_t provider, const char *registry, const char *text, const char *lid)
{
    struct work *work = reversed(provider, registry, text);
    assert_int_equal(fixture_entry_count(work, 0), 0);
    assert_true(bytes_equal(schuil_work_value(work, 0, lid_index()), bytes_text(lid)));
    assert_int_equal(work->made_count, 1);
    assert_int_equal(work->error_count, 0);
    assert_int_equal(work->key_count, 1);
}

static void does_not_open(uint32_t provider, const char *registry, const char *text)
{
    struct work *work = reversed(provider, registry, text);
    assert_int_equal(fixture_entry_count(work, 0), 1);
    assert_true(fixture_has_entry(work, 0, DIAG_REVERSAL_REFUSED, "R"));
    assert_null(schuil_work_value(work, 0, lid_index()).data);
    assert_int_equal(work->made_count, 0);
    assert_int_equal(work->error_count, 1);
    assert_int_equal(work->job_count, 1); /* it was opened all the same */
}

/* The reversible pseudonym of a local number, by way of a temporary one. */
static char *reversible_of(uint32_t provider, const char *registry, const char *lid)
{
    char *temporary = fixture_made(issued(provider, registry, lid), 0, 0);
    assert_non_null(temporary);
    assert_memory_equal(temporary, "T-R-", 4);
    struct work *work = translated(registry, temporary);
    assert_int_equal(fixture_entry_count(work, 0), 0);
    assert_int_equal(work->records[0].provider, provider);
    char *made = fixture_made(work, 0, 0);
    assert_non_null(made);
    free(temporary);
    return made;
}

/* ---- by way of the service's key ---- */

static void a_local_number_comes_back_to_its_own_provider_only(void **state)
{
    char *text = reversible_of(1, "REG1", " 0012345 ");
    (void)state;
    assert_memory_equal(text, "R-R-REG1-1-2-", 13);
    assert_int_equal(strlen(text), 13 + schuil_b64u_len(REVERSIBLE_BOX_LEN_LEAST));
    opens_to(1, "REG1", text, "0012345");
    does_not_open(2, "REG1", text); /* which has no key at all */
    does_not_open(1, "REG2", text);
    free(text);
}

static void one_number_gives_one_pseudonym_in_a_domain_and_others_elsewhere(void **state)
{
    char *first = reversible_of(1, "REG1", "7"), *again = reversible_of(1, "REG1", "7");
    char *other = reversible_of(1, "REG1", "8"), *far = reversible_of(1, "REG2", "7");
    (void)state;
    assert_string_equal(first, again);
    assert_string_not_equal(first, other);
    assert_string_not_equal(strrchr(first, '-'), strrchr(far, '-'));
    free(first);
    free(again);
    free(other);
    free(far);
}

static void a_salted_connection_gives_others_each_time(void **state)
{
    (void)state;
    f.is_salted = true;
    fixture_work_load(&f);
    char *first = reversible_of(1, "REG1", "7"), *again = reversible_of(1, "REG1", "7");
    assert_memory_equal(first, "S-R-REG1-1-2-", 13);
    assert_string_not_equal(first, again);
    opens_to(1, "REG1", first, "7");
    opens_to(1, "REG1", again, "7");
    first[0] = 'R';
    does_not_open(1, "REG1", first);
    free(first);
    free(again);
}

static void the_longest_number_fits(void **state)
{
    char lid[LIMIT_CANONICAL_LEN + 1];
    (void)state;
    memset(lid, 'x', sizeof lid - 1);
    lid[sizeof lid - 1] = '\0';
    char *text = reversible_of(1, "REG1", lid);
    opens_to(1, "REG1", text, lid);
    free(text);
}

static void an_event_names_the_keys_that_were_used(void **state)
{
    struct work *work = issued(1, "REG1", "7");
    (void)state;
    assert_int_equal(work->key_count, 2);
    assert_int_equal(work->key_numbers[0], ROW_SOURCE_NEW + 1);
    assert_int_equal(work->key_numbers[1], ROW_TRANSPORT + 1);
    char *temporary = fixture_made(work, 0, 0);
    work = translated("REG1", temporary);
    assert_int_equal(work->key_count, 1);
    assert_int_equal(work->key_numbers[0], ROW_TRANSPORT + 1);
    free(temporary);
}

/* A pseudonym of generation 1, as it was issued before the key was changed. */
static char *old_of(const char *tref, uint16_t version, const char *lid)
{
    struct source_key key;
    struct siv_template *siv;
    uint8_t box[REVERSIBLE_BOX_LEN];
    const struct reversible_place place = {"R", version, 1, 1, 1, REVERSIBLE_SAME};
    size_t box_len = schuil_reversible_box_len(REVERSIBLE_SAME, "LID", strlen(lid));
    memcpy(key.b, f.keys.keys[ROW_SOURCE_OLD], sizeof key.b);
    assert_ok(schuil_reversible_template_new(&key, &place, &siv));
    assert_ok(schuil_reversible_seal(siv, REVERSIBLE_SAME, "LID", bytes_text(lid), box));
    schuil_siv_template_free(siv);
    size_t len = schuil_reversible_text_len(tref, "REG1", 1, 1, box_len);
    char *text = calloc(1, len + 1);
    assert_non_null(text);
    schuil_reversible_write(REVERSIBLE_SAME, tref, "REG1", 1, 1, bytes_of(box, box_len), text);
    return text;
}

static char *old_reversible(const char *lid)
{
    return old_of("R", 1, lid);
}

static void an_older_generation_still_opens_until_its_key_is_suspended(void **state)
{
    char *text = old_reversible("0007");
    (void)state;
    opens_to(1, "REG1", text, "0007");
    f.keys.rows[ROW_SOURCE_OLD].state = KEY_SUSPENDED;
    fixture_keys_vouch(&f.keys, 6);
    fixture_work_load(&f);
    does_not_open(1, "REG1", text);
    free(text);
}

static void a_generation_above_the_highest_waits_for_a_newer_snapshot(void **state)
{
    char *text = old_reversible("0007");
    struct work *work = fixture_reverse(&f, 1, "REG1", 1);
    (void)state;
    memcpy(strstr(text, "-1-1-"), "-1-3-", 5);
    fixture_text(work, 0, "R", text);
    assert_ok(schuil_reverse_prepare(work));
    assert_true(work->needs_reload);
    work = reversed(2, "REG1", text);
    assert_false(work->needs_reload); /* another's: no reason to wait */
    free(text);
}

static void whatever_is_wrong_gets_the_one_refusal(void **state)
{
    static const char *const bad[] = {
        "",
        "R",
        "R-R-REG1-1-2-",
        "R-R-REG1-1-2-AAAA",
        "T-R-AAAA",
        "P-A-REG1-1-AAAA",
        "Jansen",
        "R-R.2-REG1-1-2-",
    };
    char *text = reversible_of(1, "REG1", "0012345");
    size_t len = strlen(text);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        does_not_open(1, "REG1", bad[i]);
    for (size_t i = 13; i < len; i++) {
        char was = text[i];
        text[i] = was == 'A' ? 'B' : 'A';
        does_not_open(1, "REG1", text);
        text[i] = was;
    }
    text[len - 1] = '\0';
    does_not_open(1, "REG1", text);
    free(text);
}

static void another_providers_number_in_the_text_does_not_open_it(void **state)
{
    char *text = reversible_of(1, "REG1", "0012345");
    (void)state;
    memcpy(strstr(text, "-1-2-"), "-2-2-", 5);
    does_not_open(1, "REG1", text);
    does_not_open(2, "REG1", text);
    free(text);
}

static void records_without_pseudonyms_and_other_types_are_told(void **state)
{
    struct work *work = fixture_reverse(&f, 1, "REG1", 3);
    (void)state;
    fixture_text(work, 1, "A", "P-A-REG1-1-AAAA");
    work->records[2].is_object = false;
    assert_ok(schuil_reverse_prepare(work));
    fixture_run(work);
    assert_true(fixture_has_entry(work, 0, DIAG_REVERSAL_EMPTY, ""));
    assert_true(fixture_has_entry(work, 1, DIAG_TYPE_NOT_SUPPORTED, "A"));
    assert_true(fixture_has_entry(work, 2, DIAG_RECORD_SHAPE, ""));
    assert_int_equal(work->job_count, 0);
    assert_int_equal(work->error_count, 3);
}

static void good_and_bad_of_both_generations_and_forms_keep_their_places(void **state)
{
    enum { COUNT = 150 };
    char *texts[4];
    char lid[16];
    (void)state;
    texts[0] = old_reversible("0007");
    texts[1] = reversible_of(1, "REG1", "0008");
    f.is_salted = true;
    fixture_work_load(&f);
    texts[2] = reversible_of(1, "REG1", "0009");
    texts[3] = strdup("R-R-REG1-2-1-AAAA");
    struct work *work = fixture_reverse(&f, 1, "REG1", COUNT);
    for (uint32_t r = 0; r < COUNT; r++)
        fixture_text(work, r, "R", texts[r % 4]);
    assert_ok(schuil_reverse_prepare(work));
    fixture_run(work);
    for (uint32_t r = 0; r < COUNT; r++) {
        snprintf(lid, sizeof lid, "000%u", 7 + r % 4);
        struct bytes want = r % 4 == 3 ? (struct bytes){0} : bytes_text(lid);
        assert_true(bytes_equal(schuil_work_value(work, r, lid_index()), want));
    }
    assert_int_equal(work->error_count, COUNT / 4);
    assert_int_equal(work->key_count, 2);
    for (size_t i = 0; i < 4; i++)
        free(texts[i]);
}

/* ---- sealed by the provider ---- */

static struct work *sealed_issue(uint32_t provider, const char *registry, const char *trefs,
                                 const char *tref, const char *text)
{
    struct work *work = fixture_issue(&f, provider, registry, 1, trefs);
    assert_ok(schuil_work_set_sealed(work, 0, bytes_text(tref), bytes_text(text)));
    return work;
}

static void sealed_is_refused(uint32_t provider, const char *registry, const char *text)
{
    struct work *work = sealed_issue(provider, registry, "R", "R", text);
    assert_ok(schuil_issue_prepare(work));
    fixture_run(work);
    assert_int_equal(work->job_count, 0);
    assert_int_equal(fixture_entry_count(work, 0), 1);
    assert_true(fixture_has_entry(work, 0, DIAG_SEALED_REFUSED, "R"));
}

/* Bytes that no key here opens: the service must carry them as they are. */
#define SEALED_BOX "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

static void what_a_provider_sealed_arrives_as_it_was(void **state)
{
    static const char text[] = "R-R-REG1-2-41-" SEALED_BOX;
    struct work *work = sealed_issue(2, "REG1", "R", "R", text);
    (void)state;
    assert_ok(schuil_issue_prepare(work));
    fixture_run(work);
    assert_int_equal(fixture_entry_count(work, 0), 0);
    assert_int_equal(work->key_count, 1);
    assert_int_equal(work->key_numbers[0], ROW_TRANSPORT + 1);
    char *temporary = fixture_made(work, 0, 0);
    char *arrived = fixture_made(translated("REG1", temporary), 0, 0);
    assert_string_equal(arrived, text);
    assert_null(strstr(temporary, "ABCDEFGHIJKL")); /* hidden on the way */
    free(temporary);
    free(arrived);
}

static void a_sealed_text_with_another_field_is_refused(void **state)
{
    static const char *const bad[] = {
        "R-R-REG2-2-1-" SEALED_BOX,
        "R-R-REG1-1-1-" SEALED_BOX,
        "R-Q-REG1-2-1-" SEALED_BOX,
        "R-R.2-REG1-2-1-" SEALED_BOX,
        "S-R-REG1-2-1-" SEALED_BOX,
        "R-R-REG1-2-0-" SEALED_BOX,
        "R-R-REG1-2-1-" SEALED_BOX "A",
        "T-R-" SEALED_BOX,
        "R-R-REG1-2-1-",
        "0012345",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        sealed_is_refused(2, "REG1", bad[i]);
}

static void a_salted_connection_takes_salted_ones_only(void **state)
{
    (void)state;
    f.is_salted = true;
    fixture_work_load(&f);
    sealed_is_refused(2, "REG1", "R-R-REG1-2-1-" SEALED_BOX);
    struct work *work = sealed_issue(2, "REG1", "R", "R", "S-R-REG1-2-1-" SEALED_BOX);
    assert_ok(schuil_issue_prepare(work));
    assert_int_equal(work->job_count, 1);
}

static void a_sealed_text_beside_its_attribute_is_refused(void **state)
{
    struct work *work = sealed_issue(2, "REG1", "R", "R", "R-R-REG1-2-1-" SEALED_BOX);
    (void)state;
    fixture_value(work, 0, "LID", "7");
    assert_ok(schuil_issue_prepare(work));
    assert_true(fixture_has_entry(work, 0, DIAG_SEALED_BESIDE, "R"));
    assert_int_equal(work->job_count, 0);
}

static void what_no_type_needs_is_told_and_what_is_no_type_refuses(void **state)
{
    struct work *work = sealed_issue(2, "REG1", "A", "R", "R-R-REG1-2-1-" SEALED_BOX);
    (void)state;
    assert_true(fixture_has_entry(work, 0, DIAG_SEALED_UNUSED, "R"));
    assert_false(work->records[0].has_error);
    assert_ok(schuil_work_set_sealed(work, 0, bytes_text("A"), bytes_text("x")));
    assert_true(fixture_has_entry(work, 0, DIAG_SEALED_REFUSED, "A"));
    assert_ok(schuil_work_set_sealed(work, 0, bytes_text("R"), (struct bytes){0}));
    assert_true(fixture_has_entry(work, 0, DIAG_VALUE_SHAPE, "R"));
    assert_rc(schuil_work_set_sealed(work, 0, bytes_text("Z"), bytes_text("x")),
              RC_INPUT_TYPE_UNKNOWN);
}

static void without_a_key_here_the_provider_must_seal(void **state)
{
    struct work *work = issued(2, "REG1", "7");
    (void)state;
    assert_true(fixture_has_entry(work, 0, DIAG_SOURCE_KEY_ABSENT, "R"));
    assert_int_equal(fixture_entry_count(work, 0), 1);
    work = issued(2, "REG1", " ");
    assert_true(fixture_has_entry(work, 0, DIAG_EMPTY, "LID"));
    assert_int_equal(fixture_entry_count(work, 0), 1);
}

static void irreversible_and_reversible_types_go_together(void **state)
{
    struct work *work = fixture_issue(&f, 1, "REG1", 2, "A,R");
    (void)state;
    fixture_person(work, 0, "999900006");
    fixture_value(work, 0, "LID", "7");
    fixture_person(work, 1, "999900006");
    assert_ok(schuil_issue_prepare(work));
    fixture_run(work);
    assert_int_equal(work->made_count, 3);
    assert_int_equal(work->key_count, 3);
    assert_true(fixture_has_entry(work, 1, DIAG_ATTRIBUTE_MISSING, "LID"));
    char *a = fixture_made(work, 0, 0), *r = fixture_made(work, 0, 1);
    struct work *both = fixture_translate(&f, "REG1", 1);
    fixture_text(both, 0, "A", a);
    fixture_text(both, 0, "R", r);
    assert_ok(schuil_translate_prepare(both));
    fixture_run(both);
    assert_int_equal(both->made_count, 2);
    assert_int_equal(both->error_count, 0);
    free(a);
    free(r);
}

static void a_carrier_of_another_domain_or_type_is_refused(void **state)
{
    char *temporary = fixture_made(issued(1, "REG1", "7"), 0, 0);
    (void)state;
    struct work *work = translated("REG2", temporary);
    assert_true(fixture_has_entry(work, 0, DIAG_TOKEN_REFUSED, "R"));
    temporary[strlen(temporary) - 1] ^= 1;
    work = translated("REG1", temporary);
    assert_true(fixture_has_entry(work, 0, DIAG_TOKEN_REFUSED, "R"));
    free(temporary);
}

static void a_stopped_connection_and_expiry_hold_for_carriers_too(void **state)
{
    char *temporary = fixture_made(issued(1, "REG1", "7"), 0, 0);
    (void)state;
    f.now_us += (int64_t)(FIXTURE_LIFE_HOURS + 1) * 3600 * 1000000;
    struct work *work = translated("REG1", temporary);
    assert_true(fixture_has_entry(work, 0, DIAG_TOKEN_EXPIRED, "R"));
    f.now_us -= (int64_t)(FIXTURE_LIFE_HOURS + 1) * 3600 * 1000000;
    f.connection_states[0] = STATE_SUSPENDED;
    fixture_work_load(&f);
    work = translated("REG1", temporary);
    assert_true(fixture_has_entry(work, 0, DIAG_CONNECTION_STOPPED, "R"));
    free(temporary);
}

static void in_a_rotation_both_generations_have_the_same_reversible_pseudonym(void **state)
{
    (void)state;
    f.is_rotating = true;
    fixture_work_load(&f);
    char *temporary = fixture_made(issued(1, "REG1", "7"), 0, 0);
    struct work *work = translated("REG1", temporary);
    assert_non_null(work->new_job_of);
    const struct job *old = &work->jobs[work->job_of[0] - 1];
    const struct job *new = &work->jobs[work->new_job_of[0] - 1];
    assert_ptr_not_equal(old, new);
    assert_true(old->is_ok && new->is_ok);
    assert_true(
        bytes_equal(bytes_of(old->text, old->text_len), bytes_of(new->text, new->text_len)));
    char *text = fixture_made(work, 0, 0);
    opens_to(1, "REG1", text, "7");
    free(text);
    free(temporary);
}

static void two_values_of_one_attribute_are_told(void **state)
{
    char *first = reversible_of(1, "REG1", "7"), *second = reversible_of(1, "REG1", "8");
    char *other = old_of("R.2", 2, "8");
    struct work *work = fixture_reverse(&f, 1, "REG1", 2);
    (void)state;
    fixture_text(work, 0, "R", first);
    fixture_text(work, 0, "R.2", other);
    fixture_text(work, 1, "R", second);
    fixture_text(work, 1, "R.2", other);
    assert_ok(schuil_reverse_prepare(work));
    fixture_run(work);
    assert_true(fixture_has_entry(work, 0, DIAG_REVERSAL_DIFFERENT, "R.2"));
    assert_true(bytes_equal(schuil_work_value(work, 0, lid_index()), bytes_text("7")));
    assert_int_equal(fixture_entry_count(work, 1), 0);
    free(first);
    free(second);
    free(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_local_number_comes_back_to_its_own_provider_only),
        TEST(one_number_gives_one_pseudonym_in_a_domain_and_others_elsewhere),
        TEST(a_salted_connection_gives_others_each_time),
        TEST(the_longest_number_fits),
        TEST(an_event_names_the_keys_that_were_used),
        TEST(an_older_generation_still_opens_until_its_key_is_suspended),
        TEST(a_generation_above_the_highest_waits_for_a_newer_snapshot),
        TEST(whatever_is_wrong_gets_the_one_refusal),
        TEST(another_providers_number_in_the_text_does_not_open_it),
        TEST(records_without_pseudonyms_and_other_types_are_told),
        TEST(good_and_bad_of_both_generations_and_forms_keep_their_places),
        TEST(what_a_provider_sealed_arrives_as_it_was),
        TEST(a_sealed_text_with_another_field_is_refused),
        TEST(a_salted_connection_takes_salted_ones_only),
        TEST(a_sealed_text_beside_its_attribute_is_refused),
        TEST(what_no_type_needs_is_told_and_what_is_no_type_refuses),
        TEST(without_a_key_here_the_provider_must_seal),
        TEST(irreversible_and_reversible_types_go_together),
        TEST(in_a_rotation_both_generations_have_the_same_reversible_pseudonym),
        TEST(two_values_of_one_attribute_are_told),
        TEST(a_carrier_of_another_domain_or_type_is_refused),
        TEST(a_stopped_connection_and_expiry_hold_for_carriers_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
