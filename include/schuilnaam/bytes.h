/* SPDX-License-Identifier: Apache-2.0 */
/* Borrowed bytes, and a bounded writer and reader of the protocol's encodings.
 *
 * `struct bytes` never owns. `struct writer` fills a caller's buffer of fixed size; what does not
 * fit sets `is_full` and is not written, so one check at the end suffices.
 * Source: PROTOCOL notation (U16, U32, U64 big-endian; LV(s) = U16(length) || s). */
#ifndef SCHUILNAAM_BYTES_H
#define SCHUILNAAM_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const uint8_t *data; /* may be NULL only if len is 0 */
    size_t len;
};

static inline struct bytes bytes_of(const void *data, size_t len)
{
    return (struct bytes){.data = data, .len = len};
}

static inline struct bytes bytes_text(const char *text)
{
    return bytes_of(text, strlen(text));
}

/* For public values only: the time taken depends on the contents. Secrets: schuil_ct_equal. */
static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

struct writer {
    uint8_t *data;
    size_t len; /* written so far, <= cap */
    size_t cap;
    bool is_full; /* something did not fit; the contents are then worthless */
};

static inline struct writer writer_over(void *data, size_t cap)
{
    return (struct writer){.data = data, .cap = cap};
}

static inline void put_bytes(struct writer *w, struct bytes b)
{
    if (w->is_full || b.len > w->cap - w->len) {
        w->is_full = true;
        return;
    }
    if (b.len > 0)
        memcpy(w->data + w->len, b.data, b.len);
    w->len += b.len;
}

static inline void put_u8(struct writer *w, uint8_t value)
{
    put_bytes(w, bytes_of(&value, 1));
}

static inline void put_u16(struct writer *w, uint16_t value)
{
    uint8_t b[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    put_bytes(w, bytes_of(b, sizeof b));
}

static inline void put_u32(struct writer *w, uint32_t value)
{
    put_u16(w, (uint16_t)(value >> 16));
    put_u16(w, (uint16_t)value);
}

static inline void put_u64(struct writer *w, uint64_t value)
{
    put_u32(w, (uint32_t)(value >> 32));
    put_u32(w, (uint32_t)value);
}

/* LV: a string of more than 65,535 bytes marks the writer full. */
static inline void put_lv(struct writer *w, struct bytes b)
{
    if (b.len > UINT16_MAX) {
        w->is_full = true;
        return;
    }
    put_u16(w, (uint16_t)b.len);
    put_bytes(w, b);
}

static inline void put_lv_text(struct writer *w, const char *text)
{
    put_lv(w, bytes_text(text));
}

/* Decimal text, without leading zeros. */
static inline void put_decimal(struct writer *w, int64_t number)
{
    char text[20]; /* a sign and 19 digits */
    size_t at = sizeof text;
    uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do {
        text[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0)
        text[--at] = '-';
    put_bytes(w, bytes_of(text + at, sizeof text - at));
}

static inline struct bytes writer_bytes(const struct writer *w)
{
    return bytes_of(w->data, w->len);
}

static inline uint16_t get_u16(const uint8_t *b)
{
    return (uint16_t)(((unsigned)b[0] << 8) | b[1]);
}

static inline uint32_t get_u32(const uint8_t *b)
{
    return ((uint32_t)get_u16(b) << 16) | get_u16(b + 2);
}

static inline uint64_t get_u64(const uint8_t *b)
{
    return ((uint64_t)get_u32(b) << 32) | get_u32(b + 4);
}

/* What is left to read of encodings. Reading past the end sets `is_bad` and gives nothing, and so
 * does everything after it, so one check at the end suffices. */
struct bytes_reader {
    struct bytes left;
    bool is_bad;
};

static inline struct bytes take_bytes(struct bytes_reader *r, size_t len)
{
    if (r->is_bad || len > r->left.len) {
        r->is_bad = true;
        return bytes_of("", 0);
    }
    struct bytes taken = bytes_of(r->left.data, len);
    r->left = bytes_of(r->left.data + len, r->left.len - len);
    return taken;
}

static inline struct bytes take_lv(struct bytes_reader *r)
{
    struct bytes len = take_bytes(r, 2);
    return take_bytes(r, len.len == 2 ? get_u16(len.data) : 0);
}

#endif
