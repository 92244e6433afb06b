/* SPDX-License-Identifier: Apache-2.0 */
/* engine/policy/quota.c: the cell alone, and under several threads (run it with the tsan preset).
 */
#include <pthread.h>

#include "engine_unit.h"
#include "fixture_policy.h"
#include "schuilnaam/engine/policy.h"

static void an_empty_cell_gives_nothing(void **state)
{
    struct quota_cell cell = {0};
    (void)state;
    assert_false(schuil_quota_take(&cell, 20000, 1));
    assert_false(schuil_quota_take(&cell, 0, 1));
    assert_true(schuil_quota_take(&cell, 20000, 0));
}

static void a_block_is_given_out_to_the_last_record(void **state)
{
    struct quota_cell cell = {0};
    (void)state;
    schuil_quota_add(&cell, 20000, 10);
    assert_true(schuil_quota_take(&cell, 20000, 4));
    assert_false(schuil_quota_take(&cell, 20000, 7));
    assert_true(schuil_quota_take(&cell, 20000, 6));
    assert_false(schuil_quota_take(&cell, 20000, 1));
    schuil_quota_add(&cell, 20000, 2);
    schuil_quota_add(&cell, 20000, 3);
    assert_true(schuil_quota_take(&cell, 20000, 5));
    assert_false(schuil_quota_take(&cell, 20000, 1));
}

static void a_block_is_good_for_its_day_only(void **state)
{
    struct quota_cell cell = {0};
    (void)state;
    schuil_quota_add(&cell, 20000, 10);
    assert_false(schuil_quota_take(&cell, 20001, 1));
    assert_false(schuil_quota_take(&cell, 19999, 1));
    schuil_quota_add(&cell, 20001, 3);
    assert_false(schuil_quota_take(&cell, 20000, 1));
    assert_false(schuil_quota_take(&cell, 20001, 4));
    assert_true(schuil_quota_take(&cell, 20001, 3));
}

static void a_count_past_the_cells_range_neither_wraps_nor_moves_the_day(void **state)
{
    struct quota_cell cell = {0};
    const uint64_t most = ((uint64_t)1 << 40) - 1;
    (void)state;
    schuil_quota_add(&cell, 20000, UINT64_MAX);
    schuil_quota_add(&cell, 20000, UINT64_MAX);
    assert_false(schuil_quota_take(&cell, 20000, UINT64_MAX));
    assert_false(schuil_quota_take(&cell, 20000, most + 1));
    assert_true(schuil_quota_take(&cell, 20000, most));
    assert_false(schuil_quota_take(&cell, 20000, 1));
    schuil_quota_add(&cell, (1U << 24) + 20000, 5);
    assert_false(schuil_quota_take(&cell, 20000, 1));
    assert_false(schuil_quota_take(&cell, (1U << 24) + 20000, 1));
}

static void a_subject_without_a_row_has_what_its_kind_has(void **state)
{
    const struct quota rows[] = {{QUOTA_REVERSE, 0, 50},
                                 {QUOTA_REVERSE, 21, 7},
                                 {QUOTA_ROTATE, REG1, 9},
                                 {QUOTA_LINK, 5, 3}};
    struct snapshot_builder *b = fixture_policy();
    struct snapshot *s;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_ok(schuil_snapshot_add_quota(b, &rows[i]));
    assert_ok(schuil_snapshot_seal(b, 1, &s));
    assert_int_equal(schuil_quota_per_day(s, QUOTA_ISSUE, 21), 100);
    assert_int_equal(schuil_quota_per_day(s, QUOTA_ISSUE, 22), 0);
    assert_int_equal(schuil_quota_per_day(s, QUOTA_REVERSE, 21), 7);
    assert_int_equal(schuil_quota_per_day(s, QUOTA_REVERSE, 22), 50);
    assert_int_equal(schuil_quota_per_day(s, QUOTA_ROTATE, REG1), 9);
    assert_int_equal(schuil_quota_per_day(s, QUOTA_ROTATE, REG2), 0);
    assert_int_equal(schuil_quota_per_day(s, QUOTA_BLIND, 21), 0);
    assert_int_equal(schuil_quota_per_day(s, QUOTA_LINK, 5), 3);
    schuil_snapshot_unref(s);
}

static void quota_rows_that_cannot_be_are_refused(void **state)
{
    static const struct quota at_once[] = {
        {QUOTA_ISSUE, 21, 1}, {QUOTA_KIND_COUNT, 0, 1}, {QUOTA_BLIND, 0, -1}};
    static const struct quota at_sealing[][2] = {
        {{QUOTA_BLIND, 99, 1}, {QUOTA_LINK, 0, 1}},
        {{QUOTA_EVALUATE, 99, 1}, {QUOTA_LINK, 0, 1}},
        {{QUOTA_BLIND, 21, 1}, {QUOTA_BLIND, 21, 2}},
    };
    struct snapshot_builder *b = fixture_policy();
    (void)state;
    for (size_t i = 0; i < COUNT_OF(at_once); i++)
        assert_rc(schuil_snapshot_add_quota(b, &at_once[i]), RC_STORE_DATA);
    schuil_snapshot_builder_free(b);
    for (size_t i = 0; i < COUNT_OF(at_sealing); i++) {
        struct snapshot *s;
        b = fixture_policy();
        assert_ok(schuil_snapshot_add_quota(b, &at_sealing[i][0]));
        assert_ok(schuil_snapshot_add_quota(b, &at_sealing[i][1]));
        assert_rc(schuil_snapshot_seal(b, 1, &s), RC_STORE_DATA);
    }
}

static void kinds_are_known_by_name(void **state)
{
    enum quota_kind kind;
    (void)state;
    for (int i = 0; i < QUOTA_KIND_COUNT; i++) {
        assert_true(
            schuil_quota_kind_find(bytes_text(schuil_quota_kind_name((enum quota_kind)i)), &kind));
        assert_int_equal(kind, i);
    }
    assert_false(schuil_quota_kind_find(bytes_text("issues"), &kind));
    assert_false(schuil_quota_kind_find(bytes_text(""), &kind));
}

enum { THREAD_COUNT = 4, TAKE_COUNT = 50000, BLOCK = 997 };

struct racer {
    pthread_t thread;
    struct quota_cell *cell;
    uint64_t taken, added;
};

/* Take 1, 2 or 3 at a time; add a block now and then. */
static void *race(void *arg)
{
    struct racer *r = arg;
    for (uint64_t i = 0; i < TAKE_COUNT; i++) {
        uint64_t count = 1 + i % 3;
        if (schuil_quota_take(r->cell, 20000, count)) {
            r->taken += count;
        } else {
            schuil_quota_add(r->cell, 20000, BLOCK);
            r->added += BLOCK;
        }
    }
    return NULL;
}

static void threads_take_together_exactly_what_was_added(void **state)
{
    struct quota_cell cell = {0};
    struct racer racers[THREAD_COUNT] = {{0}};
    uint64_t taken = 0, added = 0, left = 0;
    (void)state;
    for (size_t i = 0; i < THREAD_COUNT; i++) {
        racers[i].cell = &cell;
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    for (size_t i = 0; i < THREAD_COUNT; i++) {
        assert_int_equal(pthread_join(racers[i].thread, NULL), 0);
        taken += racers[i].taken;
        added += racers[i].added;
    }
    while (schuil_quota_take(&cell, 20000, 1))
        left++;
    assert_true(taken > TAKE_COUNT);
    assert_int_equal(added, taken + left);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_cell_gives_nothing),
        cmocka_unit_test(a_block_is_given_out_to_the_last_record),
        cmocka_unit_test(a_block_is_good_for_its_day_only),
        cmocka_unit_test(a_count_past_the_cells_range_neither_wraps_nor_moves_the_day),
        cmocka_unit_test(a_subject_without_a_row_has_what_its_kind_has),
        cmocka_unit_test(quota_rows_that_cannot_be_are_refused),
        cmocka_unit_test(kinds_are_known_by_name),
        cmocka_unit_test(threads_take_together_exactly_what_was_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
