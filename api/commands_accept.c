/* SPDX-License-Identifier: Apache-2.0 */
/* `manifest accept`, in two runs: without signatures it writes the statement of what is there;
 * with the statement and two operators' signatures under it, it accepts exactly that. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "commands.h"
#include "file.h"
#include "policy_key.h"
#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/crypto/statement.h"
#include "schuilnaam/engine/accept.h"
#include "selfcheck.h"
#include "settings.h"
#include "wrapping/shares_input.h"
#include "wrapping/wrapping.h"

enum { FINDING_CAP = 512, FILE_MOST = 1 << 20, STATEMENT_AGE_S = 24 * 3600, MADE_CAP = 32 };

struct accept {
    const struct arguments *arguments;
    struct settings settings;
    struct wrapping *wrapping;
    const struct wrapping_ring *ring;
    struct store_session *session;
    uint8_t policy_key[ED25519_PUBLIC_LEN];
    struct audit_chain chain;
    struct acceptance found;
    char *finding; /* FINDING_CAP */
};

static struct schuil_rc refuse(struct accept *a, enum schuil_rc_code code, const char *what)
{
    snprintf(a->finding, FINDING_CAP, "%s", what);
    return schuil_rc(code);
}

/* ---- the state ---- */
static SCHUIL_RC prepare(struct accept *a)
{
    const struct settings *s = &a->settings;
    TRY(settings_read(a->arguments->config, &a->settings, a->finding, FINDING_CAP));
    TRY(settings_need(s->database_owner, "database.owner", a->finding, FINDING_CAP));
    TRY(settings_need(s->state_directory, "state.directory", a->finding, FINDING_CAP));
    TRY(selfcheck_process(s, a->finding, FINDING_CAP));
    TRY(policy_key_read(s, a->policy_key, a->finding, FINDING_CAP));
    TRY(wrapping_open(s, &a->wrapping, a->finding, FINDING_CAP));
    TRY(shares_input(a->wrapping, a->finding, FINDING_CAP));
    a->ring = wrapping_hold(a->wrapping);
    TRY(schuil_audit_chain_new(&a->chain));
    return schuil_store_open(s->database_owner, &a->session);
}

static struct snapshot_source source_of(const struct accept *a)
{
    return (struct snapshot_source){.policy_key = a->policy_key,
                                    .state_directory = a->settings.state_directory};
}

static struct audit_event event_of(void)
{
    return (struct audit_event){.time_us = clock_wall_us(),
                                .outcome = "ok",
                                .role = "system",
                                .access = "manifest accept",
                                .compartment = schuil_compartment_name(COMPARTMENT_ISSUE),
                                .process = "manifest accept"};
}

static SCHUIL_RC look(struct accept *a)
{
    struct audit_event event = event_of();
    struct admin_context context = {
        .session = a->session, .ring = a->ring, .chain = &a->chain, .event = &event};
    struct snapshot_source source = source_of(a);
    TRY(schuil_store_accept_look(&context, &source, &a->found));
    return schuil_acceptance_is_needed(&a->found)
               ? SCHUIL_OK
               : refuse(a, RC_CONFLICT_STATE, "nothing is to be accepted");
}

/* ---- the first run ---- */
static SCHUIL_RC statement_write(struct accept *a)
{
    char made[MADE_CAP], text[ACCEPT_STATEMENT_CAP];
    struct tm tm;
    time_t now = (time_t)(clock_wall_us() / 1000000);
    struct draft draft = {.file = NULL};
    ENSURE(gmtime_r(&now, &tm) != NULL, RC_INTERNAL);
    strftime(made, sizeof made, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (a->arguments->reason == NULL)
        return refuse(a, RC_INPUT_USAGE, "--reason TEXT is needed");
    TRY(schuil_acceptance_write(&a->found, made, a->arguments->reason, text));
    TRY(draft_open(&draft, a->arguments->statement, a->finding, FINDING_CAP));
    if (fputs(text, draft.file) < 0) {
        draft_drop(&draft);
        return refuse(a, RC_CONFIG_FILE, "the statement cannot be written");
    }
    TRY(draft_finish(&draft, a->finding, FINDING_CAP));
    printf(
        "%s\nTwo operators read and sign %s:\n"
        "  openssl cms -sign -binary -in %s -signer CERT -inkey KEY -outform PEM -out SIGNATURE\n",
        text, a->arguments->statement, a->arguments->statement);
    return SCHUIL_OK;
}

/* ---- the second run ---- */
/* The value of "name: value" in the statement; "" when it has no such line. */
static void line_find(const char *text, const char *name, char *ret, size_t cap)
{
    const char *at = strstr(text, name);
    ret[0] = '\0';
    if (at == NULL)
        return;
    at += strlen(name);
    snprintf(ret, cap, "%.*s", (int)strcspn(at, "\n"), at);
}

static SCHUIL_RC age_ensure(struct accept *a, const char *made)
{
    struct tm tm = {0};
    const char *end = strptime(made, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (end == NULL || *end != '\0')
        return refuse(a, RC_INPUT_TEXT, "the statement does not say when it was made");
    int64_t age_s = clock_wall_us() / 1000000 - (int64_t)timegm(&tm);
    return age_s >= -LIMIT_CLOCK_S && age_s <= STATEMENT_AGE_S
               ? SCHUIL_OK
               : refuse(a, RC_CONFLICT_STATE, "the statement is older than a day: make it anew");
}

/* What was signed must be what is there now, to the byte. */
static SCHUIL_RC statement_compare(struct accept *a, const char *text, char *ret_reason)
{
    char made[MADE_CAP], now[ACCEPT_STATEMENT_CAP];
    line_find(text, "\nmade: ", made, sizeof made);
    line_find(text, "\nreason: ", ret_reason, ACCEPT_REASON_LEN + 1);
    TRY(age_ensure(a, made));
    TRY(schuil_acceptance_write(&a->found, made, ret_reason, now));
    return strcmp(text, now) == 0
               ? SCHUIL_OK
               : refuse(a, RC_CONFLICT_STATE, "the statement is not of what is there now");
}

static SCHUIL_RC signature_verify(struct accept *a, size_t i, struct bytes text,
                                  struct bytes authorities, uint8_t ret[HASH_LEN])
{
    char *signature = NULL;
    size_t len = 0;
    TRY(file_read(a->arguments->signatures[i], FILE_MOST, &signature, &len, a->finding,
                  FINDING_CAP));
    struct schuil_rc rc = schuil_statement_verify(text, bytes_of(signature, len), authorities, ret);
    free(signature);
    if (!schuil_is_ok(rc))
        snprintf(a->finding, FINDING_CAP,
                 "%s: not a signature under the statement by a trusted "
                 "certificate",
                 a->arguments->signatures[i]);
    return rc;
}

static SCHUIL_RC signatures_verify(struct accept *a, struct bytes text,
                                   struct accept_person ret[ACCEPT_PERSON_COUNT])
{
    char *authorities = NULL;
    size_t len = 0;
    TRY(file_read(a->settings.tls_ca, FILE_MOST, &authorities, &len, a->finding, FINDING_CAP));
    struct schuil_rc rc = SCHUIL_OK;
    for (size_t i = 0; schuil_is_ok(rc) && i < ACCEPT_PERSON_COUNT; i++)
        rc = signature_verify(a, i, text, bytes_of(authorities, len), ret[i].fingerprint);
    free(authorities);
    return rc;
}

static SCHUIL_RC statement_accept(struct accept *a, struct bytes text)
{
    char reason[ACCEPT_REASON_LEN + 1];
    struct accept_person persons[ACCEPT_PERSON_COUNT];
    struct audit_event event = event_of();
    struct admin_context context = {
        .session = a->session, .ring = a->ring, .chain = &a->chain, .event = &event};
    struct snapshot_source source = source_of(a);
    TRY(statement_compare(a, (const char *)text.data, reason));
    TRY(signatures_verify(a, text, persons));
    TRY(schuil_store_accept(&context, &source, &a->found, persons, reason));
    printf("accepted; counters are above all that was seen, numbers went ahead\n");
    return SCHUIL_OK;
}

static SCHUIL_RC signed_accept(struct accept *a)
{
    char *text = NULL;
    size_t len = 0;
    TRY(file_read(a->arguments->statement, ACCEPT_STATEMENT_CAP, &text, &len, a->finding,
                  FINDING_CAP));
    struct schuil_rc rc = strlen(text) == len
                              ? statement_accept(a, bytes_of(text, len))
                              : refuse(a, RC_INPUT_TEXT, "the statement holds a zero byte");
    free(text);
    return rc;
}

/* ---- the command ---- */
static SCHUIL_RC run(struct accept *a)
{
    TRY(prepare(a));
    TRY(look(a));
    return a->arguments->signature_count == 0 ? statement_write(a) : signed_accept(a);
}

int command_manifest_accept(const struct arguments *arguments)
{
    char finding[FINDING_CAP] = "";
    struct accept a = {.arguments = arguments, .finding = finding};
    if (arguments->statement == NULL ||
        (arguments->signature_count != 0 && arguments->signature_count != ACCEPT_PERSON_COUNT)) {
        fprintf(stderr, "schuilnaamd: manifest accept needs --statement FILE, and --reason TEXT or "
                        "--signature FILE twice\n");
        return EXIT_USAGE;
    }
    struct schuil_rc rc = run(&a);
    if (!schuil_is_ok(rc) && finding[0] == '\0' && a.session != NULL)
        snprintf(finding, sizeof finding, "%s", schuil_store_message(a.session));
    schuil_store_close(a.session);
    wrapping_release(a.ring);
    wrapping_free(a.wrapping);
    settings_free(&a.settings);
    return schuil_is_ok(rc) ? EXIT_OK : command_failed(rc, finding);
}
