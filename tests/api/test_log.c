/* SPDX-License-Identifier: Apache-2.0 */
/* The log: each line is one JSON object, whatever its fields hold and however many threads write.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

static char folder[64];
static char path[96];
static char moved[96];

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/schuilnaam-log-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/log", folder);
    snprintf(moved, sizeof moved, "%s/log.1", folder);
    return log_open(path).code == RC_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    log_threshold(LOG_LEVEL_INFO);
    unlink(path);
    unlink(moved);
    rmdir(folder);
    return log_open("stderr").code == RC_OK ? 0 : -1;
}

/* The lines of a file, each parsed. */
static size_t read_lines(const char *from, json_t **ret, size_t cap)
{
    FILE *file = fopen(from, "r");
    static char line[8192];
    size_t n = 0;

    assert_non_null(file);
    while (n < cap && fgets(line, sizeof line, file) != NULL) {
        assert_true(strlen(line) <= 4096 && line[strlen(line) - 1] == '\n');
        ret[n] = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(ret[n++]);
    }
    fclose(file);
    return n;
}

static const char *text_of(const json_t *line, const char *name)
{
    return json_string_value(json_object_get(line, name));
}

static void a_line_holds_time_level_event_and_fields(void **state)
{
    struct log_field fields[] = {log_text("reason", "a\"b\\\n\x01\xff"), log_text("none", NULL),
                                 log_number("count", -7)};
    json_t *lines[2];

    (void)state;
    log_write(LOG_LEVEL_WARNING, "room.what", fields, 3);
    assert_int_equal(read_lines(path, lines, 2), 1);
    assert_int_equal(json_object_size(lines[0]), 5);
    assert_int_equal(strlen(text_of(lines[0], "time")), 27);
    assert_string_equal(text_of(lines[0], "level"), "warning");
    assert_string_equal(text_of(lines[0], "event"), "room.what");
    assert_string_equal(text_of(lines[0], "reason"), "a\"b\\\n\x01?");
    assert_int_equal(json_integer_value(json_object_get(lines[0], "count")), -7);
    json_decref(lines[0]);
}

static void a_line_below_the_threshold_is_left_out(void **state)
{
    json_t *lines[3];

    (void)state;
    log_write(LOG_LEVEL_DEBUG, "a", NULL, 0);
    log_threshold(LOG_LEVEL_ERROR);
    log_write(LOG_LEVEL_WARNING, "b", NULL, 0);
    log_write(LOG_LEVEL_ERROR, "c", NULL, 0);
    assert_int_equal(read_lines(path, lines, 3), 1);
    assert_string_equal(text_of(lines[0], "event"), "c");
    json_decref(lines[0]);
}

static void a_line_too_long_loses_its_last_fields(void **state)
{
    static char text[5000];
    json_t *lines[2];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    struct log_field fields[] = {log_text("first", "here"), log_text("long", text),
                                 log_text("last", "gone")};

    log_write(LOG_LEVEL_INFO, "a", fields, 3);
    assert_int_equal(read_lines(path, lines, 2), 1);
    assert_string_equal(text_of(lines[0], "first"), "here");
    assert_null(json_object_get(lines[0], "long"));
    assert_null(json_object_get(lines[0], "last"));
    json_decref(lines[0]);
}

enum { THREADS = 4, LINES = 500 };

static void *write_many(void *arg)
{
    char text[1000];

    memset(text, *(const char *)arg, sizeof text - 1);
    text[sizeof text - 1] = 0;
    for (int i = 0; i < LINES; i++)
        log_write(LOG_LEVEL_INFO, "many", (struct log_field[]){log_text("text", text)}, 1);
    return NULL;
}

static void lines_of_several_threads_do_not_mix(void **state)
{
    static json_t *lines[THREADS * LINES + 1];
    char letters[] = "abcd";
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, &letters[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    size_t n = read_lines(path, lines, THREADS * LINES + 1);

    assert_int_equal(n, THREADS * LINES);
    for (size_t i = 0; i < n; i++) {
        const char *text = text_of(lines[i], "text");

        assert_int_equal(strspn(text, (char[]){text[0], 0}), 999);
        json_decref(lines[i]);
    }
}

static off_t file_len(void)
{
    struct stat now;

    return stat(path, &now) == 0 ? now.st_size : -1;
}

/* A thread of its own, as it gathers for good. What it saw is judged by the test. */
static void *gather_lines(void *arg)
{
    off_t *seen = arg;

    log_gather();
    log_write(LOG_LEVEL_INFO, "one", NULL, 0);
    log_write(LOG_LEVEL_INFO, "two", NULL, 0);
    seen[0] = file_len();
    log_flush();
    seen[1] = file_len();
    log_flush();
    seen[2] = file_len();
    log_write(LOG_LEVEL_INFO, "three", NULL, 0);
    log_write(LOG_LEVEL_ERROR, "four", NULL, 0);
    seen[3] = file_len();
    return NULL;
}

static void gathered_lines_are_written_together_or_with_an_error(void **state)
{
    static const char *const events[] = {"one", "two", "three", "four"};
    json_t *lines[5];
    pthread_t thread;
    off_t seen[4];

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, gather_lines, seen), 0);
    pthread_join(thread, NULL);
    assert_int_equal(seen[0], 0);
    assert_true(seen[1] > 0);
    assert_int_equal(seen[2], seen[1]);
    assert_true(seen[3] > seen[2]);
    assert_int_equal(read_lines(path, lines, 5), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(text_of(lines[i], "event"), events[i]);
        json_decref(lines[i]);
    }
}

static void *gather_many(void *arg)
{
    log_gather();
    write_many(arg);
    log_flush();
    return NULL;
}

static void gathered_lines_are_never_lost_for_want_of_room(void **state)
{
    static json_t *lines[LINES + 1];
    char letter[] = "a";
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, gather_many, letter), 0);
    pthread_join(thread, NULL);
    size_t n = read_lines(path, lines, LINES + 1);
    assert_int_equal(n, LINES);
    for (size_t i = 0; i < n; i++)
        json_decref(lines[i]);
}

static void a_file_that_was_moved_away_is_opened_anew(void **state)
{
    json_t *lines[2];
    struct stat made;

    (void)state;
    log_write(LOG_LEVEL_INFO, "old", NULL, 0);
    assert_int_equal(rename(path, moved), 0);
    assert_int_equal(log_open(path).code, RC_OK);
    log_write(LOG_LEVEL_INFO, "new", NULL, 0);
    assert_int_equal(read_lines(moved, lines, 2), 1);
    assert_string_equal(text_of(lines[0], "event"), "old");
    json_decref(lines[0]);
    assert_int_equal(read_lines(path, lines, 2), 1);
    assert_string_equal(text_of(lines[0], "event"), "new");
    json_decref(lines[0]);
    assert_int_equal(stat(path, &made), 0);
    assert_int_equal(made.st_mode & 0027, 0);
}

static void a_file_that_cannot_be_opened_leaves_the_log_where_it_was(void **state)
{
    json_t *lines[2];

    (void)state;
    assert_int_equal(log_open("/none/log").code, RC_CONFIG_SETTING);
    log_write(LOG_LEVEL_INFO, "still", NULL, 0);
    assert_int_equal(read_lines(path, lines, 2), 1);
    json_decref(lines[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_holds_time_level_event_and_fields, begin, end),
        cmocka_unit_test_setup_teardown(a_line_below_the_threshold_is_left_out, begin, end),
        cmocka_unit_test_setup_teardown(a_line_too_long_loses_its_last_fields, begin, end),
        cmocka_unit_test_setup_teardown(lines_of_several_threads_do_not_mix, begin, end),
        cmocka_unit_test_setup_teardown(gathered_lines_are_written_together_or_with_an_error, begin,
                                        end),
        cmocka_unit_test_setup_teardown(gathered_lines_are_never_lost_for_want_of_room, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_was_moved_away_is_opened_anew, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_opened_leaves_the_log_where_it_was,
                                        begin, end),
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
