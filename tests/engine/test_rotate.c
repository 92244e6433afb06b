/* SPDX-License-Identifier: Apache-2.0 */
/* Rotate: both generations side by side, finals carried over and back, and every refusal. */
#include "engine_unit.h"
#include "fixture_work.h"
#include "pseudonyms/final.h"
#include "pseudonyms/text.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/crypto/memory.h"

#define PERSON "999900006"

static struct fixture_work f;

static int setup(void **state)
{
    (void)state;
    fixture_work_init(&f);
    f.is_rotating = true;
    fixture_work_load(&f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_work_done(&f);
    return 0;
}

static struct work *translated(const char *registry, const char *bsn)
{
    struct work *issue = fixture_issue(&f, 1, registry, 1, "A");
    fixture_person(issue, 0, bsn);
    assert_ok(schuil_issue_prepare(issue));
    fixture_run(issue);
    char *temporary = fixture_made(issue, 0, 0);
    struct work *work = fixture_translate(&f, registry, 1);
    char *kept = schuil_arena_take(f.arena, strlen(temporary) + 1);
    strcpy(kept, temporary);
    fixture_text(work, 0, "A", kept);
    assert_ok(schuil_translate_prepare(work));
    fixture_run(work);
    free(temporary);
    return work;
}

static struct work *rotated(const char *registry, const char *tref, const char *text)
{
    struct work *work = fixture_rotate(&f, registry, 1);
    fixture_text(work, 0, tref, text);
    assert_ok(schuil_rotate_prepare(work));
    fixture_run(work);
    return work;
}

static void refused(const char *tref, const char *text)
{
    struct work *work = rotated("REG1", tref, text);
    assert_null(fixture_made(work, 0, 0));
    assert_int_equal(fixture_entry_count(work, 0), 1);
    assert_true(fixture_has_entry(work, 0, DIAG_FINAL_REFUSED, tref));
    assert_int_equal(work->error_count, 1);
}

static void both_generations_are_answered_while_the_domain_is_rotated(void **state)
{
    struct work *work = translated("REG1", PERSON);
    char *old = fixture_made(work, 0, 0), *new = fixture_new_made(work, 0, 0);
    (void)state;
    assert_memory_equal(old, "P-A-REG1-1-", 11);
    assert_memory_equal(new, "P-A-REG1-2-", 11);
    assert_string_not_equal(old + 11, new + 11);
    assert_int_equal(work->made_count, 2);
    assert_int_equal(work->key_count, 5);
    struct work *elsewhere = translated("REG2", PERSON);
    assert_null(elsewhere->new_job_of);
    assert_int_equal(elsewhere->made_count, 1);
    free(old);
    free(new);
}

static void a_final_carried_over_is_the_one_that_translation_gives(void **state)
{
    static const char *const persons[] = {PERSON, "999900018", "999900031"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(persons); i++) {
        struct work *work = translated("REG1", persons[i]);
        char *old = fixture_made(work, 0, 0), *new = fixture_new_made(work, 0, 0);
        struct work *rotation = rotated("REG1", "A", old);
        char *made = fixture_made(rotation, 0, 0);
        assert_string_equal(made, new);
        assert_int_equal(rotation->key_count, 4);
        assert_int_equal(rotation->key_numbers[0], ROW_DOMAIN + 1);
        assert_int_equal(rotation->key_numbers[1], ROW_DOMAIN_G2 + 1);
        assert_int_equal(rotation->key_numbers[2], ROW_DOMAIN_SEAL + 1);
        assert_int_equal(rotation->key_numbers[3], ROW_DOMAIN_SEAL_G2 + 1);
        free(old);
        free(new);
        free(made);
    }
}

static void after_the_end_translation_gives_the_new_generation_alone(void **state)
{
    struct work *work = translated("REG1", PERSON);
    char *new = fixture_new_made(work, 0, 0);
    (void)state;
    f.is_rotating = false;
    f.generation = 2;
    f.keys.rows[ROW_DOMAIN].state = f.keys.rows[ROW_DOMAIN_NEXT].state = KEY_DESTROYED;
    f.keys.rows[ROW_DOMAIN_SEAL].state = KEY_DESTROYED;
    fixture_keys_vouch(&f.keys, 6);
    fixture_work_load(&f);
    work = translated("REG1", PERSON);
    char *made = fixture_made(work, 0, 0);
    assert_string_equal(made, new);
    assert_null(work->new_job_of);
    free(new);
    free(made);
}

static void an_abort_carries_back_and_answers_the_old_generation_alone(void **state)
{
    struct work *work = translated("REG1", PERSON);
    char *old = fixture_made(work, 0, 0), *new = fixture_new_made(work, 0, 0);
    (void)state;
    f.is_aborting = true;
    fixture_work_load(&f);
    work = rotated("REG1", "A", new);
    char *back = fixture_made(work, 0, 0);
    assert_string_equal(back, old);
    refused("A", old);
    work = translated("REG1", PERSON);
    assert_null(work->new_job_of);
    assert_int_equal(work->made_count, 1);
    free(old);
    free(new);
    free(back);
}

static void a_refresh_moves_neither_generation(void **state)
{
    struct work *before = translated("REG1", PERSON);
    char *old = fixture_made(before, 0, 0), *new = fixture_new_made(before, 0, 0);
    (void)state;
    fixture_work_refresh(&f);
    struct work *after = translated("REG1", PERSON);
    char *again = fixture_made(after, 0, 0), *new_again = fixture_new_made(after, 0, 0);
    assert_string_equal(old, again);
    assert_string_equal(new, new_again);
    struct work *rotation = rotated("REG1", "A", old);
    char *made = fixture_made(rotation, 0, 0);
    assert_string_equal(made, new);
    char *all[] = {old, new, again, new_again, made};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        free(all[i]);
}

static void any_single_bit_that_changes_is_refused_alike(void **state)
{
    char *text = fixture_made(translated("REG1", PERSON), 0, 0);
    uint8_t box[FINAL_LEN];
    (void)state;
    assert_ok(schuil_b64u_decode(bytes_text(text + 11), box, sizeof box));
    for (size_t bit = 0; bit < 8 * sizeof box; bit++) {
        box[bit / 8] ^= (uint8_t)(1 << bit % 8);
        text_final_write("A", "REG1", 1, bytes_of(box, sizeof box), text);
        refused("A", text);
        box[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    free(text);
}

static void what_is_not_our_final_of_this_generation_is_refused_alike(void **state)
{
    struct work *work = translated("REG1", PERSON), *elsewhere = translated("REG2", PERSON);
    char *old = fixture_made(work, 0, 0), *new = fixture_new_made(work, 0, 0);
    char *other = fixture_made(elsewhere, 0, 0), text[LIMIT_TEXT_LEN];
    (void)state;
    refused("A", new);
    refused("A", other);
    refused("C", old);
    refused("A", "");
    refused("A", "P");
    refused("A", "T-A-AAAA");
    snprintf(text, sizeof text, "P-A-REG1-1-%s", new + 11); /* the text says 1, the seal 2 */
    refused("A", text);
    snprintf(text, sizeof text, "P-A-REG1-1-%s", other + 11);
    refused("A", text);
    snprintf(text, sizeof text, "P-C-REG1-1-%s", old + 11);
    refused("C", text);
    snprintf(text, sizeof text, "P-A-REG1-01-%s", old + 11);
    refused("A", text);
    snprintf(text, sizeof text, "%sA", old);
    refused("A", text);
    snprintf(text, sizeof text, "%s~", old);
    refused("A", text);
    free(old);
    free(new);
    free(other);
}

static void a_sealed_point_that_is_none_is_refused_alike(void **state)
{
    struct siv_key w;
    struct siv_template *siv;
    struct element zero = {{0}};
    uint8_t box[1][FINAL_LEN];
    char text[LIMIT_TEXT_LEN] = "";
    (void)state;
    memcpy(w.b, f.keys.keys[ROW_DOMAIN_SEAL], sizeof w.b);
    const struct ptype *type = schuil_ptype_by_tref(f.snapshot, bytes_text("A"));
    assert_ok(final_template_new(&w, type, 1, 1, &siv));
    assert_ok(final_seal_many(siv, 1, &zero, box));
    schuil_siv_template_free(siv);
    text_final_write("A", "REG1", 1, bytes_of(box[0], FINAL_LEN), text);
    refused("A", text);
}

static void records_stand_alone(void **state)
{
    char *old = fixture_made(translated("REG1", PERSON), 0, 0);
    struct work *work = fixture_rotate(&f, "REG1", 4);
    (void)state;
    fixture_text(work, 0, "A", old);
    fixture_text(work, 1, "A", "nonsense");
    work->records[2].is_object = false;
    assert_ok(schuil_rotate_prepare(work));
    fixture_run(work);
    assert_int_equal(work->made_count, 1);
    assert_int_equal(work->error_count, 3);
    assert_true(fixture_has_entry(work, 1, DIAG_FINAL_REFUSED, "A"));
    assert_true(fixture_has_entry(work, 2, DIAG_RECORD_SHAPE, ""));
    assert_true(fixture_has_entry(work, 3, DIAG_FINAL_MISSING, ""));
    free(old);
}

static void without_a_rotation_or_its_keys_nothing_is_carried_over(void **state)
{
    struct work *work = fixture_rotate(&f, "REG2", 1);
    (void)state;
    fixture_text(work, 0, "A", "x");
    assert_rc(schuil_rotate_prepare(work), RC_CONFLICT_ROTATION);
    f.keys.rows[ROW_DOMAIN_G2].state = KEY_SUSPENDED;
    fixture_keys_vouch(&f.keys, 6);
    fixture_work_load(&f);
    work = fixture_rotate(&f, "REG1", 1);
    fixture_text(work, 0, "A", "x");
    assert_rc(schuil_rotate_prepare(work), RC_BUSY_KEYS);
    f.keys.rows[ROW_DOMAIN_G2].state = KEY_ACTIVE;
    f.keys.rows[ROW_DOMAIN_SEAL_G2].state = KEY_SUSPENDED;
    fixture_keys_vouch(&f.keys, 7);
    fixture_work_load(&f);
    work = fixture_rotate(&f, "REG1", 1);
    fixture_text(work, 0, "A", "x");
    assert_rc(schuil_rotate_prepare(work), RC_BUSY_KEYS);
}

static void a_translation_gives_both_generations_or_none(void **state)
{
    (void)state;
    f.keys.rows[ROW_DOMAIN_SEAL_G2].state = KEY_SUSPENDED;
    fixture_keys_vouch(&f.keys, 6);
    fixture_work_load(&f);
    struct work *work = translated("REG1", PERSON);
    assert_int_equal(work->made_count, 0);
    assert_true(fixture_has_entry(work, 0, DIAG_TOKEN_REFUSED, "A"));
}

/* Arenas of every size up to the one that suffices. */
static void lack_of_memory_is_a_result(void **state)
{
    char *old = fixture_made(translated("REG1", PERSON), 0, 0);
    size_t refusals = 0;
    bool is_done = false;
    (void)state;
    for (size_t cap = 0; !is_done; cap += 64) {
        struct arena *small = schuil_arena_new(cap);
        struct work *work;
        uint16_t column;
        if (small == NULL)
            continue;
        struct schuil_rc rc = schuil_work_new(small, WORK_ROTATE, f.snapshot, 5, &work);
        if (schuil_is_ok(rc))
            rc = schuil_work_column(work, bytes_text("A"), &column);
        if (schuil_is_ok(rc)) {
            work->registry = schuil_registry_by_code(f.snapshot, bytes_text("REG1"));
            work->domain = schuil_domain_by_number(f.snapshot, work->registry->domain);
            schuil_work_set_text(work, 1, column, bytes_text(old));
            rc = schuil_rotate_prepare(work);
        }
        is_done = schuil_is_ok(rc);
        if (!is_done) {
            assert_rc(rc, RC_INTERNAL_MEMORY);
            refusals++;
        }
        schuil_arena_free(small);
    }
    assert_true(refusals > 3);
    free(old);
}

static void a_rotation_that_does_not_fit_its_domain_is_refused(void **state)
{
    static const struct rotation wrong[] = {{1, 1, 1, 1, false},
                                            {1, 1, 2, 3, false}, /* the domain is at 1 */
                                            {1, 9, 1, 2, false},
                                            {0, 1, 1, 2, false},
                                            {1, 1, 0, 2, false}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct snapshot_builder *b;
        struct snapshot *made = NULL;
        struct domain d = {.number = 1, .generation = 1, .code = "D"};
        assert_ok(schuil_snapshot_builder_new(&b));
        assert_ok(schuil_snapshot_add_domain(b, &d));
        struct schuil_rc rc = schuil_snapshot_add_rotation(b, &wrong[i]);
        if (schuil_is_ok(rc))
            rc = schuil_snapshot_seal(b, 1, &made);
        else
            schuil_snapshot_builder_free(b);
        assert_rc(rc, RC_STORE_DATA);
        assert_null(made);
    }
}

static void a_bound_domain_and_a_second_rotation_are_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct snapshot_builder *b;
        struct snapshot *made;
        struct domain d = {.number = 1, .generation = 1, .code = "D", .is_bound = i == 0};
        struct rotation r = {1, 1, 1, 2, false};
        assert_ok(schuil_snapshot_builder_new(&b));
        assert_ok(schuil_snapshot_add_domain(b, &d));
        assert_ok(schuil_snapshot_add_rotation(b, &r));
        if (i == 1)
            assert_ok(schuil_snapshot_add_rotation(b, &r));
        assert_rc(schuil_snapshot_seal(b, 1, &made), RC_STORE_DATA);
    }
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(both_generations_are_answered_while_the_domain_is_rotated),
        EACH(a_final_carried_over_is_the_one_that_translation_gives),
        EACH(after_the_end_translation_gives_the_new_generation_alone),
        EACH(an_abort_carries_back_and_answers_the_old_generation_alone),
        EACH(a_refresh_moves_neither_generation),
        EACH(any_single_bit_that_changes_is_refused_alike),
        EACH(what_is_not_our_final_of_this_generation_is_refused_alike),
        EACH(a_sealed_point_that_is_none_is_refused_alike),
        EACH(records_stand_alone),
        EACH(without_a_rotation_or_its_keys_nothing_is_carried_over),
        EACH(a_translation_gives_both_generations_or_none),
        EACH(lack_of_memory_is_a_result),
        EACH(a_rotation_that_does_not_fit_its_domain_is_refused),
        EACH(a_bound_domain_and_a_second_rotation_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
