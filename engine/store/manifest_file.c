/* SPDX-License-Identifier: Apache-2.0 */
/* See manifest_file.h. A file that cannot be read is a refusal, never "nothing seen yet": else
 * spoiling it would be a way round it. */
#include "manifest_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "schuilnaam/crypto/codec.h"

enum { LINE_CAP = 20 + 1 + 2 * MANIFEST_PROOF_LEN_MAX + 1 + 1 };

static SCHUIL_RC path_make(const char *directory, const char *name, const char *suffix,
                           char ret[PATH_MAX])
{
    int len = snprintf(ret, PATH_MAX, "%s/manifest-%s%s", directory, name, suffix);
    ENSURE(len > 0 && len < PATH_MAX, RC_CONFIG_MANIFEST);
    return SCHUIL_OK;
}

static struct schuil_rc refuse(const char *path, const char *what, char *finding, size_t cap)
{
    snprintf(finding, cap, "%s: %s", path, what);
    return schuil_rc(RC_CONFIG_MANIFEST);
}

static bool line_parse(const char *line, size_t len, uint64_t *ret_counter, uint8_t *ret_proof,
                       size_t proof_len)
{
    char *end = NULL;
    if (len < 2 || line[0] < '1' || line[0] > '9' || line[len - 1] != '\n')
        return false;
    errno = 0;
    *ret_counter = strtoull(line, &end, 10);
    size_t used = (size_t)(end - line) + 1;
    if (errno != 0 || *end != ' ' || len != used + 2 * proof_len + 1)
        return false;
    return schuil_is_ok(
        schuil_hex_decode(bytes_of(line + used, 2 * proof_len), ret_proof, proof_len));
}

SCHUIL_RC manifest_file_read(const char *directory, const char *name, uint64_t *ret_counter,
                             uint8_t *ret_proof, size_t proof_len, char *finding, size_t cap)
{
    char path[PATH_MAX], line[LINE_CAP + 1];
    *ret_counter = 0;
    memset(ret_proof, 0, proof_len);
    TRY(path_make(directory, name, "", path));
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return SCHUIL_OK;
    if (fd < 0)
        return refuse(path, "cannot be opened", finding, cap);
    ssize_t len = read(fd, line, LINE_CAP);
    close(fd);
    line[len > 0 ? len : 0] = '\0';
    if (len <= 0 || !line_parse(line, (size_t)len, ret_counter, ret_proof, proof_len))
        return refuse(path, "is not the file of a manifest", finding, cap);
    return SCHUIL_OK;
}

static bool file_fill(const char *path, const char *line)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    ssize_t len = (ssize_t)strlen(line);
    bool is_good = write(fd, line, (size_t)len) == len && fsync(fd) == 0;
    return close(fd) == 0 && is_good;
}

static bool directory_sync(const char *directory)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool is_good = fsync(fd) == 0;
    close(fd);
    return is_good;
}

SCHUIL_RC manifest_file_write(const char *directory, const char *name, uint64_t counter,
                              struct bytes proof, char *finding, size_t cap)
{
    char path[PATH_MAX], temporary[PATH_MAX], line[LINE_CAP], hex[2 * MANIFEST_PROOF_LEN_MAX + 1];
    ENSURE(proof.len <= MANIFEST_PROOF_LEN_MAX, RC_INTERNAL);
    TRY(path_make(directory, name, "", path));
    TRY(path_make(directory, name, ".new", temporary));
    schuil_hex_encode(proof, hex);
    hex[2 * proof.len] = '\0';
    snprintf(line, sizeof line, "%" PRIu64 " %s\n", counter, hex);
    if (!file_fill(temporary, line) || rename(temporary, path) != 0 || !directory_sync(directory))
        return refuse(path, "cannot be written", finding, cap);
    return SCHUIL_OK;
}
