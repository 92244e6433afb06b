/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of the known answer are the first entry of tests/vectors/finals.json, made by an
 * implementation that shares no code with this one. */
#include "selfcheck.h"

#include "schuilnaam/engine/admin.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certificate.h"
#include "clock.h"
#include "schuilnaam/crypto/aead.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/memory.h"

enum {
    MEMLOCK_LEAST = 1 << 20,     /* bytes: two snapshots of a small installation at once */
    DESCRIPTORS_BESIDE = 64 + 32 /* sessions, listeners, wake-ups, the log */
};

/* ---- process ---- */

static SCHUIL_RC cores_end(char *ret_finding, size_t cap)
{
    struct rlimit none = {0, 0};
    snprintf(ret_finding, cap, "core dumps could not be switched off");
    ENSURE(setrlimit(RLIMIT_CORE, &none) == 0, RC_CONFIG_LIMITS);
#ifndef __SANITIZE_ADDRESS__ /* the leak check of a test build traces its own process */
    ENSURE(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, RC_CONFIG_LIMITS);
#endif
    ret_finding[0] = '\0';
    return SCHUIL_OK;
}

/* The limit alone does not tell (root has none), so it is tried. */
static SCHUIL_RC memlock_try(char *ret_finding, size_t cap)
{
    struct slab *slab;
    struct schuil_rc rc = schuil_slab_new(MEMLOCK_LEAST, &slab);
    if (!schuil_is_ok(rc)) {
        snprintf(ret_finding, cap, "1 MiB of memory could not be locked: raise RLIMIT_MEMLOCK");
        return rc;
    }
    schuil_slab_free(slab);
    return SCHUIL_OK;
}

static SCHUIL_RC descriptors_raise(const struct settings *s, char *ret_finding, size_t cap)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)s->connections_max + DESCRIPTORS_BESIDE;
    ENSURE(getrlimit(RLIMIT_NOFILE, &limit) == 0, RC_CONFIG_LIMITS);
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
        ENSURE(setrlimit(RLIMIT_NOFILE, &limit) == 0, RC_CONFIG_LIMITS);
    }
    if (limit.rlim_cur >= wanted)
        return SCHUIL_OK;
    snprintf(ret_finding, cap, "connections.max needs %llu descriptors, RLIMIT_NOFILE allows %llu",
             (unsigned long long)wanted, (unsigned long long)limit.rlim_cur);
    return schuil_rc(RC_CONFIG_LIMITS);
}

SCHUIL_RC selfcheck_process(const struct settings *s, char *ret_finding, size_t cap)
{
    TRY(cores_end(ret_finding, cap));
    TRY(memlock_try(ret_finding, cap));
    return descriptors_raise(s, ret_finding, cap);
}

/* ---- files ---- */

static bool owner_is_good(const struct stat *st)
{
    return st->st_uid == geteuid() || st->st_uid == 0;
}

static SCHUIL_RC mode_check(const char *path, mode_t kind, char *ret_finding, size_t cap)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        snprintf(ret_finding, cap, "%s: %s", path, strerrordesc_np(errno));
        return schuil_rc(RC_CONFIG_FILE);
    }
    if ((st.st_mode & S_IFMT) != kind) {
        snprintf(ret_finding, cap, "%s: not a %s", path, kind == S_IFDIR ? "folder" : "plain file");
        return schuil_rc(RC_CONFIG_FILE);
    }
    if (owner_is_good(&st) && (st.st_mode & 077) == 0)
        return SCHUIL_OK;
    snprintf(ret_finding, cap,
             "%s: mode %03o: only this user may have access (and must own it, or root)", path,
             (unsigned)(st.st_mode & 0777));
    return schuil_rc(RC_CONFIG_MODE);
}

SCHUIL_RC selfcheck_secret_file(const char *path, char *ret_finding, size_t cap)
{
    return mode_check(path, S_IFREG, ret_finding, cap);
}

static SCHUIL_RC settings_are_set(const struct settings *s, char *ret_finding, size_t cap)
{
    TRY(settings_need(s->database, "database", ret_finding, cap));
    TRY(settings_need(s->wrapping_name, "wrapping.name", ret_finding, cap));
    return settings_need(s->state_directory, "state.directory", ret_finding, cap);
}

static bool word_in(const char *list, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = list; *at != '\0'; at += strcspn(at, ", \t"), at += strspn(at, ", \t"))
        if (strcspn(at, ", \t") == len && strncmp(at, word, len) == 0)
            return true;
    return false;
}

static SCHUIL_RC roles_check(const struct settings *s, char *ret_finding, size_t cap)
{
    if (word_in(s->roles, "issue") && word_in(s->roles, "translate") &&
        word_in(s->roles, "operate"))
        return SCHUIL_OK;
    snprintf(ret_finding, cap, "roles: this version serves issue, translate and operate together");
    return schuil_rc(RC_CONFIG_SETTING);
}

static SCHUIL_RC approvals_check(const struct settings *s, char *ret_finding, size_t cap)
{
    char wrong[64];
    struct schuil_rc rc = schuil_approval_names_check(s->approvals_also, wrong, sizeof wrong);
    if (!schuil_is_ok(rc))
        snprintf(ret_finding, cap, "approvals.also: %s is no name of docs/approvals.md", wrong);
    return rc;
}

static SCHUIL_RC certificate_check(const char *path, char *ret_finding, size_t cap)
{
    struct certificate c;
    int64_t now_s = clock_wall_us() / 1000000;
    TRY(certificate_read(path, &c, ret_finding, cap));
    if (c.from_s <= now_s && now_s < c.until_s)
        return SCHUIL_OK;
    snprintf(ret_finding, cap, "%s: the certificate is not in date", path);
    return schuil_rc(RC_CONFIG_SETTING);
}

SCHUIL_RC selfcheck_tls(const struct settings *s, char *ret_finding, size_t cap)
{
    TRY(settings_need(s->tls_certificate, "tls.certificate", ret_finding, cap));
    TRY(settings_need(s->tls_key, "tls.key", ret_finding, cap));
    TRY(settings_need(s->tls_ca, "tls.ca", ret_finding, cap));
    TRY(certificate_check(s->tls_certificate, ret_finding, cap));
    TRY(certificate_check(s->tls_ca, ret_finding, cap));
    return mode_check(s->tls_key, S_IFREG, ret_finding, cap);
}

SCHUIL_RC selfcheck_files(const struct settings *s, char *ret_finding, size_t cap)
{
    TRY(settings_are_set(s, ret_finding, cap));
    TRY(approvals_check(s, ret_finding, cap));
    TRY(roles_check(s, ret_finding, cap));
    TRY(selfcheck_tls(s, ret_finding, cap));
    return mode_check(s->state_directory, S_IFDIR, ret_finding, cap);
}

/* ---- the known answer ---- */

static const char figure_x[] = "001673636875696c6e61616d2f76312f6964656e74697479"
                               "000141000100010001000342534e00000009393939393030303036";
static const char figure_k[] = "c1514c59eb931920cccb90dd0b0f21b394af247d3729871c2168bee06d93cd0b";
static const char figure_s[] = "119290ad6e4c29d9fd27a5d5167ebe5d62ac8307870afb96b389303778c3800e";
static const char figure_w[] = "ca983382ec190a2d9f9a161c4a0f0536feb900f7ca01c3f6f9f361d13e22e1bf"
                               "3e847325df3a18d9070e80c62ef2c773c4ed9a6238937d53f14f7ea41a7f552f";
static const char figure_ad[] = "001373636875696c6e61616d2f76312f66696e616c"
                                "00014100010000000100000001";
static const char figure_q[] = "9e0167b3ec8d141404280ef007a68406e7a96e9fceb87014bfbd55ee38b6bc6b";
static const char figure_final[] =
    "218452b2ad1680f2739e4803e126a179b95f3d903490dbed91566e054ed450da"
    "8cd5b31a1062d7abf51bb9c77ac9b109";

enum { X_LEN = (sizeof figure_x - 1) / 2, AD_LEN = (sizeof figure_ad - 1) / 2, FINAL_LEN = 48 };

static SCHUIL_RC figure(const char *hex, uint8_t *ret, size_t len)
{
    return schuil_hex_decode(bytes_text(hex), ret, len);
}

static SCHUIL_RC multiply_one(struct element *e, const char *hex)
{
    SECRET(scalar) scalar;
    bool is_ok = false;
    TRY(figure(hex, scalar.b, sizeof scalar.b));
    TRY(schuil_group_multiply(1, e, &scalar, e, &is_ok));
    ENSURE(is_ok, RC_CONFIG_SELFTEST);
    return SCHUIL_OK;
}

static SCHUIL_RC core_check(struct element *ret)
{
    uint8_t x[X_LEN];
    struct element wanted;
    bool is_ok = false;
    TRY(figure(figure_x, x, sizeof x));
    struct bytes input = bytes_of(x, sizeof x);
    TRY(schuil_group_hash(1, &input, ret, &is_ok));
    TRY(multiply_one(ret, figure_k));
    TRY(figure(figure_q, wanted.b, sizeof wanted.b));
    ENSURE(is_ok && schuil_ct_equal(ret, &wanted, sizeof wanted), RC_CONFIG_SELFTEST);
    return SCHUIL_OK;
}

static SCHUIL_RC seal_check(const struct element *point)
{
    SECRET(siv_key) key;
    uint8_t ad[AD_LEN], wanted[FINAL_LEN], got[FINAL_LEN];
    struct siv_template *siv = NULL;
    TRY(figure(figure_w, key.b, sizeof key.b));
    TRY(figure(figure_ad, ad, sizeof ad));
    TRY(figure(figure_final, wanted, sizeof wanted));
    TRY(schuil_siv_template_new(&key, bytes_of(ad, sizeof ad), &siv));
    struct schuil_rc rc = schuil_siv_seal(siv, bytes_of(point->b, sizeof point->b), got);
    schuil_siv_template_free(siv);
    TRY(rc);
    ENSURE(schuil_ct_equal(wanted, got, sizeof got), RC_CONFIG_SELFTEST);
    return SCHUIL_OK;
}

static SCHUIL_RC final_check(void)
{
    SECRET(element) e;
    TRY(core_check(&e));
    TRY(multiply_one(&e, figure_s));
    return seal_check(&e);
}

SCHUIL_RC selfcheck_known_answer(char *ret_finding, size_t cap)
{
    if (!schuil_is_ok(schuil_group_selftest())) {
        snprintf(ret_finding, cap, "the group kernel %s differs from the portable one",
                 schuil_group_kernel());
        return schuil_rc(RC_CONFIG_SELFTEST);
    }
    if (schuil_is_ok(final_check()))
        return SCHUIL_OK;
    snprintf(ret_finding, cap, "the known answer of a final pseudonym differs");
    return schuil_rc(RC_CONFIG_SELFTEST);
}

/* ---- database ---- */

static SCHUIL_RC clock_check(struct store_session *session, char *ret_finding, size_t cap)
{
    struct store_state_row state;
    int64_t before_us = clock_wall_us();
    TRY(schuil_store_read_state(session, &state));
    int64_t middle_us = before_us + (clock_wall_us() - before_us) / 2;
    int64_t difference_s = (middle_us - state.clock_us) / 1000000;
    if (difference_s <= LIMIT_CLOCK_S && difference_s >= -LIMIT_CLOCK_S)
        return SCHUIL_OK;
    snprintf(ret_finding, cap, "the clock differs by %lld s from the database's",
             (long long)difference_s);
    return schuil_rc(RC_CONFIG_CLOCK);
}

SCHUIL_RC selfcheck_database(const struct settings *s, char *ret_finding, size_t cap)
{
    struct store_session *session = NULL;
    struct schuil_rc rc = schuil_store_open(s->database, &session);
    if (schuil_is_ok(rc))
        rc = schuil_store_check_settings(session, ret_finding, cap);
    if (schuil_is_ok(rc))
        rc = clock_check(session, ret_finding, cap);
    if (!schuil_is_ok(rc) && ret_finding[0] == '\0')
        snprintf(ret_finding, cap, "database: %s",
                 session == NULL ? "no connection" : schuil_store_message(session));
    schuil_store_close(session);
    return rc;
}

SCHUIL_RC selfcheck_all(const struct settings *s, char *ret_finding, size_t cap)
{
    TRY(selfcheck_process(s, ret_finding, cap));
    TRY(selfcheck_files(s, ret_finding, cap));
    TRY(selfcheck_known_answer(ret_finding, cap));
    return selfcheck_database(s, ret_finding, cap);
}
