/* SPDX-License-Identifier: Apache-2.0 */
/* `schuilnaamd wrapping make | split | join | seal`: wrapping keys made, shared and put together by
 * people. Shares go to files of their own or, one by one, to a terminal; never to a pipe, where all
 * of them would come to lie together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../commands.h"
#include "../selfcheck.h"
#include "provider.h"
#include "schuilnaam/engine/shares.h"
#include "shares_input.h"

enum { FINDING_CAP = 512 };

/* A key in guarded memory, with the file that it belongs to. */
struct ceremony {
    struct settings settings;
    const struct wrapping_provider *provider;
    struct wrapping_files files; /* that are there */
    struct wrapping_file file;   /* of the key at hand */
    struct slab *slab;
    struct wrapping_key *key;
    struct share *shares; /* SHARE_COUNT_MAX of them */
};

static SCHUIL_RC ceremony_begin(const struct arguments *a, struct ceremony *c, char *finding)
{
    *c = (struct ceremony){.provider = NULL};
    TRY(settings_read(a->config, &c->settings, finding, FINDING_CAP));
    TRY(selfcheck_process(&c->settings, finding, FINDING_CAP));
    c->provider = wrapping_provider_find(c->settings.wrapping_provider);
    snprintf(finding, FINDING_CAP, "wrapping.provider: file, shamir or pkcs11");
    ENSURE(c->provider != NULL, RC_CONFIG_SETTING);
    TRY(schuil_slab_new(sizeof *c->key + SHARE_COUNT_MAX * sizeof *c->shares + 64, &c->slab));
    c->key = schuil_slab_take(c->slab, sizeof *c->key);
    c->shares = schuil_slab_take(c->slab, SHARE_COUNT_MAX * sizeof *c->shares);
    ENSURE(c->key != NULL && c->shares != NULL, RC_INTERNAL_MEMORY);
    finding[0] = '\0';
    return wrapping_files_find(&c->settings, &c->files, finding, FINDING_CAP);
}

static void ceremony_end(struct ceremony *c)
{
    schuil_slab_free(c->slab);
    settings_free(&c->settings);
}

static const struct wrapping_file *newest(const struct ceremony *c)
{
    return c->files.count == 0 ? NULL : &c->files.list[c->files.count - 1];
}

/* A new key, of the number after the newest. */
static SCHUIL_RC key_draw(struct ceremony *c, char *finding)
{
    unsigned number = newest(c) == NULL ? 1 : newest(c)->number + 1;
    TRY(wrapping_file_at(&c->settings, number, &c->file, finding, FINDING_CAP));
    return schuil_random(c->key->b, sizeof c->key->b);
}

/* ---- split ---- */

/* Of a file's or a token's key shares are made as they are: to keep for a bad day. */
static SCHUIL_RC key_find(struct ceremony *c, char *finding)
{
    if (c->provider->open == NULL)
        return key_draw(c, finding);
    snprintf(finding, FINDING_CAP, "there is no wrapping key to split");
    ENSURE(newest(c) != NULL, RC_ABSENT);
    c->file = *newest(c);
    finding[0] = '\0';
    return c->provider->open(&c->settings, &c->file, c->key, finding, FINDING_CAP);
}

static SCHUIL_RC share_file_write(const struct arguments *a, const struct share *share,
                                  char *finding)
{
    char path[PATH_MAX], text[SHARE_TEXT_LEN + 2];
    int len = snprintf(path, sizeof path, "%s/%s.share-%u", a->output, share->name,
                       (unsigned)share->point.x);
    ENSURE(len > 0 && len < PATH_MAX, RC_CONFIG_FILE);
    schuil_share_write(share, text);
    strcat(text, "\n"); /* NOLINT(clang-analyzer-security.insecureAPI.strcpy): room for it */
    struct schuil_rc rc = wrapping_file_write(path, bytes_text(text), finding, FINDING_CAP);
    schuil_wipe(text, sizeof text);
    return rc;
}

/* One at a time, each cleared from the screen before the next. */
static SCHUIL_RC share_show(const struct share *share)
{
    char text[SHARE_TEXT_LEN + 1], line[8];
    schuil_share_write(share, text);
    printf("share %u, for one person alone:\n\n%s\n\nWrite it down, then press Enter: ",
           (unsigned)share->point.x, text);
    fflush(stdout);
    schuil_wipe(text, sizeof text);
    bool is_read = share_line_read("", line, sizeof line);
    printf("\033[H\033[2J\033[3J");
    fflush(stdout);
    return is_read ? SCHUIL_OK : schuil_rc(RC_INPUT_USAGE);
}

static SCHUIL_RC shares_give(const struct arguments *a, const struct ceremony *c, size_t count,
                             char *finding)
{
    for (size_t i = 0; i < count; i++) {
        if (a->output != NULL)
            TRY(share_file_write(a, &c->shares[i], finding));
        else
            TRY(share_show(&c->shares[i]));
    }
    return SCHUIL_OK;
}

/* With shamir it is what the server reads; else it lies with the shares. */
static SCHUIL_RC set_write(const struct arguments *a, const struct ceremony *c,
                           const struct share_set *set, char *finding)
{
    char path[PATH_MAX], text[SHARE_SET_TEXT_LEN + 1];
    bool is_of_server = c->provider->open == NULL;
    int len = is_of_server
                  ? snprintf(path, sizeof path, "%s", c->file.path)
                  : snprintf(path, sizeof path, "%s/%s.share-set", a->output, c->file.name);
    ENSURE(len > 0 && len < PATH_MAX, RC_CONFIG_FILE);
    schuil_share_set_write(set, text);
    TRY(wrapping_file_write(path, bytes_text(text), finding, FINDING_CAP));
    printf("wrapping key %s: %u of %u shares; share set in %s\n", set->name,
           (unsigned)set->threshold, (unsigned)set->count, path);
    return SCHUIL_OK;
}

/* 0: not a number of shares that can be. */
static uint8_t count_of(const char *text)
{
    size_t len = text == NULL ? 0 : strspn(text, "0123456789");
    long count = len >= 1 && len <= 2 && text[len] == '\0' ? strtol(text, NULL, 10) : 0;
    return count <= SHARE_COUNT_MAX ? (uint8_t)count : 0;
}

/* The set comes last: while it is not there the shares are of nothing. */
static SCHUIL_RC split(const struct arguments *a, struct ceremony *c, char *finding)
{
    struct share_set set;
    TRY(ceremony_begin(a, c, finding));
    TRY(key_find(c, finding));
    const struct wrapping_ref ref = {.name = c->file.name, .key = c->key};
    snprintf(finding, FINDING_CAP, "--threshold K --shares N: 2 <= K <= N <= %d", SHARE_COUNT_MAX);
    TRY(schuil_shares_make(&ref, count_of(a->threshold), count_of(a->shares), &set, c->shares));
    finding[0] = '\0';
    TRY(shares_give(a, c, set.count, finding));
    return set_write(a, c, &set, finding);
}

int command_wrapping_split(const struct arguments *a)
{
    struct ceremony c = {.provider = NULL};
    char finding[FINDING_CAP] = "";
    bool at_terminal = isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1;
    if (count_of(a->threshold) == 0 || count_of(a->shares) == 0 ||
        (a->output == NULL && !at_terminal)) {
        fprintf(stderr, "schuilnaamd: wrapping split needs --threshold K --shares N, and --output "
                        "FOLDER unless it is at a terminal\n");
        return EXIT_USAGE;
    }
    struct schuil_rc rc = split(a, &c, finding);
    ceremony_end(&c);
    return schuil_is_ok(rc) ? EXIT_OK : command_failed(rc, finding);
}

/* ---- join ---- */

static SCHUIL_RC set_read(const struct arguments *a, struct share_set *ret, char *finding)
{
    char text[SHARE_SET_TEXT_LEN];
    size_t len;
    TRY(wrapping_file_read(a->set, false, text, sizeof text, &len, finding, FINDING_CAP));
    struct schuil_rc rc = schuil_share_set_read(bytes_of(text, len), ret);
    if (!schuil_is_ok(rc))
        snprintf(finding, FINDING_CAP, "%s: not a share set", a->set);
    return rc;
}

static SCHUIL_RC points_read(const struct share_set *set, struct share *share,
                             struct share_point *points, char *finding)
{
    char line[SHARE_TEXT_LEN + 16];
    struct schuil_rc rc = SCHUIL_OK;
    for (size_t i = 0; schuil_is_ok(rc) && i < set->threshold; i++) {
        snprintf(finding, FINDING_CAP, "%zu of %u shares", i, (unsigned)set->threshold);
        rc = share_line_read("share: ", line, sizeof line) ? SCHUIL_OK : schuil_rc(RC_BUSY_SEALED);
        if (schuil_is_ok(rc))
            rc = schuil_share_read(bytes_text(line), share);
        if (schuil_is_ok(rc))
            rc = schuil_share_set_check(set, share);
        if (rc.code == RC_INPUT_SHARE)
            snprintf(finding, FINDING_CAP, "share %u of %s", (unsigned)share->point.x, share->name);
        points[i] = share->point;
    }
    schuil_wipe(line, sizeof line);
    return rc;
}

/* The number of the key's file, from its name. */
static SCHUIL_RC file_of(struct ceremony *c, const struct share_set *set, char *finding)
{
    unsigned number = 1;
    size_t len = strlen(c->settings.wrapping_name);
    snprintf(finding, FINDING_CAP, "the share set is of another wrapping key: %s", set->name);
    ENSURE(strncmp(set->name, c->settings.wrapping_name, len) == 0, RC_INPUT_VALUE);
    if (set->name[len] == '.') /* what is no number gives another name below */
        number = (unsigned)strtoul(set->name + len + 1, NULL, 10);
    TRY(wrapping_file_at(&c->settings, number, &c->file, finding, FINDING_CAP));
    ENSURE(strcmp(c->file.name, set->name) == 0, RC_INPUT_VALUE);
    return SCHUIL_OK;
}

static SCHUIL_RC join(const struct arguments *a, struct ceremony *c, char *finding)
{
    struct share_set set;
    struct share_point *points;
    TRY(ceremony_begin(a, c, finding));
    snprintf(finding, FINDING_CAP, "wrapping.provider: only file keeps the key itself");
    ENSURE(c->provider->can_make, RC_CONFIG_SETTING);
    TRY(set_read(a, &set, finding));
    TRY(file_of(c, &set, finding));
    points = (struct share_point *)(void *)(c->shares + 1); /* the first one is read into */
    TRY(points_read(&set, c->shares, points, finding));
    finding[0] = '\0';
    TRY(schuil_share_set_combine(&set, points, set.threshold, c->key));
    TRY(wrapping_file_write(c->file.path, bytes_of(c->key->b, sizeof c->key->b), finding,
                            FINDING_CAP));
    printf("wrapping key %s: put together in %s\n", set.name, c->file.path);
    return SCHUIL_OK;
}

int command_wrapping_join(const struct arguments *a)
{
    struct ceremony c = {.provider = NULL};
    char finding[FINDING_CAP] = "";
    if (a->set == NULL) {
        fprintf(stderr, "schuilnaamd: wrapping join needs --set FILE; shares come on standard "
                        "input\n");
        return EXIT_USAGE;
    }
    struct schuil_rc rc = join(a, &c, finding);
    ceremony_end(&c);
    return schuil_is_ok(rc) ? EXIT_OK : command_failed(rc, finding);
}

/* ---- make ---- */

/* For servers on several hosts: the next key file, to be copied to all of them before the rewrap.
 */
static SCHUIL_RC make(const struct arguments *a, struct ceremony *c, char *finding)
{
    TRY(ceremony_begin(a, c, finding));
    snprintf(finding, FINDING_CAP, "wrapping.provider: not file");
    ENSURE(c->provider->can_make, RC_CONFIG_SETTING);
    TRY(key_draw(c, finding));
    TRY(wrapping_file_write(c->file.path, bytes_of(c->key->b, sizeof c->key->b), finding,
                            FINDING_CAP));
    printf("wrapping key %s: made in %s\n", c->file.name, c->file.path);
    return SCHUIL_OK;
}

int command_wrapping_make(const struct arguments *a)
{
    struct ceremony c = {.provider = NULL};
    char finding[FINDING_CAP] = "";
    struct schuil_rc rc = make(a, &c, finding);
    ceremony_end(&c);
    return schuil_is_ok(rc) ? EXIT_OK : command_failed(rc, finding);
}

/* ---- seal ---- */

static SCHUIL_RC seal(const struct arguments *a, struct ceremony *c, char *finding)
{
    char text[PKCS11_TEXT_LEN + 1];
    TRY(ceremony_begin(a, c, finding));
    snprintf(finding, FINDING_CAP, "wrapping.provider: not pkcs11");
    ENSURE(strcmp(c->provider->name, "pkcs11") == 0, RC_CONFIG_SETTING);
    TRY(key_draw(c, finding));
    const struct wrapping_ref ref = {.name = c->file.name, .key = c->key};
    TRY(pkcs11_seal(&c->settings, &ref, a->makes_token_key, text, finding, FINDING_CAP));
    TRY(wrapping_file_write(c->file.path, bytes_text(text), finding, FINDING_CAP));
    printf("wrapping key %s: sealed by the token in %s\n", c->file.name, c->file.path);
    return SCHUIL_OK;
}

int command_wrapping_seal(const struct arguments *a)
{
    struct ceremony c = {.provider = NULL};
    char finding[FINDING_CAP] = "";
    struct schuil_rc rc = seal(a, &c, finding);
    ceremony_end(&c);
    return schuil_is_ok(rc) ? EXIT_OK : command_failed(rc, finding);
}
