/* SPDX-License-Identifier: Apache-2.0 */
/* CSV files of the client. The first byte of an input chooses delimiter, encoding and mark, the
 * rest is the file. Every row has as many fields as the first, and each field lies in the row's
 * text. A file that is read to its end is written again row by row, and reads back as the same
 * values. */
#include <stdio.h>

#include "csv/reader.h"
#include "csv/writer.h"
#include "fuzz.h"

static const char mark[] = "\xef\xbb\xbf";

static void must(struct schuil_rc rc)
{
    FUZZ_CHECK(schuil_is_ok(rc));
}

static struct csv_form form_of(uint8_t choice)
{
    static const char delimiters[] = ",;\t|";
    static const enum text_encoding encodings[] = {ENCODING_UTF_8, ENCODING_WINDOWS_1252,
                                                   ENCODING_ISO_8859_1};
    static const enum csv_bom boms[] = {BOM_DETECT, BOM_YES, BOM_NO};
    return (struct csv_form){.delimiter = delimiters[choice % 4],
                             .encoding = encodings[choice / 4 % 3],
                             .bom = boms[choice / 12 % 3]};
}

static void check_row(const struct csv_row *row, size_t header_count)
{
    FUZZ_CHECK(row->count > 0 && row->count == header_count);
    for (size_t i = 0; i < row->count; i++) {
        struct bytes field = csv_row_field(row, i);
        FUZZ_CHECK(!row->fields[i].is_quoted_empty || field.len == 0);
        FUZZ_CHECK(i == 0 || row->fields[i].at >= row->fields[i - 1].at + row->fields[i - 1].len);
    }
}

/* One row as a line of the copy, and its values, each with its length, in a list. */
static void row_put(const struct csv_row *row, char delimiter, struct buffer *copy,
                    struct buffer *values)
{
    for (size_t i = 0; i < row->count; i++) {
        struct bytes field = csv_row_field(row, i);
        if (i > 0)
            must(buffer_put_char(copy, delimiter));
        must(csv_field_put(copy, delimiter, field, row->fields[i].is_quoted_empty));
        must(buffer_put(values, bytes_of(&field.len, sizeof field.len)));
        must(buffer_put(values, field));
    }
    must(buffer_put_char(copy, '\n'));
}

/* Read a file to its end. False: it is refused somewhere. */
static bool rows_read(struct csv_reader *reader, char delimiter, struct buffer *copy,
                      struct buffer *values)
{
    size_t header_count = 0;
    size_t count = 0;
    for (;;) {
        struct csv_row row;
        bool is_end;
        if (!schuil_is_ok(csv_reader_next(reader, &row, &is_end)))
            return false;
        if (is_end)
            break;
        header_count = count++ == 0 ? row.count : header_count;
        check_row(&row, header_count);
        row_put(&row, delimiter, copy, values);
    }
    FUZZ_CHECK(csv_reader_records(reader) == (count > 0 ? count - 1 : 0));
    return true;
}

static bool file_read(struct bytes text, const struct csv_form *form, struct buffer *copy,
                      struct buffer *values)
{
    FILE *file = fmemopen((void *)(uintptr_t)text.data, text.len, "r");
    FUZZ_CHECK(file != NULL);
    struct csv_reader *reader;
    must(csv_reader_new(file, "fuzz", form, &reader));
    bool is_good = rows_read(reader, form->delimiter, copy, values);
    csv_reader_free(reader);
    FUZZ_CHECK(fclose(file) == 0);
    return is_good;
}

/* Read the copy: the same values must come. In UTF-8 it begins with the mark, so that a mark in the
 * first value stays one; in another encoding such a copy cannot be read back, and is left. */
static void check_copy(struct csv_form form, struct bytes copy, struct bytes values)
{
    struct buffer second = {0};
    struct buffer second_values = {0};
    bool is_marked = form.encoding == ENCODING_UTF_8;
    if (!is_marked && copy.len >= 3 && memcmp(copy.data, mark, 3) == 0)
        return;
    form.bom = is_marked ? BOM_YES : BOM_NO;
    FUZZ_CHECK(file_read(copy, &form, &second, &second_values));
    FUZZ_CHECK(bytes_equal(values, buffer_bytes(&second_values)));
    buffer_done(&second);
    buffer_done(&second_values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes text = bytes_of(data, len);
    struct csv_form form = form_of(fuzz_take_u8(&text));
    struct buffer copy = {0};
    struct buffer values = {0};
    if (text.len == 0)
        return 0;
    if (form.encoding == ENCODING_UTF_8)
        must(buffer_put_text(&copy, mark));
    if (file_read(text, &form, &copy, &values) && values.len > 0)
        check_copy(form, buffer_bytes(&copy), buffer_bytes(&values));
    buffer_done(&copy);
    buffer_done(&values);
    return 0;
}
