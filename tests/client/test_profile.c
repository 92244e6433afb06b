/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles: lines of name = value, and options that win. */
#include "unit.h"

#include "profile.h"

static struct schuil_rc profile_of(const char *text, struct profile *profile)
{
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    assert_non_null(file);
    struct schuil_rc rc = profile_read(file, "test", "/etc/x", profile);
    fclose(file);
    return rc;
}

static void lines_fill_the_profile_and_paths_start_from_its_folder(void **state)
{
    (void)state;
    struct profile p = {0};
    assert_ok(profile_of("# comment\n\n server = https://a/ \ncert=a.pem\nca = /b/ca.pem\n", &p));
    assert_string_equal(p.value[PROFILE_SERVER], "https://a/");
    assert_string_equal(p.value[PROFILE_CERT], "/etc/x/a.pem");
    assert_string_equal(p.value[PROFILE_CA], "/b/ca.pem");
    assert_null(p.value[PROFILE_KEY]);
    profile_done(&p);
}

static void wrong_lines_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"server\n", "server =\n", "colour = red\n",
                                        "ca = a\nca = b\n", "= x\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct profile p = {0};
        assert_rc(profile_of(wrong[i], &p), CONFIG_FILE);
        profile_done(&p);
    }
}

static void a_value_that_is_there_stays(void **state)
{
    (void)state;
    struct profile p = {0};
    assert_ok(profile_of("ca = /first\n", &p));
    assert_ok(profile_of("ca = /second\n", &p));
    assert_string_equal(p.value[PROFILE_CA], "/first");
    profile_done(&p);
}

static void a_server_is_needed_and_only_https_will_do(void **state)
{
    (void)state;
    static const char *const wrong[] = {"--cert a", "--server http://a", "--server a",
                                        "--server https://a --profile ../x",
                                        "--server https://a --profile .x"};
    static const struct option_row none[] = {{NULL, 0, OPTION_FLAG, NULL, NULL}};
    struct arguments a;
    struct profile p;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_ok(arguments_of(none, wrong[i], &a));
        assert_rc(profile_load(&a, &p), INPUT_USAGE);
        assert_null(p.value[PROFILE_SERVER]);
        arguments_done(&a);
    }
    assert_ok(arguments_of(none, "--server https://a --ca b", &a));
    assert_ok(profile_load(&a, &p));
    assert_string_equal(p.value[PROFILE_CA], "b");
    profile_done(&p);
    arguments_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_fill_the_profile_and_paths_start_from_its_folder),
        cmocka_unit_test(wrong_lines_are_refused),
        cmocka_unit_test(a_value_that_is_there_stays),
        cmocka_unit_test(a_server_is_needed_and_only_https_will_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
