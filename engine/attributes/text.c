/* SPDX-License-Identifier: Apache-2.0 */
/* Kind text: a local number or name as it is, in NFC. Case and leading zeros are kept.
 * Source: PROTOCOL section 2. */
#include "attributes/kinds.h"

#include <utf8proc.h>

#include "schuilnaam/crypto/secret.h"

enum {
    /* The canonical decomposition of one UTF-8 byte is at most 1.5 characters (two bytes that
     * become three), so a value's fits; one more for the terminator that utf8proc writes. */
    DECOMPOSED_MAX = LIMIT_VALUE_LEN * 3 / 2,
};

static bool is_allowed(utf8proc_int32_t c)
{
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return false;
    default:
        return true;
    }
}

/* Whether all characters are allowed; *ret_is_ascii besides. */
static bool text_check(struct bytes value, bool *ret_is_ascii)
{
    *ret_is_ascii = true;
    for (size_t i = 0; i < value.len;) {
        utf8proc_int32_t c = value.data[i];
        if (c < 0x80) {
            i++;
            continue;
        }
        *ret_is_ascii = false;
        i += (size_t)utf8proc_iterate(value.data + i, (utf8proc_ssize_t)(value.len - i), &c);
        if (!is_allowed(c))
            return false;
    }
    return true;
}

static enum schuil_diagnostic text_set(struct bytes text, struct canonical *ret)
{
    if (text.len > LIMIT_CANONICAL_LEN)
        return DIAG_TEXT_LENGTH;
    canonical_set(ret, text.data, text.len);
    return DIAG_NONE;
}

/* NFC: decompose into our own buffer (utf8proc_NFC would allocate), compose and encode in place.
 * STABLE keeps the composition exclusions of the standard. */
static enum schuil_diagnostic text_compose(struct bytes value, struct canonical *ret)
{
    utf8proc_int32_t buffer[DECOMPOSED_MAX + 1];
    enum schuil_diagnostic found = DIAG_TEXT_CHARACTER;
    utf8proc_ssize_t count = utf8proc_decompose(value.data, (utf8proc_ssize_t)value.len, buffer,
                                                DECOMPOSED_MAX, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    if (count > 0 && count <= DECOMPOSED_MAX) {
        utf8proc_ssize_t len = utf8proc_reencode(buffer, count, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
        if (len > 0)
            found = text_set(bytes_of(buffer, (size_t)len), ret);
    }
    schuil_wipe(buffer, sizeof buffer);
    return found;
}

enum schuil_diagnostic text_normalise(struct bytes value, struct canonical *ret)
{
    bool is_ascii;
    if (!text_check(value, &is_ascii))
        return DIAG_TEXT_CHARACTER;
    return is_ascii ? text_set(value, ret) : text_compose(value, ret);
}
