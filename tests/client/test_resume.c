/* SPDX-License-Identifier: Apache-2.0 */
/* Unfinished output gone on with: whole records stand, the last is asked again, nothing else. */
#include "unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "flow/resume.h"
#include "output.h"

#define HEADER "visit,A,diagnostics\n"

static FILE *file;

static int file_make(void **state)
{
    (void)state;
    file = tmpfile();
    return file == NULL ? -1 : 0;
}

static int file_close(void **state)
{
    (void)state;
    return fclose(file);
}

static struct schuil_rc resumed(const char *text, struct resume *ret, bool *ret_has_header)
{
    struct resume_form form = {.header = bytes_text(HEADER), .line_end = "\n", .delimiter = ','};
    rewind(file);
    assert_int_equal(ftruncate(fileno(file), 0), 0);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    rewind(file);
    return resume_read(file, "draft", &form, ret, ret_has_header);
}

/* What is left of the draft, and that writing goes on behind it. */
static void left(const char *wanted)
{
    char got[512] = "";
    assert_int_equal(ftell(file), strlen(wanted));
    rewind(file);
    size_t len = fread(got, 1, sizeof got - 1, file);
    assert_int_equal(len, strlen(wanted));
    assert_string_equal(got, wanted);
}

static void whole_records_stand_but_for_the_last(void **state)
{
    static const struct {
        const char *text, *left, *tail;
        size_t record_count, error_count;
    } cases[] = {
        {HEADER, HEADER, "", 0, 0},
        {HEADER "a,P-1,", HEADER, "", 0, 0},
        {HEADER "a,P-1,\n", HEADER, "a,P-1,\n", 0, 0},
        {HEADER "a,P-1,\nb,P-2,\n", HEADER "a,P-1,\n", "b,P-2,\n", 1, 0},
        {HEADER "a,P-1,\nb,,3221:A\nc,P-3,\n", HEADER "a,P-1,\nb,,3221:A\n", "c,P-3,\n", 2, 1},
        {HEADER "a,P-1,\nb,P-2,\nc,P", HEADER "a,P-1,\n", "b,P-2,\n", 1, 0},
        {HEADER "\"a\n\"\"b\",P-1,\nc,P-2,\n", HEADER "\"a\n\"\"b\",P-1,\n", "c,P-2,\n", 1, 0},
        {HEADER "a,P-1,\n\"b\n", HEADER, "a,P-1,\n", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct resume resume;
        bool has_header = false;
        assert_ok(resumed(cases[i].text, &resume, &has_header));
        assert_true(has_header);
        assert_int_equal(resume.record_count, cases[i].record_count);
        assert_int_equal(resume.error_count, cases[i].error_count);
        assert_text(buffer_bytes(&resume.tail), cases[i].tail);
        left(cases[i].left);
        resume_done(&resume);
    }
}

static void without_a_whole_header_it_begins_anew(void **state)
{
    static const char *const texts[] = {"", "visit", "visit,A,diagnostics"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct resume resume;
        bool has_header = true;
        assert_ok(resumed(texts[i], &resume, &has_header));
        assert_false(has_header);
        assert_int_equal(resume.record_count, 0);
        left("");
        resume_done(&resume);
    }
}

static void other_columns_are_refused_and_the_draft_is_left_alone(void **state)
{
    struct resume resume;
    bool has_header;
    char got[64] = "";
    (void)state;
    assert_rc(resumed("visit,C,diagnostics\na,P-1,\n", &resume, &has_header), INPUT_FILE);
    resume_done(&resume);
    rewind(file);
    (void)!fread(got, 1, sizeof got - 1, file);
    assert_string_equal(got, "visit,C,diagnostics\na,P-1,\n");
}

static void the_last_record_must_come_again(void **state)
{
    struct resume resume;
    bool has_header;
    (void)state;
    assert_ok(resumed(HEADER "a,P-1,\nb,P-2,\n", &resume, &has_header));
    assert_rc(resume_compare(&resume, "draft", bytes_text("b,P-3,\nc,P-4,\n")), INPUT_FILE);
    assert_rc(resume_compare(&resume, "draft", bytes_text("b,P")), INPUT_FILE);
    assert_ok(resume_compare(&resume, "draft", bytes_text("b,P-2,\nc,P-4,\n")));
    assert_ok(resume_compare(&resume, "draft", bytes_text("anything, from then on\n")));
    resume_done(&resume);
}

static void a_draft_stays_and_is_one_process_s_own(void **state)
{
    char folder[] = "/tmp/schuilnaam-resume-XXXXXX", path[64], draft[80];
    struct output first, second;
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out.csv", folder);
    snprintf(draft, sizeof draft, "%s.partial", path);
    assert_ok(output_open_partial(path, false, &first));
    assert_rc(output_open_partial(path, true, &second), INPUT_USAGE);
    assert_ok(output_put(&first, bytes_text("abc")));
    output_done(&first);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(access(draft, F_OK), 0);
    assert_rc(output_open_partial(path, false, &second), INPUT_USAGE);
    assert_ok(output_open_partial(path, true, &second));
    assert_ok(output_finish(&second));
    output_done(&second);
    assert_int_equal(access(draft, F_OK), -1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_rc(output_open_partial("/tmp/schuilnaam-none/none/out", false, &first), INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whole_records_stand_but_for_the_last, file_make,
                                        file_close),
        cmocka_unit_test_setup_teardown(without_a_whole_header_it_begins_anew, file_make,
                                        file_close),
        cmocka_unit_test_setup_teardown(other_columns_are_refused_and_the_draft_is_left_alone,
                                        file_make, file_close),
        cmocka_unit_test_setup_teardown(the_last_record_must_come_again, file_make, file_close),
        cmocka_unit_test(a_draft_stays_and_is_one_process_s_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
