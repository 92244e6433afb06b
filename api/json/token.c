/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens of JSON: see token.h. Sources: RFC 8259, section 6 and 7; UTF-8: RFC 3629, section 4.
 */
#include "json/token.h"

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The byte at, or 0, which no token holds, at the end. */
static uint8_t byte_at(const uint8_t *at, const uint8_t *end)
{
    return at < end ? *at : 0;
}

/* ---- UTF-8 ---- */

static bool is_within(uint8_t c, uint8_t low, uint8_t high)
{
    return c >= low && c <= high;
}

/* Length of the character that begins with a byte past ASCII; 0: there is none. */
static size_t utf8_len(const uint8_t *at, const uint8_t *end)
{
    uint8_t c = *at;
    uint8_t low = 0x80, high = 0xbf; /* of the second byte: RFC 3629's table */
    size_t len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    if (c < 0xc2 || c > 0xf4 || (size_t)(end - at) < len)
        return 0;
    if (c == 0xe0)
        low = 0xa0;
    else if (c == 0xed)
        high = 0x9f;
    else if (c == 0xf0)
        low = 0x90;
    else if (c == 0xf4)
        high = 0x8f;
    bool is_good = is_within(at[1], low, high);
    for (size_t i = 2; i < len; i++)
        is_good = is_good && is_within(at[i], 0x80, 0xbf);
    return is_good ? len : 0;
}

/* A scanner looks at the byte behind a number, word or bad escape to know that it has ended; what
 * it sees there may be no character. */
static bool behind_is_good(const uint8_t *at, const uint8_t *end)
{
    return byte_at(at, end) < 0x80 || utf8_len(at, end) > 0;
}

/* ---- strings ---- */

/* The value of a hexadecimal digit; -1: it is none. */
static int hex_value(uint8_t c)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Pass the escape at a backslash; pairs of surrogates count as two here. false: it is none, and *at
 * is on the byte that decides. */
static bool escape_pass(const uint8_t **at, const uint8_t *end)
{
    uint8_t c = byte_at(++*at, end);
    if (c == 0 || strchr("\"\\/bfnrtu", c) == NULL)
        return false;
    (*at)++;
    for (size_t i = 0; c == 'u' && i < 4; i++, (*at)++)
        if (hex_value(byte_at(*at, end)) < 0)
            return false;
    return true;
}

static uint32_t unit_value(const uint8_t *at)
{
    uint32_t unit = 0;
    for (size_t i = 2; i < 6; i++)
        unit = unit << 4 | (uint32_t)hex_value(at[i]);
    return unit;
}

/* The character of a good escape, a pair of surrogates taken as one; UINT32_MAX: half a pair. */
static uint32_t escape_take(const uint8_t **at, const uint8_t *end)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const uint8_t *escape = *at;
    if (escape[1] != 'u') {
        *at += 2;
        return (uint8_t)values[strchr(names, escape[1]) - names];
    }
    *at += 6;
    uint32_t unit = unit_value(escape);
    if (unit < 0xd800 || unit > 0xdfff)
        return unit;
    bool is_pair = unit < 0xdc00 && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u';
    uint32_t second = is_pair ? unit_value(*at) : 0;
    if (second < 0xdc00 || second > 0xdfff)
        return UINT32_MAX;
    *at += 6;
    return 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
}

/* Second look at a string with escapes, once its end is known. */
static enum json_fault escapes_check(struct token_string *string)
{
    const uint8_t *at = string->raw.data, *end = at + string->raw.len;
    while ((at = memchr(at, '\\', (size_t)(end - at))) != NULL) {
        uint32_t character = escape_take(&at, end);
        if (character == UINT32_MAX)
            return FAULT_SYNTAX;
        string->has_zero |= character == 0;
    }
    return FAULT_NONE;
}

/* Pass what is not plain, but for the closing quote. */
static enum json_fault special_pass(const uint8_t **at, const uint8_t *end, bool *has_escape)
{
    if (*at == end)
        return FAULT_EARLY_END;
    if (**at == '\\') {
        *has_escape = true;
        if (escape_pass(at, end))
            return FAULT_NONE;
        return behind_is_good(*at, end) ? FAULT_SYNTAX : FAULT_UTF8;
    }
    if (**at < 0x80)
        return FAULT_SYNTAX;
    size_t len = utf8_len(*at, end);
    *at += len;
    return len > 0 ? FAULT_NONE : FAULT_UTF8;
}

enum json_fault token_string(const uint8_t **at, const uint8_t *end, struct token_string *ret)
{
    const uint8_t *begin = *at;
    *ret = (struct token_string){.raw = bytes_of(begin, 0)};
    for (;;) {
        *at = token_plain_end(*at, end);
        if (byte_at(*at, end) == '"')
            break;
        enum json_fault fault = special_pass(at, end, &ret->has_escape);
        if (fault != FAULT_NONE)
            return fault;
    }
    ret->raw.len = (size_t)(*at - begin);
    (*at)++;
    return ret->has_escape ? escapes_check(ret) : FAULT_NONE;
}

static size_t utf8_put(uint32_t c, uint8_t *ret)
{
    if (c < 0x80) {
        ret[0] = (uint8_t)c;
        return 1;
    }
    size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t heads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len - 1; i > 0; i--, c >>= 6)
        ret[i] = (uint8_t)(0x80 | (c & 0x3f));
    ret[0] = (uint8_t)(heads[len] | c);
    return len;
}

size_t token_unescape(struct bytes raw, uint8_t *ret)
{
    const uint8_t *at = raw.data, *end = at + raw.len;
    size_t len = 0;
    while (at < end) {
        if (*at == '\\')
            len += utf8_put(escape_take(&at, end), ret + len);
        else
            ret[len++] = *at++;
    }
    return len;
}

/* ---- numbers ---- */

/* Past these digits * 10^308 / 10^308 a number rounds to no finite double: 2^1024 - 2^970, the
 * middle between the largest double and the next power of two, which rounds upwards. */
static const char overflow_digits[] =
    "17976931348623158079372897140530341507993413271003782693617377898044496829276475094664901797"
    "75872070963302864166928879109465555478519404026306574886715058206819089020007083836762738548"
    "45817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711"
    "559699508093042880177904174497792";
enum {
    OVERFLOW_COUNT = sizeof overflow_digits - 1, /* 309 */
    OVERFLOW_SCALE = OVERFLOW_COUNT - 1,         /* the power of ten of the first digit */
    EXPONENT_CAP = 100000000                     /* far more than a body has digits */
};

struct number {
    struct bytes whole, fraction; /* digits */
    int64_t exponent;
};

static struct bytes digits_take(const uint8_t **at, const uint8_t *end)
{
    const uint8_t *begin = *at;
    while (is_digit(byte_at(*at, end)))
        (*at)++;
    return bytes_of(begin, (size_t)(*at - begin));
}

/* The digits of the whole part, then those of the fraction, then zeros. */
static uint8_t digit_of(const struct number *n, size_t i)
{
    if (i < n->whole.len)
        return n->whole.data[i];
    i -= n->whole.len;
    return i < n->fraction.len ? n->fraction.data[i] : '0';
}

static bool is_too_large(const struct number *n)
{
    size_t first = 0, count = n->whole.len + n->fraction.len;
    while (first < count && digit_of(n, first) == '0')
        first++;
    int64_t scale = (int64_t)n->whole.len - 1 - (int64_t)first + n->exponent;
    if (first == count || scale < OVERFLOW_SCALE)
        return false;
    if (scale > OVERFLOW_SCALE)
        return true;
    for (size_t i = 0; i < OVERFLOW_COUNT; i++) {
        uint8_t digit = digit_of(n, first + i), bound = (uint8_t)overflow_digits[i];
        if (digit != bound)
            return digit > bound;
    }
    return true;
}

static bool exponent_take(const uint8_t **at, const uint8_t *end, int64_t *ret)
{
    uint8_t sign = byte_at(++*at, end);
    if (sign == '-' || sign == '+')
        (*at)++;
    struct bytes digits = digits_take(at, end);
    for (size_t i = 0; i < digits.len && *ret < EXPONENT_CAP; i++)
        *ret = *ret * 10 + (digits.data[i] - '0');
    if (sign == '-')
        *ret = -*ret;
    return digits.len > 0;
}

/* *at ends on the byte that decides, also where it is not a number. */
static bool number_take(const uint8_t **at, const uint8_t *end, struct number *ret)
{
    if (**at == '-')
        (*at)++;
    bool is_zero = byte_at(*at, end) == '0';
    ret->whole = digits_take(at, end);
    if (ret->whole.len == 0)
        return false;
    if (is_zero && ret->whole.len > 1) {
        *at = ret->whole.data + 1;
        return false;
    }
    if (byte_at(*at, end) == '.') {
        (*at)++;
        ret->fraction = digits_take(at, end);
        if (ret->fraction.len == 0)
            return false;
    }
    if ((byte_at(*at, end) | 0x20) == 'e')
        return exponent_take(at, end, &ret->exponent);
    return true;
}

enum json_fault token_number(const uint8_t **at, const uint8_t *end)
{
    struct number number = {0};
    bool is_number = number_take(at, end, &number);
    if (!behind_is_good(*at, end))
        return FAULT_UTF8;
    if (!is_number)
        return FAULT_SYNTAX;
    return is_too_large(&number) ? FAULT_OVERFLOW : FAULT_NONE;
}

/* ---- words, and tokens in a wrong place ---- */

enum json_fault token_word(const uint8_t **at, const uint8_t *end)
{
    const uint8_t *begin = *at;
    while (is_letter(byte_at(*at, end)))
        (*at)++;
    struct bytes word = bytes_of(begin, (size_t)(*at - begin));
    if (!behind_is_good(*at, end))
        return FAULT_UTF8;
    bool is_known = bytes_equal(word, bytes_text("true")) ||
                    bytes_equal(word, bytes_text("false")) || bytes_equal(word, bytes_text("null"));
    return is_known ? FAULT_NONE : FAULT_SYNTAX;
}

enum json_fault token_unexpected(const uint8_t *at, const uint8_t *end, enum json_fault otherwise)
{
    struct token_string string;
    enum json_fault fault = FAULT_NONE;
    if (at == end)
        return FAULT_EARLY_END;
    if (*at == '"') {
        at++;
        fault = token_string(&at, end, &string);
        return fault == FAULT_NONE ? otherwise : fault;
    }
    if (is_letter(*at))
        fault = token_word(&at, end);
    else if (is_digit(*at) || *at == '-')
        fault = token_number(&at, end);
    else if (!behind_is_good(at, end))
        fault = FAULT_UTF8;
    return fault == FAULT_NONE || fault == FAULT_SYNTAX ? otherwise : fault;
}
