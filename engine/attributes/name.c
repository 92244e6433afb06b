/* SPDX-License-Identifier: Apache-2.0 */
/* Kind name: the letters A-Z of a name, as one writes them without diacritics.
 *
 *   characters -> assigned in Unicode 15.0? -> NFKD -> our table -> marks and signs dropped
 *              -> a-z to A-Z -> anything left that is no A-Z refused -> 1 .. 64 letters
 *
 * Characters are taken one by one and not as a decomposed whole: canonical reordering moves marks
 * only (what has a combining class is a mark), and marks are dropped.
 * The table of letters that do not decompose is ours: no standard has it. Source: PROTOCOL
 * section 2. */
#include "attributes/kinds.h"

#include <utf8proc.h>

enum { NAME_LETTER_MAX = 64, DECOMPOSED_MAX = 32 /* the longest NFKD of one character is 18 */ };

static const struct {
    utf8proc_int32_t character;
    const char *letters;
} undecomposed[] = {
    {0x00df, "SS"}, {0x1e9e, "SS"}, {0x00e6, "AE"}, {0x00c6, "AE"}, {0x0153, "OE"}, {0x0152, "OE"},
    {0x00f8, "O"},  {0x00d8, "O"},  {0x0111, "D"},  {0x0110, "D"},  {0x00f0, "D"},  {0x00d0, "D"},
    {0x00fe, "TH"}, {0x00de, "TH"}, {0x0142, "L"},  {0x0141, "L"},  {0x0131, "I"},  {0x014b, "N"},
    {0x014a, "N"},  {0x0138, "K"},  {0x0127, "H"},  {0x0126, "H"},  {0x0167, "T"},  {0x0166, "T"},
};

static const char *letters_of(utf8proc_int32_t character)
{
    for (size_t i = 0; i < sizeof undecomposed / sizeof undecomposed[0]; i++) {
        if (undecomposed[i].character == character)
            return undecomposed[i].letters;
    }
    return NULL;
}

static bool is_dropped_sign(utf8proc_int32_t c)
{
    switch (c) {
    case 0x0020:
    case 0x00a0:
    case 0x002d:
    case 0x00ad:
    case 0x0027:
    case 0x0060:
    case 0x02b9:
    case 0x02bc:
    case 0x2018:
    case 0x2019:
    case 0x002e:
    case 0x00b7:
        return true;
    default:
        return c >= 0x2010 && c <= 0x2015;
    }
}

static bool is_mark(utf8proc_int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
           category == UTF8PROC_CATEGORY_ME;
}

/* The name as it grows; count goes on past the end so that the length can be judged last. */
struct letters {
    struct canonical *canonical;
    size_t count;
};

static void letters_add(struct letters *to, char letter)
{
    if (to->count < NAME_LETTER_MAX)
        to->canonical->data[to->count] = (uint8_t)letter;
    to->count++;
}

/* One character of the NFKD. false: refused. */
static bool fold(struct letters *to, utf8proc_int32_t c)
{
    if (c < 0x80) {
        uint8_t upper = ascii_upper((uint8_t)c);
        if (upper >= 'A' && upper <= 'Z')
            letters_add(to, (char)upper);
        else
            return is_dropped_sign(c);
        return true;
    }
    const char *letters = letters_of(c);
    if (letters == NULL)
        return is_dropped_sign(c) || is_mark(c);
    for (; *letters != '\0'; letters++)
        letters_add(to, *letters);
    return true;
}

static bool decompose_and_fold(struct letters *to, utf8proc_int32_t c)
{
    utf8proc_int32_t parts[DECOMPOSED_MAX];
    if (c < 0x80)
        return fold(to, c);
    utf8proc_ssize_t count = utf8proc_decompose_char(c, parts, DECOMPOSED_MAX,
                                                     UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, NULL);
    if (count < 0 || count > DECOMPOSED_MAX)
        return false;
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        if (!fold(to, parts[i]))
            return false;
    }
    return true;
}

/* An unassigned character anywhere is told before a refused one: it may be a letter tomorrow. */
static enum schuil_diagnostic name_fold(struct bytes value, struct letters *to)
{
    bool is_refused = false;
    for (size_t i = 0; i < value.len;) {
        utf8proc_int32_t c = -1;
        i += (size_t)utf8proc_iterate(value.data + i, (utf8proc_ssize_t)(value.len - i), &c);
        if (c >= 0x80 && utf8proc_category(c) == UTF8PROC_CATEGORY_CN)
            return DIAG_NAME_UNASSIGNED;
        is_refused |= !decompose_and_fold(to, c);
    }
    return is_refused ? DIAG_NAME_CHARACTER : DIAG_NONE;
}

enum schuil_diagnostic name_normalise(struct bytes value, struct canonical *ret)
{
    if (bytes_equal(value, bytes_text("-")))
        return DIAG_NAME_NONE;
    struct letters letters = {.canonical = ret};
    enum schuil_diagnostic found = name_fold(value, &letters);
    if (found != DIAG_NONE)
        return found;
    if (letters.count == 0)
        return DIAG_NAME_EMPTY;
    if (letters.count > NAME_LETTER_MAX)
        return DIAG_NAME_LENGTH;
    ret->len = (uint8_t)letters.count;
    return DIAG_NONE;
}
