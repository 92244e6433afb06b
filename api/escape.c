/* SPDX-License-Identifier: Apache-2.0 */
/* JSON strings into a fixed buffer. Not a JSON writer: answers are made by jansson. */
#include "escape.h"

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void put_character(struct writer *w, uint8_t c)
{
    static const char digits[] = "0123456789abcdef";
    char code[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};

    if (c == '"' || c == '\\')
        put_u8(w, '\\');
    if (c < 0x20 || c == 0x7f)
        put_bytes(w, bytes_of(code, sizeof code));
    else
        put_u8(w, c < 0x80 ? c : '?');
}

void put_json_text(struct writer *w, struct bytes text)
{
    put_u8(w, '"');
    for (size_t i = 0; i < text.len;) {
        size_t from = i;

        while (i < text.len && is_plain(text.data[i]))
            i++;
        put_bytes(w, bytes_of(text.data + from, i - from));
        if (i < text.len)
            put_character(w, text.data[i++]);
    }
    put_u8(w, '"');
}
