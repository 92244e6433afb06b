/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

#include <stdio.h>
#include <string.h>

#include "certificate.h"
#include "clock.h"
#include "log.h"
#include "policy_key.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/engine/admin.h"
#include "selfcheck.h"
#include "service.h"
#include "wrapping/shares_input.h"
#include "wrapping/wrapping.h"

enum { FINDING_CAP = 512 };

/* ---- failures ---- */

static int exit_code(struct schuil_rc rc)
{
    switch (schuil_rc_class(rc)) {
    case RC_CLASS_OK:
        return EXIT_OK;
    case RC_CLASS_INPUT:
    case RC_CLASS_CONFLICT:
    case RC_CLASS_ABSENT:
        return EXIT_INPUT;
    case RC_CLASS_AUTH:
        return EXIT_PERMISSION;
    case RC_CLASS_BUSY:
    case RC_CLASS_LIMIT:
        return EXIT_AWAY;
    case RC_CLASS_STORE:
        return rc.code == RC_STORE_SCHEMA || rc.code == RC_STORE_DATA ? EXIT_CONFIG : EXIT_AWAY;
    case RC_CLASS_CONFIG:
    case RC_CLASS_CRYPTO:
        return EXIT_CONFIG;
    default:
        return EXIT_INTERNAL;
    }
}

int command_failed(struct schuil_rc rc, const char *finding)
{
    fprintf(stderr, "schuilnaamd: %s%s%s\n", schuil_rc_text(rc), finding[0] == '\0' ? "" : ": ",
            finding);
    return exit_code(rc);
}

static int session_failed(struct schuil_rc rc, struct store_session *session)
{
    const char *words = session == NULL ? "" : schuil_store_message(session);
    int code = command_failed(rc, words);
    schuil_store_close(session);
    return code;
}

/* ---- serve, check ---- */

static SCHUIL_RC service_make(const struct arguments *a, struct service *ret, char *finding)
{
    struct settings settings;
    *ret = (struct service){0};
    TRY(settings_read(a->config, &settings, finding, FINDING_CAP));
    return service_prepare(&settings, ret, finding, FINDING_CAP);
}

int command_serve(const struct arguments *a)
{
    static struct service service; /* large, and what threads point into must not move */
    char finding[FINDING_CAP] = "";
    struct schuil_rc rc = service_make(a, &service, finding);
    if (schuil_is_ok(rc) && !wrapping_is_sealed(service.wrapping))
        rc = service_load(&service, finding, sizeof finding);
    if (schuil_is_ok(rc))
        rc = log_open(service.settings.log);
    if (schuil_is_ok(rc))
        rc = service_run(&service, finding, sizeof finding);
    service_free(&service);
    return schuil_is_ok(rc) ? EXIT_OK : command_failed(rc, finding);
}

int command_check(const struct arguments *a)
{
    static struct service service;
    char finding[FINDING_CAP] = "";
    log_threshold(LOG_LEVEL_ERROR);
    struct schuil_rc rc = service_make(a, &service, finding);
    if (schuil_is_ok(rc) && a->enters_shares)
        rc = shares_input(service.wrapping, finding, sizeof finding);
    bool is_sealed = schuil_is_ok(rc) && wrapping_is_sealed(service.wrapping);
    if (schuil_is_ok(rc) && !is_sealed)
        rc = service_load(&service, finding, sizeof finding);
    service_free(&service);
    if (!schuil_is_ok(rc)) {
        command_failed(rc, finding);
        return EXIT_CONFIG;
    }
    printf(is_sealed ? "configuration, machine and database are good; the keys are sealed and were "
                       "not looked at (--unseal)\n"
                     : "configuration, machine, database and keys are good\n");
    return EXIT_OK;
}

/* ---- migrate ---- */

static void on_step(const char *name)
{
    printf("applied %s\n", name);
}

int command_migrate(const struct arguments *a)
{
    struct settings s;
    char finding[FINDING_CAP] = "";
    struct store_session *session = NULL;
    struct schuil_rc rc = settings_read(a->config, &s, finding, sizeof finding);
    if (schuil_is_ok(rc))
        rc = settings_need(s.database_owner, "database.owner", finding, sizeof finding);
    if (!schuil_is_ok(rc))
        return command_failed(rc, finding);
    rc = schuil_store_open(s.database_owner, &session);
    if (schuil_is_ok(rc))
        rc = schuil_store_migrate(session, on_step);
    settings_free(&s);
    if (!schuil_is_ok(rc))
        return session_failed(rc, session);
    schuil_store_close(session);
    return EXIT_OK;
}

/* ---- bootstrap ---- */

struct bootstrap {
    struct settings settings;
    struct wrapping *wrapping;
    const struct wrapping_ring *ring;
    struct store_session *session;
    struct certificate certificate;
    struct audit_chain chain;
};

/* One that is there is used: bootstrap can be tried again. */
static SCHUIL_RC wrapping_key_make(const struct bootstrap *b, char *finding)
{
    snprintf(finding, FINDING_CAP,
             "--make-wrapping-key is for wrapping.provider = file; see "
             "`schuilnaamd wrapping`");
    ENSURE(strcmp(b->settings.wrapping_provider, "file") == 0, RC_CONFIG_SETTING);
    struct schuil_rc rc = wrapping_make(&b->settings, finding, FINDING_CAP);
    return rc.code == RC_CONFLICT_EXISTS ? SCHUIL_OK : rc;
}

static SCHUIL_RC wrapping_ready(const struct arguments *a, struct bootstrap *b, char *finding)
{
    if (a->makes_wrapping_key)
        TRY(wrapping_key_make(b, finding));
    finding[0] = '\0';
    TRY(wrapping_open(&b->settings, &b->wrapping, finding, FINDING_CAP));
    TRY(shares_input(b->wrapping, finding, FINDING_CAP));
    b->ring = wrapping_hold(b->wrapping);
    return SCHUIL_OK;
}

/* Printed first: whatever happens to the file, the key can be put into the configuration. */
static void policy_key_print(const uint8_t key[ED25519_PUBLIC_LEN])
{
    char hex[2 * ED25519_PUBLIC_LEN + 1] = "";
    schuil_hex_encode(bytes_of(key, ED25519_PUBLIC_LEN), hex);
    printf("policy.key = %s\n", hex);
}

static SCHUIL_RC bootstrap_do(const struct arguments *a, struct bootstrap *b, char *finding)
{
    TRY(settings_read(a->config, &b->settings, finding, FINDING_CAP));
    TRY(settings_need(b->settings.database, "database", finding, FINDING_CAP));
    TRY(certificate_read(a->certificate, &b->certificate, finding, FINDING_CAP));
    TRY(selfcheck_process(&b->settings, finding, FINDING_CAP));
    TRY(wrapping_ready(a, b, finding));
    TRY(schuil_store_open(b->settings.database, &b->session));
    TRY(schuil_audit_chain_new(&b->chain));
    struct audit_event event = {.time_us = clock_wall_us(),
                                .outcome = "ok",
                                .role = "system",
                                .access = "bootstrap",
                                .compartment = schuil_compartment_name(COMPARTMENT_ISSUE),
                                .process = "bootstrap"};
    struct admin_context context = {
        .session = b->session, .ring = b->ring, .chain = &b->chain, .event = &event};
    uint8_t policy_key[ED25519_PUBLIC_LEN];
    TRY(schuil_admin_bootstrap(&context, a->operator_name, b->certificate.fingerprint, policy_key));
    policy_key_print(policy_key);
    return policy_key_keep(&b->settings, policy_key, finding, FINDING_CAP);
}

int command_bootstrap(const struct arguments *a)
{
    struct bootstrap b = {0};
    char finding[FINDING_CAP] = "";
    if (a->operator_name == NULL || a->certificate == NULL) {
        fprintf(stderr, "schuilnaamd: bootstrap needs --operator NAME and --certificate PEM\n");
        return EXIT_USAGE;
    }
    struct schuil_rc rc = bootstrap_do(a, &b, finding);
    if (!schuil_is_ok(rc) && finding[0] == '\0' && b.session != NULL)
        snprintf(finding, sizeof finding, "%s", schuil_store_message(b.session));
    schuil_store_close(b.session);
    wrapping_release(b.ring);
    wrapping_free(b.wrapping);
    settings_free(&b.settings);
    return schuil_is_ok(rc) ? EXIT_OK : command_failed(rc, finding);
}
