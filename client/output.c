/* SPDX-License-Identifier: Apache-2.0 */
/* Drafts, renamed when complete. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "fail.h"
#include "memory.h"

static SCHUIL_RC cannot_write(const char *path)
{
    return fail(RC_INTERNAL, "%s: cannot be written: %s", path, strerrordesc_np(errno));
}

static char *text_join(const char *a, const char *b)
{
    size_t len = strlen(a) + strlen(b) + 1;
    char *joined = memory_take(len);
    if (joined != NULL)
        snprintf(joined, len, "%s%s", a, b);
    return joined;
}

SCHUIL_RC output_open(const char *path, struct output *ret)
{
    *ret = (struct output){.path = text_join(path, ""), .draft_path = text_join(path, ".XXXXXX")};
    int fd = -1;
    if (ret->path != NULL && ret->draft_path != NULL)
        fd = mkostemp(ret->draft_path, O_CLOEXEC);
    ret->file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (ret->file != NULL)
        return SCHUIL_OK;
    struct schuil_rc rc = cannot_write(path);
    if (fd >= 0)
        close(fd);
    memory_free(ret->path);
    memory_free(ret->draft_path);
    *ret = (struct output){0};
    return rc;
}

static int partial_open(const char *path, bool is_resumed)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | (is_resumed ? 0 : O_EXCL), 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

SCHUIL_RC output_open_partial(const char *path, bool is_resumed, struct output *ret)
{
    *ret = (struct output){
        .path = text_join(path, ""), .draft_path = text_join(path, ".partial"), .is_kept = true};
    struct schuil_rc rc = schuil_rc(RC_INTERNAL_MEMORY);
    if (ret->path != NULL && ret->draft_path != NULL) {
        int fd = partial_open(ret->draft_path, is_resumed);
        ret->file = fd >= 0 ? fdopen(fd, "r+") : NULL;
        if (ret->file != NULL)
            return SCHUIL_OK;
        if (errno == EEXIST)
            rc = fail(RC_INPUT_USAGE, "%s: is there: --resume goes on with it; or remove it",
                      ret->draft_path);
        else if (errno == EWOULDBLOCK)
            rc = fail(RC_INPUT_USAGE, "%s: another process writes it", ret->draft_path);
        else
            rc = cannot_write(ret->draft_path);
    }
    output_done(ret);
    return rc;
}

SCHUIL_RC output_flush(struct output *output)
{
    return fflush(output->file) == 0 ? SCHUIL_OK : cannot_write(output->path);
}

SCHUIL_RC output_put(struct output *output, struct bytes bytes)
{
    if (bytes.len > 0 && fwrite(bytes.data, 1, bytes.len, output->file) != bytes.len)
        return cannot_write(output->path);
    return SCHUIL_OK;
}

/* The new name is safe on disk only when its folder is. No failure: the file is complete and has
 * its name by now, and some file systems cannot synchronise a folder. */
static void folder_sync(const char *path)
{
    char *copy = text_join(path, "");
    int fd = copy != NULL ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    memory_free(copy);
}

SCHUIL_RC output_finish(struct output *output)
{
    bool is_written = fflush(output->file) == 0 && fsync(fileno(output->file)) == 0;
    is_written = fclose(output->file) == 0 && is_written;
    output->file = NULL;
    if (is_written && rename(output->draft_path, output->path) == 0) {
        folder_sync(output->path);
        return SCHUIL_OK;
    }
    struct schuil_rc rc = cannot_write(output->path);
    if (!output->is_kept)
        unlink(output->draft_path);
    return rc;
}

void output_done(struct output *output)
{
    if (output->file != NULL) {
        fclose(output->file);
        if (!output->is_kept && output->draft_path != NULL)
            unlink(output->draft_path);
    }
    memory_free(output->path);
    memory_free(output->draft_path);
    *output = (struct output){0};
}
