/* SPDX-License-Identifier: Apache-2.0 */
/* Objects and arrays over the tokens of token.h: see reader.h.
 *
 * A key that stands twice is looked for one by one in a small object, and in a larger one when the
 * object ends (or at another fault, which stands behind all keys that are listed), by sorting:
 * n keys cost n log n whatever they are, so no body can be made that takes long. */
#include "json/reader.h"

#include <stdlib.h>

#include "json/token.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { FEW_KEYS = 16 };

/* Kept out of the way of what every record passes: measured, a tenth of a reading. */
#define APART __attribute__((noinline))
#define COLD __attribute__((noinline, cold))

/* ---- keys that stand twice ---- */

static int key_compare(const void *a, const void *b)
{
    const struct bytes *x = a, *y = b;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return memcmp(x->data, y->data, x->len);
}

/* Sorts the keys, whose order nobody needs. glibc's qsort is a merge sort; the memory it borrows
 * for that holds where the keys are, not what they say. */
static bool has_twice(struct bytes *keys, size_t count)
{
    if (count <= FEW_KEYS)
        return false;
    qsort(keys, count, sizeof *keys, key_compare);
    for (size_t i = 1; i < count; i++)
        if (bytes_equal(keys[i - 1], keys[i]))
            return true;
    return false;
}

static bool level_has_twice(const struct reader *r, int level)
{
    size_t end = level == r->depth ? r->key_count : r->bases[level + 1];
    return has_twice(r->keys + r->bases[level], end - r->bases[level]);
}

/* Note the first fault, and end the text. Always false. */
COLD static bool fail(struct reader *r, enum json_fault fault)
{
    r->at = r->end;
    if (r->fault != FAULT_NONE)
        return false;
    r->fault = fault;
    if (fault == FAULT_DUPLICATE || fault == FAULT_MEMORY)
        return false;
    for (int level = 1; level <= r->depth; level++)
        if (level_has_twice(r, level))
            r->fault = FAULT_DUPLICATE;
    return false;
}

COLD static bool keys_grow(struct reader *r)
{
    struct bytes *keys = schuil_arena_take_many(r->arena, r->key_cap * 2, sizeof *keys);
    if (keys == NULL)
        return false;
    memcpy(keys, r->keys, r->key_count * sizeof *keys);
    r->keys = keys;
    r->key_cap *= 2;
    return true;
}

/* false: a fault. */
static bool key_list(struct reader *r, struct bytes key)
{
    const struct bytes *keys = r->keys + r->bases[r->depth];
    size_t count = r->key_count - r->bases[r->depth];
    for (size_t i = 0; count <= FEW_KEYS && i < count; i++)
        if (bytes_equal(keys[i], key))
            return fail(r, FAULT_DUPLICATE);
    if (r->key_count == r->key_cap && !keys_grow(r))
        return fail(r, FAULT_MEMORY);
    r->keys[r->key_count++] = key;
    return true;
}

/* ---- between tokens ---- */

void reader_init(struct reader *r, struct bytes text, struct arena *arena, bool checks_keys)
{
    r->at = text.data;
    r->end = text.data + text.len;
    r->arena = arena;
    r->fault = FAULT_NONE;
    r->checks_keys = checks_keys;
    r->is_first = false;
    r->depth = 0;
    r->bases[0] = 0;
    r->key_count = 0;
    r->key_cap = READER_KEY_COUNT;
    r->keys = r->own_keys;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static const uint8_t *spaces_pass(const uint8_t *at, const uint8_t *end)
{
#if defined(__SSE2__)
    for (; end - at >= 16; at += 16) {
        __m128i text = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i blank = _mm_cmpeq_epi8(text, _mm_set1_epi8(' '));
        __m128i tab = _mm_cmpeq_epi8(text, _mm_set1_epi8('\t'));
        __m128i line = _mm_or_si128(_mm_cmpeq_epi8(text, _mm_set1_epi8('\n')),
                                    _mm_cmpeq_epi8(text, _mm_set1_epi8('\r')));
        int found = _mm_movemask_epi8(_mm_or_si128(line, _mm_or_si128(blank, tab)));
        if (found != 0xffff)
            return at + __builtin_ctz(~(unsigned)found);
    }
#endif
    while (at < end && is_space(*at))
        at++;
    return at;
}

/* Where the next byte is that is no white space; most often here, or behind one space. */
static inline const uint8_t *next(const uint8_t *at, const uint8_t *end)
{
    if (at < end && *at == ' ')
        at++;
    return at < end && *at <= ' ' ? spaces_pass(at, end) : at;
}

/* The byte at, or 0, which no token begins with, at the end. */
static inline uint8_t byte_at(const uint8_t *at, const uint8_t *end)
{
    return at < end ? *at : 0;
}

uint8_t reader_peek(struct reader *r)
{
    r->at = next(r->at, r->end);
    return byte_at(r->at, r->end);
}

/* What is at must not be there. */
COLD static bool unexpected(struct reader *r, const uint8_t *at, enum json_fault otherwise)
{
    if (r->fault == FAULT_NONE)
        fail(r, token_unexpected(at, r->end, otherwise));
    return false;
}

/* ---- values ---- */

/* These take text from at on and return where it goes on: NULL after a fault. Local pointers, for
 * one in *r would have to be written and read again at each step. */

static enum json_fault unescape(struct reader *r, struct bytes *ret)
{
    uint8_t *text = schuil_arena_take(r->arena, ret->len);
    if (text == NULL)
        return FAULT_MEMORY;
    *ret = bytes_of(text, token_unescape(*ret, text));
    return FAULT_NONE;
}

/* The rest of a string that is not plain. */
COLD static const uint8_t *string_take_slowly(struct reader *r, const uint8_t *at,
                                              struct bytes *ret)
{
    struct token_string string;
    enum json_fault fault = token_string(&at, r->end, &string);
    if (fault == FAULT_NONE && string.has_zero)
        fault = FAULT_ZERO;
    if (fault == FAULT_NONE && ret != NULL) {
        *ret = string.raw;
        if (string.has_escape)
            fault = unescape(r, ret);
    }
    return fault == FAULT_NONE || fail(r, fault) ? at : NULL;
}

/* A string, behind its opening quote. ret NULL: only passed. */
static inline const uint8_t *string_take(struct reader *r, const uint8_t *at, struct bytes *ret)
{
    const uint8_t *quote = token_plain_end(at, r->end);
    if (byte_at(quote, r->end) != '"')
        return string_take_slowly(r, at, ret);
    if (ret != NULL)
        *ret = bytes_of(at, (size_t)(quote - at));
    return quote + 1;
}

bool reader_string(struct reader *r, struct bytes *ret)
{
    const uint8_t *at = next(r->at, r->end);
    if (byte_at(at, r->end) != '"')
        return false;
    at = string_take(r, at + 1, ret);
    if (at == NULL)
        return false;
    r->at = at;
    return true;
}

bool reader_enter(struct reader *r, char bracket)
{
    if (reader_peek(r) != (uint8_t)bracket)
        return false;
    if (r->depth == LIMIT_JSON_DEPTH)
        return fail(r, FAULT_DEPTH);
    r->at++;
    r->is_first = true;
    r->bases[++r->depth] = r->key_count;
    return true;
}

/* The closing bracket is at. Always false: there is no more. */
static bool leave(struct reader *r, const uint8_t *at)
{
    if (r->checks_keys && level_has_twice(r, r->depth))
        return fail(r, FAULT_DUPLICATE);
    r->at = at + 1;
    r->is_first = false;
    r->key_count = r->bases[r->depth--];
    return false;
}

/* Where what was entered goes on, behind the comma that then must be there; NULL: it was left. */
static inline const uint8_t *goes_on(struct reader *r, uint8_t bracket)
{
    const uint8_t *at = next(r->at, r->end);
    uint8_t c = byte_at(at, r->end);
    bool is_first = r->is_first;
    r->is_first = false;
    if (c == bracket) {
        leave(r, at);
        return NULL;
    }
    if (is_first)
        return at;
    if (c != ',') {
        unexpected(r, at, FAULT_SYNTAX);
        return NULL;
    }
    return next(at + 1, r->end);
}

bool reader_member(struct reader *r, struct bytes *ret_key)
{
    const uint8_t *at = goes_on(r, '}');
    if (at == NULL)
        return false;
    if (byte_at(at, r->end) != '"')
        return unexpected(r, at, FAULT_SYNTAX);
    at = string_take(r, at + 1, ret_key);
    if (at == NULL || (r->checks_keys && !key_list(r, *ret_key)))
        return false;
    at = next(at, r->end);
    if (byte_at(at, r->end) != ':')
        return unexpected(r, at, FAULT_SYNTAX);
    r->at = at + 1;
    return true;
}

bool reader_element(struct reader *r)
{
    const uint8_t *at = goes_on(r, ']');
    if (at == NULL || r->fault != FAULT_NONE)
        return false;
    r->at = at;
    return true;
}

static void scalar_skip(struct reader *r, uint8_t c)
{
    enum json_fault fault;
    if ((c >= '0' && c <= '9') || c == '-')
        fault = token_number(&r->at, r->end);
    else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        fault = token_word(&r->at, r->end);
    else
        fault = token_unexpected(r->at, r->end, FAULT_SYNTAX);
    if (fault != FAULT_NONE)
        fail(r, fault);
}

APART static void composite_skip(struct reader *r, uint8_t bracket)
{
    struct bytes key = {0};
    bool is_open = reader_enter(r, (char)bracket);
    bool is_object = bracket == '{';
    while (is_open && (is_object ? reader_member(r, &key) : reader_element(r)))
        reader_skip(r);
}

/* Recursive: reader_enter bounds the depth. */
void reader_skip(struct reader *r)
{
    const uint8_t *at = next(r->at, r->end);
    uint8_t c = byte_at(at, r->end);
    r->at = at;
    if (c == '"') {
        at = string_take(r, at + 1, NULL);
        r->at = at == NULL ? r->end : at;
    } else if (c == '{' || c == '[') {
        composite_skip(r, c);
    } else {
        scalar_skip(r, c);
    }
}

void reader_refuse(struct reader *r)
{
    unexpected(r, next(r->at, r->end), FAULT_SYNTAX);
}

void reader_end(struct reader *r)
{
    const uint8_t *at = next(r->at, r->end);
    if (at != r->end)
        unexpected(r, at, FAULT_TRAILING);
}
