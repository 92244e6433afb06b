/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of issue and translate: what is named passes, and nothing is both sent and kept. */
#include "unit.h"

#include "flow/work.h"

#define ISSUE "--registry REG1 --types A,C.2 --map BSN=bsn --map PC=post=code in.csv -o out.csv"
#define TRANSLATE "--registry REG1 --column A --column C.2=tc in.csv -o out.csv"

static struct schuil_rc work_of(enum work_kind kind, const char *text, struct work *ret)
{
    struct arguments a;
    assert_ok(
        arguments_of(kind == WORK_ISSUE ? work_options_issue : work_options_translate, text, &a));
    struct schuil_rc rc = work_read(&a, kind, ret);
    arguments_done(&a);
    return rc;
}

static void issue_names_types_and_columns(void **state)
{
    (void)state;
    static struct work work;
    assert_ok(work_of(WORK_ISSUE, ISSUE " --keep k --delimiter tab --batch 7", &work));
    assert_int_equal(work.type_count, 2);
    assert_string_equal(work.trefs[1], "C.2");
    assert_string_equal(work.fields[1].key, "PC");
    assert_string_equal(work.fields[1].column, "post=code");
    assert_string_equal(work.kept[0].column, "k");
    assert_int_equal(work.form.delimiter, '\t');
    assert_int_equal(work.batch_count, 7);
}

static void translate_takes_the_type_from_the_column_or_from_the_option(void **state)
{
    (void)state;
    static struct work work;
    assert_ok(work_of(WORK_TRANSLATE, TRANSLATE, &work));
    assert_int_equal(work.field_count, 2);
    assert_string_equal(work.fields[0].column, "A");
    assert_string_equal(work.fields[1].key, "C.2");
    assert_string_equal(work.fields[1].column, "tc");
    assert_string_equal(work.trefs[1], "C.2");
    assert_rc(work_of(WORK_TRANSLATE, TRANSLATE " --column temporary", &work), INPUT_USAGE);
}

static void columns_of_the_next_generation_are_made_when_asked(void **state)
{
    (void)state;
    static struct work work;
    assert_ok(work_of(WORK_TRANSLATE, TRANSLATE " --keep tc.new", &work));
    assert_false(work.has_new);
    assert_ok(work_of(WORK_TRANSLATE, TRANSLATE " --new", &work));
    assert_true(work.has_new);
    assert_rc(work_of(WORK_TRANSLATE, TRANSLATE " --new --keep tc.new", &work), INPUT_USAGE);
    assert_rc(work_of(WORK_TRANSLATE, TRANSLATE " --new --column B=A.new", &work), INPUT_USAGE);
}

static void what_is_sent_is_not_kept_and_no_column_is_made_twice(void **state)
{
    (void)state;
    static const char *const issue[] = {"--keep bsn", "--keep A", "--keep diagnostics",
                                        "--keep k --keep k", "--map BSN=other"};
    static const char *const translate[] = {"--keep A",
                                            "--keep tc",
                                            "--keep provider",
                                            "--keep diagnostics",
                                            "--column B=diagnostics",
                                            "--column B=provider",
                                            "--column B=A",
                                            "--column A=x"};
    static struct work work;
    char text[512];
    for (size_t i = 0; i < sizeof issue / sizeof issue[0]; i++) {
        snprintf(text, sizeof text, ISSUE " %s", issue[i]);
        assert_rc(work_of(WORK_ISSUE, text, &work), INPUT_USAGE);
    }
    for (size_t i = 0; i < sizeof translate / sizeof translate[0]; i++) {
        snprintf(text, sizeof text, TRANSLATE " %s", translate[i]);
        assert_rc(work_of(WORK_TRANSLATE, text, &work), INPUT_USAGE);
    }
}

static void what_is_missing_is_asked_for(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "--types A --map BSN=b in -o out",
        "--registry R --map BSN=b in -o out",
        "--registry R --types A in -o out",
        "--registry R --types A --map BSN=b in",
        "--registry R --types A --map BSN=b -o out",
        "--registry reg --types A --map BSN=b in -o out",
        "--registry R --types A, --map BSN=b in -o out",
        "--registry R --types A,A --map BSN=b in -o out",
        "--registry R --types A --map BSN in -o out",
        "--registry R --types A --map BSN= in -o out",
        "--registry R --types A --map bsn=b in -o out",
    };
    static struct work work;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_rc(work_of(WORK_ISSUE, wrong[i], &work), INPUT_USAGE);
}

static void a_tref_is_a_code_and_a_version_from_two(void **state)
{
    (void)state;
    static const char *const good[] = {"A", "ABCDEFG8", "C.2", "C.65535"};
    static const char *const bad[] = {"",     "a",       "1A",    "ABCDEFGHI", "C.",   "C.1", "C.0",
                                      "C.02", "C.65536", "C.2.3", "C-2",       "C.2 ", ".2"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(work_is_tref(bytes_text(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(work_is_tref(bytes_text(bad[i])));
    assert_false(work_is_tref(bytes_of("A\0B", 3)));
}

static struct schuil_rc bound(struct work *work, const char *header)
{
    struct csv_reader *reader = NULL;
    struct csv_row row;
    bool is_end = true;
    FILE *in = fmemopen((void *)(uintptr_t)header, strlen(header), "r");
    assert_ok(csv_reader_new(in, "test", &work->form, &reader));
    assert_ok(csv_reader_next(reader, &row, &is_end));
    struct schuil_rc rc = work_bind(work, reader, &row);
    csv_reader_free(reader);
    fclose(in);
    return rc;
}

static void columns_are_found_by_name_and_must_be_there_once(void **state)
{
    (void)state;
    static struct work work;
    assert_ok(work_of(WORK_ISSUE, ISSUE " --keep n\xc3\xa9", &work));
    work.in_path = "in.csv";
    assert_ok(bound(&work, "post=code,,,n\xc3\xa9,bsn\n"));
    assert_int_equal(work.fields[0].index, 4);
    assert_int_equal(work.fields[1].index, 0);
    assert_int_equal(work.kept[0].index, 3);
    assert_rc(bound(&work, "post=code,n\xc3\xa9\n"), INPUT_FILE);
    assert_rc(bound(&work, "post=code,n\xc3\xa9,bsn,bsn\n"), INPUT_FILE);
    assert_rc(bound(&work, "post=code,n\xc3\xa9,BSN\n"), INPUT_FILE);
    assert_rc(bound(&work, "post=code,n\xc3\xa9, bsn\n"), INPUT_FILE);
    work.form.encoding = ENCODING_WINDOWS_1252;
    assert_ok(bound(&work, "post=code,n\xe9,bsn\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(issue_names_types_and_columns),
        cmocka_unit_test(translate_takes_the_type_from_the_column_or_from_the_option),
        cmocka_unit_test(columns_of_the_next_generation_are_made_when_asked),
        cmocka_unit_test(what_is_sent_is_not_kept_and_no_column_is_made_twice),
        cmocka_unit_test(what_is_missing_is_asked_for),
        cmocka_unit_test(a_tref_is_a_code_and_a_version_from_two),
        cmocka_unit_test(columns_are_found_by_name_and_must_be_there_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
