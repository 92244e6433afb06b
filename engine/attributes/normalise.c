/* SPDX-License-Identifier: Apache-2.0 */
/* What all kinds have in common, and the way to each kind. See normalise.h. */
#include "attributes/normalise.h"

#include <utf8proc.h>

#include "attributes/kinds.h"
#include "schuilnaam/crypto/secret.h"
#include "schuilnaam/engine/work.h"

/* Whether all bytes are ASCII: then no table of Unicode is needed. */
static bool is_ascii(struct bytes value)
{
    uint8_t seen = 0;
    for (size_t i = 0; i < value.len; i++)
        seen |= value.data[i];
    return seen < 0x80;
}

static bool is_utf8(struct bytes value)
{
    for (size_t i = 0; i < value.len;) {
        utf8proc_int32_t character;
        utf8proc_ssize_t len =
            utf8proc_iterate(value.data + i, (utf8proc_ssize_t)(value.len - i), &character);
        if (len <= 0)
            return false;
        i += (size_t)len;
    }
    return true;
}

/* U+00A0 is C2 A0: in valid UTF-8 these two bytes next to each other are nothing else. */
static bool is_nbsp(const uint8_t *at)
{
    return at[0] == 0xc2 && at[1] == 0xa0;
}

static bool is_trimmed(uint8_t c)
{
    return c == '\t' || c == '\n' || c == '\r' || c == ' ';
}

static struct bytes trim(struct bytes value)
{
    const uint8_t *first = value.data, *end = value.data + value.len;
    while (first < end) {
        if (is_trimmed(*first))
            first += 1;
        else if (end - first >= 2 && is_nbsp(first))
            first += 2;
        else
            break;
    }
    while (first < end) {
        if (is_trimmed(end[-1]))
            end -= 1;
        else if (end - first >= 2 && is_nbsp(end - 2))
            end -= 2;
        else
            break;
    }
    return bytes_of(first, (size_t)(end - first));
}

/* Cc is U+0000-U+001F, U+007F, and U+0080-U+009F (C2 80 to C2 9F). */
static bool has_control(struct bytes value)
{
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.data[i];
        if (c < 0x20 || c == 0x7f)
            return true;
        if (c == 0xc2 && i + 1 < value.len && value.data[i + 1] < 0xa0)
            return true;
    }
    return false;
}

static enum schuil_diagnostic prepare(struct bytes value, struct bytes *ret)
{
    if (value.len > LIMIT_VALUE_LEN)
        return DIAG_VALUE_LENGTH;
    if (!is_ascii(value) && !is_utf8(value))
        return DIAG_UTF8_INVALID;
    *ret = trim(value);
    if (ret->len == 0)
        return DIAG_EMPTY;
    return has_control(*ret) ? DIAG_CONTROL_CHARACTER : DIAG_NONE;
}

static enum schuil_diagnostic kind_normalise(const struct normaliser *n, enum attribute_kind kind,
                                             struct bytes value, struct canonical *ret)
{
    switch (kind) {
    case KIND_BSN:
        return bsn_normalise(n, value, ret);
    case KIND_DATE:
        return date_normalise(n, value, ret);
    case KIND_SEX:
        return sex_normalise(value, ret);
    case KIND_POSTCODE:
        return postcode_normalise(value, ret);
    case KIND_NUMBER:
        return number_normalise(value, ret);
    case KIND_NAME:
        return name_normalise(value, ret);
    case KIND_TEXT:
        return text_normalise(value, ret);
    }
    return DIAG_RECORD_INTERNAL;
}

enum schuil_diagnostic normalise(const struct normaliser *n, enum attribute_kind kind,
                                 struct bytes value, struct canonical *ret)
{
    struct bytes prepared = {0};
    ret->len = 0;
    enum schuil_diagnostic found = prepare(value, &prepared);
    if (found == DIAG_NONE)
        found = kind_normalise(n, kind, prepared, ret);
    if (found != DIAG_NONE)
        schuil_wipe(ret, sizeof *ret);
    return found;
}

SCHUIL_RC schuil_normaliser_check(void)
{
    ENSURE(strcmp(utf8proc_unicode_version(), "15.0.0") == 0, RC_CONFIG_SELFTEST);
    return SCHUIL_OK;
}
