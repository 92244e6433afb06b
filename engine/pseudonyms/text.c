/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms: see text.h. */
#include "pseudonyms/text.h"

#include "policy/codes.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/limits.h"

enum { NUMBER_MAX = INT32_MAX, DIGITS_MAX = 10 };

/* Decimal of least .. most without sign or leading zero; 0: it is not. */
static uint32_t number_read(struct bytes text, uint32_t least, uint32_t most)
{
    uint64_t number = 0;
    if (text.len == 0 || text.len > DIGITS_MAX || text.data[0] == '0')
        return 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return 0;
        number = number * 10 + (uint64_t)(text.data[i] - '0');
    }
    return number < least || number > most ? 0 : (uint32_t)number;
}

/* Cut off what stands before the first `mark`, and the mark. false: there is none. */
static bool field_take(struct bytes *rest, char mark, struct bytes *ret)
{
    const uint8_t *at = rest->len == 0 ? NULL : memchr(rest->data, mark, rest->len);
    if (at == NULL)
        return false;
    *ret = bytes_of(rest->data, (size_t)(at - rest->data));
    *rest = bytes_of(at + 1, rest->len - ret->len - 1);
    return true;
}

bool tref_is_good(struct bytes tref)
{
    struct bytes version = tref, code;
    if (!field_take(&version, '.', &code))
        return code_is_good(tref, LIMIT_FIELD_CODE_LEN);
    return code_is_good(code, LIMIT_FIELD_CODE_LEN) && number_read(version, 2, UINT16_MAX) != 0;
}

/* A number between 1 and 2^31-1, and the hyphen after it. */
static bool number_take(struct bytes *rest, uint32_t *ret)
{
    struct bytes text;
    *ret = field_take(rest, '-', &text) ? number_read(text, 1, NUMBER_MAX) : 0;
    return *ret != 0;
}

static bool domain_take(struct bytes *rest, struct bytes *ret)
{
    return field_take(rest, '-', ret) && code_is_good(*ret, LIMIT_CODE_LEN);
}

/* What stands between tref and body, by the letter. */
static bool fields_read(struct bytes *rest, struct text_form *ret)
{
    switch (ret->letter) {
    case 'T':
        return true;
    case 'P':
        return domain_take(rest, &ret->domain) && number_take(rest, &ret->generation);
    case 'R':
    case 'S':
        return domain_take(rest, &ret->domain) && number_take(rest, &ret->provider) &&
               number_take(rest, &ret->generation);
    default:
        return false;
    }
}

static bool form_read(struct bytes text, struct text_form *ret)
{
    struct bytes letter;
    if (!field_take(&text, '-', &letter) || letter.len != 1)
        return false;
    ret->letter = (char)letter.data[0];
    if (!field_take(&text, '-', &ret->tref) || !tref_is_good(ret->tref))
        return false;
    if (!fields_read(&text, ret))
        return false;
    ret->body = text;
    return true;
}

SCHUIL_RC text_parse(struct bytes text, struct text_form *ret)
{
    *ret = (struct text_form){0};
    if (form_read(text, ret))
        return SCHUIL_OK;
    *ret = (struct text_form){0};
    return schuil_rc(RC_INPUT_TEXT);
}

/* The decimal digits of number, at the end of digits; how many. */
static size_t number_write(uint32_t number, char digits[DIGITS_MAX])
{
    size_t first = DIGITS_MAX;
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return DIGITS_MAX - first;
}

size_t text_temporary_len(const char *tref, size_t data_len)
{
    return strlen("T-") + strlen(tref) + strlen("-") + schuil_b64u_len(data_len);
}

size_t text_final_len(const char *tref, const char *domain_code, uint32_t generation,
                      size_t data_len)
{
    char digits[DIGITS_MAX];
    return strlen("P-") + strlen(tref) + strlen("-") + strlen(domain_code) + strlen("-") +
           number_write(generation, digits) + strlen("-") + schuil_b64u_len(data_len);
}

size_t text_reversible_len(const char *tref, const char *domain_code, uint32_t provider,
                           uint32_t generation, size_t data_len)
{
    char digits[DIGITS_MAX];
    return text_final_len(tref, domain_code, generation, data_len) +
           number_write(provider, digits) + strlen("-");
}

static char *field_put(char *to, const char *field, size_t len)
{
    memcpy(to, field, len);
    to[len] = '-';
    return to + len + 1;
}

void text_temporary_write(const char *tref, struct bytes data, char *ret)
{
    ret = field_put(ret, "T", 1);
    ret = field_put(ret, tref, strlen(tref));
    schuil_b64u_encode(data, ret);
}

static char *number_put(char *to, uint32_t number)
{
    char digits[DIGITS_MAX];
    size_t digit_count = number_write(number, digits);
    return field_put(to, digits + DIGITS_MAX - digit_count, digit_count);
}

void text_final_write(const char *tref, const char *domain_code, uint32_t generation,
                      struct bytes data, char *ret)
{
    ret = field_put(ret, "P", 1);
    ret = field_put(ret, tref, strlen(tref));
    ret = field_put(ret, domain_code, strlen(domain_code));
    ret = number_put(ret, generation);
    schuil_b64u_encode(data, ret);
}

void text_reversible_write(char letter, const char *tref, const char *domain_code,
                           uint32_t provider, uint32_t generation, struct bytes data, char *ret)
{
    ret = field_put(ret, &letter, 1);
    ret = field_put(ret, tref, strlen(tref));
    ret = field_put(ret, domain_code, strlen(domain_code));
    ret = number_put(ret, provider);
    ret = number_put(ret, generation);
    schuil_b64u_encode(data, ret);
}
