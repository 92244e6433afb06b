/* SPDX-License-Identifier: Apache-2.0 */
/* Declared encodings become UTF-8, strictly. Bytes: RFC 3629 section 3 and the WHATWG index of
 * windows-1252. */
#include "unit.h"

#include <jansson.h>

#include "csv/encoding.h"

static void expect(enum text_encoding encoding, const char *text, const char *wanted)
{
    struct text_decoder *decoder = NULL;
    struct bytes got;
    assert_ok(decoder_new(encoding, &decoder));
    if (wanted != NULL) {
        assert_ok(decoder_decode(decoder, bytes_text(text), &got));
        assert_text(got, wanted);
    } else {
        assert_rc(decoder_decode(decoder, bytes_text(text), &got), INPUT_TEXT);
        assert_int_equal(got.len, 0);
    }
    decoder_free(decoder);
}

static void each_encoding_becomes_utf_8(void **state)
{
    (void)state;
    expect(ENCODING_UTF_8, "Zo\xc3\xab \xf0\x9f\x98\x80", "Zo\xc3\xab \xf0\x9f\x98\x80");
    expect(ENCODING_WINDOWS_1252, "Zo\xeb \x80\x9e", "Zo\xc3\xab \xe2\x82\xac\xc5\xbe");
    expect(ENCODING_ISO_8859_1, "Zo\xeb\xff", "Zo\xc3\xab\xc3\xbf");
    expect(ENCODING_ISO_8859_1, "", "");
}

static void what_an_encoding_does_not_have_is_refused(void **state)
{
    (void)state;
    static const char *const utf_8[] = {"\x80",
                                        "\xc3",
                                        "\xc0\xaf",
                                        "\xe0\x80\xaf",
                                        "\xed\xa0\x80",
                                        "\xf4\x90\x80\x80",
                                        "\xf8\x88\x80\x80\x80",
                                        "\xff"};
    static const char *const w1252[] = {"\x81", "\x8d", "\x8f", "\x90", "\x9d"};
    for (size_t i = 0; i < sizeof utf_8 / sizeof utf_8[0]; i++)
        expect(ENCODING_UTF_8, utf_8[i], NULL);
    for (size_t i = 0; i < sizeof w1252 / sizeof w1252[0]; i++)
        expect(ENCODING_WINDOWS_1252, w1252[i], NULL);
    expect(ENCODING_ISO_8859_1, "\x80", NULL);
    expect(ENCODING_ISO_8859_1, "x\x9f", NULL);
}

/* Each text of up to four bytes taken from the borders of RFC 3629's table, judged by jansson too.
 */
static void utf_8_is_judged_as_the_json_library_judges_it(void **state)
{
    (void)state;
    static const uint8_t borders[] = {0x01, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1,
                                      0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1,
                                      0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xfd, 0xfe, 0xff};
    enum { KINDS = sizeof borders, COUNT = KINDS * KINDS * KINDS * KINDS };
    struct text_decoder *decoder = NULL;
    size_t good_count = 0;
    assert_ok(decoder_new(ENCODING_UTF_8, &decoder));
    for (unsigned n = 0; n < COUNT; n++) {
        uint8_t text[4];
        struct bytes got;
        unsigned rest = n;
        for (size_t i = 0; i < sizeof text; i++, rest /= KINDS)
            text[i] = borders[rest % KINDS];
        size_t len = 1 + n % 4;
        json_t *json = json_stringn((const char *)text, len);
        bool is_good = schuil_is_ok(decoder_decode(decoder, bytes_of(text, len), &got));
        assert_int_equal(is_good, json != NULL);
        good_count += is_good;
        json_decref(json);
    }
    assert_true(good_count > 1000);
    decoder_free(decoder);
}

static void a_refused_text_does_not_spoil_the_next(void **state)
{
    (void)state;
    struct text_decoder *decoder = NULL;
    struct bytes got;
    assert_ok(decoder_new(ENCODING_UTF_8, &decoder));
    assert_rc(decoder_decode(decoder, bytes_text("\xc3"), &got), INPUT_TEXT);
    assert_rc(decoder_decode(decoder, bytes_text("\xab"), &got), INPUT_TEXT);
    assert_ok(decoder_decode(decoder, bytes_text("\xc3\xab"), &got));
    assert_text(got, "\xc3\xab");
    decoder_free(decoder);
}

static void long_texts_are_whole(void **state)
{
    (void)state;
    char in[2000];
    char wanted[2 * sizeof in];
    struct text_decoder *decoder = NULL;
    struct bytes got;
    memset(in, 0xe9, sizeof in);
    for (size_t i = 0; i < sizeof in; i++)
        memcpy(wanted + 2 * i, "\xc3\xa9", 2);
    assert_ok(decoder_new(ENCODING_ISO_8859_1, &decoder));
    assert_ok(decoder_decode(decoder, bytes_of(in, sizeof in), &got));
    assert_int_equal(got.len, sizeof wanted);
    assert_memory_equal(got.data, wanted, sizeof wanted);
    decoder_free(decoder);
}

static void names_are_those_declared_and_no_others(void **state)
{
    (void)state;
    enum text_encoding encoding;
    assert_true(encoding_find("UTF-8", &encoding) && encoding == ENCODING_UTF_8);
    assert_true(encoding_find("windows-1252", &encoding) && encoding == ENCODING_WINDOWS_1252);
    assert_true(encoding_find("iso-8859-1", &encoding) && encoding == ENCODING_ISO_8859_1);
    assert_false(encoding_find("utf8", &encoding));
    assert_false(encoding_find("", &encoding));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_encoding_becomes_utf_8),
        cmocka_unit_test(what_an_encoding_does_not_have_is_refused),
        cmocka_unit_test(utf_8_is_judged_as_the_json_library_judges_it),
        cmocka_unit_test(a_refused_text_does_not_spoil_the_next),
        cmocka_unit_test(long_texts_are_whole),
        cmocka_unit_test(names_are_those_declared_and_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
