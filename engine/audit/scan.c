/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/scan.h"

#include "schuilnaam/crypto/codec.h"

enum { DIGITS_MOST = 19, HEX_MOST = 2 * 64 };

struct bytes scan_take(struct scan *s, size_t n)
{
    if (s->is_bad || n > s->rest.len) {
        s->is_bad = true;
        return bytes_of(NULL, 0);
    }
    struct bytes taken = bytes_of(s->rest.data, n);
    s->rest = bytes_of(s->rest.data + n, s->rest.len - n);
    return taken;
}

bool scan_try(struct scan *s, const char *text)
{
    size_t len = strlen(text);
    if (s->is_bad || len > s->rest.len || memcmp(s->rest.data, text, len) != 0)
        return false;
    (void)scan_take(s, len);
    return true;
}

void scan_literal(struct scan *s, const char *text)
{
    if (!scan_try(s, text))
        s->is_bad = true;
}

struct bytes scan_until(struct scan *s, char end)
{
    const uint8_t *at = s->rest.len == 0 ? NULL : memchr(s->rest.data, end, s->rest.len);
    if (at == NULL)
        s->is_bad = true;
    struct bytes taken = scan_take(s, at == NULL ? 0 : (size_t)(at - s->rest.data));
    (void)scan_take(s, 1);
    return taken;
}

struct bytes scan_digits(struct scan *s)
{
    size_t len = 0;
    while (len < s->rest.len && s->rest.data[len] >= '0' && s->rest.data[len] <= '9')
        len++;
    if (len == 0 || len > DIGITS_MOST || (len > 1 && s->rest.data[0] == '0'))
        s->is_bad = true;
    return scan_take(s, len);
}

uint64_t scan_decimal(struct scan *s)
{
    struct bytes digits = scan_digits(s);
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++)
        value = value * 10 + (uint64_t)(digits.data[i] - '0');
    return value;
}

void scan_hex(struct scan *s, uint8_t *ret, size_t len)
{
    struct bytes text = scan_take(s, 2 * len);
    memset(ret, 0, len);
    for (size_t i = 0; i < text.len; i++)
        s->is_bad |= text.data[i] >= 'A' && text.data[i] <= 'F';
    if (s->is_bad || !schuil_is_ok(schuil_hex_decode(text, ret, len)))
        s->is_bad = true;
}

void put_text(struct writer *w, const char *text)
{
    put_bytes(w, bytes_text(text));
}

void put_hex(struct writer *w, const uint8_t *data, size_t len)
{
    char text[HEX_MOST];
    if (2 * len > sizeof text) {
        w->is_full = true;
        return;
    }
    schuil_hex_encode(bytes_of(data, len), text);
    put_bytes(w, bytes_of(text, 2 * len));
}
