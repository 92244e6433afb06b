/* SPDX-License-Identifier: Apache-2.0 */
/* engine/keys/names.c and row.c: names, drawing, adopting, copies. */
#include "engine_unit.h"
#include "fixture_keys.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/memory.h"

static const struct wrapping_key wrapping = {{1, 2, 3}};
static const struct wrapping_ref under_w = {.name = "w", .key = &wrapping};
static const struct wrapping_ring ring = {.count = 1, .refs = {{.name = "w", .key = &wrapping}}};

/* l, the group's order, little-endian. */
static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                  0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                  0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

static int setup(void **state)
{
    (void)state;
    return schuil_is_ok(schuil_crypto_init()) ? 0 : -1;
}

static void names_parse_back_to_what_they_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PURPOSE_COUNT; i++) {
        enum key_purpose p = PURPOSE_COUNT;
        assert_true(schuil_purpose_parse(bytes_text(schuil_purpose_name((enum key_purpose)i)), &p));
        assert_int_equal(p, i);
    }
    for (unsigned i = 0; i < KEY_STATE_COUNT; i++) {
        enum key_state s = KEY_STATE_COUNT;
        assert_true(
            schuil_key_state_parse(bytes_text(schuil_key_state_name((enum key_state)i)), &s));
        assert_int_equal(s, i);
    }
    for (unsigned i = 0; i < COMPARTMENT_COUNT; i++) {
        enum compartment c = COMPARTMENT_COUNT;
        assert_true(
            schuil_compartment_parse(bytes_text(schuil_compartment_name((enum compartment)i)), &c));
        assert_int_equal(c, i);
    }
}

static void names_that_are_none_are_refused(void **state)
{
    static const char *const none[] = {"", "Root", "roots", "roo", "root ", "wrapping"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        enum key_purpose p;
        enum key_state s;
        enum compartment c;
        assert_false(schuil_purpose_parse(bytes_text(none[i]), &p));
        assert_false(schuil_key_state_parse(bytes_text(none[i]), &s));
        assert_false(schuil_compartment_parse(bytes_text(none[i]), &c));
    }
}

static void only_an_active_key_makes_and_a_stopped_one_does_nothing(void **state)
{
    (void)state;
    for (unsigned i = 0; i < KEY_STATE_COUNT; i++)
        assert_int_equal(schuil_key_state_works((enum key_state)i), i == KEY_ACTIVE);
    assert_true(schuil_key_state_opens(KEY_PRE_ACTIVE));
    assert_true(schuil_key_state_opens(KEY_ACTIVE));
    assert_true(schuil_key_state_opens(KEY_TRANSLATE_ONLY));
    assert_false(schuil_key_state_opens(KEY_SUSPENDED));
    assert_false(schuil_key_state_opens(KEY_COMPROMISED));
    assert_false(schuil_key_state_opens(KEY_DESTROYED));
}

static void nothing_comes_back_from_destruction_and_all_can_go_there(void **state)
{
    (void)state;
    for (unsigned i = 0; i < KEY_STATE_COUNT; i++) {
        assert_false(schuil_key_state_may_become(KEY_DESTROYED, (enum key_state)i));
        assert_int_equal(schuil_key_state_may_become((enum key_state)i, KEY_DESTROYED),
                         i != KEY_DESTROYED);
        assert_int_equal(schuil_key_state_may_become((enum key_state)i, (enum key_state)i),
                         i != KEY_DESTROYED);
        assert_int_equal(schuil_key_state_may_become((enum key_state)i, KEY_PRE_ACTIVE),
                         i == KEY_PRE_ACTIVE);
    }
    assert_false(schuil_key_state_may_become(KEY_TRANSLATE_ONLY, KEY_ACTIVE));
    assert_false(schuil_key_state_may_become(KEY_COMPROMISED, KEY_ACTIVE));
    assert_true(schuil_key_state_may_become(KEY_SUSPENDED, KEY_ACTIVE));
}

static void purposes_have_the_protocols_lengths_and_places(void **state)
{
    static const struct {
        const char *name;
        size_t len;
        bool in[COMPARTMENT_COUNT];
    } expected[] = {
        {"root", 32, {1, 0, 0}},        {"source", 64, {1, 0, 0}},    {"domain", 32, {0, 1, 0}},
        {"domain-seal", 64, {0, 1, 0}}, {"transport", 32, {1, 1, 0}}, {"pair", 32, {1, 1, 0}},
        {"policy", 32, {0, 0, 1}},      {"audit", 32, {1, 1, 1}},     {"manifest", 32, {1, 1, 0}},
    };
    (void)state;
    assert_int_equal(COUNT_OF(expected), PURPOSE_COUNT);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        enum key_purpose p;
        assert_true(schuil_purpose_parse(bytes_text(expected[i].name), &p));
        assert_int_equal(schuil_purpose_len(p), expected[i].len);
        for (unsigned c = 0; c < COMPARTMENT_COUNT; c++)
            assert_int_equal(schuil_purpose_in(p, (enum compartment)c), expected[i].in[c]);
    }
}

static void drawing_fills_the_purposes_length_and_its_public_part(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PURPOSE_COUNT; p++) {
        struct key_row row = {.number = 1, .purpose = (enum key_purpose)p};
        struct key_row again = row;
        uint8_t key[65] = {0}, other[65] = {0};
        size_t len = schuil_purpose_len(row.purpose);
        bool has_public = p == PURPOSE_ROOT || p == PURPOSE_AUDIT || p == PURPOSE_POLICY;
        assert_ok(schuil_key_draw(&row, key));
        assert_ok(schuil_key_draw(&again, other));
        assert_memory_not_equal(key, other, len);
        assert_zeros(key + len, sizeof key - len);
        assert_int_equal(row.public_len, has_public ? 32 : 0);
        assert_ok(schuil_key_adopt(&again, bytes_of(key, len)));
        assert_memory_equal(row.public_part, again.public_part, 32);
    }
}

static void adopting_a_root_computes_its_multiple_of_the_base(void **state)
{
    struct key_row row = {.number = 1, .purpose = PURPOSE_ROOT};
    struct scalar two = {{2}};
    struct element base;
    (void)state;
    assert_ok(schuil_group_base(&two, &base));
    assert_ok(schuil_key_adopt(&row, bytes_of(&two, sizeof two)));
    assert_int_equal(row.public_len, 32);
    assert_memory_equal(row.public_part, base.b, 32);
}

static void adopting_a_scalar_out_of_range_is_refused(void **state)
{
    static const uint8_t zero[32];
    const uint8_t *const bad[] = {zero, order};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct key_row row = {.purpose = PURPOSE_ROOT, .public_len = 32, .public_part = {9}};
        assert_rc(schuil_key_adopt(&row, bytes_of(bad[i], 32)), RC_CRYPTO_SCALAR);
        assert_int_equal(row.public_len, 0);
        assert_zeros(row.public_part, sizeof row.public_part);
        row.purpose = PURPOSE_DOMAIN;
        assert_rc(schuil_key_adopt(&row, bytes_of(bad[i], 32)), RC_CRYPTO_SCALAR);
    }
}

static void adopting_another_length_is_refused(void **state)
{
    static const uint8_t key[64] = {1};
    (void)state;
    for (unsigned p = 0; p < PURPOSE_COUNT; p++) {
        struct key_row row = {.purpose = (enum key_purpose)p, .public_len = 32};
        size_t len = schuil_purpose_len(row.purpose);
        assert_rc(schuil_key_adopt(&row, bytes_of(key, len == 32 ? 64 : 32)), RC_INPUT_LENGTH);
        assert_rc(schuil_key_adopt(&row, bytes_of(key, len - 1)), RC_INPUT_LENGTH);
        assert_int_equal(row.public_len, 0);
    }
}

static void copies_stand_in_the_purposes_compartments_and_open_there(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PURPOSE_COUNT; p++) {
        struct key_row row = {.number = 7, .purpose = (enum key_purpose)p, .scope = 1, .epoch = 2};
        bool has_home = p == PURPOSE_MANIFEST || p == PURPOSE_AUDIT;
        uint8_t key[64], opened[64];
        size_t len = schuil_purpose_len(row.purpose);
        row.home = COMPARTMENT_TRANSLATE;
        assert_ok(schuil_key_draw(&row, key));
        assert_ok(schuil_key_wrap_copies(&row, bytes_of(key, len), &under_w));
        for (unsigned c = 0; c < COMPARTMENT_COUNT; c++) {
            bool is_in = has_home ? c == COMPARTMENT_TRANSLATE
                                  : schuil_purpose_in(row.purpose, (enum compartment)c);
            assert_int_equal(row.copies[c].exists, is_in);
            assert_int_equal(row.copies[c].len, is_in ? len + 40 : 0);
            if (!is_in) {
                assert_rc(schuil_key_unwrap_copy(&row, (enum compartment)c, &ring, opened, len),
                          RC_CONFIG_KEY_ROW);
                continue;
            }
            assert_ok(schuil_key_unwrap_copy(&row, (enum compartment)c, &ring, opened, len));
            assert_memory_equal(opened, key, len);
        }
    }
}

static void a_copy_of_an_edited_row_does_not_open(void **state)
{
    struct key_row good = {.number = 7, .purpose = PURPOSE_TRANSPORT, .scope = 1, .epoch = 2};
    uint8_t key[32], opened[32];
    (void)state;
    assert_ok(schuil_key_draw(&good, key));
    assert_ok(schuil_key_wrap_copies(&good, bytes_of(key, sizeof key), &under_w));
    struct key_row bad[9];
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        bad[i] = good;
    bad[0].number++;
    bad[1].purpose = PURPOSE_PAIR;
    bad[2].scope++;
    bad[3].epoch++;
    bad[4].generation++;
    bad[5].copies[COMPARTMENT_ISSUE].wrapped[30] ^= 1;
    bad[6].copies[COMPARTMENT_ISSUE].len--;
    bad[7].copies[COMPARTMENT_ISSUE] = good.copies[COMPARTMENT_TRANSLATE];
    bad[8].copies[COMPARTMENT_ISSUE].wrapping_name[0] = 'v';
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        memset(opened, 9, sizeof opened);
        assert_rc(schuil_key_unwrap_copy(&bad[i], COMPARTMENT_ISSUE, &ring, opened, sizeof opened),
                  i == 8 ? RC_CONFIG_WRAPPING : RC_CONFIG_KEY_ROW);
        assert_zeros(opened, sizeof opened);
    }
    static const struct wrapping_key other = {{4}};
    const struct wrapping_ring wrong = {.count = 1, .refs = {{.name = "w", .key = &other}}};
    assert_rc(schuil_key_unwrap_copy(&good, COMPARTMENT_ISSUE, &wrong, opened, 32),
              RC_CONFIG_KEY_ROW);
    assert_rc(schuil_key_unwrap_copy(&good, COMPARTMENT_ISSUE, &ring, opened, 31),
              RC_CONFIG_KEY_ROW);
    assert_ok(schuil_key_unwrap_copy(&good, COMPARTMENT_ISSUE, &ring, opened, 32));
}

static void copies_that_cannot_be_made_leave_none(void **state)
{
    char long_name[65];
    static const uint8_t key[64] = {1};
    memset(long_name, 'w', 64);
    long_name[64] = '\0';
    (void)state;
    const struct {
        enum key_purpose purpose;
        int8_t home;
        size_t len;
        const char *name;
        enum schuil_rc_code rc;
    } bad[] = {
        {PURPOSE_MANIFEST, COMPARTMENT_OPERATE, 32, "w", RC_INPUT_VALUE},
        {PURPOSE_MANIFEST, -1, 32, "w", RC_INPUT_VALUE},
        {PURPOSE_AUDIT, COMPARTMENT_COUNT, 32, "w", RC_INPUT_VALUE},
        {PURPOSE_ROOT, -1, 64, "w", RC_INPUT_LENGTH},
        {PURPOSE_SOURCE, -1, 32, "w", RC_INPUT_LENGTH},
        {PURPOSE_ROOT, -1, 32, "", RC_INPUT_LENGTH},
        {PURPOSE_ROOT, -1, 32, long_name, RC_INPUT_LENGTH},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct key_row row = {.number = 1, .purpose = bad[i].purpose, .home = bad[i].home};
        memset(row.copies, 7, sizeof row.copies);
        const struct wrapping_ref named = {.name = bad[i].name, .key = &wrapping};
        assert_rc(schuil_key_wrap_copies(&row, bytes_of(key, bad[i].len), &named), bad[i].rc);
        assert_zeros(row.copies, sizeof row.copies);
    }
}

static void a_copy_moves_to_another_wrapping_key_alone(void **state)
{
    static const struct wrapping_key next = {{9}};
    const struct wrapping_ref under_next = {.name = "w.2", .key = &next};
    const struct wrapping_ring both = {.count = 2, .refs = {under_w, under_next}};
    const struct wrapping_ring alone = {.count = 1, .refs = {under_next}};
    struct key_row row = {.number = 7, .purpose = PURPOSE_TRANSPORT};
    uint8_t key[32], opened[32];
    (void)state;
    assert_ok(schuil_key_draw(&row, key));
    assert_ok(schuil_key_wrap_copies(&row, bytes_of(key, 32), &under_w));
    assert_ok(schuil_key_rewrap_copy(&row, COMPARTMENT_ISSUE, bytes_of(key, 32), &under_next));
    assert_string_equal(row.copies[COMPARTMENT_ISSUE].wrapping_name, "w.2");
    assert_string_equal(row.copies[COMPARTMENT_TRANSLATE].wrapping_name, "w");
    assert_ok(schuil_key_unwrap_copy(&row, COMPARTMENT_ISSUE, &alone, opened, 32));
    assert_memory_equal(opened, key, 32);
    assert_rc(schuil_key_unwrap_copy(&row, COMPARTMENT_TRANSLATE, &alone, opened, 32),
              RC_CONFIG_WRAPPING);
    assert_ok(schuil_key_unwrap_copy(&row, COMPARTMENT_TRANSLATE, &both, opened, 32));
    struct key_row before = row;
    assert_rc(schuil_key_rewrap_copy(&row, COMPARTMENT_OPERATE, bytes_of(key, 32), &under_next),
              RC_INPUT_VALUE);
    assert_rc(schuil_key_rewrap_copy(&row, COMPARTMENT_TRANSLATE, bytes_of(key, 31), &under_next),
              RC_INPUT_LENGTH);
    assert_memory_equal(&before, &row, sizeof row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_parse_back_to_what_they_name),
        cmocka_unit_test(names_that_are_none_are_refused),
        cmocka_unit_test(only_an_active_key_makes_and_a_stopped_one_does_nothing),
        cmocka_unit_test(nothing_comes_back_from_destruction_and_all_can_go_there),
        cmocka_unit_test(purposes_have_the_protocols_lengths_and_places),
        cmocka_unit_test(drawing_fills_the_purposes_length_and_its_public_part),
        cmocka_unit_test(adopting_a_root_computes_its_multiple_of_the_base),
        cmocka_unit_test(adopting_a_scalar_out_of_range_is_refused),
        cmocka_unit_test(adopting_another_length_is_refused),
        cmocka_unit_test(copies_stand_in_the_purposes_compartments_and_open_there),
        cmocka_unit_test(a_copy_of_an_edited_row_does_not_open),
        cmocka_unit_test(copies_that_cannot_be_made_leave_none),
        cmocka_unit_test(a_copy_moves_to_another_wrapping_key_alone),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
