/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "schuilnaam/crypto/codec.h"

enum { HEX_LEN = 2 * ED25519_PUBLIC_LEN };

static SCHUIL_RC path_make(const struct settings *s, char ret[PATH_MAX], char *ret_finding,
                           size_t cap)
{
    TRY(settings_need(s->state_directory, "state.directory", ret_finding, cap));
    int len = snprintf(ret, PATH_MAX, "%s/policy.key", s->state_directory);
    ENSURE(len > 0 && len < PATH_MAX, RC_CONFIG_FILE);
    return SCHUIL_OK;
}

static SCHUIL_RC line_read(const char *path, char ret[HEX_LEN + 2], char *ret_finding, size_t cap)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t len = fd < 0 ? -1 : read(fd, ret, HEX_LEN + 2);
    if (fd >= 0)
        close(fd);
    if (len == HEX_LEN + 1 && ret[HEX_LEN] == '\n')
        return SCHUIL_OK;
    snprintf(ret_finding, cap, "%s: %s", path,
             fd < 0 ? "cannot be opened, and policy.key is not set"
                    : "is not a line of 64 hex digits");
    return schuil_rc(RC_CONFIG_FILE);
}

SCHUIL_RC policy_key_read(const struct settings *s, uint8_t ret[ED25519_PUBLIC_LEN],
                          char *ret_finding, size_t cap)
{
    char path[PATH_MAX] = "policy.key", line[HEX_LEN + 2];
    struct bytes hex = bytes_text(s->policy_key);
    memset(ret, 0, ED25519_PUBLIC_LEN);
    if (hex.len == 0) {
        TRY(path_make(s, path, ret_finding, cap));
        TRY(line_read(path, line, ret_finding, cap));
        hex = bytes_of(line, HEX_LEN);
    }
    if (schuil_is_ok(schuil_hex_decode(hex, ret, ED25519_PUBLIC_LEN)))
        return SCHUIL_OK;
    snprintf(ret_finding, cap, "%s: not 64 hexadecimal digits", path);
    return schuil_rc(RC_CONFIG_SETTING);
}

static bool file_fill(const char *path, const char *line, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    bool is_good = write(fd, line, len) == (ssize_t)len && fsync(fd) == 0;
    return close(fd) == 0 && is_good;
}

SCHUIL_RC policy_key_keep(const struct settings *s, const uint8_t key[ED25519_PUBLIC_LEN],
                          char *ret_finding, size_t cap)
{
    char path[PATH_MAX], line[HEX_LEN + 2];
    TRY(path_make(s, path, ret_finding, cap));
    schuil_hex_encode(bytes_of(key, ED25519_PUBLIC_LEN), line);
    line[HEX_LEN] = '\n';
    if (file_fill(path, line, HEX_LEN + 1))
        return SCHUIL_OK;
    snprintf(ret_finding, cap, "%s: %s", path, strerrordesc_np(errno));
    return schuil_rc(RC_CONFIG_FILE);
}
