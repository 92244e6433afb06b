/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds postcode and number, what an address is made of. Source: PROTOCOL section 2. */
#include "attributes/kinds.h"

enum { POSTCODE_DIGIT_COUNT = 4, POSTCODE_LEN = 6, NUMBER_LEN_MAX = 5 };

static bool is_letter(uint8_t upper)
{
    return upper >= 'A' && upper <= 'Z';
}

/* SA, SD and SS are never given out. */
static bool are_refused_letters(const uint8_t letters[2])
{
    return letters[0] == 'S' && (letters[1] == 'A' || letters[1] == 'D' || letters[1] == 'S');
}

enum schuil_diagnostic postcode_normalise(struct bytes value, struct canonical *ret)
{
    bool has_space = value.len == POSTCODE_LEN + 1 && value.data[POSTCODE_DIGIT_COUNT] == ' ';
    if (value.len != POSTCODE_LEN && !has_space)
        return DIAG_POSTCODE_FORMAT;
    if (value.data[0] == '0' || !are_digits(value.data, POSTCODE_DIGIT_COUNT))
        return DIAG_POSTCODE_FORMAT;
    const uint8_t *end = value.data + value.len;
    uint8_t letters[2] = {ascii_upper(end[-2]), ascii_upper(end[-1])};
    if (!is_letter(letters[0]) || !is_letter(letters[1]))
        return DIAG_POSTCODE_FORMAT;
    if (are_refused_letters(letters))
        return DIAG_POSTCODE_LETTERS;
    memcpy(ret->data, value.data, POSTCODE_DIGIT_COUNT);
    memcpy(ret->data + POSTCODE_DIGIT_COUNT, letters, sizeof letters);
    ret->len = POSTCODE_LEN;
    return DIAG_NONE;
}

enum schuil_diagnostic number_normalise(struct bytes value, struct canonical *ret)
{
    if (!are_digits(value.data, value.len))
        return DIAG_NUMBER_FORMAT;
    const uint8_t *first = value.data;
    size_t len = value.len;
    for (; len > 0 && *first == '0'; len--)
        first++;
    if (len == 0 || len > NUMBER_LEN_MAX)
        return DIAG_NUMBER_RANGE;
    canonical_set(ret, first, len);
    return DIAG_NONE;
}
