/* SPDX-License-Identifier: Apache-2.0 */
/* A buffer that grows, for answers in JSON and text. It may hold pseudonyms: what it leaves behind
 * is wiped. Failure to grow is remembered, so one check at the end suffices.
 * One owner at a time. */
#ifndef SCHUIL_API_JSON_OUT_H
#define SCHUIL_API_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schuilnaam/bytes.h"
#include "schuilnaam/engine/work.h"

struct out {
    char *data; /* len bytes of cap; NULL when empty */
    size_t len, cap;
    bool has_failed; /* no memory: the contents are worthless */
};

/* Make room for more bytes at once. */
void out_reserve(struct out *out, size_t more);
void out_put(struct out *out, const char *data, size_t len);
void out_text(struct out *out, const char *text); /* as it is */
void out_number(struct out *out, int64_t value);
/* A JSON string with quotes; all that RFC 8259 asks to escape is escaped. NULL: null. */
void out_string(struct out *out, const char *text);
/* microseconds since 1970 UTC as "YYYY-MM-DDTHH:MM:SSZ" with quotes; INT64_MAX: null. */
void out_time(struct out *out, int64_t time_us);
__attribute__((format(printf, 2, 3))) void out_format(struct out *out, const char *format, ...);
/* Wipe and free. */
void out_done(struct out *out);
/* For exchange_answer: frees data, which starts out_free's header. */
void out_free(void *arg, const void *data);

/* The answer of issue, translate or reverse in the shape of INTERFACES; elapsed_us > 0. */
void out_work(struct out *out, const struct work *work, int64_t elapsed_us);

#endif
