/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file. */
#include "../engine/engine_unit.h"
#include "settings.h"

#include <string.h>

static struct schuil_rc parse(const char *text, struct settings *ret, char finding[128])
{
    finding[0] = '\0';
    return settings_parse(text, strlen(text), ret, finding, 128);
}

static void defaults_stand_where_nothing_is_set(void **state)
{
    struct settings s;
    char finding[128];
    (void)state;
    assert_ok(parse("", &s, finding));
    assert_string_equal(s.listen_api, "127.0.0.1:8443");
    assert_string_equal(s.database, "");
    assert_int_equal(s.life_longest, 168);
    assert_int_equal(s.workers, 0);
    settings_free(&s);
}

static void values_comments_and_spaces_are_read(void **state)
{
    struct settings s;
    char finding[128];
    (void)state;
    assert_ok(parse("# a comment\n\n  database = host=/run dbname=x password=a#b \r\n"
                    "workers=3\n\tlog\t=\t/var/log/x\n",
                    &s, finding));
    assert_string_equal(s.database, "host=/run dbname=x password=a#b");
    assert_int_equal(s.workers, 3);
    assert_string_equal(s.log, "/var/log/x");
    settings_free(&s);
}

static void refused(const char *text, const char *expected)
{
    struct settings s;
    char finding[128];
    assert_rc(parse(text, &s, finding), RC_CONFIG_SETTING);
    assert_string_equal(finding, expected);
    assert_null(s.owned);
    assert_null(s.listen_api);
}

static void taken(const char *text)
{
    struct settings s;
    char finding[128];
    assert_ok(parse(text, &s, finding));
    settings_free(&s);
}

static void faults_are_refused_with_their_line(void **state)
{
    (void)state;
    refused("worker = 3\n", "line 1: no such setting");
    refused("workers = 3\nworkers = 3\n", "line 2: set twice");
    refused("workers\n", "line 1: not of the form name = value");
    refused("\n\nlog =  \n", "line 3: no value");
}

static void numbers_out_of_range_are_refused(void **state)
{
    static const char *const wrong[] = {
        "life.longest = 0",   "life.longest = 2161", "life.longest = -1",
        "life.longest = +5",  "life.longest = 1x",   "life.longest = 0x10",
        "life.longest = 1 2", "life.longest = 1.5",  "life.longest = 99999999999999999999"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        refused(wrong[i], "line 1: not a number in range");
}

static void a_transport_period_is_not_too_short_for_the_longest_life(void **state)
{
    static const char finding[] = "transport.period: shorter than a ninetieth of life.longest";
    (void)state;
    refused("transport.period = 1", finding);
    refused("life.longest = 91\ntransport.period = 1", finding);
    taken("life.longest = 90\ntransport.period = 1");
    taken("life.longest = 2160");
}

static void a_zero_byte_is_refused(void **state)
{
    struct settings s;
    char finding[128] = "";
    (void)state;
    assert_rc(settings_parse("log = a\0b", 9, &s, finding, sizeof finding), RC_CONFIG_FILE);
    assert_null(s.owned);
}

static void an_absent_file_is_named(void **state)
{
    struct settings s;
    char finding[128] = "";
    (void)state;
    assert_rc(settings_read("tests/api/no-such-file.conf", &s, finding, sizeof finding),
              RC_CONFIG_FILE);
    assert_non_null(strstr(finding, "no-such-file.conf"));
}

static void what_is_needed_is_named(void **state)
{
    char finding[128] = "";
    (void)state;
    assert_ok(settings_need("x", "database", finding, sizeof finding));
    assert_rc(settings_need("", "database", finding, sizeof finding), RC_CONFIG_SETTING);
    assert_string_equal(finding, "the setting database is needed");
}

static void on_difference(void *arg, const char *name, bool is_live)
{
    char *told = arg;
    size_t len = strlen(told);
    snprintf(told + len, 128 - len, "%s%s ", is_live ? "+" : "-", name);
}

static void only_live_numbers_are_adopted_and_every_difference_is_told(void **state)
{
    static const char before[] = "workers = 1\nconnections.max = 5\ntls.ca = a\n";
    static const char after[] = "workers = 2\nconnections.max = 6\ntls.ca = b\nroles = issue\n";
    struct settings was, is;
    char finding[128] = "", told[128] = "";
    (void)state;
    assert_ok(settings_parse(before, sizeof before - 1, &was, finding, sizeof finding));
    assert_ok(settings_parse(after, sizeof after - 1, &is, finding, sizeof finding));
    settings_compare(&was, &was, on_difference, told);
    assert_string_equal(told, "");
    settings_compare(&was, &is, on_difference, told);
    assert_string_equal(told, "-roles +tls.ca -workers +connections.max ");
    settings_adopt(&was, &is);
    assert_int_equal(setting_now(&was.connections_max), 6);
    assert_int_equal(was.workers, 1);
    assert_string_equal(was.tls_ca, "a");
    settings_free(&was);
    settings_free(&is);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_stand_where_nothing_is_set),
        cmocka_unit_test(values_comments_and_spaces_are_read),
        cmocka_unit_test(faults_are_refused_with_their_line),
        cmocka_unit_test(numbers_out_of_range_are_refused),
        cmocka_unit_test(a_transport_period_is_not_too_short_for_the_longest_life),
        cmocka_unit_test(a_zero_byte_is_refused),
        cmocka_unit_test(an_absent_file_is_named),
        cmocka_unit_test(what_is_needed_is_named),
        cmocka_unit_test(only_live_numbers_are_adopted_and_every_difference_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
