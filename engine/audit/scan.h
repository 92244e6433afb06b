/* SPDX-License-Identifier: Apache-2.0 */
/* Reading fixed texts from the front: every step takes exactly what it names or marks the scan bad,
 * so one look at is_bad in the end suffices. One text for each value: decimals have no leading
 * zero, hexadecimal is in lower case. For the formats of audit_proof.h. */
#ifndef ENGINE_AUDIT_SCAN_H
#define ENGINE_AUDIT_SCAN_H

#include "schuilnaam/bytes.h"

struct scan {
    struct bytes rest;
    bool is_bad;
};

static inline struct scan scan_over(struct bytes text)
{
    return (struct scan){.rest = text};
}

/* Everything was taken, and nothing was bad. */
static inline bool scan_is_done(const struct scan *s)
{
    return !s->is_bad && s->rest.len == 0;
}

/* n bytes, borrowed; empty when they are not there. */
struct bytes scan_take(struct scan *s, size_t n);
/* Exactly this text. */
void scan_literal(struct scan *s, const char *text);
/* This text if it stands here; false, and nothing taken, if not. */
bool scan_try(struct scan *s, const char *text);
/* The bytes before `end`, which is taken too. */
struct bytes scan_until(struct scan *s, char end);
/* A decimal of at most 19 digits, as text; and as a number. */
struct bytes scan_digits(struct scan *s);
uint64_t scan_decimal(struct scan *s);
/* 2 * len lower-case characters. */
void scan_hex(struct scan *s, uint8_t *ret, size_t len);

/* Their counterpart. */
void put_text(struct writer *w, const char *text);
void put_hex(struct writer *w, const uint8_t *data, size_t len);

#endif
