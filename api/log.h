/* SPDX-License-Identifier: Apache-2.0 */
/* The log: one JSON object a line, from any thread. A line is written at once, or with others of
 * its thread by one write(2).
 *
 * A line tells what happened, never a value: no attribute, pseudonym, key or SQL parameter may be a
 * field. Events are named room.what ("edge.refused"). Not the audit trail: that is in the database.
 */
#ifndef SCHUIL_API_LOG_H
#define SCHUIL_API_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schuilnaam/rc.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

struct log_field {
    const char *name; /* a plain ASCII word, other than time, level and event */
    const char *text; /* NULL: the field is left out, unless is_number */
    int64_t number;
    bool is_number;
};

static inline struct log_field log_text(const char *name, const char *text)
{
    return (struct log_field){.name = name, .text = text};
}

static inline struct log_field log_number(const char *name, int64_t number)
{
    return (struct log_field){.name = name, .number = number, .is_number = true};
}

/* Where lines go: "stderr", or the path of a file that is appended to (made with mode 0640).
 * Before threads start, and again to reopen a file after it was moved away.
 * RC_CONFIG_SETTING: it cannot be opened, and the log goes on where it went. */
SCHUIL_RC log_open(const char *target);
/* Lines go to this open descriptor, which stays the caller's. For tests. */
void log_to(int fd);
/* Lines below this level are left out; INFO at first. */
void log_threshold(enum log_level level);

/* This thread gathers its lines, up to 4,096 bytes, until it calls log_flush: before it may wait
 * for anything. A line that no longer fits has the others written first; warnings and errors have
 * all written at once. A process that dies loses what was gathered. */
void log_gather(void);
void log_flush(void);

/* Write one line: {"time","level","event", fields...}. A line that would be longer than 4,096 bytes
 * loses its last fields. A failed write is dropped: the service goes on. Any thread; no lock, no
 * allocation; a line never mixes with another. */
void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t n);

#endif
