/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens of JSON: strings, numbers, words; strict, as RFC 8259 has them, over bytes that are
 * neither changed nor kept. *at is moved past what was taken; after a fault it is worthless. What a
 * value says decides only how it is read: timing tells where quotes, escapes and letters outside
 * ASCII stand, thus lengths, and nothing else. Any thread.
 *
 * Which fault is told when several would do is part of what callers build on: the first that
 * jansson's scanner, which we used before and test against, comes across. */
#ifndef SCHUIL_API_JSON_TOKEN_H
#define SCHUIL_API_JSON_TOKEN_H

#include "json/fault.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static inline bool token_is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* The first byte that is a quote, a backslash, a control character or past ASCII; or end. Sixteen
 * bytes a step where the machine has SSE2, as all amd64 have. Before that a look at strings of one
 * or two characters, as most codes are: where the next string begins is then known by a branch
 * that is foreseen, and need not wait for the outcome of the search. */
static inline const uint8_t *token_plain_end(const uint8_t *at, const uint8_t *end)
{
#if defined(__SSE2__)
    if (end - at > 2 && token_is_plain(at[0])) {
        if (at[1] == '"')
            return at + 1;
        if (at[2] == '"' && token_is_plain(at[1]))
            return at + 2;
    }
    for (; end - at >= 16; at += 16) {
        __m128i text = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i low = _mm_cmplt_epi8(text, _mm_set1_epi8(0x20)); /* signed: past ASCII is < 0 */
        __m128i quote = _mm_cmpeq_epi8(text, _mm_set1_epi8('"'));
        __m128i slash = _mm_cmpeq_epi8(text, _mm_set1_epi8('\\'));
        int found = _mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(quote, slash)));
        if (found != 0)
            return at + __builtin_ctz((unsigned)found);
    }
#endif
    while (at < end && token_is_plain(*at))
        at++;
    return at;
}

/* A string between its quotes, as it is written. */
struct token_string {
    struct bytes raw;
    bool has_escape; /* raw must pass through token_unescape before use */
    bool has_zero;   /* an escape gives U+0000 */
};

/* *at: behind the opening quote; then behind the closing one. FAULT_EARLY_END: no closing quote.
 * FAULT_UTF8: also overlong forms, surrogates, more than U+10FFFF. FAULT_SYNTAX: a control
 * character, an escape that is none, half a pair of surrogates. */
enum json_fault token_string(const uint8_t **at, const uint8_t *end, struct token_string *ret);
/* raw of a string that was read without fault, into ret of raw.len bytes; the length. */
size_t token_unescape(struct bytes raw, uint8_t *ret);
/* *at: on the digit or sign. FAULT_SYNTAX; FAULT_OVERFLOW: rounds to no finite double; FAULT_UTF8:
 * of what stands behind the number. */
enum json_fault token_number(const uint8_t **at, const uint8_t *end);
/* true, false or null; *at on a letter. FAULT_SYNTAX: another word. FAULT_UTF8: as above. */
enum json_fault token_word(const uint8_t **at, const uint8_t *end);
/* What is told of a token that stands in a wrong place: its own fault, or else the one given.
 * FAULT_EARLY_END: there is none. */
enum json_fault token_unexpected(const uint8_t *at, const uint8_t *end, enum json_fault otherwise);

#endif
