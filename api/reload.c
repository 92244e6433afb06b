/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of the configuration are read by this thread alone once the service runs (files of TLS, the
 * log), so new ones stay in `fresh`; numbers that other threads read are adopted one by one
 * (setting_now). What needs a restart is told in the log, and does not hinder the rest. */
#include "reload.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "edge/exchange.h"
#include "log.h"
#include "selfcheck.h"
#include "worker.h"

enum { FINDING_CAP = 300, DETAIL_CAP = 1024, LOOK_US = 2000000 };

struct edge_tls_files reload_files(const struct settings *s)
{
    return (struct edge_tls_files){.certificate = s->tls_certificate,
                                   .key = s->tls_key,
                                   .client_ca = s->tls_ca,
                                   .min_version = s->tls_min,
                                   .crl_directory = s->tls_crl_directory,
                                   .crl_policy = s->tls_crl_policy};
}

static const struct settings *in_use(const struct reload *r)
{
    return r->has_fresh ? &r->fresh : &r->service->settings;
}

/* ---- the folder of revocation lists ---- */

static uint64_t mix(uint64_t digest, uint64_t value)
{
    return (digest ^ value) * 1099511628211U; /* FNV-1a's prime */
}

static uint64_t file_digest(int folder, const char *name)
{
    struct stat status;
    uint64_t digest = 14695981039346656037U;
    for (const char *c = name; *c != '\0'; c++)
        digest = mix(digest, (unsigned char)*c);
    if (fstatat(folder, name, &status, 0) != 0)
        return digest;
    digest = mix(digest, (uint64_t)status.st_mtim.tv_sec);
    digest = mix(digest, (uint64_t)status.st_mtim.tv_nsec);
    digest = mix(digest, (uint64_t)status.st_size);
    return mix(digest, status.st_ino);
}

/* Names, sizes and times of all files, in any order. Not against an attacker: who can write there
 * can revoke anyway. */
static uint64_t folder_digest(const char *path)
{
    DIR *folder = path[0] == '\0' ? NULL : opendir(path);
    uint64_t sum = 0;
    if (folder == NULL)
        return 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this thread's own */
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.')
            sum += file_digest(dirfd(folder), entry->d_name);
    closedir(folder);
    return sum;
}

/* ---- telling ---- */

/* Names of settings as JSON lists; no value is told. */
struct change_list {
    char changed[DETAIL_CAP / 3], restart[DETAIL_CAP / 3];
};

static void name_add(char *list, size_t cap, const char *name)
{
    size_t len = strlen(list);
    snprintf(list + len, cap - len, "%s\"%s\"", len == 0 ? "" : ",", name);
}

static void on_difference(void *arg, const char *name, bool is_live)
{
    struct change_list *list = arg;
    struct log_field fields[] = {log_text("setting", name)};
    if (is_live) {
        name_add(list->changed, sizeof list->changed, name);
        return;
    }
    name_add(list->restart, sizeof list->restart, name);
    log_write(LOG_LEVEL_WARNING, "reload.needs_restart", fields, 1);
}

/* finding "": it went well. The finding stays in the log: it may name files. */
static void tell(struct reload *r, enum audit_event_id id, const char *finding, const char *detail)
{
    struct service *s = r->service;
    bool is_good = finding[0] == '\0';
    struct log_field fields[] = {log_text("finding", is_good ? NULL : finding)};
    log_write(is_good ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, is_good ? "reload.done" : "reload.failed",
              fields, 1);
    metric_add(is_good ? &s->metrics.reloads_done : &s->metrics.reloads_failed, 1);
    atomic_store(&s->metrics.reload_is_failed, is_good ? 0 : 1);
    worker_note(s->workers[0], id, is_good ? "ok" : "failed", detail);
}

/* ---- loading ---- */

static SCHUIL_RC tls_load(struct reload *r, const struct settings *s, char *finding, size_t cap)
{
    struct edge_tls_files files = reload_files(s);
    uint64_t digest =
        folder_digest(s->tls_crl_directory); /* before: what comes later is seen again */
    TRY(selfcheck_tls(s, finding, cap));
    r->folder_digest = digest;
    return edge_tls_reload(r->service->tls, &files, finding, cap);
}

static SCHUIL_RC fresh_load(struct reload *r, struct settings *fresh, char *finding, size_t cap)
{
    struct service *s = r->service;
    TRY(settings_read(s->settings.file, fresh, finding, cap));
    struct schuil_rc rc = tls_load(r, fresh, finding, cap);
    if (!schuil_is_ok(rc))
        settings_free(fresh);
    return rc;
}

static void fresh_take(struct reload *r, struct settings *fresh, struct change_list *list)
{
    struct settings was = *in_use(r);
    settings_compare(&was, fresh, on_difference, list);
    settings_adopt(&r->service->settings, fresh);
    if (r->has_fresh)
        settings_free(&r->fresh);
    r->fresh = *fresh;
    r->has_fresh = true;
}

void reload_all(struct reload *r)
{
    char finding[FINDING_CAP] = "", detail[DETAIL_CAP];
    struct change_list list = {0};
    struct settings fresh;
    struct schuil_rc rc = fresh_load(r, &fresh, finding, sizeof finding);
    if (schuil_is_ok(rc))
        fresh_take(r, &fresh, &list);
    else if (finding[0] == '\0')
        snprintf(finding, sizeof finding, "%s", schuil_rc_name(rc));
    if (!schuil_is_ok(log_open(in_use(r)->log)))
        log_write(LOG_LEVEL_ERROR, "log.reopen", NULL, 0);
    snprintf(detail, sizeof detail, "{\"changed\":[%s],\"needsRestart\":[%s]}", list.changed,
             list.restart);
    tell(r, AUDIT_SETTINGS_RELOAD, schuil_is_ok(rc) ? "" : finding, detail);
}

void reload_watch(struct reload *r)
{
    char finding[FINDING_CAP] = "";
    int64_t now_us = clock_mono_us();
    const struct settings *s = in_use(r);
    if (now_us - r->looked_us < LOOK_US || s->tls_crl_directory[0] == '\0')
        return;
    r->looked_us = now_us;
    if (folder_digest(s->tls_crl_directory) == r->folder_digest)
        return;
    struct schuil_rc rc = tls_load(r, s, finding, sizeof finding);
    if (!schuil_is_ok(rc) && finding[0] == '\0')
        snprintf(finding, sizeof finding, "%s", schuil_rc_name(rc));
    tell(r, AUDIT_REVOCATION_RELOAD, schuil_is_ok(rc) ? "" : finding, NULL);
}

void reload_init(struct reload *r, struct service *service)
{
    *r = (struct reload){.service = service};
    r->folder_digest = folder_digest(service->settings.tls_crl_directory);
}

void reload_done(struct reload *r)
{
    if (r->has_fresh)
        settings_free(&r->fresh);
}
