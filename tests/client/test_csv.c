/* SPDX-License-Identifier: Apache-2.0 */
/* The CSV reader and writer: every value comes back as it stood, every doubt is refused. */
#include "unit.h"

#include "csv/reader.h"
#include "csv/writer.h"

static const struct csv_form comma = {.delimiter = ','};

/* Read a whole file into one text: fields end in '|', empty quoted ones show as "", rows in '/'.
 * The result of the first failure, or ok. */
static struct schuil_rc file_read(struct bytes file, const struct csv_form *form,
                                  struct buffer *ret)
{
    struct csv_reader *reader = NULL;
    struct csv_row row;
    bool is_end = false;
    FILE *in = fmemopen((void *)(uintptr_t)file.data, file.len, "r");
    assert_non_null(in);
    assert_ok(csv_reader_new(in, "test", form, &reader));
    struct schuil_rc rc = csv_reader_next(reader, &row, &is_end);
    while (schuil_is_ok(rc) && !is_end) {
        for (size_t i = 0; i < row.count; i++) {
            assert_ok(buffer_put(ret, csv_row_field(&row, i)));
            assert_ok(buffer_put_text(ret, row.fields[i].is_quoted_empty ? "\"\"|" : "|"));
        }
        assert_ok(buffer_put_text(ret, "/"));
        rc = csv_reader_next(reader, &row, &is_end);
    }
    csv_reader_free(reader);
    fclose(in);
    return rc;
}

static void expect_rows(const char *file, const struct csv_form *form, const char *wanted)
{
    struct buffer got = {0};
    assert_ok(file_read(bytes_text(file), form, &got));
    assert_text(buffer_bytes(&got), wanted);
    buffer_done(&got);
}

static void expect_refused(const char *file, const struct csv_form *form)
{
    struct buffer got = {0};
    assert_rc(file_read(bytes_text(file), form, &got), INPUT_FILE);
    buffer_done(&got);
}

static void values_are_not_trimmed_and_line_ends_may_be_either(void **state)
{
    (void)state;
    expect_rows("a,b\n1, 2 \n", &comma, "a|b|/1| 2 |/");
    expect_rows("a,b\r\n\t,x\t\r\n", &comma, "a|b|/\t|x\t|/");
    expect_rows("a,b\n1,2", &comma, "a|b|/1|2|/");
    expect_rows("a,b\r\n1,2\n3,4\r\n", &comma, "a|b|/1|2|/3|4|/");
}

static void quotes_hold_delimiters_line_breaks_and_quotes(void **state)
{
    (void)state;
    expect_rows("a,b\n\"1,\r\n2\",\" \"\"q\"\" \"\n", &comma, "a|b|/1,\r\n2| \"q\" |/");
    expect_rows("a,b\n\"\",\n", &comma, "a|b|/\"\"||/");
    expect_rows("a\n\"\"\"\"\n", &comma, "a|/\"|/");
}

static void a_blank_line_is_a_record_of_one_empty_field(void **state)
{
    (void)state;
    expect_rows("a\n\nb\n", &comma, "a|/|/b|/");
    expect_rows("a\r\n\r\nb\r\n", &comma, "a|/|/b|/");
    expect_refused("a,b\n\n1,2\n", &comma);
    expect_refused("a,b\n1,2\n\n", &comma);
}

static void doubtful_grammar_is_refused(void **state)
{
    (void)state;
    expect_refused("a,b\n1\n", &comma);
    expect_refused("a,b\n1,2,3\n", &comma);
    expect_refused("a,b\n1,\"2\n", &comma);
    expect_refused("a,b\n1,2\"3\n", &comma);
    expect_refused("a,b\n1,\"2\"3\n", &comma);
    expect_refused("a,b\n1,\"2\" \n", &comma);
    expect_refused("a,b\n1, \"2\"\n", &comma);
    expect_refused("a\r1\r", &comma);
    expect_refused("a\n1\r", &comma);
    expect_refused("a\n1\r\r\n", &comma);
    expect_refused("a,b\n1,2\r3,4\n", &comma);
}

static void the_mark_in_front_is_as_declared(void **state)
{
    (void)state;
    struct csv_form yes = {.delimiter = ',', .bom = BOM_YES};
    struct csv_form no = {.delimiter = ',', .bom = BOM_NO};
    struct csv_form latin = {.delimiter = ',', .encoding = ENCODING_WINDOWS_1252};
    expect_rows("\xef\xbb\xbf\"a\",b\n", &comma, "a|b|/");
    expect_rows("\xef\xbb\xbf"
                "a\n",
                &yes, "a|/");
    expect_rows("a\n", &no, "a|/");
    expect_refused("a\n", &yes);
    expect_refused("\xef\xbb\xbf"
                   "a\n",
                   &no);
    expect_refused("\xef\xbb\xbf"
                   "a\n",
                   &latin);
}

static void another_delimiter_leaves_commas_alone(void **state)
{
    (void)state;
    struct csv_form tab = {.delimiter = '\t'};
    expect_rows("a\tb\n \t1,2\n", &tab, "a|b|/ |1,2|/");
}

static void bytes_outside_the_encoding_are_refused(void **state)
{
    (void)state;
    static const char nul[] = "a\nx\0y\n";
    struct buffer got = {0};
    expect_refused("a\n\xc3\n", &comma);
    expect_refused("a\n\xed\xa0\x80\n", &comma);
    expect_refused("a\n\xc0\xaf\n", &comma);
    assert_rc(file_read(bytes_of(nul, sizeof nul - 1), &comma, &got), INPUT_FILE);
    buffer_done(&got);
}

/* A line that spans chunks of the reader, in each alignment of its CR, LF and quotes. */
static void chunk_borders_change_nothing(void **state)
{
    (void)state;
    enum { CHUNK = 64 << 10 };
    for (size_t lead = CHUNK - 12; lead < CHUNK + 2; lead++) {
        struct buffer file = {0};
        struct buffer got = {0};
        assert_ok(buffer_put_text(&file, "a,b\r\n\""));
        for (size_t i = 6; i < lead; i++)
            assert_ok(buffer_put_char(&file, 'x'));
        assert_ok(buffer_put_text(&file, "\"\"\r\n\",\"\"\r\ny,z\r\n"));
        assert_ok(file_read(buffer_bytes(&file), &comma, &got));
        assert_int_equal(got.len, 5 + (lead - 6) + 3 + 1 + 3 + 1 + 5);
        assert_memory_equal(got.data + got.len - 13, "\"\r\n|\"\"|/y|z|/", 13);
        buffer_done(&file);
        buffer_done(&got);
    }
}

static void a_record_has_a_longest_length(void **state)
{
    (void)state;
    for (int is_over = 0; is_over < 2; is_over++) {
        struct buffer file = {0};
        struct buffer got = {0};
        assert_ok(buffer_put_text(&file, "a,b\n"));
        for (size_t i = 0; i < CSV_RECORD_MOST - 1 + (size_t)is_over; i++)
            assert_ok(buffer_put_char(&file, 'x'));
        assert_ok(buffer_put_text(&file, ",y\n"));
        struct schuil_rc rc = file_read(buffer_bytes(&file), &comma, &got);
        assert_string_equal(schuil_rc_name(rc), is_over ? "INPUT_FILE" : "OK");
        buffer_done(&file);
        buffer_done(&got);
    }
}

static void an_open_quote_does_not_swallow_the_file(void **state)
{
    (void)state;
    struct buffer file = {0};
    struct buffer got = {0};
    assert_ok(buffer_put_text(&file, "a\n\""));
    for (size_t i = 0; i < 4 * (size_t)CSV_RECORD_MOST; i++)
        assert_ok(buffer_put_char(&file, i % 80 == 79 ? '\n' : 'x'));
    assert_rc(file_read(buffer_bytes(&file), &comma, &got), INPUT_FILE);
    buffer_done(&file);
    buffer_done(&got);
}

static void the_line_end_of_the_header_is_known(void **state)
{
    (void)state;
    static const char *const files[] = {"a\r\n1\r\n", "a\n1\r\n", "a"};
    static const char *const wanted[] = {"\r\n", "\n", "\n"};
    for (size_t i = 0; i < 3; i++) {
        struct csv_reader *reader = NULL;
        struct csv_row row;
        bool is_end = true;
        FILE *in = fmemopen((void *)(uintptr_t)files[i], strlen(files[i]), "r");
        assert_ok(csv_reader_new(in, "test", &comma, &reader));
        assert_ok(csv_reader_next(reader, &row, &is_end));
        assert_false(is_end);
        assert_string_equal(csv_reader_line_end(reader), wanted[i]);
        assert_int_equal(csv_reader_records(reader), 0);
        csv_reader_free(reader);
        fclose(in);
    }
}

/* All texts of up to four characters of an alphabet of trouble, in two columns. */
static void what_is_written_reads_back_value_for_value(void **state)
{
    (void)state;
    static const char trouble[] = "\",\r\n x";
    enum { KINDS = sizeof trouble - 1, COUNT = KINDS * KINDS * KINDS * KINDS };
    struct buffer file = {0};
    struct buffer wanted = {0};
    struct buffer got = {0};
    for (unsigned n = 0; n < COUNT; n++) {
        char text[4];
        unsigned rest = n;
        for (size_t i = 0; i < sizeof text; i++, rest /= KINDS)
            text[i] = trouble[rest % KINDS];
        struct bytes value = bytes_of(text, n % 5);
        bool is_quoted_empty = value.len == 0 && n % 2 == 0;
        for (int column = 0; column < 2; column++) {
            assert_ok(csv_field_put(&file, ',', value, is_quoted_empty));
            assert_ok(buffer_put_text(&file, column == 0 ? "," : "\n"));
            assert_ok(buffer_put(&wanted, value));
            assert_ok(buffer_put_text(&wanted, is_quoted_empty ? "\"\"|" : "|"));
        }
        assert_ok(buffer_put_text(&wanted, "/"));
    }
    assert_ok(file_read(buffer_bytes(&file), &comma, &got));
    assert_int_equal(got.len, wanted.len);
    assert_memory_equal(got.data, wanted.data, got.len);
    buffer_done(&file);
    buffer_done(&wanted);
    buffer_done(&got);
}

static void fields_are_quoted_only_where_needed(void **state)
{
    (void)state;
    struct buffer out = {0};
    assert_ok(csv_field_put(&out, ';', bytes_text("a,b"), false));
    assert_ok(csv_field_put(&out, ';', bytes_text("a;\"b"), false));
    assert_ok(csv_field_put(&out, ';', bytes_text(" a"), false));
    assert_ok(csv_field_put(&out, ';', bytes_text(""), true));
    assert_ok(csv_field_put(&out, ';', bytes_text(""), false));
    assert_text(buffer_bytes(&out), "a,b\"a;\"\"b\"\" a\"\"\"");
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_not_trimmed_and_line_ends_may_be_either),
        cmocka_unit_test(quotes_hold_delimiters_line_breaks_and_quotes),
        cmocka_unit_test(a_blank_line_is_a_record_of_one_empty_field),
        cmocka_unit_test(doubtful_grammar_is_refused),
        cmocka_unit_test(the_mark_in_front_is_as_declared),
        cmocka_unit_test(another_delimiter_leaves_commas_alone),
        cmocka_unit_test(bytes_outside_the_encoding_are_refused),
        cmocka_unit_test(chunk_borders_change_nothing),
        cmocka_unit_test(a_record_has_a_longest_length),
        cmocka_unit_test(an_open_quote_does_not_swallow_the_file),
        cmocka_unit_test(the_line_end_of_the_header_is_known),
        cmocka_unit_test(what_is_written_reads_back_value_for_value),
        cmocka_unit_test(fields_are_quoted_only_where_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
