/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../selfcheck.h"
#include "schuilnaam/crypto/secret.h"
#include "schuilnaam/engine/shares.h"

enum { NUMBER_MOST = 999999, BASE_NAME_LEN = WRAPPING_NAME_LEN - 7, ZEROS = 4096 };

/* ---- names ---- */

static bool is_set(const char *text)
{
    return text[0] != '\0';
}

/* The path without a number. */
static SCHUIL_RC base_path(const struct settings *s, char ret[PATH_MAX], char *ret_finding,
                           size_t cap)
{
    const char *folder = "", *name = s->wrapping_file;
    if (is_set(s->wrapping_credential)) {
        folder = secure_getenv("CREDENTIALS_DIRECTORY");
        name = s->wrapping_credential;
        snprintf(ret_finding, cap,
                 "wrapping.credential: systemd gave no credentials (CREDENTIALS_DIRECTORY), or the "
                 "name has a slash");
        ENSURE(folder != NULL && folder[0] == '/' && strchr(name, '/') == NULL, RC_CONFIG_SETTING);
    }
    int len = snprintf(ret, PATH_MAX, "%s%s%s", folder, is_set(folder) ? "/" : "", name);
    snprintf(ret_finding, cap, "wrapping.file is needed, and not longer than a path");
    ENSURE(len > 0 && len < PATH_MAX - 16, RC_CONFIG_SETTING);
    ret_finding[0] = '\0';
    return SCHUIL_OK;
}

SCHUIL_RC wrapping_file_at(const struct settings *s, unsigned number, struct wrapping_file *ret,
                           char *ret_finding, size_t cap)
{
    char base[PATH_MAX], suffix[12] = "";
    bool is_good = schuil_wrapping_name_is_good(s->wrapping_name) &&
                   strlen(s->wrapping_name) <= BASE_NAME_LEN && number <= NUMBER_MOST;
    snprintf(ret_finding, cap, "wrapping.name: up to %d letters, digits, dots, dashes, underscores",
             BASE_NAME_LEN);
    ENSURE(is_good, RC_CONFIG_SETTING);
    TRY(base_path(s, base, ret_finding, cap));
    if (number > 1)
        snprintf(suffix, sizeof suffix, ".%u", number);
    ret->number = number;
    snprintf(ret->name, sizeof ret->name, "%s%s", s->wrapping_name, suffix);
    size_t len = strlen(base), suffix_len = strlen(suffix);
    memcpy(ret->path, base, len);
    memcpy(ret->path + len, suffix, suffix_len + 1);
    return SCHUIL_OK;
}

/* ".2" and up, in the one way to write it; "" is 1; 0: neither. */
static unsigned number_of_suffix(const char *suffix)
{
    char again[16];
    if (suffix[0] == '\0')
        return 1;
    unsigned long number = suffix[0] == '.' ? strtoul(suffix + 1, NULL, 10) : 0;
    if (number < 2 || number > NUMBER_MOST)
        return 0;
    snprintf(again, sizeof again, ".%lu", number);
    return strcmp(again, suffix) == 0 ? (unsigned)number : 0;
}

static int number_compare(const void *a, const void *b)
{
    const struct wrapping_file *left = a, *right = b;
    return left->number < right->number ? -1 : left->number > right->number;
}

static SCHUIL_RC folder_read(const struct settings *s, DIR *folder, const char *base,
                             struct wrapping_files *ret, char *ret_finding, size_t cap)
{
    size_t len = strlen(base);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of its own */
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        unsigned number =
            strncmp(entry->d_name, base, len) == 0 ? number_of_suffix(entry->d_name + len) : 0;
        if (number == 0)
            continue;
        snprintf(ret_finding, cap, "more than %d files of wrapping keys: end the oldest",
                 WRAPPING_RING_CAP);
        ENSURE(ret->count < WRAPPING_RING_CAP, RC_CONFIG_FILE);
        TRY(wrapping_file_at(s, number, &ret->list[ret->count++], ret_finding, cap));
        ret_finding[0] = '\0';
    }
    qsort(ret->list, ret->count, sizeof ret->list[0], number_compare);
    return SCHUIL_OK;
}

SCHUIL_RC wrapping_files_find(const struct settings *s, struct wrapping_files *ret,
                              char *ret_finding, size_t cap)
{
    struct wrapping_file first;
    ret->count = 0;
    TRY(wrapping_file_at(s, 1, &first, ret_finding, cap));
    char *slash = strrchr(first.path, '/');
    const char *base = slash == NULL ? first.path : slash + 1;
    if (slash != NULL)
        *slash = '\0';
    DIR *folder = opendir(slash == NULL ? "." : slash == first.path ? "/" : first.path);
    if (folder == NULL) {
        snprintf(ret_finding, cap, "%s: %s", slash == NULL ? "." : first.path,
                 strerrordesc_np(errno));
        return schuil_rc(RC_CONFIG_FILE);
    }
    struct schuil_rc rc = folder_read(s, folder, base, ret, ret_finding, cap);
    closedir(folder);
    return rc;
}

/* ---- contents ---- */

static SCHUIL_RC path_refuse(const char *path, const char *what, char *ret_finding, size_t cap)
{
    snprintf(ret_finding, cap, "%s: %s", path, what);
    return schuil_rc(RC_CONFIG_FILE);
}

SCHUIL_RC wrapping_file_read(const char *path, bool is_secret, void *room, size_t room_cap,
                             size_t *ret_len, char *ret_finding, size_t cap)
{
    uint8_t extra;
    *ret_len = 0;
    if (is_secret)
        TRY(selfcheck_secret_file(path, ret_finding, cap));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return path_refuse(path, strerrordesc_np(errno), ret_finding, cap);
    ssize_t len = read(fd, room, room_cap);
    bool is_good = len > 0 && read(fd, &extra, 1) == 0;
    close(fd);
    if (is_good) {
        *ret_len = (size_t)len;
        return SCHUIL_OK;
    }
    schuil_wipe(room, room_cap);
    return path_refuse(path, "empty, not readable, or longer than it can be", ret_finding, cap);
}

static bool folder_sync(const char *path)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL)
        slash[slash == folder ? 1 : 0] = '\0';
    int fd = open(slash == NULL ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool is_good = fsync(fd) == 0;
    close(fd);
    return is_good;
}

static bool file_fill(const char *path, struct bytes data)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    bool is_good = fchmod(fd, 0600) == 0 && write(fd, data.data, data.len) == (ssize_t)data.len &&
                   fsync(fd) == 0;
    return close(fd) == 0 && is_good;
}

SCHUIL_RC wrapping_file_write(const char *path, struct bytes data, char *ret_finding, size_t cap)
{
    char temporary[PATH_MAX];
    int len = snprintf(temporary, sizeof temporary, "%s.new", path);
    ENSURE(len > 0 && len < PATH_MAX, RC_CONFIG_FILE);
    bool is_made = file_fill(temporary, data) &&
                   renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0;
    int error = errno;
    if (is_made && folder_sync(path))
        return SCHUIL_OK;
    if (!is_made)
        unlink(temporary);
    snprintf(ret_finding, cap, "%s: %s", path, strerrordesc_np(error));
    return schuil_rc(error == EEXIST ? RC_CONFLICT_EXISTS : RC_CONFIG_FILE);
}

/* Over what is there, in place, as far as the file system does that. */
static bool file_overwrite(const char *path)
{
    static const uint8_t zeros[ZEROS];
    struct stat st;
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return false;
    bool is_good = fstat(fd, &st) == 0 && st.st_size <= ZEROS &&
                   write(fd, zeros, (size_t)st.st_size) == st.st_size && fsync(fd) == 0;
    return close(fd) == 0 && is_good;
}

SCHUIL_RC wrapping_file_end(const char *path, char *ret_finding, size_t cap)
{
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return SCHUIL_OK;
    if (!file_overwrite(path) || unlink(path) != 0 || !folder_sync(path))
        return path_refuse(path, "could not be wiped and removed", ret_finding, cap);
    return SCHUIL_OK;
}
