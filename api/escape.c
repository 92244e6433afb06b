/* SPDX-License-Identifier: Apache-2.0 */
/* JSON strings into a fixed buffer. Not a JSON writer: answers are made by jansson. */
#include "escape.h"

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
    for (size_t i = 0; i < text.len; i++)
        put_character(w, text.data[i]);
    put_u8(w, '"');
}
