/* SPDX-License-Identifier: Apache-2.0 */
/* Wrapping keys from files and from shares: found by name, refused when unsafe, made, moved on and
 * ended; the ring that is held stays. */
#include "../engine/engine_unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schuilnaam/engine/shares.h"
#include "wrapping/files.h"
#include "wrapping/wrapping.h"

static char folder[64], path[128], finding[512];
static struct settings settings;

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/schuilnaam-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/wrapping.key", folder);
    settings = (struct settings){.wrapping_provider = "file",
                                 .wrapping_name = "main",
                                 .wrapping_file = path,
                                 .wrapping_rewrap = "automatic",
                                 .wrapping_credential = ""};
    finding[0] = '\0';
    return 0;
}

static int tear_down(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command); /* NOLINT(cert-env33-c,concurrency-mt-unsafe): of this test's folder */
}

static struct wrapping *opened(void)
{
    struct wrapping *w;
    assert_ok(wrapping_open(&settings, &w, finding, sizeof finding));
    return w;
}

static void refused(enum schuil_rc_code code, const char *words)
{
    struct wrapping *w;
    assert_rc(wrapping_open(&settings, &w, finding, sizeof finding), code);
    assert_null(w);
    assert_non_null(strstr(finding, words));
}

static void names_are(struct wrapping *w, size_t count, const char *const *names)
{
    const struct wrapping_ring *ring = wrapping_hold(w);
    assert_int_equal(ring->count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(ring->refs[i].name, names[i]);
    wrapping_release(ring);
}
#define NAMES(w, ...)                                                                              \
    do {                                                                                           \
        const char *const names_[] = {__VA_ARGS__};                                                \
        names_are(w, COUNT_OF(names_), names_);                                                    \
    } while (0)

static const char *beside(const char *suffix)
{
    static char other[160];
    snprintf(other, sizeof other, "%s%s", path, suffix);
    return other;
}

/* ---- files ---- */

static void a_key_is_made_once_and_read_back(void **state)
{
    struct stat st;
    (void)state;
    assert_ok(wrapping_make(&settings, finding, sizeof finding));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, 32);
    assert_rc(wrapping_make(&settings, finding, sizeof finding), RC_CONFLICT_EXISTS);
    struct wrapping *first = opened(), *second = opened();
    const struct wrapping_ring *a = wrapping_hold(first), *b = wrapping_hold(second);
    assert_memory_equal(a->refs[0].key, b->refs[0].key, 32);
    assert_false(schuil_ct_is_zero(a->refs[0].key, 32));
    wrapping_release(a);
    wrapping_release(b);
    NAMES(first, "main");
    wrapping_free(first);
    wrapping_free(second);
}

static void an_unsafe_or_wrong_file_is_refused(void **state)
{
    static const mode_t modes[] = {0640, 0604, 0610, 0620, 0601, 0660};
    (void)state;
    refused(RC_CONFIG_FILE, path);
    assert_ok(wrapping_make(&settings, finding, sizeof finding));
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        refused(RC_CONFIG_MODE, path);
    }
    assert_int_equal(chmod(path, 0400), 0);
    wrapping_free(opened());
    assert_int_equal(chmod(path, 0600), 0);
    for (off_t len = 33; len >= 0; len -= len == 33 ? 2 : 31) {
        assert_int_equal(truncate(path, len), 0);
        refused(RC_CONFIG_FILE, path);
    }
}

static void settings_that_cannot_be_are_named(void **state)
{
    (void)state;
    settings.wrapping_provider = "cloud";
    refused(RC_CONFIG_SETTING, "wrapping.provider");
    settings.wrapping_provider = "file";
    settings.wrapping_rewrap = "sometimes";
    refused(RC_CONFIG_SETTING, "wrapping.rewrap");
    settings.wrapping_rewrap = "manual";
    settings.wrapping_name = "a/b";
    refused(RC_CONFIG_SETTING, "wrapping.name");
    settings.wrapping_name = "main";
    settings.wrapping_file = "";
    refused(RC_CONFIG_SETTING, "wrapping.file");
}

static bool is_automatic(void)
{
    struct wrapping *w = opened();
    bool is = wrapping_is_automatic(w);
    wrapping_free(w);
    return is;
}

static void only_a_plain_key_file_changes_by_itself_and_not_where_told(void **state)
{
    (void)state;
    assert_int_equal(wrapping_make(&settings, finding, sizeof finding).code, RC_OK);
    assert_true(is_automatic());
    settings.wrapping_rewrap = "manual";
    assert_false(is_automatic());
    settings.wrapping_rewrap = "automatic";
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1),
                     0); /* NOLINT(concurrency-mt-unsafe): one thread */
    settings.wrapping_credential = "wrapping.key";
    assert_false(is_automatic());
}

static void numbered_files_are_later_keys(void **state)
{
    static const char *const others[] = {".1", ".02", ".2x", "x", ".new", ".2.new"};
    (void)state;
    assert_ok(wrapping_make(&settings, finding, sizeof finding));
    struct wrapping *w = opened();
    assert_rc(wrapping_next(w, "main", false, finding, sizeof finding), RC_CONFLICT_WRAPPING);
    NAMES(w, "main");
    assert_ok(wrapping_next(w, "main", true, finding, sizeof finding));
    NAMES(w, "main", "main.2");
    assert_ok(wrapping_next(w, "main", false, finding, sizeof finding)); /* that is there */
    NAMES(w, "main", "main.2");
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_int_equal(link(path, beside(others[i])), 0);
    struct wrapping *again = opened();
    NAMES(again, "main", "main.2");
    wrapping_free(again);
    wrapping_free(w);
}

static void a_key_that_ends_leaves_no_file_and_the_ring_held_stays(void **state)
{
    bool is_ended = false;
    struct wrapping_key before;
    (void)state;
    assert_ok(wrapping_make(&settings, finding, sizeof finding));
    struct wrapping *w = opened();
    assert_ok(wrapping_next(w, "main", true, finding, sizeof finding));
    const struct wrapping_ring *held = wrapping_hold(w);
    memcpy(&before, held->refs[0].key, sizeof before);
    assert_ok(wrapping_end(w, "main", &is_ended, finding, sizeof finding));
    assert_true(is_ended);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_string_equal(held->refs[0].name, "main");
    assert_memory_equal(&before, held->refs[0].key, sizeof before);
    wrapping_release(held);
    NAMES(w, "main.2");
    assert_rc(wrapping_end(w, "other", &is_ended, finding, sizeof finding), RC_ABSENT);
    wrapping_free(w);
    w = opened();
    NAMES(w, "main.2");
    wrapping_free(w);
}

static void too_many_files_are_refused(void **state)
{
    (void)state;
    assert_ok(wrapping_make(&settings, finding, sizeof finding));
    for (int n = 2; n <= WRAPPING_RING_CAP + 1; n++) {
        char suffix[8];
        snprintf(suffix, sizeof suffix, ".%d", n);
        assert_int_equal(link(path, beside(suffix)), 0);
    }
    refused(RC_CONFIG_FILE, "end the oldest");
}

static void a_credential_stands_in_systemds_folder(void **state)
{
    (void)state;
    assert_ok(wrapping_make(&settings, finding, sizeof finding));
    settings.wrapping_file = "";
    settings.wrapping_credential = "wrapping.key";
    unsetenv("CREDENTIALS_DIRECTORY"); /* NOLINT(concurrency-mt-unsafe): one thread */
    refused(RC_CONFIG_SETTING, "wrapping.credential");
    setenv("CREDENTIALS_DIRECTORY", folder, 1); /* NOLINT(concurrency-mt-unsafe): one thread */
    struct wrapping *w = opened();
    NAMES(w, "main");
    /* Not ours to write: the next one is put there by people. */
    assert_rc(wrapping_next(w, "main", true, finding, sizeof finding), RC_CONFLICT_WRAPPING);
    wrapping_free(w);
}

/* ---- shares ---- */

enum { THRESHOLD = 3, COUNT = 5 };
static const struct wrapping_key wanted = {{5, 6, 7}};
static char texts[COUNT][SHARE_TEXT_LEN + 1];

static void set_make(const char *name, const char *file)
{
    const struct wrapping_ref ref = {.name = name, .key = &wanted};
    struct share_set set;
    struct share shares[COUNT];
    char text[SHARE_SET_TEXT_LEN + 1];
    assert_ok(schuil_shares_make(&ref, THRESHOLD, COUNT, &set, shares));
    for (size_t i = 0; i < COUNT; i++)
        schuil_share_write(&shares[i], texts[i]);
    schuil_share_set_write(&set, text);
    assert_ok(wrapping_file_write(file, bytes_text(text), finding, sizeof finding));
}

static void enter(struct wrapping *w, const char *text, enum schuil_rc_code code, unsigned number,
                  unsigned missing)
{
    struct wrapping_entered entered;
    assert_rc(wrapping_enter(w, bytes_text(text), &entered), code);
    assert_int_equal(entered.number, number);
    assert_int_equal(entered.missing, missing);
}

static void enough_shares_unseal_and_a_wrong_one_is_named(void **state)
{
    char foreign[SHARE_TEXT_LEN + 1], spaced[SHARE_TEXT_LEN + 8];
    (void)state;
    settings.wrapping_provider = "shamir";
    set_make("main", path);
    memcpy(foreign, texts[3], sizeof foreign);
    unlink(path);
    set_make("main", path);
    struct wrapping *w = opened();
    assert_true(wrapping_is_sealed(w));
    assert_int_equal(wrapping_missing(w), 3);
    snprintf(spaced, sizeof spaced, " %s\r\n", texts[4]);
    enter(w, spaced, RC_OK, 5, 2);
    enter(w, texts[4], RC_OK, 5, 2); /* again: nothing new */
    enter(w, foreign, RC_INPUT_SHARE, 4, 0);
    enter(w, "schuilnaam-share-1:", RC_INPUT_SHARE_TEXT, 0, 0);
    enter(w, "", RC_INPUT_SHARE_TEXT, 0, 0);
    enter(w, texts[0], RC_OK, 1, 1);
    assert_true(wrapping_is_sealed(w));
    assert_int_equal(wrapping_missing(w), 1);
    enter(w, texts[2], RC_OK, 3, 0);
    assert_false(wrapping_is_sealed(w));
    const struct wrapping_ring *ring = wrapping_hold(w);
    assert_memory_equal(ring->refs[0].key, &wanted, sizeof wanted);
    wrapping_release(ring);
    enter(w, texts[1], RC_OK, 2, 0);
    wrapping_free(w);
}

static void a_later_set_gives_a_later_key(void **state)
{
    bool is_ended = true;
    (void)state;
    settings.wrapping_provider = "shamir";
    set_make("main", path);
    struct wrapping *w = opened();
    for (size_t i = 0; i < THRESHOLD; i++)
        enter(w, texts[i], RC_OK, (unsigned)i + 1, THRESHOLD - 1 - (unsigned)i);
    assert_rc(wrapping_next(w, "main", true, finding, sizeof finding), RC_CONFLICT_WRAPPING);
    set_make("main.2", beside(".2"));
    for (size_t i = 0; i < THRESHOLD; i++)
        enter(w, texts[i], RC_OK, (unsigned)i + 1, THRESHOLD - 1 - (unsigned)i);
    NAMES(w, "main", "main.2");
    assert_ok(wrapping_next(w, "main", true, finding, sizeof finding));
    assert_ok(wrapping_end(w, "main", &is_ended, finding, sizeof finding));
    assert_false(is_ended); /* its shares lie with people */
    NAMES(w, "main.2");
    wrapping_free(w);
}

static void no_shares_are_asked_of_a_file(void **state)
{
    struct wrapping_entered entered;
    (void)state;
    assert_ok(wrapping_make(&settings, finding, sizeof finding));
    struct wrapping *w = opened();
    assert_rc(wrapping_enter(w, bytes_text("x"), &entered), RC_CONFLICT_STATE);
    assert_int_equal(wrapping_missing(w), 0);
    wrapping_free(w);
}

static void a_set_of_another_name_is_refused(void **state)
{
    (void)state;
    settings.wrapping_provider = "shamir";
    set_make("other", path);
    refused(RC_CONFIG_FILE, "not the share set of main");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_key_is_made_once_and_read_back),
        TEST(an_unsafe_or_wrong_file_is_refused),
        TEST(settings_that_cannot_be_are_named),
        TEST(only_a_plain_key_file_changes_by_itself_and_not_where_told),
        TEST(numbered_files_are_later_keys),
        TEST(a_key_that_ends_leaves_no_file_and_the_ring_held_stays),
        TEST(too_many_files_are_refused),
        TEST(a_credential_stands_in_systemds_folder),
        TEST(enough_shares_unseal_and_a_wrong_one_is_named),
        TEST(a_later_set_gives_a_later_key),
        TEST(no_shares_are_asked_of_a_file),
        TEST(a_set_of_another_name_is_refused),
    };
    if (!schuil_is_ok(schuil_crypto_init()))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
