/* SPDX-License-Identifier: Apache-2.0 */
/* A batch out and its answer back: the JSON that is sent, the lines that come, and every answer
 * that is not what was promised refused before a byte of it could be taken for a pseudonym. */
#include "unit.h"

#include "flow/batch.h"
#include "flow/records.h"

#define ISSUE "--registry R --types A,C --map BSN=bsn --map PC=pc --keep k --batch 2 in -o out"
#define TRANSLATE "--registry R --column A --column C=tc --keep k --batch 2 in -o out"
#define GOOD "{\"pseudonyms\":{\"A\":\"T-A-x\",\"C\":\"T-C-y\"},\"diagnostics\":[]}"

static struct work work;

/* Read the plan, the file's header and its first batch. */
static void batch_of(enum work_kind kind, const char *words, const char *file, struct batch *ret,
                     bool *ret_is_end)
{
    struct arguments a;
    struct csv_reader *reader = NULL;
    struct csv_row header;
    bool is_end = true;
    const struct option_row *const tables[] = {[WORK_ISSUE] = work_options_issue,
                                               [WORK_TRANSLATE] = work_options_translate,
                                               [WORK_ROTATE] = work_options_rotate,
                                               [WORK_LINK] = work_options_link};
    assert_ok(arguments_of(tables[kind], words, &a));
    assert_ok(work_read(&a, kind, &work));
    arguments_done(&a);
    FILE *in = fmemopen((void *)(uintptr_t)file, strlen(file), "r");
    assert_ok(csv_reader_new(in, "test", &work.form, &reader));
    assert_ok(csv_reader_next(reader, &header, &is_end));
    assert_ok(work_bind(&work, reader, &header));
    assert_ok(batch_make(&work, ret));
    assert_ok(batch_fill(ret, &work, reader, ret_is_end));
    csv_reader_free(reader);
    fclose(in);
}

static void a_batch_sends_what_is_mapped_and_keeps_what_is_kept(void **state)
{
    (void)state;
    struct batch batch;
    bool is_end = true;
    batch_of(WORK_ISSUE, ISSUE, "no,bsn,k,pc\nn,1,\" a\",\"q\"\"\xc3\xab\"\nn,,\"\",2\nn,3,c,3\n",
             &batch, &is_end);
    assert_false(is_end);
    assert_int_equal(batch.first, 1);
    assert_int_equal(batch.count, 2);
    assert_text(
        buffer_bytes(&batch.body),
        "{\"pseudonymTypes\":[\"A\",\"C\"],\"records\":[{\"BSN\":\"1\",\"PC\":\"q\\\"\xc3\xab"
        "\"},{\"BSN\":\"\",\"PC\":\"2\"}]}");
    assert_text(batch_kept(&batch, 0), "\" a\",");
    assert_text(batch_kept(&batch, 1), "\"\",");
    batch_done(&batch);
}

static void an_empty_temporary_is_not_sent(void **state)
{
    (void)state;
    struct batch batch;
    bool is_end = false;
    batch_of(WORK_TRANSLATE, TRANSLATE, "k,A,tc\n1,T-A-x,\n", &batch, &is_end);
    assert_true(is_end);
    assert_text(buffer_bytes(&batch.body), "{\"records\":[{\"pseudonyms\":{\"A\":\"T-A-x\"}}]}");
    assert_int_equal(batch.asked[0], 1);
    batch_done(&batch);
}

static struct schuil_rc taken(const struct batch *batch, const char *answer, struct report *report,
                              struct buffer *out)
{
    assert_ok(report_open(&work, report));
    struct schuil_rc rc = records_take(&work, batch, bytes_text(answer), "\r\n", report, out);
    report_done(report);
    return rc;
}

static void answers_become_lines_and_counts(void **state)
{
    (void)state;
    struct batch batch;
    struct report report;
    struct buffer out = {0};
    bool is_end = true;
    batch_of(WORK_ISSUE, ISSUE, "bsn,k,pc\n1,a,1\n2,b,2\n", &batch, &is_end);
    assert_ok(
        taken(&batch,
              "{\"records\":[" GOOD ",{\"pseudonyms\":{\"C\":\"T-C-z\"},\"diagnostics\":["
              "{\"code\":3001,\"name\":\"BSN_CHECK\",\"field\":\"BSN\",\"severity\":\"error\"},"
              "{\"code\":3105,\"name\":\"ATTRIBUTE_UNUSED\",\"field\":null,"
              "\"severity\":\"warning\"}]}]}",
              &report, &out));
    assert_text(buffer_bytes(&out), "a,T-A-x,T-C-y,\r\nb,,T-C-z,3001:BSN 3105\r\n");
    assert_int_equal(report.record_count, 2);
    assert_int_equal(report.error_count, 1);
    assert_int_equal(report.line_count, 2);
    assert_string_equal(report.lines[0].name, "BSN_CHECK");
    buffer_done(&out);
    batch_done(&batch);
}

static void a_broken_answer_is_refused(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "",
        "{}",
        "[]",
        "{\"records\":{}}",
        "{\"records\":[]}",
        "{\"records\":[" GOOD "," GOOD "]}",
        "{\"records\":[1]}",
        "{\"records\":[{\"diagnostics\":[]}]}",
        "{\"records\":[{\"pseudonyms\":{\"A\":\"T-A-x\",\"C\":\"T-C-y\"}}]}",
        "{\"records\":[{\"pseudonyms\":{\"A\":\"T-A-x\"},\"diagnostics\":[]}]}",
        "{\"records\":[{\"pseudonyms\":{\"A\":\"T-A-x\",\"C\":7},\"diagnostics\":[]}]}",
        "{\"records\":[{\"pseudonyms\":{\"A\":\"123\",\"C\":\"T-C-y\"},\"diagnostics\":[]}]}",
        "{\"records\":[{\"pseudonyms\":{\"A\":\"T-C-x\",\"C\":\"T-C-y\"},\"diagnostics\":[]}]}",
        "{\"records\":[{\"pseudonyms\":{\"A\":\"P-A-x\",\"C\":\"T-C-y\"},\"diagnostics\":[]}]}",
        "{\"records\":[{\"pseudonyms\":{\"A\":\"T-A-x y\",\"C\":\"T-C-y\"},\"diagnostics\":[]}]}",
        "{\"records\":[{\"pseudonyms\":{\"A\":\"T-A-x\",\"A\":\"T-A-x\",\"C\":\"T-C-y\"},"
        "\"diagnostics\":[]}]}",
        "{\"records\":[{\"pseudonyms\":{\"A\":\"T-A-x\",\"C\":\"T-C-y\",\"B\":\"T-B-z\"},"
        "\"diagnostics\":[]}]}",
        "{\"records\":[{\"pseudonyms\":{\"A\":\"T-A-x\",\"C\":\"T-C-y\"},\"diagnostics\":[{}]}]}",
        "{\"records\":[" GOOD "]} x",
    };
    struct batch batch;
    struct report report;
    bool is_end = true;
    batch_of(WORK_ISSUE, ISSUE, "bsn,k,pc\n1,a,1\n", &batch, &is_end);
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct buffer out = {0};
        assert_rc(taken(&batch, broken[i], &report, &out), INTERNAL);
        buffer_done(&out);
    }
    batch_done(&batch);
}

static void texts_of_a_diagnostic_that_look_wrong_come_out_as_nothing(void **state)
{
    (void)state;
    struct batch batch;
    struct report report;
    struct buffer out = {0};
    bool is_end = true;
    batch_of(WORK_TRANSLATE, TRANSLATE, "k,A,tc\n1,T-A-x,\n", &batch, &is_end);
    assert_ok(taken(&batch,
                    "{\"records\":[{\"pseudonyms\":{},\"provider\":\"=cmd\",\"diagnostics\":["
                    "{\"code\":3201,\"name\":\"a value\",\"field\":\"a value\","
                    "\"severity\":\"error\"}]}]}",
                    &report, &out));
    assert_text(buffer_bytes(&out), "1,,,,3201\r\n");
    assert_string_equal(report.lines[0].name, "");
    buffer_done(&out);
    batch_done(&batch);
}

#define BOTH                                                                                       \
    "{\"records\":[{\"pseudonyms\":{\"A\":\"P-A-x\"},\"newPseudonyms\":{\"A\":\"P-A-y\"},"         \
    "\"diagnostics\":[],\"provider\":\"HOSP1\"}]}"

static void both_generations_come_out_when_asked(void **state)
{
    (void)state;
    struct batch batch;
    struct report report;
    struct buffer out = {0};
    bool is_end = true;
    batch_of(WORK_TRANSLATE, TRANSLATE " --new", "k,A,tc\n1,T-A-x,\n", &batch, &is_end);
    assert_ok(taken(&batch, BOTH, &report, &out));
    assert_text(buffer_bytes(&out), "1,P-A-x,,P-A-y,,HOSP1,\r\n");
    buffer_done(&out);
    assert_rc(taken(&batch,
                    "{\"records\":[{\"pseudonyms\":{\"A\":\"P-A-x\"},\"diagnostics\":[],"
                    "\"provider\":\"HOSP1\"}]}",
                    &report, &out),
              CONFLICT_STATE);
    buffer_done(&out);
    batch_done(&batch);
    batch_of(WORK_TRANSLATE, TRANSLATE, "k,A,tc\n1,T-A-x,\n", &batch, &is_end);
    assert_ok(taken(&batch, BOTH, &report, &out));
    assert_text(buffer_bytes(&out), "1,P-A-x,,HOSP1,\r\n");
    buffer_done(&out);
    batch_done(&batch);
}

static void a_rotation_sends_finals_and_names_no_provider(void **state)
{
    (void)state;
    struct batch batch;
    struct report report;
    struct buffer out = {0};
    bool is_end = true;
    batch_of(WORK_ROTATE, TRANSLATE, "k,A,tc\n1,P-A-x,\n", &batch, &is_end);
    assert_text(buffer_bytes(&batch.body), "{\"records\":[{\"pseudonyms\":{\"A\":\"P-A-x\"}}]}");
    assert_ok(taken(&batch, "{\"records\":[{\"pseudonyms\":{\"A\":\"P-A-y\"},\"diagnostics\":[]}]}",
                    &report, &out));
    assert_text(buffer_bytes(&out), "1,P-A-y,,\r\n");
    buffer_done(&out);
    assert_rc(taken(&batch, "{\"records\":[{\"pseudonyms\":{\"A\":\"T-A-y\"},\"diagnostics\":[]}]}",
                    &report, &out),
              INTERNAL);
    buffer_done(&out);
    batch_done(&batch);
}

static void a_linkage_sends_finals_and_gets_temporaries(void **state)
{
    (void)state;
    struct batch batch;
    struct report report;
    struct buffer out = {0};
    bool is_end = true;
    batch_of(WORK_LINK, "--linkage 5 --column A --keep k in -o out", "k,A\n1,P-A-x\n", &batch,
             &is_end);
    assert_int_equal(work.linkage, 5);
    assert_text(buffer_bytes(&batch.body), "{\"records\":[{\"pseudonyms\":{\"A\":\"P-A-x\"}}]}");
    assert_ok(taken(&batch, "{\"records\":[{\"pseudonyms\":{\"A\":\"T-A-y\"},\"diagnostics\":[]}]}",
                    &report, &out));
    assert_text(buffer_bytes(&out), "1,T-A-y,\r\n");
    buffer_done(&out);
    assert_rc(taken(&batch, "{\"records\":[{\"pseudonyms\":{\"A\":\"P-A-y\"},\"diagnostics\":[]}]}",
                    &report, &out),
              INTERNAL);
    buffer_done(&out);
    batch_done(&batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_sends_what_is_mapped_and_keeps_what_is_kept),
        cmocka_unit_test(an_empty_temporary_is_not_sent),
        cmocka_unit_test(answers_become_lines_and_counts),
        cmocka_unit_test(a_broken_answer_is_refused),
        cmocka_unit_test(both_generations_come_out_when_asked),
        cmocka_unit_test(a_linkage_sends_finals_and_gets_temporaries),
        cmocka_unit_test(a_rotation_sends_finals_and_names_no_provider),
        cmocka_unit_test(texts_of_a_diagnostic_that_look_wrong_come_out_as_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
