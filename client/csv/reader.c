/* SPDX-License-Identifier: Apache-2.0 */
/* Pulls rows out of libcsv, which pushes fields.
 *
 * The file is fed to libcsv line by line, so at most one row ends in each feed and is kept in
 * `text` and `fields` until it is asked for. A row's end at CR is followed by a blank row's end at
 * LF, which is no row. */
#include "csv/reader.h"

#include <csv.h>

#include "fail.h"
#include "memory.h"

enum { CHUNK_LEN = 64 << 10, BOM_LEN = 3 };

enum reader_fault { FAULT_NONE, FAULT_CR, FAULT_TEXT, FAULT_LONG, FAULT_FIELDS, FAULT_MEMORY };

struct csv_reader {
    FILE *file;
    const char *name;
    struct csv_form form;
    struct csv_parser parser;
    struct text_decoder *decoder;
    char chunk[CHUNK_LEN];
    size_t chunk_at, chunk_len;
    struct buffer text;
    struct csv_field fields[CSV_FIELDS_MOST];
    size_t field_count;  /* of the row under way, or of the row that ended */
    size_t header_count; /* 0: no row has ended yet */
    size_t row_count;    /* rows that ended, the header too */
    size_t fed_len;      /* bytes fed since the last row ended */
    uint64_t taken;
    bool has_row, is_end, after_cr, ends_in_crlf;
    enum reader_fault fault;
};

static int never_space(unsigned char c)
{
    (void)c;
    return 0;
}

static void fault_set(struct csv_reader *r, enum reader_fault fault)
{
    if (r->fault == FAULT_NONE)
        r->fault = fault;
}

static void on_field(void *data, size_t len, void *context)
{
    struct csv_reader *r = context;
    struct bytes decoded;
    if (r->after_cr)
        fault_set(r, FAULT_CR);
    if (r->field_count == CSV_FIELDS_MOST)
        fault_set(r, FAULT_FIELDS);
    if (r->text.len + len > CSV_RECORD_MOST)
        fault_set(r, FAULT_LONG);
    if (r->fault == FAULT_NONE &&
        !schuil_is_ok(decoder_decode(r->decoder, bytes_of(data, len), &decoded)))
        fault_set(r, FAULT_TEXT);
    if (r->fault != FAULT_NONE)
        return;
    r->fields[r->field_count++] =
        (struct csv_field){.at = r->text.len, .len = len, .is_quoted_empty = data && len == 0};
    if (!schuil_is_ok(buffer_put(&r->text, bytes_of(data, len))))
        fault_set(r, FAULT_MEMORY);
}

static void row_end(struct csv_reader *r)
{
    if (r->header_count == 0)
        r->header_count = r->field_count;
    if (r->field_count != r->header_count)
        fault_set(r, FAULT_FIELDS);
    r->has_row = true;
    r->fed_len = 0;
}

static void on_row(int terminator, void *context)
{
    struct csv_reader *r = context;
    bool is_blank = r->field_count == 0 || r->has_row;
    if (r->fault != FAULT_NONE)
        return;
    if (is_blank && r->after_cr && terminator == '\n') {
        r->after_cr = false;
        return;
    }
    if (r->after_cr)
        fault_set(r, FAULT_CR);
    if (is_blank)
        on_field(NULL, 0, r);
    r->after_cr = terminator == '\r';
    r->ends_in_crlf = r->row_count == 0 ? r->after_cr : r->ends_in_crlf;
    r->row_count++;
    row_end(r);
}

SCHUIL_RC csv_reader_new(FILE *file, const char *name, const struct csv_form *form,
                         struct csv_reader **ret)
{
    *ret = NULL;
    struct csv_reader *r = memory_take(sizeof *r);
    ENSURE(r != NULL, RC_INTERNAL_MEMORY);
    memset(r, 0, sizeof *r);
    r->file = file;
    r->name = name;
    r->form = *form;
    struct schuil_rc rc = decoder_new(form->encoding, &r->decoder);
    if (!schuil_is_ok(rc)) {
        memory_free(r);
        return rc;
    }
    csv_init(&r->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL | CSV_REPALL_NL);
    csv_set_delim(&r->parser, (unsigned char)form->delimiter);
    csv_set_space_func(&r->parser, never_space);
    csv_set_realloc_func(&r->parser, memory_resize);
    csv_set_free_func(&r->parser, memory_free);
    *ret = r;
    return SCHUIL_OK;
}

void csv_reader_free(struct csv_reader *reader)
{
    if (reader == NULL)
        return;
    csv_free(&reader->parser);
    decoder_free(reader->decoder);
    buffer_done(&reader->text);
    memory_free(reader);
}

static SCHUIL_RC fault_tell(const struct csv_reader *r)
{
    size_t record = r->has_row && r->row_count > 0 ? r->row_count - 1 : r->row_count;
    switch (r->fault) {
    case FAULT_CR:
        return fail(RC_INPUT_FILE, "%s: record %zu: a carriage return without a line feed", r->name,
                    record);
    case FAULT_TEXT:
        return fail(RC_INPUT_FILE, "%s: record %zu: not in the encoding that is declared", r->name,
                    record);
    case FAULT_LONG:
        return fail(RC_INPUT_FILE, "%s: record %zu: longer than %d bytes", r->name, record,
                    CSV_RECORD_MOST);
    case FAULT_FIELDS:
        return fail(RC_INPUT_FILE, "%s: record %zu: has %zu fields, the header has %zu", r->name,
                    record, r->field_count, r->header_count);
    case FAULT_MEMORY:
    case FAULT_NONE:
        break;
    }
    return schuil_rc(RC_INTERNAL_MEMORY);
}

static SCHUIL_RC parse_refused(const struct csv_reader *r)
{
    ENSURE(csv_error((struct csv_parser *)(uintptr_t)&r->parser) == CSV_EPARSE, RC_INTERNAL_MEMORY);
    return fail(RC_INPUT_FILE, "%s: record %zu: a quote that does not open or close a field",
                r->name, r->row_count);
}

static SCHUIL_RC feed(struct csv_reader *r, const char *data, size_t len)
{
    r->fed_len += len;
    if (csv_parse(&r->parser, data, len, on_field, on_row, r) != len)
        return parse_refused(r);
    if (r->fed_len > 2 * (size_t)CSV_RECORD_MOST)
        fault_set(r, FAULT_LONG);
    return r->fault == FAULT_NONE ? SCHUIL_OK : fault_tell(r);
}

/* The mark is looked for once, in the first chunk. */
static SCHUIL_RC bom_take(struct csv_reader *r)
{
    bool is_there = r->chunk_len >= BOM_LEN && memcmp(r->chunk, "\xef\xbb\xbf", BOM_LEN) == 0;
    if (is_there && (r->form.bom == BOM_NO || r->form.encoding != ENCODING_UTF_8))
        return fail(RC_INPUT_FILE, "%s: begins with the mark of UTF-8, against what is declared",
                    r->name);
    if (!is_there && r->form.bom == BOM_YES)
        return fail(RC_INPUT_FILE, "%s: does not begin with the mark of UTF-8", r->name);
    r->chunk_at = is_there ? BOM_LEN : 0;
    return SCHUIL_OK;
}

static SCHUIL_RC chunk_fill(struct csv_reader *r)
{
    bool is_first = r->taken == 0;
    r->chunk_at = 0;
    r->chunk_len = fread(r->chunk, 1, sizeof r->chunk, r->file);
    r->taken += r->chunk_len;
    if (ferror(r->file))
        return fail(RC_INPUT_FILE, "%s: cannot be read", r->name);
    if (is_first)
        TRY(bom_take(r));
    if (r->chunk_len > 0)
        return SCHUIL_OK;
    r->is_end = true;
    if (csv_fini(&r->parser, on_field, on_row, r) != 0)
        return parse_refused(r);
    if (r->after_cr)
        fault_set(r, FAULT_CR);
    return r->fault == FAULT_NONE ? SCHUIL_OK : fault_tell(r);
}

static SCHUIL_RC line_feed(struct csv_reader *r)
{
    const char *from = r->chunk + r->chunk_at;
    size_t left = r->chunk_len - r->chunk_at;
    const char *end = memchr(from, '\n', left);
    size_t len = end != NULL ? (size_t)(end - from) + 1 : left;
    r->chunk_at += len;
    return feed(r, from, len);
}

SCHUIL_RC csv_reader_next(struct csv_reader *reader, struct csv_row *ret_row, bool *ret_is_end)
{
    buffer_clear(&reader->text);
    reader->field_count = 0;
    reader->has_row = false;
    while (!reader->has_row && !reader->is_end) {
        if (reader->chunk_at < reader->chunk_len)
            TRY(line_feed(reader));
        else
            TRY(chunk_fill(reader));
    }
    *ret_is_end = !reader->has_row;
    *ret_row = (struct csv_row){reader->text.data, reader->fields, reader->field_count};
    return SCHUIL_OK;
}

SCHUIL_RC csv_reader_decode(struct csv_reader *reader, struct bytes field, struct bytes *ret)
{
    return decoder_decode(reader->decoder, field, ret);
}

size_t csv_reader_records(const struct csv_reader *reader)
{
    return reader->row_count > 0 ? reader->row_count - 1 : 0;
}

const char *csv_reader_line_end(const struct csv_reader *reader)
{
    return reader->ends_in_crlf ? "\r\n" : "\n";
}

uint64_t csv_reader_taken(const struct csv_reader *reader)
{
    return reader->taken;
}
