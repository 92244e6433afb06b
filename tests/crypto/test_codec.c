/* SPDX-License-Identifier: Apache-2.0 */
/* base64url and hex, against the second implementation's answers, against libsodium's, and for
 * every character in every place of a group. */
#include <sodium.h>
#include <stdlib.h>

#include "unit.h"

#include "schuilnaam/crypto/codec.h"

enum { TEXT_LEN_MAX = 512, BYTES_LEN_MAX = 301 };

static void encoding_gives_the_known_texts_and_decoding_takes_them_back(void **state)
{
    static struct vector_bytes want;
    json_t *root = vector_file("b64u.json");
    size_t i;
    const json_t *one;

    (void)state;
    json_array_foreach(vector_member(root, "accepted"), i, one)
    {
        char text[TEXT_LEN_MAX];
        uint8_t back[TEXT_LEN_MAX];
        struct bytes data = vector_hex(one, "bytes", &want);
        struct bytes known = bytes_text(vector_text(one, "text"));

        assert_int_equal(schuil_b64u_len(data.len), known.len);
        schuil_b64u_encode(data, text);
        assert_memory_equal(text, known.data, known.len);
        assert_ok(schuil_b64u_decode(known, back, data.len));
        assert_memory_equal(back, data.data, data.len);
    }
    assert_true(i > 30);
    json_decref(root);
}

/* The number of bytes that a text of len characters would be, were it good. */
static size_t bytes_of_text(size_t len)
{
    return len * 3 / 4;
}

static void texts_that_are_not_strict_are_refused_and_leave_zeros(void **state)
{
    static struct vector_bytes text;
    json_t *root = vector_file("b64u.json");
    size_t i;
    const json_t *one;

    (void)state;
    json_array_foreach(vector_member(root, "refused_hex"), i, one)
    {
        uint8_t back[TEXT_LEN_MAX];
        struct bytes bad = vector_hex_text(json_string_value(one), &text);
        size_t len = bytes_of_text(bad.len);

        memset(back, 0xaa, sizeof back);
        assert_rc(schuil_b64u_decode(bad, back, len), RC_INPUT_BASE64);
        assert_zeros(back, len);
        assert_all(back + len, 0xaa, sizeof back - len);
    }
    assert_true(i > 10);
    json_decref(root);
}

static void a_length_that_is_not_the_one_asked_is_refused(void **state)
{
    static const char text[] = "AAAAAAAAAAAA";

    (void)state;
    for (size_t len = 0; len <= 12; len++)
        for (size_t ret_len = 0; ret_len <= 9; ret_len++) {
            uint8_t back[16];
            memset(back, 0xaa, sizeof back);
            struct schuil_rc rc = schuil_b64u_decode(bytes_of(text, len), back, ret_len);
            assert_int_equal(schuil_is_ok(rc), len == schuil_b64u_len(ret_len));
            assert_zeros(back, ret_len);
            assert_all(back + ret_len, 0xaa, sizeof back - ret_len);
        }
}

/* libsodium's verdict on an ASCII text. For other bytes 1.0.18 has none that helps: it takes them
 * all, and they must be refused. */
static bool sodium_takes(const char *text, size_t len, uint8_t *ret, size_t ret_len)
{
    size_t got = 0;
    const char *end = NULL;

    return sodium_base642bin(ret, ret_len, text, len, NULL, &got, &end,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
           got == ret_len && end == text + len;
}

/* Whether the text with c at `at` is judged and read as libsodium does. */
static bool check_character(char *text, size_t len, size_t at, unsigned c, size_t ret_len)
{
    uint8_t ours[BYTES_LEN_MAX];
    uint8_t theirs[BYTES_LEN_MAX];
    char before = text[at];

    memset(ours, 0xaa, sizeof ours);
    text[at] = (char)c;
    bool is_taken = schuil_is_ok(schuil_b64u_decode(bytes_of(text, len), ours, ret_len));
    assert_int_equal(is_taken, c < 128 && sodium_takes(text, len, theirs, ret_len));
    if (is_taken)
        assert_memory_equal(ours, theirs, ret_len);
    else
        assert_zeros(ours, ret_len);
    assert_int_equal(ours[ret_len], 0xaa);
    text[at] = before;
    return is_taken;
}

/* Lengths below, at and past a vector of 16 characters and the two after it. */
static void every_byte_in_every_place_is_judged_as_libsodium_does(void **state)
{
    char text[TEXT_LEN_MAX];
    uint8_t data[BYTES_LEN_MAX];

    (void)state;
    assert_ok(schuil_random(data, sizeof data));
    for (size_t ret_len = 1; ret_len <= 40; ret_len++) {
        size_t len = schuil_b64u_len(ret_len);
        schuil_b64u_encode(bytes_of(data, ret_len), text);
        for (size_t at = 0; at < len; at++) {
            size_t taken_count = 0;
            for (unsigned c = 0; c < 256; c++)
                taken_count += check_character(text, len, at, c, ret_len);
            /* 64 in each place, fewer in the last one of a text that is not whole groups. */
            bool is_last = at == len - 1;
            assert_int_equal(taken_count, !is_last || len % 4 == 0 ? 64 : len % 4 == 2 ? 4 : 16);
        }
    }
}

static void check_random(const uint8_t *data, size_t len)
{
    char ours[TEXT_LEN_MAX];
    char theirs[TEXT_LEN_MAX];
    uint8_t back[BYTES_LEN_MAX];

    memset(ours, '?', sizeof ours);
    schuil_b64u_encode(bytes_of(data, len), ours);
    sodium_bin2base64(theirs, sizeof theirs, data, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    assert_int_equal(strlen(theirs), schuil_b64u_len(len));
    assert_memory_equal(ours, theirs, schuil_b64u_len(len));
    assert_int_equal(ours[schuil_b64u_len(len)], '?');
    memset(back, 0xaa, sizeof back);
    assert_ok(schuil_b64u_decode(bytes_of(ours, schuil_b64u_len(len)), back, len));
    assert_memory_equal(back, data, len);
    assert_int_equal(back[len], 0xaa);
}

static void random_bytes_are_encoded_as_libsodium_does(void **state)
{
    static uint8_t data[1 << 16];

    (void)state;
    for (size_t round = 0; round < 100; round++) {
        assert_ok(schuil_random(data, sizeof data));
        for (size_t len = 0; len <= 300; len++)
            check_random(data + len * 200, len);
    }
}

static void random_bytes_are_hexadecimal_as_libsodiums(void **state)
{
    uint8_t data[150];

    (void)state;
    for (size_t len = 0; len <= sizeof data; len++) {
        char ours[TEXT_LEN_MAX];
        char theirs[TEXT_LEN_MAX];
        uint8_t back[sizeof data];

        assert_ok(schuil_random(data, len));
        schuil_hex_encode(bytes_of(data, len), ours);
        sodium_bin2hex(theirs, sizeof theirs, data, len);
        assert_memory_equal(ours, theirs, 2 * len);
        assert_ok(schuil_hex_decode(bytes_of(ours, 2 * len), back, len));
        assert_memory_equal(back, data, len);
    }
}

static int hex_digit(unsigned c)
{
    const char *digits = "0123456789abcdef";
    const char *found = c == 0 ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? (int)c + 32 : (int)c);

    return found == NULL ? -1 : (int)(found - digits);
}

static void hex_takes_both_cases_and_no_other_character(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++)
        for (size_t at = 0; at < 4; at++) {
            char text[5] = "0000";
            uint8_t back[3] = {0xaa, 0xaa, 0xaa};
            int digit = hex_digit(c);

            text[at] = (char)c;
            struct schuil_rc rc = schuil_hex_decode(bytes_of(text, 4), back, 2);
            assert_rc(rc, digit < 0 ? RC_INPUT_HEX : RC_OK);
            assert_int_equal(back[at / 2], digit < 0 ? 0 : at % 2 == 0 ? digit << 4 : digit);
            assert_int_equal(back[1 - at / 2], 0);
            assert_int_equal(back[2], 0xaa);
        }
}

static void hex_of_another_length_is_refused_and_leaves_zeros(void **state)
{
    uint8_t back[3];

    (void)state;
    for (size_t len = 0; len <= 6; len++) {
        memset(back, 0xaa, sizeof back);
        struct schuil_rc rc = schuil_hex_decode(bytes_of("ffffff", len), back, 2);
        assert_rc(rc, len == 4 ? RC_OK : RC_INPUT_HEX);
        assert_all(back, len == 4 ? 0xff : 0, 2);
        assert_int_equal(back[2], 0xaa);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoding_gives_the_known_texts_and_decoding_takes_them_back),
        cmocka_unit_test(texts_that_are_not_strict_are_refused_and_leave_zeros),
        cmocka_unit_test(a_length_that_is_not_the_one_asked_is_refused),
        cmocka_unit_test(every_byte_in_every_place_is_judged_as_libsodium_does),
        cmocka_unit_test(random_bytes_are_encoded_as_libsodium_does),
        cmocka_unit_test(random_bytes_are_hexadecimal_as_libsodiums),
        cmocka_unit_test(hex_takes_both_cases_and_no_other_character),
        cmocka_unit_test(hex_of_another_length_is_refused_and_leaves_zeros),
    };

    return cmocka_run_group_tests(tests, crypto_setup, NULL);
}
