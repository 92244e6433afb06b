/* SPDX-License-Identifier: Apache-2.0 */
/* Shamir's sharing: the second implementation's shares, any k of n and never fewer, and what is
 * refused. */
#include "unit.h"

#include "schuilnaam/crypto/shamir.h"

static struct share_point point_of(uint8_t x, const struct share_value *values)
{
    return (struct share_point){.x = x, .y = values[x - 1]};
}

/* Every choice of shares out of `count`, as a mask. */
static size_t points_choose(unsigned mask, const struct share_value *values,
                            struct share_point *ret_points)
{
    size_t chosen = 0;
    for (uint8_t x = 1; x <= SHARE_COUNT_MAX; x++)
        if ((mask >> (x - 1) & 1U) != 0)
            ret_points[chosen++] = point_of(x, values);
    return chosen;
}

static void every_choice_is_tried(uint8_t threshold, uint8_t count)
{
    struct wrapping_key key, found;
    struct share_value values[SHARE_COUNT_MAX];
    struct share_point points[SHARE_COUNT_MAX];
    assert_ok(schuil_random(&key, sizeof key));
    assert_ok(schuil_shamir_split(&key, threshold, count, values));
    for (unsigned mask = 1; mask < 1U << count; mask++) {
        size_t chosen = points_choose(mask, values, points);
        if (chosen < SHARE_LEAST)
            continue;
        assert_ok(schuil_shamir_combine(points, chosen, &found));
        assert_int_equal(memcmp(&key, &found, sizeof key) == 0, chosen >= threshold);
    }
}

static void any_threshold_of_shares_gives_the_key_and_fewer_never(void **state)
{
    (void)state;
    for (uint8_t count = SHARE_LEAST; count <= 9; count++)
        for (uint8_t threshold = SHARE_LEAST; threshold <= count; threshold++)
            every_choice_is_tried(threshold, count);
}

static void the_largest_set_works(void **state)
{
    struct wrapping_key key, found;
    struct share_value values[SHARE_COUNT_MAX];
    struct share_point points[SHARE_COUNT_MAX];
    (void)state;
    assert_ok(schuil_random(&key, sizeof key));
    assert_ok(schuil_shamir_split(&key, SHARE_COUNT_MAX, SHARE_COUNT_MAX, values));
    assert_int_equal(points_choose(UINT32_MAX, values, points), SHARE_COUNT_MAX);
    assert_ok(schuil_shamir_combine(points, SHARE_COUNT_MAX, &found));
    assert_memory_equal(&key, &found, sizeof key);
}

/* One byte that differs anywhere gives another key: nothing is passed over. */
static void a_share_that_differs_gives_another_key(void **state)
{
    struct wrapping_key key = {{7}}, found;
    struct share_value values[3];
    struct share_point points[2];
    (void)state;
    assert_ok(schuil_shamir_split(&key, 2, 3, values));
    for (size_t i = 0; i < SHARE_LEN; i++) {
        points[0] = point_of(1, values);
        points[1] = point_of(3, values);
        points[1].y.b[i] ^= 0x80;
        assert_ok(schuil_shamir_combine(points, 2, &found));
        assert_memory_not_equal(&key, &found, sizeof key);
    }
}

static void the_reference_gives_the_same_key(void **state)
{
    json_t *file = vector_file("shares.json");
    const json_t *sets = vector_member(file, "sets");
    (void)state;
    assert_true(json_array_size(sets) >= 4);
    for (size_t n = 0; n < json_array_size(sets); n++) {
        const json_t *value = json_array_get(sets, n);
        struct wrapping_key key, found;
        struct share_point points[SHARE_COUNT_MAX];
        size_t threshold = vector_number(value, "threshold"), at;
        const json_t *shares = vector_member(value, "shares");
        vector_hex_exact(value, "key", &key, sizeof key);
        for (at = 0; at < threshold; at++) {
            const json_t *share = json_array_get(shares, json_array_size(shares) - 1 - at);
            points[at].x = (uint8_t)vector_number(share, "number");
            vector_hex_exact(share, "value", &points[at].y, SHARE_LEN);
        }
        assert_ok(schuil_shamir_combine(points, threshold, &found));
        assert_memory_equal(&key, &found, sizeof key);
    }
    json_decref(file);
}

static void sets_that_cannot_be_are_refused(void **state)
{
    static const struct {
        uint8_t threshold, count;
    } bad[] = {{0, 3}, {1, 3}, {4, 3}, {2, SHARE_COUNT_MAX + 1}, {0, 0}, {2, 1}};
    struct wrapping_key key = {{1}};
    struct share_value values[SHARE_COUNT_MAX + 1];
    (void)state;
    memset(values, 9, sizeof values);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_rc(schuil_shamir_split(&key, bad[i].threshold, bad[i].count, values),
                  RC_INPUT_VALUE);
    assert_all(values, 9, sizeof values);
}

static void points_that_cannot_be_are_refused(void **state)
{
    static const uint8_t bad[][2] = {{0, 1}, {1, 0}, {2, 2}, {1, SHARE_COUNT_MAX + 1}, {1, 255}};
    struct wrapping_key found;
    struct share_point points[SHARE_COUNT_MAX + 1] = {{.x = 1}, {.x = 2}};
    (void)state;
    assert_rc(schuil_shamir_combine(points, 1, &found), RC_INPUT_VALUE);
    assert_rc(schuil_shamir_combine(points, SHARE_COUNT_MAX + 1, &found), RC_INPUT_VALUE);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        memset(&found, 9, sizeof found);
        points[0].x = bad[i][0];
        points[1].x = bad[i][1];
        assert_rc(schuil_shamir_combine(points, 2, &found), RC_INPUT_VALUE);
        assert_zeros(&found, sizeof found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_threshold_of_shares_gives_the_key_and_fewer_never),
        cmocka_unit_test(the_largest_set_works),
        cmocka_unit_test(a_share_that_differs_gives_another_key),
        cmocka_unit_test(the_reference_gives_the_same_key),
        cmocka_unit_test(sets_that_cannot_be_are_refused),
        cmocka_unit_test(points_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, crypto_setup, NULL);
}
