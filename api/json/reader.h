/* SPDX-License-Identifier: Apache-2.0 */
/* A strict reader of JSON that is pulled: the caller asks for what it expects and skips the rest.
 * It makes no tree. The verdict on a text, and the fault that is told, are those of jansson 2.14
 * with JSON_REJECT_DUPLICATES and JSON_DECODE_INT_AS_REAL, held to LIMIT_JSON_DEPTH; tests compare
 * the two. Numbers are checked and not kept.
 *
 *     reader_init(&r, text, arena, true);
 *     if (reader_enter(&r, '{'))
 *         while (reader_member(&r, &key))
 *             reader_skip(&r);
 *     reader_end(&r);                                        then r.fault
 *
 * The first fault ends the text: from then on there is no member, element or string, so one check
 * at the end suffices. Keys and strings are borrowed from the text or, where they had escapes, from
 * the arena. One thread. */
#ifndef SCHUIL_API_JSON_READER_H
#define SCHUIL_API_JSON_READER_H

#include "schuilnaam/arena.h"
#include "schuilnaam/limits.h"
#include "json/fault.h"

/* More keys than these in the open objects are listed in the arena. */
enum { READER_KEY_COUNT = 32 };

struct reader {
    const uint8_t *at, *end;
    struct arena *arena;
    enum json_fault fault;
    bool checks_keys;
    bool is_first; /* nothing was asked yet of what was entered last */
    int depth;
    /* The keys of the objects that are open; those of level d begin at bases[d]. */
    size_t bases[LIMIT_JSON_DEPTH + 1];
    size_t key_count, key_cap;
    struct bytes *keys; /* own_keys, or in the arena */
    struct bytes own_keys[READER_KEY_COUNT];
};

/* checks_keys: a key that stands twice is a fault. false: for a text that was read once with true.
 * r must not be moved. */
void reader_init(struct reader *r, struct bytes text, struct arena *arena, bool checks_keys);
/* The next byte that is no white space: what the next value is. 0: there is none. */
uint8_t reader_peek(struct reader *r);
/* Enter an object ('{') or array ('['). false: the next value is none; nothing was taken. */
bool reader_enter(struct reader *r, char bracket);
/* Of the object entered: the next member's key; its value is next. false: the object is left. */
bool reader_member(struct reader *r, struct bytes *ret_key);
/* Of the array entered: whether a value is next. false: the array is left. */
bool reader_element(struct reader *r);
/* A string; data is not NULL. false: the next value is none, which was not taken, or a fault. */
bool reader_string(struct reader *r, struct bytes *ret);
/* Pass one value of any kind. */
void reader_skip(struct reader *r);
/* What is next, or the want of it, is a fault here. */
void reader_refuse(struct reader *r);
/* Nothing but white space may follow. */
void reader_end(struct reader *r);

#endif
