/* SPDX-License-Identifier: Apache-2.0 */
/* Files are named checkpoint-TIME-PROCESS.txt, so several processes write beside one another. Only
 * such names are read back: a draft that a crash left is no checkpoint. */
#include "checkpoint.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "keeper.h"

#define NAME_START "checkpoint-"
#define NAME_END ".txt"

/* ---- writing ---- */

SCHUIL_RC statement_text(struct service *service, struct audit_statement *statement,
                         char **ret_text, size_t *ret_len)
{
    size_t cap = schuil_audit_statement_cap(statement->run_count);
    struct writer w = writer_over(malloc(cap), cap);
    ENSURE(w.data != NULL, RC_INTERNAL_MEMORY);
    struct snapshot *snapshot = keeper_snapshot(service->keeper);
    const struct signing_pair *pair = schuil_key_audit(snapshot);
    struct schuil_rc rc = schuil_rc(RC_BUSY_SNAPSHOT);
    statement->time_us = clock_wall_us();
    if (pair != NULL &&
        schuil_compartment_parse(bytes_text(service->compartment), &statement->compartment))
        rc = schuil_audit_statement_write(statement, pair, &w);
    schuil_snapshot_unref(snapshot);
    if (!schuil_is_ok(rc)) {
        free(w.data);
        return rc;
    }
    *ret_text = (char *)w.data;
    *ret_len = w.len;
    return SCHUIL_OK;
}

static SCHUIL_RC text_make(struct service *service, struct store_session *session, char **ret_text,
                           size_t *ret_len)
{
    struct audit_statement statement = {.kind = STATEMENT_CHECKPOINT, .to_us = clock_wall_us()};
    struct schuil_rc rc = schuil_store_audit_runs(session, &statement);
    if (schuil_is_ok(rc))
        rc = statement_text(service, &statement, ret_text, ret_len);
    schuil_audit_statement_done(&statement);
    return rc;
}

static void name_make(const char *directory, char ret[CHECKPOINT_PATH_CAP])
{
    char moment[32];
    struct tm tm;
    int64_t now_us = clock_wall_us();
    time_t now = (time_t)(now_us / 1000000);
    gmtime_r(&now, &tm);
    strftime(moment, sizeof moment, "%Y%m%dT%H%M%S", &tm);
    snprintf(ret, CHECKPOINT_PATH_CAP, "%s/" NAME_START "%s.%06dZ-%ld" NAME_END, directory, moment,
             (int)(now_us % 1000000), (long)getpid());
}

static SCHUIL_RC text_write(const char *path, struct bytes text, char *ret_finding, size_t cap)
{
    struct draft draft;
    TRY(draft_open(&draft, path, ret_finding, cap));
    (void)fwrite(text.data, 1, text.len, draft.file); /* draft_finish looks at ferror */
    return draft_finish(&draft, ret_finding, cap);
}

SCHUIL_RC checkpoint_write(struct service *service, struct store_session *session, const char *path,
                           char ret_path[CHECKPOINT_PATH_CAP], char *ret_finding, size_t cap)
{
    char *text;
    size_t len;
    ret_path[0] = '\0';
    if (path == NULL)
        TRY(settings_need(service->settings.checkpoint_directory, "checkpoint.directory",
                          ret_finding, cap));
    TRY(text_make(service, session, &text, &len));
    if (path == NULL)
        name_make(service->settings.checkpoint_directory, ret_path);
    else
        snprintf(ret_path, CHECKPOINT_PATH_CAP, "%s", path);
    struct schuil_rc rc = text_write(ret_path, bytes_of(text, len), ret_finding, cap);
    free(text);
    return rc;
}

/* ---- reading ---- */

static bool name_is_good(const char *name)
{
    size_t len = strlen(name), start = strlen(NAME_START), end = strlen(NAME_END);
    return len > start + end && strncmp(name, NAME_START, start) == 0 &&
           strcmp(name + len - end, NAME_END) == 0;
}

static SCHUIL_RC file_feed(const char *path, struct audit_trail *trail, char *ret_finding,
                           size_t cap)
{
    char *text;
    size_t len;
    TRY(file_read(path, CHECKPOINT_FILE_MOST, &text, &len, ret_finding, cap));
    struct schuil_rc rc = schuil_audit_trail_statement(trail, bytes_of(text, len), path);
    free(text);
    return rc;
}

static SCHUIL_RC folder_open(const char *directory, DIR **ret, char *ret_finding, size_t cap)
{
    *ret = opendir(directory);
    if (*ret != NULL)
        return SCHUIL_OK;
    snprintf(ret_finding, cap, "%s: %s", directory, strerrordesc_np(errno));
    return schuil_rc(RC_CONFIG_FILE);
}

/* The next checkpoint's path, or false. */
static bool folder_next(const char *directory, DIR *folder, char ret[CHECKPOINT_PATH_CAP])
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): each thread has a stream of its own */
    for (const struct dirent *e; (e = readdir(folder)) != NULL;) {
        if (!name_is_good(e->d_name))
            continue;
        int len = snprintf(ret, CHECKPOINT_PATH_CAP, "%s/%s", directory, e->d_name);
        return len > 0 && len < CHECKPOINT_PATH_CAP;
    }
    return false;
}

SCHUIL_RC checkpoints_feed(const char *directory, struct audit_trail *trail, size_t *ret_count,
                           char *ret_finding, size_t cap)
{
    DIR *folder;
    char path[CHECKPOINT_PATH_CAP];
    struct schuil_rc rc = SCHUIL_OK;
    *ret_count = 0;
    TRY(folder_open(directory, &folder, ret_finding, cap));
    for (; schuil_is_ok(rc) && folder_next(directory, folder, path); (*ret_count)++)
        rc = file_feed(path, trail, ret_finding, cap);
    closedir(folder);
    return rc;
}

int64_t checkpoint_newest_us(const char *directory)
{
    char path[CHECKPOINT_PATH_CAP];
    struct stat st;
    int64_t newest_us = 0;
    DIR *folder = opendir(directory);
    if (folder == NULL)
        return 0;
    while (folder_next(directory, folder, path)) {
        int64_t at_us = stat(path, &st) == 0 ? (int64_t)st.st_mtim.tv_sec * 1000000 : 0;
        newest_us = at_us > newest_us ? at_us : newest_us;
    }
    closedir(folder);
    return newest_us;
}
