/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP/1.1 reader. The first byte of an input is the size of the pieces in which the rest
 * arrives; the same bytes are also read at once. The verdict must not depend on the cut, every part
 * the reader names must lie inside the head, and a body never gives more than its cap. */
#include "edge/http1.h"
#include "fuzz.h"

enum { BODY_CAP = 4096 };

static void check_field(const struct http1_head *head, const uint8_t *data, size_t at)
{
    const struct http1_field *f = &head->fields[at];
    FUZZ_CHECK(f->name_len > 0 && (size_t)f->name_at + f->name_len <= head->len);
    FUZZ_CHECK((size_t)f->value_at + f->value_len <= head->len);
    for (size_t i = 0; i < f->value_len; i++) {
        uint8_t c = data[f->value_at + i];
        FUZZ_CHECK(c != '\0' && c != '\r' && c != '\n');
    }
}

static void check_head(const struct http1_head *head, const uint8_t *data, size_t len)
{
    FUZZ_CHECK(head->len <= len && head->len <= LIMIT_HEAD_LEN);
    FUZZ_CHECK(head->len >= 4 && memcmp(data + head->len - 4, "\r\n\r\n", 4) == 0);
    FUZZ_CHECK((size_t)head->path_at + head->path_len <= head->len);
    FUZZ_CHECK(head->field_count <= LIMIT_HEADER_COUNT);
    FUZZ_CHECK(strlen(head->method) > 0);
    for (size_t i = 0; i < head->field_count; i++)
        check_field(head, data, i);
    struct bytes type = http1_head_field(head, data, "content-type");
    if (type.data != NULL)
        (void)http1_is_json(type);
}

/* Read a head that arrives in pieces. */
static enum http1_verdict read_in_pieces(struct http1_head *head, struct bytes all, size_t piece)
{
    enum http1_verdict verdict = HTTP1_MORE;
    http1_head_init(head);
    for (size_t len = 0; len < all.len && verdict == HTTP1_MORE;) {
        len = all.len - len > piece ? len + piece : all.len;
        verdict = http1_head_read(head, all.data, len);
    }
    return verdict;
}

/* Two readings of the same bytes agree in all that a caller may look at. */
static void check_same(const struct http1_head *a, const struct http1_head *b,
                       enum http1_verdict verdict)
{
    if (verdict == HTTP1_REFUSED) {
        FUZZ_CHECK(a->rc.code == b->rc.code && a->rc.code != RC_OK);
        FUZZ_CHECK(a->why != NULL && strcmp(a->why, b->why) == 0);
    }
    if (verdict != HTTP1_DONE)
        return;
    FUZZ_CHECK(a->len == b->len && a->framing == b->framing && a->expect == b->expect);
    FUZZ_CHECK(a->content_length == b->content_length && a->closes == b->closes);
    FUZZ_CHECK(a->field_count == b->field_count && strcmp(a->method, b->method) == 0);
    FUZZ_CHECK(a->path_at == b->path_at && a->path_len == b->path_len);
}

/* Read a chunked body that arrives in pieces; ret_total: bytes of body given. */
static enum http1_verdict chunks_in_pieces(struct bytes all, size_t piece, uint64_t *ret_total)
{
    struct http1_chunks chunks;
    enum http1_verdict verdict = HTTP1_MORE;
    size_t at = 0;
    *ret_total = 0;
    http1_chunks_init(&chunks, BODY_CAP);
    while (verdict == HTTP1_MORE && at < all.len) {
        size_t len = all.len - at < piece ? all.len - at : piece;
        size_t used = 0;
        struct bytes body = {0};
        verdict = http1_chunks_read(&chunks, bytes_of(all.data + at, len), &used, &body);
        FUZZ_CHECK(used <= len && body.len <= used);
        FUZZ_CHECK(verdict != HTTP1_MORE || used > 0);
        *ret_total += body.len;
        FUZZ_CHECK(*ret_total <= BODY_CAP);
        at += used;
    }
    return verdict;
}

static void check_chunks(struct bytes body, size_t piece)
{
    uint64_t whole_total;
    uint64_t cut_total;
    enum http1_verdict whole = chunks_in_pieces(body, SIZE_MAX, &whole_total);
    FUZZ_CHECK(chunks_in_pieces(body, piece, &cut_total) == whole);
    FUZZ_CHECK(whole != HTTP1_DONE || whole_total == cut_total);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes input = bytes_of(data, len);
    size_t piece = (size_t)fuzz_take_u8(&input) + 1;
    if (input.len == 0)
        return 0;
    struct http1_head whole;
    struct http1_head cut;
    http1_head_init(&whole);
    enum http1_verdict verdict = http1_head_read(&whole, input.data, input.len);
    FUZZ_CHECK(read_in_pieces(&cut, input, piece) == verdict);
    check_same(&whole, &cut, verdict);
    if (verdict != HTTP1_DONE) {
        check_chunks(input, piece);
        return 0;
    }
    check_head(&whole, input.data, input.len);
    if (whole.framing == HTTP1_CHUNKED)
        check_chunks(bytes_of(input.data + whole.len, input.len - whole.len), piece);
    return 0;
}
