/* SPDX-License-Identifier: Apache-2.0 */
#include "wrapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "selfcheck.h"

static SCHUIL_RC read_exactly(int fd, struct wrapping_key *key)
{
    uint8_t extra;
    ssize_t len = read(fd, key->b, sizeof key->b);
    ENSURE(len == (ssize_t)sizeof key->b && read(fd, &extra, 1) == 0, RC_CONFIG_FILE);
    return SCHUIL_OK;
}

SCHUIL_RC wrapping_read(const char *path, struct slab *slab, const struct wrapping_key **ret,
                        char *ret_finding, size_t cap)
{
    *ret = NULL;
    TRY(selfcheck_secret_file(path, ret_finding, cap));
    struct wrapping_key *key = schuil_slab_take(slab, sizeof *key);
    ENSURE(key != NULL, RC_INTERNAL_MEMORY);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct schuil_rc rc = fd < 0 ? schuil_rc(RC_CONFIG_FILE) : read_exactly(fd, key);
    if (fd >= 0)
        close(fd);
    if (schuil_is_ok(rc))
        *ret = key;
    else
        snprintf(ret_finding, cap, "%s: not a readable file of 32 bytes", path);
    return rc;
}

SCHUIL_RC wrapping_make(const char *path, char *ret_finding, size_t cap)
{
    SECRET(wrapping_key) key;
    TRY(schuil_random(key.b, sizeof key.b));
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        snprintf(ret_finding, cap, "%s: %s", path, strerrordesc_np(errno));
        return schuil_rc(errno == EEXIST ? RC_CONFLICT_EXISTS : RC_CONFIG_FILE);
    }
    bool is_good = write(fd, key.b, sizeof key.b) == (ssize_t)sizeof key.b && fsync(fd) == 0;
    is_good = close(fd) == 0 && is_good;
    if (is_good)
        return SCHUIL_OK;
    unlink(path);
    snprintf(ret_finding, cap, "%s: could not be written", path);
    return schuil_rc(RC_CONFIG_FILE);
}
