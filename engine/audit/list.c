/* SPDX-License-Identifier: Apache-2.0 */
/* A PostgreSQL array as its server prints it, into the list form of an audit body. For the
 * verifier; the writing side is event.c. One dimension and no nulls, as audit_event has no others.
 * Source: PostgreSQL 15 documentation, section 8.15.6 (array input and output syntax). */
#include "schuilnaam/engine/audit.h"

struct array_reader {
    struct bytes text;
    size_t at;
};

static bool reader_is_at(const struct array_reader *r, char c)
{
    return r->at < r->text.len && r->text.data[r->at] == (uint8_t)c;
}

static bool reader_skip(struct array_reader *r, char c)
{
    if (!reader_is_at(r, c))
        return false;
    r->at++;
    return true;
}

/* Between quotes: anything, with \ before " and \. */
static SCHUIL_RC quoted_put(struct array_reader *r, struct writer *w)
{
    while (!reader_skip(r, '"')) {
        (void)reader_skip(r, '\\');
        ENSURE(r->at < r->text.len, RC_STORE_DATA);
        put_u8(w, r->text.data[r->at]);
        r->at++;
    }
    return SCHUIL_OK;
}

/* Without quotes: not empty, none of the marks, and not the word NULL. */
static SCHUIL_RC bare_put(struct array_reader *r, struct writer *w)
{
    size_t start = r->at;
    while (r->at < r->text.len && !reader_is_at(r, ',') && !reader_is_at(r, '}')) {
        ENSURE(memchr("{\"\\ ", r->text.data[r->at], 4) == NULL, RC_STORE_DATA);
        r->at++;
    }
    struct bytes bare = bytes_of(r->text.data + start, r->at - start);
    ENSURE(bare.len > 0 && !bytes_equal(bare, bytes_text("NULL")), RC_STORE_DATA);
    put_bytes(w, bare);
    return SCHUIL_OK;
}

static SCHUIL_RC element_read(struct array_reader *r, struct writer *w)
{
    size_t len_at = w->len;
    put_u16(w, 0);
    TRY(reader_skip(r, '"') ? quoted_put(r, w) : bare_put(r, w));
    if (w->is_full)
        return SCHUIL_OK;
    size_t len = w->len - len_at - 2;
    ENSURE(len <= UINT16_MAX, RC_STORE_DATA);
    struct writer len_place = writer_over(w->data + len_at, 2);
    put_u16(&len_place, (uint16_t)len);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_audit_list(struct bytes array, struct writer *w)
{
    struct array_reader r = {.text = array};
    ENSURE(reader_skip(&r, '{'), RC_STORE_DATA);
    if (!reader_is_at(&r, '}')) {
        TRY(element_read(&r, w));
        while (reader_skip(&r, ','))
            TRY(element_read(&r, w));
    }
    ENSURE(reader_skip(&r, '}') && r.at == array.len, RC_STORE_DATA);
    return SCHUIL_OK;
}
