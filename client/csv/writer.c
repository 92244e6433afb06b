/* SPDX-License-Identifier: Apache-2.0 */
/* Quoting. */
#include "csv/writer.h"

static bool needs_quotes(char delimiter, struct bytes field)
{
    if (field.len == 0)
        return false;
    for (size_t i = 0; i < field.len; i++) {
        char c = (char)field.data[i];
        if (c == delimiter || c == '"' || c == '\r' || c == '\n')
            return true;
    }
    uint8_t first = field.data[0];
    uint8_t last = field.data[field.len - 1];
    return first == ' ' || last == ' ' || first == '\t' || last == '\t';
}

static SCHUIL_RC put_quoted(struct buffer *out, struct bytes field)
{
    TRY(buffer_put_char(out, '"'));
    for (size_t i = 0; i < field.len; i++) {
        if (field.data[i] == '"')
            TRY(buffer_put_char(out, '"'));
        TRY(buffer_put_char(out, (char)field.data[i]));
    }
    return buffer_put_char(out, '"');
}

SCHUIL_RC csv_field_put(struct buffer *out, char delimiter, struct bytes field,
                        bool is_quoted_empty)
{
    if (is_quoted_empty || needs_quotes(delimiter, field))
        return put_quoted(out, field);
    return buffer_put(out, field);
}
