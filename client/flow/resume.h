/* SPDX-License-Identifier: Apache-2.0 */
/* Going on with unfinished output. Which records it holds is read from the file itself, so there is
 * no second file that could disagree with it. The last record is asked for again: an answer that is
 * another shows that the file does not belong to this work. */
#ifndef SCHUILNAAM_CLIENT_RESUME_H
#define SCHUILNAAM_CLIENT_RESUME_H

#include <stdbool.h>
#include <stdio.h>

#include "memory.h"
#include "schuilnaam/bytes.h"
#include "schuilnaam/rc.h"

struct resume {
    size_t record_count; /* records that stand, without the last */
    size_t error_count;  /* of these, with a diagnostic */
    struct buffer tail;  /* the last record's line; empty: none, or compared already */
};

struct resume_form {
    struct bytes header;  /* the first line, with its end */
    const char *line_end; /* "\n" or "\r\n" */
    char delimiter;
};

/* Read the draft from its start, cut it behind the last but one whole record, and leave the file
 * there. *ret_has_header false: its header is not whole, and nothing is left of it. RC_INPUT_FILE:
 * its header is another (told). RC_INTERNAL: it cannot be read or cut (told). resume_done in every
 * case. */
SCHUIL_RC resume_read(FILE *file, const char *name, const struct resume_form *form,
                      struct resume *ret, bool *ret_has_header);
/* Compare what comes first now with the last record. RC_INPUT_FILE: it is another (told). */
SCHUIL_RC resume_compare(struct resume *resume, const char *name, struct bytes lines);
void resume_done(struct resume *resume);

#endif
