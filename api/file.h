/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files: read with a bound, and written so that a name never stands for half a file. */
#ifndef SCHUIL_API_FILE_H
#define SCHUIL_API_FILE_H

#include <stdio.h>

#include "schuilnaam/bytes.h"
#include "schuilnaam/rc.h"

/* All of a file of at most `most` bytes, with a zero behind them; *ret_text is the caller's to
 * free. RC_CONFIG_FILE: absent, unreadable or larger, told in ret_finding; RC_INTERNAL_MEMORY. */
SCHUIL_RC file_read(const char *path, size_t most, char **ret_text, size_t *ret_len,
                    char *ret_finding, size_t cap);

/* A file that gets its name when it is complete and on the disk. */
struct draft {
    FILE *file;       /* NULL: not open */
    char path[4096];  /* its name in the end */
    char draft[4104]; /* its name until then: in the same folder, mode 0600 */
};
/* RC_CONFIG_FILE: the folder takes no file, or a file of that name is there already: it is not
 * replaced. */
SCHUIL_RC draft_open(struct draft *d, const char *path, char *ret_finding, size_t cap);
/* Flush, fsync, rename, fsync of the folder. RC_CONFIG_FILE: the draft is gone. */
SCHUIL_RC draft_finish(struct draft *d, char *ret_finding, size_t cap);
/* Remove what was not finished. Also when nothing is open. */
void draft_drop(struct draft *d);

#endif
