/* SPDX-License-Identifier: Apache-2.0 */
/* Kind sex: M, V or O, from the codes in use. Source: PROTOCOL section 2 (FHIR:
 * administrative-gender). */
#include "attributes/kinds.h"

static const struct {
    const char *word; /* upper case */
    char canonical;   /* 0: unknown */
} words[] = {
    {"M", 'M'}, {"V", 'V'}, {"O", 'O'},    {"F", 'V'},      {"1", 'M'},
    {"2", 'V'}, {"X", 'O'}, {"MALE", 'M'}, {"FEMALE", 'V'}, {"OTHER", 'O'},
    {"0", 0},   {"9", 0},   {"U", 0},      {"UNK", 0},      {"UNKNOWN", 0},
};

enum { WORD_COUNT = sizeof words / sizeof words[0] };

static bool is_word(struct bytes value, const char *word)
{
    if (value.len != strlen(word))
        return false;
    for (size_t i = 0; i < value.len; i++) {
        if (ascii_upper(value.data[i]) != (uint8_t)word[i])
            return false;
    }
    return true;
}

enum schuil_diagnostic sex_normalise(struct bytes value, struct canonical *ret)
{
    for (size_t i = 0; i < WORD_COUNT; i++) {
        if (!is_word(value, words[i].word))
            continue;
        if (words[i].canonical == 0)
            return DIAG_SEX_UNKNOWN;
        canonical_set(ret, &words[i].canonical, 1);
        return DIAG_NONE;
    }
    return DIAG_SEX_VALUE;
}
