/* SPDX-License-Identifier: Apache-2.0 */
/* expand_message_xmd against RFC 9380 K.3 and its limits. */
#include <stdlib.h>

#include "unit.h"

#include "schuilnaam/crypto/group.h"

static void the_figures_of_the_rfc_come_out(void **state)
{
    static struct vector_bytes want;
    json_t *root = vector_file("rfc9380.json");
    struct bytes dst = bytes_text(vector_text(root, "dst"));
    size_t i;
    const json_t *one;

    (void)state;
    json_array_foreach(vector_member(root, "cases"), i, one)
    {
        uint8_t got[EXPAND_LEN_MAX];
        struct bytes uniform = vector_hex(one, "uniform", &want);

        assert_int_equal(uniform.len, vector_number(one, "length"));
        assert_ok(schuil_expand_message_xmd(bytes_text(vector_text(one, "message")), dst, got,
                                            uniform.len));
        assert_memory_equal(got, uniform.data, uniform.len);
    }
    assert_true(i >= 6);
    json_decref(root);
}

static void lengths_out_of_range_are_refused_and_touch_nothing(void **state)
{
    static uint8_t got[EXPAND_LEN_MAX + 1];
    static const uint8_t dst[EXPAND_DST_LEN_MAX + 1];
    struct bytes message = bytes_text("m");

    (void)state;
    memset(got, 0xaa, sizeof got);
    assert_rc(schuil_expand_message_xmd(message, bytes_of(dst, 1), got, 0), RC_INPUT_LENGTH);
    assert_rc(schuil_expand_message_xmd(message, bytes_of(dst, 1), got, EXPAND_LEN_MAX + 1),
              RC_INPUT_LENGTH);
    assert_rc(schuil_expand_message_xmd(message, bytes_of(dst, 0), got, 64), RC_INPUT_LENGTH);
    assert_rc(schuil_expand_message_xmd(message, bytes_of(dst, EXPAND_DST_LEN_MAX + 1), got, 64),
              RC_INPUT_LENGTH);
    assert_all(got, 0xaa, sizeof got);
}

static void the_longest_output_and_tag_are_taken(void **state)
{
    static uint8_t got[EXPAND_LEN_MAX + 1];
    static const uint8_t dst[EXPAND_DST_LEN_MAX];

    (void)state;
    memset(got, 0xaa, sizeof got);
    assert_ok(schuil_expand_message_xmd(bytes_of(NULL, 0), bytes_of(dst, sizeof dst), got,
                                        EXPAND_LEN_MAX));
    assert_memory_not_equal(got, got + EXPAND_LEN_MAX - 64, 64);
    assert_int_equal(got[EXPAND_LEN_MAX], 0xaa);
}

static void a_length_of_no_whole_block_ends_where_it_was_asked(void **state)
{
    (void)state;
    for (size_t len = 1; len <= 130; len++) {
        uint8_t got[131];
        memset(got, 0xaa, sizeof got);
        assert_ok(schuil_expand_message_xmd(bytes_text("m"), bytes_text("d"), got, len));
        assert_all(got + len, 0xaa, sizeof got - len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_figures_of_the_rfc_come_out),
        cmocka_unit_test(lengths_out_of_range_are_refused_and_touch_nothing),
        cmocka_unit_test(the_longest_output_and_tag_are_taken),
        cmocka_unit_test(a_length_of_no_whole_block_ends_where_it_was_asked),
    };

    return cmocka_run_group_tests(tests, crypto_setup, NULL);
}
