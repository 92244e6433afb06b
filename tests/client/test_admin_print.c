/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as tables for people: nothing of a plan is lost, nothing steers the terminal. */
#include <stdlib.h>

#include "unit.h"

#include "commands/admin_print.h"

/* Owned by the caller; takes the value. */
static char *printed(json_t *value)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    assert_non_null(value);
    admin_print(out, value);
    assert_int_equal(fclose(out), 0);
    json_decref(value);
    return text;
}

static void check(json_t *value, const char *wanted)
{
    char *text = printed(value);
    assert_string_equal(text, wanted);
    free(text);
}

static void a_text_of_lines_keeps_them(void **state)
{
    (void)state;
    check(json_pack("{s:i, s:s}", "number", 7, "plan", "rotation: start\ndomain: REG1\n"),
          "number  7\nplan    rotation: start\n        domain: REG1\n");
}

static void a_long_text_is_not_cut(void **state)
{
    (void)state;
    char plan[5000];
    memset(plan, 'x', sizeof plan - 1);
    plan[sizeof plan - 1] = '\0';
    char *text = printed(json_pack("{s:s}", "plan", plan));
    assert_int_equal(strlen(text), strlen("plan  ") + strlen(plan) + 1);
    free(text);
}

static void nothing_is_a_dash_and_controls_are_question_marks(void **state)
{
    (void)state;
    check(json_pack("{s:s, s:n, s:s}", "a", "", "b", "c", "x\033[2Jy"), "a  -\nb  -\nc  x?[2Jy\n");
}

static void a_list_has_aligned_columns(void **state)
{
    (void)state;
    check(json_pack("{s:[{s:s, s:i}, {s:s, s:i}]}", "rows", "code", "LONGER", "n", 1, "code", "B",
                    "n", 22),
          "code    n\nLONGER  1\nB       22\n");
    check(json_pack("{s:[]}", "rows"), "none\n");
}

static void a_list_shows_the_first_line_of_a_text(void **state)
{
    (void)state;
    check(json_pack("[{s:s, s:i}, {s:s, s:i}]", "plan", "key: rewrap\nall keys move\n", "n", 1,
                    "plan", "one line\n", "n", 2),
          "plan             n\nkey: rewrap ...  1\none line         2\n");
    char plan[2000];
    memset(plan, 'x', sizeof plan - 1);
    plan[1000] = '\n';
    plan[sizeof plan - 1] = '\0';
    char *text = printed(json_pack("[{s:s}]", "plan", plan));
    assert_int_equal(strlen(text), strlen("plan\n") + 511 + 1);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_of_lines_keeps_them),
        cmocka_unit_test(a_long_text_is_not_cut),
        cmocka_unit_test(nothing_is_a_dash_and_controls_are_question_marks),
        cmocka_unit_test(a_list_has_aligned_columns),
        cmocka_unit_test(a_list_shows_the_first_line_of_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
