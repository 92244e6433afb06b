/* SPDX-License-Identifier: Apache-2.0 */
/* A file that appears under its name only when it is complete: written beside it under a name of
 * its own (mode 0600), synchronised, renamed. What is not finished is removed. */
#ifndef SCHUILNAAM_CLIENT_OUTPUT_H
#define SCHUILNAAM_CLIENT_OUTPUT_H

#include <stdio.h>

#include "schuilnaam/bytes.h"
#include "schuilnaam/rc.h"

struct output {
    FILE *file;       /* NULL when not open */
    char *path;       /* owned */
    char *draft_path; /* owned */
};

/* RC_INTERNAL: the folder takes no file (told). *ret is then empty. */
SCHUIL_RC output_open(const char *path, struct output *ret);
/* RC_INTERNAL: it cannot be written (told). */
SCHUIL_RC output_put(struct output *output, struct bytes bytes);
/* Complete: synchronise and rename. RC_INTERNAL: told, and the draft is removed. */
SCHUIL_RC output_finish(struct output *output);
/* Remove the draft when it was not finished; free. */
void output_done(struct output *output);

#endif
