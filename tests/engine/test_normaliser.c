/* SPDX-License-Identifier: Apache-2.0 */
/* The normaliser against the second implementation's golden values, and its own promises. */
#include "attributes/normalise.h"

#include <time.h>

#include "engine_unit.h"
#include "kind_name.h"
#include "schuilnaam/engine/work.h"
#include "vector_file.h"

enum { TODAY_DAYS = 20254 /* 2025-06-15 */ };

static const struct normaliser lenient = {.today_days = TODAY_DAYS, .allows_test_persons = true};

static const char *result_name(enum schuil_diagnostic d)
{
    return d == DIAG_NONE ? "ok" : schuil_diagnostic(d)->name;
}

/* The date of a vector by the C library's calendar, not ours. */
static int64_t days_of(const char *yyyymmdd)
{
    struct tm tm = {0};
    assert_int_equal(sscanf(yyyymmdd, "%4d%2d%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday), 3);
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    return (int64_t)timegm(&tm) / 86400;
}

static struct bytes input_of(const json_t *one, struct vector_bytes *buffer)
{
    if (json_object_get(one, "input_hex") != NULL)
        return vector_hex(one, "input_hex", buffer);
    const json_t *input = vector_member(one, "input");
    return bytes_of(json_string_value(input), json_string_length(input));
}

static struct normaliser policy_of(const json_t *one)
{
    struct normaliser n = {.today_days = TODAY_DAYS};
    if (json_object_get(one, "today") != NULL)
        n.today_days = days_of(vector_text(one, "today"));
    if (json_object_get(one, "test_persons") != NULL)
        n.allows_test_persons = strcmp(vector_text(one, "test_persons"), "allow") == 0;
    return n;
}

static void case_check(const json_t *one, size_t index)
{
    static struct vector_bytes buffer;
    struct normaliser n = policy_of(one);
    struct canonical got;
    const char *want = vector_text(one, "refusal");
    const json_t *canonical = vector_member(one, "canonical");
    enum schuil_diagnostic d =
        normalise(&n, kind_named(vector_text(one, "kind")), input_of(one, &buffer), &got);
    if (strcmp(result_name(d), want) != 0)
        fail_msg("case %zu: %s, and not %s", index, result_name(d), want);
    if (json_is_null(canonical)) {
        assert_int_equal(got.len, 0);
        return;
    }
    if (!bytes_equal(canonical_bytes(&got), bytes_text(json_string_value(canonical))))
        fail_msg("case %zu: %.*s, and not %s", index, got.len, got.data,
                 json_string_value(canonical));
}

static void every_golden_value_is_met(void **state)
{
    json_t *root = vector_file("normaliser.json");
    const json_t *one;
    size_t i;
    (void)state;
    json_array_foreach(vector_member(root, "cases"), i, one) case_check(one, i);
    print_message("normaliser.json: %zu cases\n", i);
    assert_true(i >= 200);
    json_decref(root);
}

static enum schuil_diagnostic tried(enum attribute_kind kind, struct bytes value,
                                    struct canonical *ret)
{
    memset(ret, 0xee, sizeof *ret);
    return normalise(&lenient, kind, value, ret);
}

static void every_kind_bounds_a_value_before_it_reads_it(void **state)
{
    static uint8_t long_value[LIMIT_VALUE_LEN + 1];
    struct canonical got;
    (void)state;
    memset(long_value, '0', sizeof long_value);
    for (unsigned kind = KIND_BSN; kind <= KIND_TEXT; kind++) {
        struct bytes over = bytes_of(long_value, sizeof long_value);
        struct bytes at = bytes_of(long_value, LIMIT_VALUE_LEN);
        assert_int_equal(tried(kind, over, &got), DIAG_VALUE_LENGTH);
        assert_int_not_equal(tried(kind, at, &got), DIAG_VALUE_LENGTH);
    }
    long_value[0] = 0xff;
    assert_int_equal(tried(KIND_TEXT, bytes_of(long_value, sizeof long_value), &got),
                     DIAG_VALUE_LENGTH);
}

static void leading_zeros_of_a_number_end_at_the_values_limit(void **state)
{
    static uint8_t zeros[LIMIT_VALUE_LEN];
    struct canonical got;
    (void)state;
    memset(zeros, '0', sizeof zeros);
    zeros[sizeof zeros - 1] = '7';
    assert_int_equal(tried(KIND_NUMBER, bytes_of(zeros, sizeof zeros), &got), DIAG_NONE);
    assert_int_equal(got.len, 1);
    assert_int_equal(got.data[0], '7');
}

static void a_refused_value_leaves_nothing_behind(void **state)
{
    static const struct canonical none;
    static const char *const values[] = {"999900007", "19930230",    "9",           "1234SS",
                                         "100000",    "Bakker \x2b", "\xe2\x80\x8b"};
    struct canonical got;
    (void)state;
    for (unsigned kind = KIND_BSN; kind <= KIND_TEXT; kind++) {
        assert_int_not_equal(tried(kind, bytes_text(values[kind]), &got), DIAG_NONE);
        assert_memory_equal(&got, &none, sizeof got);
    }
}

/* 366 days through a leap year, and each century's end: our calendar against the C library's. */
static void the_calendar_is_the_c_librarys(void **state)
{
    struct canonical got;
    char text[16];
    (void)state;
    for (int64_t days = -43829; days < 60000; days++) { /* from 1850-01-01 */
        time_t seconds = (time_t)(days * 86400);
        struct tm tm;
        struct normaliser today = {.today_days = days - 1};
        struct normaliser yesterday = {.today_days = days - 2};
        assert_non_null(gmtime_r(&seconds, &tm));
        assert_int_equal(strftime(text, sizeof text, "%Y%m%d", &tm), 8);
        assert_int_equal(normalise(&today, KIND_DATE, bytes_text(text), &got), DIAG_NONE);
        assert_memory_equal(got.data, text, 8);
        assert_int_equal(normalise(&yesterday, KIND_DATE, bytes_text(text), &got), DIAG_DATE_RANGE);
    }
}

/* Every code point alone as a name: taken ones give only A-Z, and the answer is one of the few. */
static void every_character_gives_letters_or_a_diagnostic(void **state)
{
    size_t taken = 0;
    (void)state;
    for (uint32_t c = 0x80; c <= 0x10ffff; c++) {
        uint8_t value[5] = {'A'};
        struct writer w = writer_over(value + 1, 4);
        struct canonical got;
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        if (c < 0x800) {
            put_u8(&w, (uint8_t)(0xc0 | (c >> 6)));
        } else if (c < 0x10000) {
            put_u8(&w, (uint8_t)(0xe0 | (c >> 12)));
            put_u8(&w, (uint8_t)(0x80 | ((c >> 6) & 0x3f)));
        } else {
            put_u8(&w, (uint8_t)(0xf0 | (c >> 18)));
            put_u8(&w, (uint8_t)(0x80 | ((c >> 12) & 0x3f)));
            put_u8(&w, (uint8_t)(0x80 | ((c >> 6) & 0x3f)));
        }
        put_u8(&w, (uint8_t)(0x80 | (c & 0x3f)));
        enum schuil_diagnostic d = normalise(&lenient, KIND_NAME, bytes_of(value, 1 + w.len), &got);
        assert_true(d == DIAG_NONE || d == DIAG_NAME_CHARACTER || d == DIAG_NAME_UNASSIGNED ||
                    d == DIAG_CONTROL_CHARACTER);
        for (size_t i = 0; d == DIAG_NONE && i < got.len; i++)
            assert_in_range(got.data[i], 'A', 'Z');
        taken += d == DIAG_NONE ? 1 : 0;
    }
    print_message("%zu characters beyond ASCII are taken in names\n", taken);
    assert_true(taken > 1000);
}

static void the_tables_are_unicode_15_0(void **state)
{
    /* U+1E08F (a mark, new in 15.0) is assigned; U+2FFC (new in 15.1) is not. */
    struct canonical got;
    (void)state;
    assert_ok(schuil_normaliser_check());
    assert_int_equal(tried(KIND_NAME, bytes_text("A\xf0\x9e\x82\x8f"), &got), DIAG_NONE);
    assert_int_equal(tried(KIND_NAME, bytes_text("A\xe2\xbf\xbc"), &got), DIAG_NAME_UNASSIGNED);
    assert_int_equal(tried(KIND_TEXT, bytes_text("A\xe2\xbf\xbc"), &got), DIAG_TEXT_CHARACTER);
}

/* The longest canonical decomposition a byte can have, all through the longest value. */
static void the_densest_decomposition_fits(void **state)
{
    static char value[LIMIT_VALUE_LEN + 1];
    struct canonical got;
    (void)state;
    for (size_t i = 0; i < LIMIT_VALUE_LEN; i += 2)
        memcpy(value + i, "\xce\x90", 2); /* U+0390: two bytes, three characters */
    assert_int_equal(tried(KIND_TEXT, bytes_of(value, LIMIT_VALUE_LEN), &got), DIAG_TEXT_LENGTH);
    assert_int_equal(tried(KIND_TEXT, bytes_of(value, 128), &got), DIAG_NONE);
    assert_memory_equal(got.data, value, 128);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_golden_value_is_met),
        cmocka_unit_test(every_kind_bounds_a_value_before_it_reads_it),
        cmocka_unit_test(leading_zeros_of_a_number_end_at_the_values_limit),
        cmocka_unit_test(a_refused_value_leaves_nothing_behind),
        cmocka_unit_test(the_calendar_is_the_c_librarys),
        cmocka_unit_test(every_character_gives_letters_or_a_diagnostic),
        cmocka_unit_test(the_tables_are_unicode_15_0),
        cmocka_unit_test(the_densest_decomposition_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
