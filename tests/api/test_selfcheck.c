/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up checks that need no database. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../engine/engine_unit.h"
#include "schuilnaam/crypto/memory.h"
#include "selfcheck.h"

static char folder[64];
static char path[96];
static char finding[256];

static int set_up(void **state)
{
    (void)state;
    finding[0] = '\0';
    strcpy(folder, "/tmp/schuilnaam-selfcheck-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/wrapping.key", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void the_known_answer_is_given(void **state)
{
    (void)state;
    assert_ok(selfcheck_known_answer(finding, sizeof finding));
}

static void cores_are_switched_off(void **state)
{
    struct settings s = {.connections_max = 10};
    struct rlimit limit;
    (void)state;
    assert_ok(selfcheck_process(&s, finding, sizeof finding));
    assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
    assert_int_equal(limit.rlim_cur, 0);
    assert_int_equal(limit.rlim_max, 0);
}

static void too_few_descriptors_are_told(void **state)
{
    struct settings s = {.connections_max = INT32_MAX};
    (void)state;
    assert_rc(selfcheck_process(&s, finding, sizeof finding), RC_CONFIG_LIMITS);
    assert_non_null(strstr(finding, "RLIMIT_NOFILE"));
}

static void a_key_that_others_may_read_is_refused(void **state)
{
    static const mode_t modes[] = {0640, 0604, 0610, 0620, 0601, 0660};
    (void)state;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        assert_rc(selfcheck_secret_file(path, finding, sizeof finding), RC_CONFIG_MODE);
        assert_non_null(strstr(finding, path));
    }
    assert_int_equal(chmod(path, 0400), 0);
    assert_ok(selfcheck_secret_file(path, finding, sizeof finding));
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    assert_rc(selfcheck_secret_file(folder, finding, sizeof finding), RC_CONFIG_FILE);
    assert_rc(selfcheck_secret_file(path, finding, sizeof finding), RC_CONFIG_FILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(the_known_answer_is_given),    TEST(cores_are_switched_off),
        TEST(too_few_descriptors_are_told), TEST(a_key_that_others_may_read_is_refused),
        TEST(what_is_no_file_is_refused),
    };
    if (!schuil_is_ok(schuil_crypto_init()))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
