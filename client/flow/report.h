/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong, by record and by code; never a value. Kept as counts, and when asked as a CSV
 * file of lines record,column,code,name,severity (UTF-8, comma). */
#ifndef SCHUILNAAM_CLIENT_REPORT_H
#define SCHUILNAAM_CLIENT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "flow/work.h"
#include "memory.h"
#include "output.h"
#include "schuilnaam/engine/diagnostic.h"
#include "schuilnaam/rc.h"

enum { REPORT_CODES_MOST = 128, REPORT_NAME_LEN = 40, REPORT_FIELD_LEN = 16 };

/* One diagnostic of an answer, its texts found harmless. */
struct finding {
    unsigned code; /* 1000 .. 9999 */
    char name[REPORT_NAME_LEN + 1];
    char field[REPORT_FIELD_LEN + 1]; /* "" when it names none */
    bool is_error;
};

/* One of the register, found here. field: a code or tref, at most REPORT_FIELD_LEN characters. */
void finding_make(enum schuil_diagnostic d, const char *field, struct finding *ret);
/* Append it to the diagnostics of a record: "3001:BSN", after a space where there is one before. */
SCHUIL_RC finding_put(const struct finding *finding, struct buffer *diagnostics);

struct report_line {
    unsigned code;
    char name[REPORT_NAME_LEN + 1];
    size_t count;
};

struct report {
    const struct work *work;
    size_t record_count, error_count; /* records; records with at least one error */
    size_t line_count;
    struct report_line lines[REPORT_CODES_MOST];
    struct output output; /* file NULL when no file is asked */
};

/* RC_INTERNAL when the file cannot be made (told). report_done in every case. */
SCHUIL_RC report_open(const struct work *work, struct report *ret);
SCHUIL_RC report_put(struct report *report, size_t record, const struct finding *finding);
SCHUIL_RC report_finish(struct report *report);
void report_done(struct report *report);
/* For people, or one JSON object. */
void report_print(const struct report *report, FILE *out);
void report_print_json(const struct report *report, FILE *out);

#endif
