/* SPDX-License-Identifier: Apache-2.0 */
/* Shares and share sets: the second implementation's texts, and that a share which is not of the
 * set, or was altered or mistyped in any place, is refused. */
#include "engine_unit.h"

#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/engine/shares.h"
#include "vector_file.h"

enum { THRESHOLD = 3, COUNT = 5 };

static const struct wrapping_key key = {{1, 2, 3, 4}};
static struct share_set set;
static struct share shares[COUNT];

static int setup(void **state)
{
    const struct wrapping_ref ref = {.name = "main.2", .key = &key};
    (void)state;
    return schuil_is_ok(schuil_crypto_init()) &&
                   schuil_is_ok(schuil_shares_make(&ref, THRESHOLD, COUNT, &set, shares))
               ? 0
               : -1;
}

static void what_is_written_reads_back(void **state)
{
    char text[SHARE_TEXT_LEN + 1];
    struct share back;
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        schuil_share_write(&shares[i], text);
        assert_ok(schuil_share_read(bytes_text(text), &back));
        assert_string_equal(back.name, "main.2");
        assert_int_equal(back.point.x, i + 1);
        assert_memory_equal(&back.point, &shares[i].point, sizeof back.point);
        assert_ok(schuil_share_set_check(&set, &back));
    }
}

static void the_longest_share_fits(void **state)
{
    char name[WRAPPING_NAME_LEN + 1], text[SHARE_TEXT_LEN + 1];
    struct share_set large;
    struct share all[SHARE_COUNT_MAX], back;
    char set_text[SHARE_SET_TEXT_LEN + 1];
    (void)state;
    memset(name, 'w', WRAPPING_NAME_LEN);
    name[WRAPPING_NAME_LEN] = '\0';
    const struct wrapping_ref ref = {.name = name, .key = &key};
    assert_ok(schuil_shares_make(&ref, 20, SHARE_COUNT_MAX, &large, all));
    schuil_share_write(&all[SHARE_COUNT_MAX - 1], text);
    assert_ok(schuil_share_read(bytes_text(text), &back));
    schuil_share_set_write(&large, set_text);
    assert_ok(schuil_share_set_read(bytes_text(set_text), &set));
    assert_memory_equal(&set, &large, sizeof set);
    setup(NULL);
}

/* Every character is guarded, by the check or by the form. */
static void a_share_with_any_character_changed_is_refused(void **state)
{
    char text[SHARE_TEXT_LEN + 1];
    struct share back;
    (void)state;
    schuil_share_write(&shares[1], text);
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        char was = text[i];
        for (int c = 0; c < 128; c++) {
            if (c == was)
                continue;
            text[i] = (char)c;
            assert_rc(schuil_share_read(bytes_of(text, len), &back), RC_INPUT_SHARE_TEXT);
            assert_zeros(&back, sizeof back);
        }
        text[i] = was;
        assert_rc(schuil_share_read(bytes_of(text, i), &back), RC_INPUT_SHARE_TEXT);
    }
    text[len] = ' ';
    assert_rc(schuil_share_read(bytes_of(text, len + 1), &back), RC_INPUT_SHARE_TEXT);
}

static void a_share_that_is_not_of_the_set_is_refused(void **state)
{
    struct share other;
    struct share_set foreign;
    struct share strangers[COUNT];
    const struct wrapping_ref ref = {.name = "main.2", .key = &key};
    (void)state;
    assert_ok(schuil_shares_make(&ref, THRESHOLD, COUNT, &foreign, strangers));
    assert_rc(schuil_share_set_check(&set, &strangers[0]), RC_INPUT_SHARE);
    for (size_t i = 0; i < SHARE_LEN; i++) {
        other = shares[2];
        other.point.y.b[i] ^= 1;
        assert_rc(schuil_share_set_check(&set, &other), RC_INPUT_SHARE);
    }
    other = shares[2];
    other.point.x = 4;
    assert_rc(schuil_share_set_check(&set, &other), RC_INPUT_SHARE);
    other = shares[2];
    other.name[0] = 'n';
    assert_rc(schuil_share_set_check(&set, &other), RC_INPUT_SHARE);
    other = shares[2];
    other.threshold = 2;
    assert_rc(schuil_share_set_check(&set, &other), RC_INPUT_SHARE);
    assert_ok(schuil_share_set_check(&set, &shares[2]));
}

static void enough_shares_give_the_key_and_fewer_none(void **state)
{
    struct share_point points[COUNT];
    struct wrapping_key found;
    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        points[i] = shares[COUNT - 1 - i].point;
    for (size_t n = 0; n <= COUNT; n++) {
        memset(&found, 7, sizeof found);
        struct schuil_rc rc = schuil_share_set_combine(&set, points, n, &found);
        assert_rc(rc, n < THRESHOLD ? RC_INPUT_SHARE : RC_OK);
        assert_memory_equal(&found, n < THRESHOLD ? &(struct wrapping_key){{0}} : &key, sizeof key);
    }
    points[1].y.b[5] ^= 1;
    assert_rc(schuil_share_set_combine(&set, points, THRESHOLD, &found), RC_INPUT_SHARE);
    assert_zeros(&found, sizeof found);
}

/* Altered without altering the key's mac, it takes no other shares; cut or longer, it is refused.
 */
static void a_set_that_was_altered_is_refused(void **state)
{
    char text[SHARE_SET_TEXT_LEN + 1];
    struct share_set back;
    (void)state;
    schuil_share_set_write(&set, text);
    size_t len = strlen(text);
    assert_ok(schuil_share_set_read(bytes_of(text, len), &back));
    for (size_t i = 0; i < len; i++)
        assert_rc(schuil_share_set_read(bytes_of(text, i), &back), RC_CONFIG_FILE);
    text[len] = '\n';
    assert_rc(schuil_share_set_read(bytes_of(text, len + 1), &back), RC_CONFIG_FILE);
    text[len] = '\0';
    assert_rc(schuil_share_set_read(bytes_of(text, len + 1), &back), RC_CONFIG_FILE);
    text[strlen("schuilnaam-share-set-1\nname ")] = '/';
    assert_rc(schuil_share_set_read(bytes_of(text, len), &back), RC_CONFIG_FILE);
}

static void names_that_cannot_be_part_of_a_file_name_are_refused(void **state)
{
    static const char *const bad[] = {"", ".x", "a/b", "a b", "a:b", "\xc3\xa9", "a\n"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const struct wrapping_ref ref = {.name = bad[i], .key = &key};
        struct share_set none;
        struct share all[2];
        assert_false(schuil_wrapping_name_is_good(bad[i]));
        assert_rc(schuil_shares_make(&ref, 2, 2, &none, all), RC_INPUT_VALUE);
    }
    assert_true(schuil_wrapping_name_is_good("main-2026.2"));
}

static void reference_set_is_read(const json_t *value)
{
    struct share_set read;
    struct share share;
    struct share_point points[SHARE_COUNT_MAX];
    struct wrapping_key wanted, found;
    const json_t *all = vector_member(value, "shares");
    char text[SHARE_SET_TEXT_LEN + 1];
    vector_hex_exact(value, "key", &wanted, sizeof wanted);
    assert_ok(schuil_share_set_read(bytes_text(vector_text(value, "set_text")), &read));
    schuil_share_set_write(&read, text);
    assert_string_equal(text, vector_text(value, "set_text"));
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);
        assert_ok(schuil_share_read(bytes_text(vector_text(one, "text")), &share));
        assert_ok(schuil_share_set_check(&read, &share));
        points[i] = share.point;
    }
    assert_ok(schuil_share_set_combine(&read, points, read.threshold, &found));
    assert_memory_equal(&wanted, &found, sizeof found);
}

static void the_reference_writes_the_same_texts(void **state)
{
    json_t *file = vector_file("shares.json");
    const json_t *sets = vector_member(file, "sets");
    (void)state;
    assert_true(json_array_size(sets) >= 4);
    for (size_t n = 0; n < json_array_size(sets); n++)
        reference_set_is_read(json_array_get(sets, n));
    json_decref(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(the_longest_share_fits),
        cmocka_unit_test(a_share_with_any_character_changed_is_refused),
        cmocka_unit_test(a_share_that_is_not_of_the_set_is_refused),
        cmocka_unit_test(enough_shares_give_the_key_and_fewer_none),
        cmocka_unit_test(a_set_that_was_altered_is_refused),
        cmocka_unit_test(names_that_cannot_be_part_of_a_file_name_are_refused),
        cmocka_unit_test(the_reference_writes_the_same_texts),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
