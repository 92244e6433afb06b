/* SPDX-License-Identifier: Apache-2.0 */
/* A file that appears under its name only when it is complete: written beside it under a name of
 * its own (mode 0600), synchronised, renamed. What is not finished is removed. */
#ifndef SCHUILNAAM_CLIENT_OUTPUT_H
#define SCHUILNAAM_CLIENT_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "schuilnaam/bytes.h"
#include "schuilnaam/rc.h"

struct output {
    FILE *file;       /* NULL when not open */
    char *path;       /* owned */
    char *draft_path; /* owned */
    bool is_kept;     /* the draft stays when it is not finished */
};

/* RC_INTERNAL: the folder takes no file (told). *ret is then empty. */
SCHUIL_RC output_open(const char *path, struct output *ret);
/* For work that can be gone on with: the draft is PATH.partial, and stays. is_resumed: go on in the
 * one that is there, if any; file stands at its start. Otherwise one that is there is refused:
 * RC_INPUT_USAGE (told), as when another process writes it. RC_INTERNAL as above. */
SCHUIL_RC output_open_partial(const char *path, bool is_resumed, struct output *ret);
/* RC_INTERNAL: what was written does not reach the file system (told). */
SCHUIL_RC output_flush(struct output *output);
/* RC_INTERNAL: it cannot be written (told). */
SCHUIL_RC output_put(struct output *output, struct bytes bytes);
/* Complete: synchronise and rename. RC_INTERNAL: told, and the draft is removed. */
SCHUIL_RC output_finish(struct output *output);
/* Remove the draft when it was not finished; free. */
void output_done(struct output *output);

#endif
