/* SPDX-License-Identifier: Apache-2.0 */
/* The arena: zeroed, aligned, bounded, wiped. */
#include "engine_unit.h"

#include <string.h>

#include "schuilnaam/arena.h"

static bool is_zero(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] != 0)
            return false;
    }
    return true;
}

static void what_is_taken_is_aligned_zeroed_and_apart(void **state)
{
    struct arena *arena = schuil_arena_new(10 << 20);
    uint8_t *taken[2000];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        size_t len = (i * 37) % 3000;
        taken[i] = schuil_arena_take(arena, len);
        assert_non_null(taken[i]);
        assert_int_equal((uintptr_t)taken[i] % 16, 0);
        assert_true(is_zero(taken[i], len));
        memset(taken[i], (int)(i % 251) + 1, len);
    }
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        for (size_t k = 0; k < (i * 37) % 3000; k++)
            assert_int_equal(taken[i][k], i % 251 + 1);
    }
    schuil_arena_free(arena);
}

static void an_arena_gives_no_more_than_its_cap(void **state)
{
    struct arena *arena = schuil_arena_new(200000);
    size_t given = 0;
    (void)state;
    while (schuil_arena_take(arena, 1000) != NULL)
        given += 1000;
    assert_true(given > 150000 && given <= 200000);
    assert_null(schuil_arena_take(arena, 100000));
    schuil_arena_free(arena);
    arena = schuil_arena_new(0);
    assert_null(schuil_arena_take(arena, 1));
    assert_null(schuil_arena_take(arena, 0));
    schuil_arena_free(arena);
    arena = schuil_arena_new(100);
    assert_non_null(schuil_arena_take(arena, 90));
    assert_null(schuil_arena_take(arena, 16));
    schuil_arena_free(arena);
}

static void a_large_taking_does_not_end_the_block(void **state)
{
    struct arena *arena = schuil_arena_new(1 << 20);
    (void)state;
    uint8_t *first = schuil_arena_take(arena, 16);
    assert_non_null(schuil_arena_take(arena, 500000));
    uint8_t *second = schuil_arena_take(arena, 16);
    assert_ptr_equal(second, first + 16);
    schuil_arena_free(arena);
}

static void a_reset_wipes_and_gives_the_cap_back(void **state)
{
    struct arena *arena = schuil_arena_new(200000);
    (void)state;
    for (int round = 0; round < 50; round++) {
        uint8_t *large = schuil_arena_take(arena, 100000);
        uint8_t *small = schuil_arena_take(arena, 5000);
        assert_non_null(large);
        assert_non_null(small);
        assert_true(is_zero(large, 100000) && is_zero(small, 5000));
        memset(large, 0xaa, 100000);
        memset(small, 0xaa, 5000);
        schuil_arena_reset(arena);
        assert_true(is_zero(small, 5000)); /* the kept block */
    }
    schuil_arena_free(arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
    struct arena *arena = schuil_arena_new(SIZE_MAX);
    (void)state;
    assert_null(schuil_arena_take(arena, SIZE_MAX));
    assert_null(schuil_arena_take(arena, SIZE_MAX - 40));
    assert_null(schuil_arena_take_many(arena, SIZE_MAX / 2, 3));
    assert_null(schuil_arena_take_many(arena, 1 + SIZE_MAX / 16, 16));
    assert_non_null(schuil_arena_take_many(arena, 0, 16));
    assert_non_null(schuil_arena_take_many(arena, 16, 0));
    schuil_arena_free(arena);
    schuil_arena_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_is_aligned_zeroed_and_apart),
        cmocka_unit_test(an_arena_gives_no_more_than_its_cap),
        cmocka_unit_test(a_large_taking_does_not_end_the_block),
        cmocka_unit_test(a_reset_wipes_and_gives_the_cap_back),
        cmocka_unit_test(sizes_that_overflow_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
