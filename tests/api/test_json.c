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

static void both_generations_stand_side_by_side_while_a_domain_is_rotated(void **state)
{
    struct work *work;
    struct out answer = {0};
    (void)state;
    fixture.is_rotating = true;
    fixture_work_load(&fixture);
    struct out issued = issue_answer("{\"pseudonymTypes\":[\"C\"],\"records\":["
                                     "{\"G\":\"M\",\"GD\":\"19930515\",\"PC\":\"1234AA\"}]}",
                                     "C");
    assert_ok(translate_read(issued.data, &work));
    assert_ok(schuil_translate_prepare(work));
    fixture_run(work);
    out_work(&answer, work, 500000);
    out_put(&answer, "", 1);
    assert_non_null(strstr(answer.data, "\"records\":[{\"pseudonyms\":{\"C\":\"P-C-REG1-1-"));
    assert_non_null(strstr(answer.data, "\"},\"newPseudonyms\":{\"C\":\"P-C-REG1-2-"));
    assert_non_null(strstr(answer.data, "\"},\"diagnostics\":[],\"provider\":\"HOSP1\"}]}"));
    out_done(&issued);
    out_done(&answer);
    fixture.is_rotating = false;
    fixture_work_load(&fixture);
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

/* ---- answers of any shape ---- */

/* A work as prepare and run could have left it, of count records: pseudonyms missing here and
 * there, entries up to the most that is told, providers known and unknown. */
static struct work *odd_work(enum work_verb verb, uint32_t count)
{
    static const char *const trefs[] = {"A", "B", "C", "R", "C.2"};
    struct work *work;
    assert_ok(schuil_work_new(fixture.arena, verb, fixture.snapshot, count, &work));
    work->type_count = (uint16_t)(count % (COUNT_OF(trefs) + 1));
    work->jobs = schuil_arena_take_many(fixture.arena, count * COUNT_OF(trefs), sizeof *work->jobs);
    work->job_of = schuil_arena_take_many(fixture.arena, count * COUNT_OF(trefs), sizeof(uint32_t));
    for (uint16_t c = 0; c < work->type_count; c++) {
        work->types[c] = schuil_ptype_by_tref(fixture.snapshot, bytes_text(trefs[c]));
        for (uint32_t i = 0; i < count; i++) {
            if ((i + c) % 3 == 0)
                continue;
            struct job *job = &work->jobs[work->job_count];
            *job = (struct job){.column = c, .record = i, .is_ok = (i + c) % 5 != 0};
            job->text = schuil_arena_take(fixture.arena, LIMIT_TEXT_LEN);
            job->text_len = (uint16_t)(job->is_ok ? (i * 37 + c) % LIMIT_TEXT_LEN : 0);
            memset(job->text, 'a' + c, job->text_len);
            work->job_of[c * count + i] = ++work->job_count;
        }
    }
    return work;
}

static void odd_work_diagnose(struct work *work)
{
    static const char *const fields[] = {"", "ABCDEFGH.65535", "BSN", "no code"};
    for (uint32_t i = 0; i < work->record_count; i++) {
        work->records[i].provider = i % 7; /* 5 and 6 do not exist */
        for (uint32_t k = 0; i % 4 == 0 && k < i * 3; k++)
            assert_ok(schuil_work_diagnose(work, i, (enum schuil_diagnostic)(k % DIAG_COUNT),
                                           bytes_text(fields[k / DIAG_COUNT % 4])));
    }
}

static void record_is_told(const struct work *work, uint32_t i, const json_t *told)
{
    json_t *pseudonyms = json_object_get(told, "pseudonyms");
    size_t made = 0, entry = 0;
    for (uint16_t c = 0; c < work->type_count; c++) {
        uint32_t at = work->job_of[c * work->record_count + i];
        const json_t *text = json_object_get(pseudonyms, work->types[c]->tref);
        bool is_made = at > 0 && work->jobs[at - 1].is_ok;
        assert_int_equal(is_made, text != NULL);
        if (!is_made)
            continue;
        made++;
        assert_int_equal(json_string_length(text), work->jobs[at - 1].text_len);
        assert_memory_equal(json_string_value(text), work->jobs[at - 1].text,
                            work->jobs[at - 1].text_len);
    }
    assert_int_equal(json_object_size(pseudonyms), made);
    json_t *entries = json_object_get(told, "diagnostics");
    for (const struct diagnostic_entry *e = work->records[i].first; e != NULL; e = e->next) {
        const json_t *one = json_array_get(entries, entry++);
        const struct diagnostic_row *row = schuil_diagnostic((enum schuil_diagnostic)e->row);
        assert_int_equal(json_integer_value(json_object_get(one, "code")), row->code);
        assert_string_equal(json_string_value(json_object_get(one, "name")), row->name);
        assert_string_equal(json_string_value(json_object_get(one, "field")), e->field);
        assert_string_equal(json_string_value(json_object_get(one, "severity")), row->severity);
        assert_string_equal(json_string_value(json_object_get(one, "message")), row->text);
        assert_int_equal(json_object_size(one), 5);
    }
    assert_int_equal(json_array_size(entries), entry);
}

static void provider_is_told(const struct work *work, uint32_t i, const json_t *told)
{
    const struct organisation *o =
        schuil_organisation_by_number(work->snapshot, work->records[i].provider);
    const json_t *provider = json_object_get(told, "provider");
    assert_int_equal(json_object_size(told), work->verb == WORK_TRANSLATE ? 3 : 2);
    if (work->verb == WORK_ISSUE)
        assert_null(provider);
    else if (o == NULL)
        assert_true(json_is_null(provider));
    else
        assert_string_equal(json_string_value(provider), o->code);
}

static void answers_tell_all_that_a_work_holds(void **state)
{
    (void)state;
    for (uint32_t count = 0; count < 60; count++) {
        enum work_verb verb = count % 2 == 0 ? WORK_ISSUE : WORK_TRANSLATE;
        struct work *work = odd_work(verb, count);
        struct out out = {0};
        json_t *root;
        const char *detail;
        odd_work_diagnose(work);
        out_work(&out, work, 1000);
        assert_false(out.has_failed);
        assert_ok(json_in_parse(bytes_of(out.data, out.len), &root, &detail));
        json_t *records = json_object_get(root, "records");
        assert_int_equal(json_array_size(records), count);
        for (uint32_t i = 0; i < count; i++) {
            record_is_told(work, i, json_array_get(records, i));
            provider_is_told(work, i, json_array_get(records, i));
        }
        json_decref(root);
        out_done(&out);
        schuil_arena_reset(fixture.arena);
    }
}

static void the_register_needs_no_escapes(void **state)
{
    (void)state;
    for (int d = 0; d < DIAG_COUNT; d++) {
        const struct diagnostic_row *row = schuil_diagnostic((enum schuil_diagnostic)d);
        const char *const texts[] = {row->name, row->severity, row->text};
        assert_in_range(row->code, 1000, 9999); /* four digits are written */
        for (size_t i = 0; i < COUNT_OF(texts); i++)
            for (const char *c = texts[i]; *c != '\0'; c++)
                assert_true(*c >= 0x20 && *c < 0x7f && *c != '"' && *c != '\\');
    }
}

/* ---- the buffer ---- */

static void numbers_are_written_to_the_last_digit(void **state)
{
    static const int64_t numbers[] = {0, 7, -7, 10, 1000000, INT64_MAX, INT64_MIN};
    struct out out = {0};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        out_number(&out, numbers[i]);
        out_text(&out, " ");
    }
    out_put(&out, "", 1);
    assert_string_equal(out.data, "0 7 -7 10 1000000 9223372036854775807 -9223372036854775808 ");
    out_done(&out);
}

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
        cmocka_unit_test(both_generations_stand_side_by_side_while_a_domain_is_rotated),
        cmocka_unit_test(nothing_asked_is_an_empty_answer),
        cmocka_unit_test(a_key_that_is_no_type_refuses_the_request),
        cmocka_unit_test(answers_tell_all_that_a_work_holds),
        cmocka_unit_test(the_register_needs_no_escapes),
        cmocka_unit_test(numbers_are_written_to_the_last_digit),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(times_are_utc),
        cmocka_unit_test(the_buffer_grows_without_losing_a_byte),
    };
    json_in_init();
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
