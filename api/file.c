/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <unistd.h>

static struct schuil_rc tell(const char *path, const char *what, char *ret_finding, size_t cap)
{
    snprintf(ret_finding, cap, "%s: %s", path, what);
    return schuil_rc(RC_CONFIG_FILE);
}

SCHUIL_RC file_read(const char *path, size_t most, char **ret_text, size_t *ret_len,
                    char *ret_finding, size_t cap)
{
    *ret_text = NULL;
    *ret_len = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return tell(path, strerrordesc_np(errno), ret_finding, cap);
    bool is_good = fseek(file, 0, SEEK_END) == 0;
    long size = is_good ? ftell(file) : -1;
    is_good = size >= 0 && (size_t)size <= most && fseek(file, 0, SEEK_SET) == 0;
    char *text = is_good ? calloc(1, (size_t)size + 1) : NULL;
    if (text != NULL)
        *ret_len = fread(text, 1, (size_t)size, file);
    is_good = is_good && (text == NULL || *ret_len == (size_t)size);
    fclose(file);
    if (is_good && text != NULL) {
        *ret_text = text;
        return SCHUIL_OK;
    }
    free(text);
    *ret_len = 0;
    return is_good ? schuil_rc(RC_INTERNAL_MEMORY)
                   : tell(path, "not a readable file, or too large", ret_finding, cap);
}

SCHUIL_RC draft_open(struct draft *d, const char *path, char *ret_finding, size_t cap)
{
    *d = (struct draft){.file = NULL};
    if (strlen(path) >= sizeof d->path)
        return tell(path, "the name is too long", ret_finding, cap);
    if (access(path, F_OK) == 0)
        return tell(path, "is there already", ret_finding, cap);
    snprintf(d->path, sizeof d->path, "%s", path);
    snprintf(d->draft, sizeof d->draft, "%s.XXXXXX", path);
    int fd = mkostemp(d->draft, O_CLOEXEC);
    if (fd < 0)
        return tell(path, strerrordesc_np(errno), ret_finding, cap);
    d->file = fdopen(fd, "w");
    if (d->file != NULL)
        return SCHUIL_OK;
    close(fd);
    unlink(d->draft);
    return schuil_rc(RC_INTERNAL_MEMORY);
}

static bool folder_sync(const char *path)
{
    char copy[4096];
    snprintf(copy, sizeof copy, "%s", path);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the copy is ours, and glibc's keeps no state */
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return is_good;
}

SCHUIL_RC draft_finish(struct draft *d, char *ret_finding, size_t cap)
{
    bool is_good = fflush(d->file) == 0 && !ferror(d->file) && fsync(fileno(d->file)) == 0;
    is_good = fclose(d->file) == 0 && is_good;
    d->file = NULL;
    if (is_good && rename(d->draft, d->path) == 0 && folder_sync(d->path))
        return SCHUIL_OK;
    unlink(d->draft);
    return tell(d->path, "cannot be written", ret_finding, cap);
}

void draft_drop(struct draft *d)
{
    if (d->file == NULL)
        return;
    fclose(d->file);
    d->file = NULL;
    unlink(d->draft);
}
