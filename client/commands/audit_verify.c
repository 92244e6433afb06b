/* SPDX-License-Identifier: Apache-2.0 */
/* `schuilnaam audit verify FILE --keys KEYS`: without the service, line by line. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "fail.h"
#include "memory.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/engine/audit_proof.h"

enum { TEXT_CAP = 512 };

static SCHUIL_RC keys_read(const char *path, struct audit_keys *ret)
{
    char text[AUDIT_KEYS_TEXT_CAP + 1];
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return fail(RC_INPUT_FILE, "%s: %s", path, strerrordesc_np(errno));
    size_t len = fread(text, 1, sizeof text, file);
    fclose(file);
    struct schuil_rc rc = len < sizeof text ? schuil_audit_keys_read(bytes_of(text, len), ret)
                                            : schuil_rc(RC_INPUT_FILE);
    return schuil_is_ok(rc) ? rc : fail(RC_INPUT_FILE, "%s: no file of audit keys", path);
}

static bool is_about_line(enum audit_finding_kind kind)
{
    return kind == FINDING_LINE || kind == FINDING_PAGE || kind == FINDING_STATEMENT;
}

static void on_finding(void *arg, const struct audit_finding *finding)
{
    char text[TEXT_CAP], chain[2 * CHAIN_ID_LEN + 1] = "";
    (void)arg;
    schuil_audit_finding_text(finding, text, sizeof text);
    schuil_hex_encode(bytes_of(finding->chain, sizeof finding->chain), chain);
    if (is_about_line(finding->kind))
        printf("line %llu: ", (unsigned long long)finding->i);
    else
        printf("chain %s event %llu: ", chain, (unsigned long long)finding->i);
    printf("%s: %s\n", schuil_audit_finding_name(finding->kind), text);
}

/* getline's memory is its own, so it is given back to the C library. */
static SCHUIL_RC lines_feed(FILE *file, struct audit_pages *pages)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    struct schuil_rc rc = SCHUIL_OK;
    while (schuil_is_ok(rc) && (len = getline(&line, &cap, file)) > 0) {
        size_t used = (size_t)len - (line[len - 1] == '\n' ? 1 : 0);
        rc = schuil_audit_pages_line(pages, bytes_of(line, used));
    }
    free(line);
    if (schuil_is_ok(rc) && ferror(file))
        return fail(RC_INPUT_FILE, "the file cannot be read");
    return schuil_is_ok(rc) ? schuil_audit_pages_end(pages) : rc;
}

static void day_print(int64_t us)
{
    char text[32] = "";
    struct tm tm;
    time_t at = (time_t)(us / 1000000);
    if (gmtime_r(&at, &tm) != NULL)
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    fputs(text, stdout);
}

static void summary_print(const struct audit_pages *pages)
{
    struct audit_counts counts = schuil_audit_pages_counts(pages);
    struct audit_statement span;
    if (schuil_audit_pages_span(pages, &span)) {
        fputs(span.kind == STATEMENT_ARCHIVE ? "archive from " : "export from ", stdout);
        day_print(span.from_us);
        fputs(" to ", stdout);
        day_print(span.to_us);
        fputs("\n", stdout);
    }
    printf("%llu events, %llu findings\n", (unsigned long long)counts.events,
           (unsigned long long)counts.findings);
}

static SCHUIL_RC file_verify(const char *path, const struct audit_keys *keys, int *ret_exit)
{
    struct audit_pages *pages = NULL;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return fail(RC_INPUT_FILE, "%s: %s", path, strerrordesc_np(errno));
    struct schuil_rc rc = schuil_audit_pages_new(keys, on_finding, NULL, &pages);
    if (schuil_is_ok(rc))
        rc = lines_feed(file, pages);
    if (schuil_is_ok(rc)) {
        summary_print(pages);
        *ret_exit = schuil_audit_pages_counts(pages).findings > 0 ? EXIT_CODE_FINDINGS : 0;
    }
    schuil_audit_pages_free(pages);
    fclose(file);
    return rc;
}

SCHUIL_RC audit_verify(const struct arguments *arguments, int *ret_exit)
{
    struct audit_keys keys;
    const char *path = arguments_value(arguments, "keys");
    if (path == NULL)
        return fail(RC_INPUT_USAGE, "--keys FILE is missing: nothing is proved by keys that come "
                                    "with what they are to prove");
    TRY(keys_read(path, &keys));
    return file_verify(arguments->words[1], &keys, ret_exit);
}
