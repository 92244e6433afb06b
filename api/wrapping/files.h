/* SPDX-License-Identifier: Apache-2.0 */
/* The files that wrapping keys come from: the key itself, a share set, or what a token opens. The
 * first stands where the settings say, later ones beside it under the same name with .2, .3, ...
 * behind it; the names of the keys follow in step:
 *
 *     wrapping.name = main       wrapping.file = /etc/schuilnaam/wrapping.key
 *     main                       /etc/schuilnaam/wrapping.key
 *     main.2                     /etc/schuilnaam/wrapping.key.2
 *
 * With wrapping.credential they are systemd credentials: $CREDENTIALS_DIRECTORY/NAME, NAME.2, ...
 */
#ifndef SCHUIL_WRAPPING_FILES_H
#define SCHUIL_WRAPPING_FILES_H

#include <limits.h>

#include "../settings.h"
#include "schuilnaam/bytes.h"
#include "schuilnaam/engine/wrapping.h"

struct wrapping_file {
    unsigned number; /* 1 is the one without a number */
    char name[WRAPPING_NAME_LEN + 1];
    char path[PATH_MAX];
};

struct wrapping_files {
    size_t count; /* by ascending number */
    struct wrapping_file list[WRAPPING_RING_CAP];
};

/* Name and path of number n. RC_CONFIG_SETTING: the name cannot be one, the credential's folder is
 * not known, or the path is too long. */
SCHUIL_RC wrapping_file_at(const struct settings *s, unsigned number, struct wrapping_file *ret,
                           char *ret_finding, size_t cap);
/* All that are there; none is no failure. RC_CONFIG_FILE: the folder cannot be read, or there are
 * more than WRAPPING_RING_CAP. */
SCHUIL_RC wrapping_files_find(const struct settings *s, struct wrapping_files *ret,
                              char *ret_finding, size_t cap);

/* Read a file whole: 1 .. room_cap bytes. A secret one must be this user's or root's and nobody
 * else's to read. RC_CONFIG_FILE, RC_CONFIG_MODE: room is wiped. */
SCHUIL_RC wrapping_file_read(const char *path, bool is_secret, void *room, size_t room_cap,
                             size_t *ret_len, char *ret_finding, size_t cap);
/* A new file of mode 0600 that is whole or not there, whatever happens. RC_CONFLICT_EXISTS,
 * RC_CONFIG_FILE. */
SCHUIL_RC wrapping_file_write(const char *path, struct bytes data, char *ret_finding, size_t cap);
/* Overwrite with zeros and unlink; one that is not there is no failure. What copies a disk or a
 * backup keeps this cannot know. RC_CONFIG_FILE. */
SCHUIL_RC wrapping_file_end(const char *path, char *ret_finding, size_t cap);

#endif
