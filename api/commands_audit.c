/* SPDX-License-Identifier: Apache-2.0 */
/* schuilnaamd audit ...: the trail verified with public keys, those keys noted, checkpoints, and
 * months moved to files. Verifying and noting take no secret; the others sign, so they load the
 * keys, with shares from standard input where those are split. */
#include <stdio.h>
#include <stdlib.h>

#include "archive.h"
#include "checkpoint.h"
#include "commands.h"
#include "file.h"
#include "log.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/engine/store.h"
#include "service.h"
#include "wrapping/shares_input.h"

enum { FINDING_CAP = 512 };

/* ---- reading as the auditor ---- */

struct auditor {
    struct store_session *session;
    char finding[FINDING_CAP];
};

static SCHUIL_RC auditor_open(const struct arguments *a, struct auditor *ret)
{
    struct settings s;
    *ret = (struct auditor){.session = NULL};
    TRY(settings_read(a->config, &s, ret->finding, sizeof ret->finding));
    const char *conninfo = s.database_auditor[0] != '\0' ? s.database_auditor : s.database_owner;
    struct schuil_rc rc =
        settings_need(conninfo, "database.auditor", ret->finding, sizeof ret->finding);
    if (schuil_is_ok(rc))
        rc = schuil_store_open(conninfo, &ret->session);
    settings_free(&s);
    return rc;
}

/* Closes it; the exit code. */
static int auditor_end(struct auditor *auditor, struct schuil_rc rc, int code)
{
    if (!schuil_is_ok(rc) && auditor->finding[0] == '\0' && auditor->session != NULL)
        snprintf(auditor->finding, sizeof auditor->finding, "%s",
                 schuil_store_message(auditor->session));
    schuil_store_close(auditor->session);
    return schuil_is_ok(rc) ? code : command_failed(rc, auditor->finding);
}

/* ---- verify ---- */

static void on_finding(void *arg, const struct audit_finding *finding)
{
    char text[FINDING_CAP], chain[2 * CHAIN_ID_LEN + 1] = "";
    (void)arg;
    schuil_audit_finding_text(finding, text, sizeof text);
    schuil_hex_encode(bytes_of(finding->chain, sizeof finding->chain), chain);
    if (finding->kind == FINDING_STATEMENT || finding->kind == FINDING_KEY_UNKNOWN)
        printf("%s: %s\n", schuil_audit_finding_name(finding->kind), text);
    else
        printf("chain %s event %llu: %s: %s\n", chain, (unsigned long long)finding->i,
               schuil_audit_finding_name(finding->kind), text);
}

static SCHUIL_RC keys_file_read(const char *path, struct audit_keys *ret, char *finding)
{
    char *text;
    size_t len;
    TRY(file_read(path, AUDIT_KEYS_TEXT_CAP, &text, &len, finding, FINDING_CAP));
    struct schuil_rc rc = schuil_audit_keys_read(bytes_of(text, len), ret);
    free(text);
    if (!schuil_is_ok(rc))
        snprintf(finding, FINDING_CAP, "%s: no file of audit keys", path);
    return rc;
}

/* Those of the database that are not among the ones given. */
static void keys_compare(struct audit_trail *trail, const struct audit_keys *given,
                         const struct audit_keys *found)
{
    for (size_t i = 0; i < found->count; i++) {
        char hex[2 * ED25519_PUBLIC_LEN + 1] = "";
        if (schuil_audit_keys_have(given, &found->keys[i]))
            continue;
        schuil_hex_encode(bytes_of(found->keys[i].public_part, ED25519_PUBLIC_LEN), hex);
        struct audit_finding finding = {.kind = FINDING_KEY_UNKNOWN, .source = hex};
        schuil_audit_trail_tell(trail, &finding);
    }
}

static SCHUIL_RC verify(const struct arguments *a, struct auditor *auditor,
                        const struct audit_keys *given, struct audit_trail *trail)
{
    struct audit_keys found;
    size_t count = 0;
    if (a->keys != NULL) {
        TRY(schuil_store_audit_keys(auditor->session, &found));
        keys_compare(trail, given, &found);
    }
    if (a->checkpoints != NULL)
        TRY(checkpoints_feed(a->checkpoints, trail, &count, auditor->finding, FINDING_CAP));
    if (a->checkpoints != NULL)
        printf("%zu checkpoints\n", count);
    return schuil_store_audit_verify(auditor->session, trail);
}

static SCHUIL_RC verify_all(const struct arguments *a, struct auditor *auditor,
                            struct audit_counts *ret)
{
    struct audit_keys keys;
    struct audit_trail *trail;
    TRY(auditor_open(a, auditor));
    TRY(a->keys != NULL ? keys_file_read(a->keys, &keys, auditor->finding)
                        : schuil_store_audit_keys(auditor->session, &keys));
    TRY(schuil_audit_trail_new(&keys, on_finding, NULL, &trail));
    struct schuil_rc rc = verify(a, auditor, &keys, trail);
    *ret = schuil_audit_trail_counts(trail);
    schuil_audit_trail_free(trail);
    return rc;
}

int command_audit_verify(const struct arguments *a)
{
    struct auditor auditor;
    struct audit_counts counts = {.chains = 0};
    struct schuil_rc rc = verify_all(a, &auditor, &counts);
    if (schuil_is_ok(rc))
        printf("%llu chains, %llu events, %llu archived, %llu findings\n",
               (unsigned long long)counts.chains, (unsigned long long)counts.events,
               (unsigned long long)counts.archived, (unsigned long long)counts.findings);
    return auditor_end(&auditor, rc, counts.findings == 0 ? EXIT_OK : EXIT_FINDINGS);
}

/* ---- keys ---- */

int command_audit_keys(const struct arguments *a)
{
    struct auditor auditor;
    struct audit_keys keys;
    char text[AUDIT_KEYS_TEXT_CAP];
    struct writer w = writer_over(text, sizeof text);
    struct schuil_rc rc = auditor_open(a, &auditor);
    if (schuil_is_ok(rc))
        rc = schuil_store_audit_keys(auditor.session, &keys);
    if (schuil_is_ok(rc)) {
        schuil_audit_keys_write(&keys, &w);
        if (w.is_full || fwrite(text, 1, w.len, stdout) != w.len || fflush(stdout) != 0)
            rc = schuil_rc(RC_INTERNAL);
    }
    return auditor_end(&auditor, rc, EXIT_OK);
}

/* ---- signing: keys are loaded as for `check` ---- */

struct signer {
    struct service service;
    struct store_session *session;
    char finding[FINDING_CAP];
};

static SCHUIL_RC signer_open(const struct arguments *a, struct signer *ret)
{
    struct settings settings;
    log_threshold(LOG_LEVEL_ERROR);
    TRY(settings_read(a->config, &settings, ret->finding, sizeof ret->finding));
    TRY(service_prepare(&settings, &ret->service, ret->finding, sizeof ret->finding));
    if (wrapping_is_sealed(ret->service.wrapping))
        TRY(shares_input(ret->service.wrapping, ret->finding, sizeof ret->finding));
    return service_load(&ret->service, ret->finding, sizeof ret->finding);
}

static int signer_end(struct signer *s, struct schuil_rc rc)
{
    if (!schuil_is_ok(rc) && s->finding[0] == '\0' && s->session != NULL)
        snprintf(s->finding, sizeof s->finding, "%s", schuil_store_message(s->session));
    schuil_store_close(s->session);
    service_free(&s->service);
    return schuil_is_ok(rc) ? EXIT_OK : command_failed(rc, s->finding);
}

int command_audit_checkpoint(const struct arguments *a)
{
    static struct signer s; /* large */
    char path[CHECKPOINT_PATH_CAP];
    struct schuil_rc rc = signer_open(a, &s);
    if (schuil_is_ok(rc))
        rc = schuil_store_open(s.service.settings.database, &s.session);
    if (schuil_is_ok(rc))
        rc = checkpoint_write(&s.service, s.session, a->output, path, s.finding, sizeof s.finding);
    if (schuil_is_ok(rc))
        printf("%s\n", path);
    return signer_end(&s, rc);
}

static SCHUIL_RC archive(const struct arguments *a, struct signer *s, struct archive_order *order)
{
    TRY(signer_open(a, s));
    TRY(settings_need(s->service.settings.database_owner, "database.owner", s->finding,
                      sizeof s->finding));
    TRY(schuil_store_open(s->service.settings.database_owner, &s->session));
    struct schuil_rc rc = archive_month(&s->service, s->session, order);
    snprintf(s->finding, sizeof s->finding, "%s", order->finding);
    return rc;
}

int command_audit_archive(const struct arguments *a)
{
    static struct signer s; /* large */
    struct archive_order order = {.month = a->month, .path = a->output, .on_finding = on_finding};
    if (a->month == NULL || a->output == NULL) {
        fprintf(stderr, "schuilnaamd: audit archive needs --month YYYY-MM and --output FILE\n");
        return EXIT_USAGE;
    }
    struct schuil_rc rc = archive(a, &s, &order);
    if (schuil_is_ok(rc))
        printf("%llu events moved to %s\n", (unsigned long long)order.events, a->output);
    int code = signer_end(&s, rc);
    return order.findings > 0 ? EXIT_FINDINGS : code;
}
