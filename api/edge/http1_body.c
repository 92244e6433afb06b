/* SPDX-License-Identifier: Apache-2.0 */
/* Chunked bodies, and the media type that a body must have. Pure, as http1.h says.
 *
 *   ( 1*HEXDIG CR LF data CR LF )*  1*"0" CR LF CR LF
 *
 * Sources: RFC 9112, 7.1; RFC 9110, 5.6.6 (parameters), 8.3.1 (media types). */
#include "http1.h"

#include <strings.h>

#include "http1_rules.h"

enum { SIZE_DIGITS = 15 }; /* of one chunk's size: no overflow, and no endless line of zeros */

enum chunk_state {
    CHUNK_SIZE,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_LAST_CR,
    CHUNK_LAST_LF,
    CHUNK_DONE,
    CHUNK_REFUSED
};

void http1_chunks_init(struct http1_chunks *chunks, uint64_t cap)
{
    *chunks = (struct http1_chunks){.cap = cap, .state = CHUNK_SIZE};
}

static void refuse(struct http1_chunks *chunks, enum schuil_rc_code code, const char *why)
{
    chunks->state = CHUNK_REFUSED;
    chunks->rc = schuil_rc(code);
    chunks->why = why;
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void read_size(struct http1_chunks *chunks, uint8_t c)
{
    int value = hex_value(c);

    if (value >= 0 && chunks->digits < SIZE_DIGITS) {
        chunks->left = chunks->left * 16 + (uint64_t)value;
        chunks->digits++;
        return;
    }
    if (c != '\r' || chunks->digits == 0) {
        refuse(chunks, RC_INPUT_HTTP, "a chunk size is not a plain hexadecimal number");
        return;
    }
    chunks->state = CHUNK_SIZE_LF;
}

static void begin_chunk(struct http1_chunks *chunks)
{
    chunks->digits = 0;
    if (chunks->left > chunks->cap - chunks->total) {
        refuse(chunks, RC_LIMIT_SIZE, "the body is too large");
        return;
    }
    chunks->total += chunks->left;
    chunks->state = chunks->left > 0 ? CHUNK_DATA : CHUNK_LAST_CR;
}

/* Everything but sizes and data is one certain byte after another. */
static void expect_byte(struct http1_chunks *chunks, uint8_t c)
{
    bool is_cr = chunks->state == CHUNK_DATA_CR || chunks->state == CHUNK_LAST_CR;

    if (c != (is_cr ? '\r' : '\n'))
        refuse(chunks, RC_INPUT_HTTP,
               chunks->state == CHUNK_LAST_CR ? "a trailer after the last chunk"
                                              : "a chunk's line end is missing");
    else if (chunks->state == CHUNK_SIZE_LF)
        begin_chunk(chunks);
    else if (chunks->state == CHUNK_DATA_LF)
        chunks->state = CHUNK_SIZE;
    else
        chunks->state++; /* from CR to LF, or done */
}

static struct bytes take_piece(struct http1_chunks *chunks, struct bytes data)
{
    size_t len = chunks->left < data.len ? (size_t)chunks->left : data.len;

    chunks->left -= len;
    if (chunks->left == 0)
        chunks->state = CHUNK_DATA_CR;
    return bytes_of(data.data, len);
}

enum http1_verdict http1_chunks_read(struct http1_chunks *chunks, struct bytes data,
                                     size_t *ret_used, struct bytes *ret_piece)
{
    size_t used = 0;

    *ret_piece = bytes_of(NULL, 0);
    while (used < data.len && chunks->state < CHUNK_DONE && ret_piece->len == 0) {
        if (chunks->state == CHUNK_DATA) {
            *ret_piece = take_piece(chunks, bytes_of(data.data + used, data.len - used));
            used += ret_piece->len;
        } else if (chunks->state == CHUNK_SIZE)
            read_size(chunks, data.data[used++]);
        else
            expect_byte(chunks, data.data[used++]);
    }
    *ret_used = used;
    if (chunks->state == CHUNK_REFUSED)
        return HTTP1_REFUSED;
    return chunks->state == CHUNK_DONE ? HTTP1_DONE : HTTP1_MORE;
}

/* A cursor over one field value. */
struct scan {
    const uint8_t *at;
    const uint8_t *end;
};

static void skip_space(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t'))
        s->at++;
}

static bool take_char(struct scan *s, char c)
{
    if (s->at == s->end || *s->at != (uint8_t)c)
        return false;
    s->at++;
    return true;
}

static struct bytes take_token(struct scan *s)
{
    const uint8_t *from = s->at;

    while (s->at < s->end && http1_is_tchar(*s->at))
        s->at++;
    return bytes_of(from, (size_t)(s->at - from));
}

/* A quoted string without quoted pairs; len 0 when it is none (no parameter here may be empty). */
static struct bytes take_quoted(struct scan *s)
{
    const uint8_t *from = s->at;

    while (s->at < s->end && *s->at != '"' && *s->at != '\\')
        s->at++;
    size_t len = (size_t)(s->at - from);

    return take_char(s, '"') ? bytes_of(from, len) : bytes_of(NULL, 0);
}

static bool is_text(struct bytes text, const char *name)
{
    return text.len == strlen(name) && strncasecmp((const char *)text.data, name, text.len) == 0;
}

/* One "name=value", or nothing: RFC 9110 lets a parameter between semicolons be empty. */
static bool parameter_is_right(struct scan *s)
{
    struct bytes name = take_token(s);

    if (name.len == 0)
        return s->at == s->end || *s->at == ';';
    if (!take_char(s, '='))
        return false;
    struct bytes value = take_char(s, '"') ? take_quoted(s) : take_token(s);

    return value.len > 0 && (!is_text(name, "charset") || is_text(value, "utf-8"));
}

bool http1_is_json(struct bytes content_type)
{
    static const char type[] = "application/json";
    struct scan s;

    if (content_type.len < sizeof type - 1 ||
        !is_text(bytes_of(content_type.data, sizeof type - 1), type))
        return false;
    s.at = content_type.data + sizeof type - 1;
    s.end = content_type.data + content_type.len;
    for (;;) {
        skip_space(&s);
        if (s.at == s.end)
            return true;
        if (!take_char(&s, ';'))
            return false;
        skip_space(&s);
        if (!parameter_is_right(&s))
            return false;
    }
}
