/* SPDX-License-Identifier: Apache-2.0 */
/* A CSV file, read one record at a time, value for value (RFC 4180).
 *
 * libcsv knows the grammar; here it is kept strict: no trimming, no quote inside an unquoted
 * value, no open quote at the end, a carriage return only before a line feed. Every record has as
 * many fields as the first. A blank line is a record of one empty field, as the RFC's grammar has
 * it, so in a file of more columns it is refused. Memory: one record. */
#ifndef SCHUILNAAM_CLIENT_CSV_READER_H
#define SCHUILNAAM_CLIENT_CSV_READER_H

#include <stdio.h>

#include "csv/encoding.h"

enum { CSV_RECORD_MOST = 1 << 20 /* bytes */, CSV_FIELDS_MOST = 4096 };

/* The mark EF BB BF in front. */
enum csv_bom {
    BOM_DETECT, /* dropped when it is there */
    BOM_YES,    /* must be there, and is written in front of the output */
    BOM_NO      /* must not be there */
};

struct csv_form {
    char delimiter;
    enum csv_bom bom;
    enum text_encoding encoding;
};

struct csv_field {
    size_t at, len;       /* in the text of the row */
    bool is_quoted_empty; /* "" and not nothing */
};

struct csv_row {
    const char *text; /* the fields' bytes, as they stand in the file, without quoting */
    const struct csv_field *fields;
    size_t count;
};

static inline struct bytes csv_row_field(const struct csv_row *row, size_t i)
{
    const struct csv_field *field = &row->fields[i];
    return field->len > 0 ? bytes_of(row->text + field->at, field->len) : bytes_of("", 0);
}

struct csv_reader;
/* Read from file, which is borrowed. name is for messages, borrowed. *ret NULL on failure. */
SCHUIL_RC csv_reader_new(FILE *file, const char *name, const struct csv_form *form,
                         struct csv_reader **ret);
void csv_reader_free(struct csv_reader *reader);
/* The next row, borrowed until the next call; *ret_is_end without a row at the end of the file.
 * RC_INPUT_FILE: told, with the number of the record (the header is record 0). After a failure only
 * free may be called. */
SCHUIL_RC csv_reader_next(struct csv_reader *reader, struct csv_row *ret_row, bool *ret_is_end);
/* A field as UTF-8, borrowed until the next call of this or of next. The reader has found it valid.
 */
SCHUIL_RC csv_reader_decode(struct csv_reader *reader, struct bytes field, struct bytes *ret);
/* How many records were read, the header not counted. */
size_t csv_reader_records(const struct csv_reader *reader);
/* The end of the header's line: "\n" or "\r\n". */
const char *csv_reader_line_end(const struct csv_reader *reader);
/* Bytes of the file taken in so far. */
uint64_t csv_reader_taken(const struct csv_reader *reader);

#endif
