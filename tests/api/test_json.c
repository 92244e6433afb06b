/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies into batches, and batches into answers. */
#include <string.h>

#include "../engine/engine_unit.h"
#include "../engine/fixture_work.h"
#include "json/batch.h"
#include "json/in.h"
#include "json/out.h"

static struct fixture_work fixture;

static int set_up(void **state)
{
    (void)state;
    fixture_work_init(&fixture);
    fixture_work_load(&fixture);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_work_done(&fixture);
    return 0;
}

/* ---- parsing ---- */

static void refused_body(struct bytes body)
{
    json_t *root;
    const char *detail = NULL;
    assert_rc(json_in_parse(body, &root, &detail), RC_INPUT_JSON);
    assert_null(root);
    assert_non_null(detail);
}

static void bodies_that_are_not_json_are_refused(void **state)
{
    static const char *const wrong[] = {"",
                                        " ",
                                        "{",
                                        "[1,]",
                                        "{\"a\":1,}",
                                        "{} x",
                                        "{\"a\":1}{",
                                        "'a'",
                                        "{\"a\":1,\"a\":2}",
                                        "\"\\u0000\"",
                                        "\"\\ud800\"",
                                        "01",
                                        "\"a\nb\"",
                                        "{\"\\u0000\":1}",
                                        "NaN",
                                        "[1e999]",
                                        "\xef\xbb\xbf{}"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        refused_body(bytes_text(wrong[i]));
    refused_body(bytes_of("{\"a\":\"\xff\"}", 9));
    refused_body(bytes_of("{\"a\":\"\xc0\x80\"}", 10)); /* an overlong zero */
    refused_body(bytes_of("{}\0", 3));
}

static void depth_is_counted_outside_strings(void **state)
{
    json_t *root;
    const char *detail;
    (void)state;
    assert_ok(json_in_parse(bytes_text("[[[[[[[[1]]]]]]]]"), &root, &detail));
    json_decref(root);
    refused_body(bytes_text("[[[[[[[[[1]]]]]]]]]"));
    assert_ok(json_in_parse(bytes_text("[\"[[[[[[[[[[\\\"[[[\"]"), &root, &detail));
    json_decref(root);
}

static void a_number_past_64_bits_is_refused(void **state)
{
    (void)state;
    refused_body(bytes_text("[123456789012345678901234567890]"));
}

/* ---- records to answers ---- */

/* Issue for HOSP1 to REG1 what the body says; the answer's text, to be freed with out_done. */
static struct out issue_answer(const char *body, const char *trefs)
{
    struct json_batch batch;
    const char *detail;
    struct out out = {0};
    assert_ok(json_batch_read(bytes_text(body), fixture.arena, &batch, &detail));
    assert_ok(json_batch_issue_head(&batch, fixture.snapshot, &detail));
    struct work *work = fixture_issue(&fixture, 1, "REG1", (uint32_t)batch.record_count, trefs);
    assert_ok(json_batch_issue_records(&batch, work));
    assert_ok(schuil_issue_prepare(work));
    fixture_run(work);
    out_work(&out, work, 1000000);
    out_put(&out, "", 1);
    assert_false(out.has_failed);
    return out;
}

/* The work of a translate body, filled; the body must live as long. */
static struct schuil_rc translate_read(const char *body, struct work **ret)
{
    struct json_batch batch;
    const char *detail;
    assert_ok(json_batch_read(bytes_text(body), fixture.arena, &batch, &detail));
    assert_ok(json_batch_translate_head(&batch, &detail));
    *ret = fixture_translate(&fixture, "REG1", (uint32_t)batch.record_count);
    return json_batch_translate_records(&batch, *ret);
}

static void diagnostics_have_their_shape_and_repeat_no_value(void **state)
{
    (void)state;
    struct out out = issue_answer("{\"pseudonymTypes\":[\"A\"],\"records\":"
                                  "[7,{\"BSN\":5},{},{\"123456782\":\"x\"}]}",
                                  "A");
    assert_string_equal(
        out.data,
        "{\"statistics\":{\"pseudonymTotal\":0,\"errorTotal\":4,\"speed\":0},\"records\":["
        "{\"pseudonyms\":{},\"diagnostics\":[{\"code\":3101,\"name\":\"RECORD_SHAPE\",\"field\":"
        "\"\",\"severity\":\"error\",\"message\":\"record is not an object\"}]},"
        "{\"pseudonyms\":{},\"diagnostics\":[{\"code\":3102,\"name\":\"VALUE_SHAPE\",\"field\":"
        "\"BSN\",\"severity\":\"error\",\"message\":\"value is not a string\"}]},"
        "{\"pseudonyms\":{},\"diagnostics\":[{\"code\":3103,\"name\":\"ATTRIBUTE_MISSING\","
        "\"field\":\"BSN\",\"severity\":\"error\",\"message\":"
        "\"an attribute that the type needs is missing\"}]},"
        "{\"pseudonyms\":{},\"diagnostics\":[{\"code\":3104,\"name\":\"ATTRIBUTE_UNKNOWN\","
        "\"field\":\"\",\"severity\":\"error\",\"message\":"
        "\"the catalogue does not know this attribute\"},"
        "{\"code\":3103,\"name\":\"ATTRIBUTE_MISSING\",\"field\":\"BSN\",\"severity\":\"error\","
        "\"message\":\"an attribute that the type needs is missing\"}]}]}");
    out_done(&out);
}

static void an_issue_answer_can_be_posted_to_translate(void **state)
{
    struct work *work;
    struct out answer = {0};
    (void)state;
    struct out issued = issue_answer("{\"pseudonymTypes\":[\"C\",\"A\"],\"records\":["
                                     "{\"G\":\"M\",\"GD\":\"19930515\",\"PC\":\"1234AA\"}]}",
                                     "C,A");
    assert_ok(translate_read(issued.data, &work));
    assert_ok(schuil_translate_prepare(work));
    fixture_run(work);
    out_work(&answer, work, 500000);
    out_put(&answer, "", 1);
    assert_non_null(strstr(answer.data, "{\"statistics\":{\"pseudonymTotal\":1,\"errorTotal\":0,"
                                        "\"speed\":2},\"records\":[{\"pseudonyms\":{\"C\":\"P-C-"
                                        "REG1-1-"));
    assert_non_null(strstr(answer.data, "\"},\"diagnostics\":[],\"provider\":\"HOSP1\"}]}"));
    out_done(&issued);
    out_done(&answer);
}

static void nothing_asked_is_an_empty_answer(void **state)
{
    (void)state;
    struct out out = issue_answer("{\"pseudonymTypes\":[\"A\"],\"records\":[]}", "A");
    assert_string_equal(out.data, "{\"statistics\":{\"pseudonymTotal\":0,\"errorTotal\":0,"
                                  "\"speed\":0},\"records\":[]}");
    out_done(&out);
}

static void a_key_that_is_no_type_refuses_the_request(void **state)
{
    struct work *work;
    (void)state;
    assert_rc(translate_read("{\"records\":[{\"pseudonyms\":{\"Q\":\"T-Q-\"}}]}", &work),
              RC_INPUT_TYPE_UNKNOWN);
}

/* ---- the buffer ---- */

static void strings_are_escaped(void **state)
{
    struct out out = {0};
    (void)state;
    out_string(&out, "a\"b\\c\n\x01\x7f\xc3\xab");
    out_string(&out, NULL);
    out_put(&out, "", 1);
    assert_string_equal(out.data, "\"a\\\"b\\\\c\\u000a\\u0001\\u007f\xc3\xab\"null");
    out_done(&out);
    assert_null(out.data);
}

static void times_are_utc(void **state)
{
    struct out out = {0};
    (void)state;
    out_time(&out, 0);
    out_time(&out, INT64_C(1700000000999999));
    out_time(&out, INT64_MAX);
    out_put(&out, "", 1);
    assert_string_equal(out.data, "\"1970-01-01T00:00:00Z\"\"2023-11-14T22:13:20Z\"null");
    out_done(&out);
}

static void the_buffer_grows_without_losing_a_byte(void **state)
{
    struct out out = {0};
    (void)state;
    for (int i = 0; i < 20000; i++)
        out_put(&out, "abcdefg", 7);
    assert_int_equal(out.len, 140000);
    for (size_t i = 0; i < out.len; i++)
        assert_int_equal(out.data[i], "abcdefg"[i % 7]);
    out_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_that_are_not_json_are_refused),
        cmocka_unit_test(depth_is_counted_outside_strings),
        cmocka_unit_test(a_number_past_64_bits_is_refused),
        cmocka_unit_test(diagnostics_have_their_shape_and_repeat_no_value),
        cmocka_unit_test(an_issue_answer_can_be_posted_to_translate),
        cmocka_unit_test(nothing_asked_is_an_empty_answer),
        cmocka_unit_test(a_key_that_is_no_type_refuses_the_request),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(times_are_utc),
        cmocka_unit_test(the_buffer_grows_without_losing_a_byte),
    };
    json_in_init();
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
