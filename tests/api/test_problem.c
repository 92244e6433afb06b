/* SPDX-License-Identifier: Apache-2.0 */
/* Results as HTTP: statuses, which of them close, and the problem document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <jansson.h>

#include "edge/problem.h"

static const char id[] = "00112233445566778899aabbccddeeff";

static json_t *document(enum schuil_rc_code code, int status, const char *detail)
{
    char text[PROBLEM_LEN];
    size_t len = problem_write(schuil_rc(code), status, detail, id, text);
    json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

    assert_non_null(json);
    assert_int_equal(json_object_size(json), json_object_get(json, "code") == NULL ? 5 : 6);
    assert_string_equal(json_string_value(json_object_get(json, "request")), id);
    return json;
}

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));

    assert_non_null(text);
    return text;
}

static void each_result_has_the_status_that_callers_rely_on(void **state)
{
    static const struct {
        enum schuil_rc_code code;
        int status;
    } expected[] = {
        {RC_INPUT_JSON, 400},      {RC_INPUT_SHAPE, 400},       {RC_INPUT_TYPE_UNKNOWN, 400},
        {RC_INPUT_HTTP, 400},      {RC_AUTH_CREDENTIAL, 403},   {RC_AUTH_PERMISSION, 403},
        {RC_ABSENT, 404},          {RC_INPUT_METHOD, 405},      {RC_LIMIT_TIME, 408},
        {RC_CONFLICT_EXISTS, 409}, {RC_CONFLICT_KEY_USED, 409}, {RC_LIMIT_SIZE, 413},
        {RC_INPUT_RECORDS, 413},   {RC_LIMIT_TARGET, 414},      {RC_INPUT_MEDIA_TYPE, 415},
        {RC_INPUT_EXPECT, 417},    {RC_LIMIT_QUOTA, 429},       {RC_LIMIT_CONNECTIONS, 429},
        {RC_LIMIT_HEAD, 431},      {RC_INTERNAL, 500},          {RC_INTERNAL_MEMORY, 500},
        {RC_CONFIG_KEY_ROW, 500},  {RC_STORE_SCHEMA, 500},      {RC_STORE_AWAY, 503},
        {RC_STORE_REFUSED, 503},   {RC_STORE_UNKNOWN, 503},     {RC_BUSY_SNAPSHOT, 503},
        {RC_BUSY_DRAINING, 503},   {RC_INPUT_VERSION, 505},
    };

    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_int_equal(problem_status(schuil_rc(expected[i].code)), expected[i].status);
}

static void every_result_has_a_failing_status_with_a_phrase_and_a_document(void **state)
{
    (void)state;
    for (int code = RC_OK; code < RC_COUNT; code++) {
        int status = problem_status(schuil_rc((enum schuil_rc_code)code));
        json_t *json = document((enum schuil_rc_code)code, 0, NULL);

        assert_in_range(status, 400, 599);
        assert_string_not_equal(problem_phrase(status), "");
        assert_int_equal(json_integer_value(json_object_get(json, "status")), status);
        assert_string_not_equal(text_of(json, "title"), "");
        assert_string_not_equal(text_of(json, "detail"), "");
        json_decref(json);
    }
}

static void a_problem_closes_the_connection_but_for_six_statuses(void **state)
{
    static const int open[] = {403, 404, 405, 415, 429, 503, 200, 201};
    static const int closing[] = {400, 408, 409, 413, 414, 417, 431, 500, 505};

    (void)state;
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++)
        assert_false(problem_closes(open[i]));
    for (size_t i = 0; i < sizeof closing / sizeof closing[0]; i++)
        assert_true(problem_closes(closing[i]));
}

static void only_what_may_be_tried_again_names_a_time(void **state)
{
    (void)state;
    assert_true(problem_retry_after_s(503) > 0);
    assert_true(problem_retry_after_s(429) > 0);
    assert_int_equal(problem_retry_after_s(400), 0);
    assert_int_equal(problem_retry_after_s(500), 0);
}

static void the_document_tells_type_title_status_detail_and_request(void **state)
{
    json_t *json = document(RC_AUTH_PERMISSION, 0, "no connection");

    (void)state;
    assert_string_equal(text_of(json, "type"), "urn:schuilnaam:problem:auth-permission");
    assert_string_equal(text_of(json, "title"), "not permitted");
    assert_string_equal(text_of(json, "detail"), "no connection");
    assert_int_equal(json_integer_value(json_object_get(json, "status")), 403);
    json_decref(json);
}

static void a_status_may_be_given_instead_of_the_results_own(void **state)
{
    json_t *json = document(RC_INPUT_VALUE, 422, NULL);

    (void)state;
    assert_int_equal(json_integer_value(json_object_get(json, "status")), 422);
    json_decref(json);
}

static void cryptographic_results_cannot_be_told_apart(void **state)
{
    static const enum schuil_rc_code codes[] = {RC_CRYPTO, RC_CRYPTO_ELEMENT, RC_CRYPTO_SCALAR};
    char first[PROBLEM_LEN];
    char other[PROBLEM_LEN];
    size_t len = problem_write(schuil_rc(RC_CRYPTO), 0, NULL, id, first);

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        assert_int_equal(problem_write(schuil_rc(codes[i]), 0, "which one", id, other), len);
        assert_memory_equal(first, other, len);
    }
}

static json_int_t code_of(enum schuil_rc_code code)
{
    json_t *json = document(code, 0, NULL);
    json_int_t found = json_integer_value(json_object_get(json, "code")); /* 0: none */

    json_decref(json);
    return found;
}

static void a_refusal_of_a_request_bears_its_stable_code(void **state)
{
    (void)state;
    assert_int_equal(code_of(RC_INPUT_HTTP), 2001);
    assert_int_equal(code_of(RC_INPUT_JSON), 2011);
    assert_int_equal(code_of(RC_INPUT_RECORDS), 2013);
    assert_int_equal(code_of(RC_AUTH_PERMISSION), 2022);
    assert_int_equal(code_of(RC_LIMIT_QUOTA), 2023);
    assert_int_equal(code_of(RC_INTERNAL), 0);
    for (int code = RC_OK + 1; code < RC_COUNT; code++) {
        json_int_t found = code_of((enum schuil_rc_code)code);
        assert_true(found == 0 || (found >= 2000 && found < 3000));
    }
}

static void a_detail_cannot_break_the_document(void **state)
{
    json_t *json = document(RC_INPUT_SHAPE, 0, "a\"b\\c\n\x01\x7f\xff</x>");

    (void)state;
    assert_string_equal(text_of(json, "detail"), "a\"b\\c\n\x01\x7f?</x>");
    json_decref(json);
}

static void a_long_detail_is_cut(void **state)
{
    char detail[5000];

    (void)state;
    memset(detail, 1, sizeof detail - 1);
    detail[sizeof detail - 1] = 0;
    json_t *json = document(RC_INPUT_SHAPE, 0, detail);

    assert_true(strlen(text_of(json, "detail")) > 100);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_result_has_the_status_that_callers_rely_on),
        cmocka_unit_test(every_result_has_a_failing_status_with_a_phrase_and_a_document),
        cmocka_unit_test(a_problem_closes_the_connection_but_for_six_statuses),
        cmocka_unit_test(only_what_may_be_tried_again_names_a_time),
        cmocka_unit_test(the_document_tells_type_title_status_detail_and_request),
        cmocka_unit_test(a_status_may_be_given_instead_of_the_results_own),
        cmocka_unit_test(cryptographic_results_cannot_be_told_apart),
        cmocka_unit_test(a_refusal_of_a_request_bears_its_stable_code),
        cmocka_unit_test(a_detail_cannot_break_the_document),
        cmocka_unit_test(a_long_detail_is_cut),
    };

    return cmocka_run_group_tests_name("problem", tests, NULL, NULL);
}
