/* SPDX-License-Identifier: Apache-2.0 */
/* The command line as a list of what was given. */
#include "unit.h"

#include "commands/commands.h"

static const struct option_row table[] = {
    {"one", 'o', OPTION_ONE, "X", "one"},
    {"many", 0, OPTION_MANY, "X", "many"},
    {"flag", 0, OPTION_FLAG, NULL, "flag"},
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

static void options_and_words_stand_in_any_order(void **state)
{
    (void)state;
    struct arguments a;
    assert_ok(arguments_of(table, "in --many a -o x mid --many=b --flag --server s last", &a));
    assert_int_equal(a.word_count, 3);
    assert_string_equal(a.words[0], "in");
    assert_string_equal(a.words[2], "last");
    assert_string_equal(arguments_value(&a, "one"), "x");
    assert_string_equal(arguments_value(&a, "server"), "s");
    assert_string_equal(arguments_value(&a, "flag"), "");
    assert_int_equal(arguments_count(&a, "many"), 2);
    assert_null(arguments_value(&a, "json"));
    arguments_done(&a);
}

static void a_dash_alone_ends_the_options(void **state)
{
    (void)state;
    struct arguments a;
    assert_ok(arguments_of(table, "-- --flag", &a));
    assert_int_equal(a.word_count, 1);
    assert_null(arguments_value(&a, "flag"));
    arguments_done(&a);
}

static void unknown_repeated_and_unfinished_options_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "--none",       "-x",       "--one", "--one a --one b",
        "-o a --one=b", "--flag=1", "-o",    "--server a --server b"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct arguments a;
        assert_rc(arguments_of(table, wrong[i], &a), INPUT_USAGE);
        arguments_done(&a);
    }
}

static void global_options_may_stand_before_the_command(void **state)
{
    (void)state;
    char *argv[] = {(char *)(uintptr_t) "schuilnaam", (char *)(uintptr_t) "--json",
                    (char *)(uintptr_t) "run", (char *)(uintptr_t) "--flag"};
    const struct option_row *const global[] = {global_options};
    const struct option_row *const both[] = {table, global_options};
    struct arguments a = {0};
    int next = 0;
    assert_ok(arguments_read(4, argv, global, 1, true, &a, &next));
    assert_int_equal(next, 2);
    assert_ok(arguments_read(4 - next, argv + next, both, 2, false, &a, NULL));
    assert_non_null(arguments_value(&a, "json"));
    assert_non_null(arguments_value(&a, "flag"));
    assert_int_equal(a.word_count, 0);
    arguments_done(&a);
}

static void numbers_are_decimal_and_within_bounds(void **state)
{
    (void)state;
    static const char *const wrong[] = {"--one 0",  "--one 11", "--one 1x",
                                        "--one -1", "--one= 1", "--one 99999999999999999999"};
    struct arguments a;
    long number = 0;
    assert_ok(arguments_of(table, "--one 10", &a));
    assert_ok(arguments_number(&a, "one", 1, 10, 5, &number));
    assert_int_equal(number, 10);
    assert_ok(arguments_number(&a, "many", 1, 10, 5, &number));
    assert_int_equal(number, 5);
    arguments_done(&a);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_ok(arguments_of(table, wrong[i], &a));
        assert_rc(arguments_number(&a, "one", 1, 10, 5, &number), INPUT_USAGE);
        arguments_done(&a);
    }
}

/* The tables of all commands: names are used once, each has a text, a value exactly when it takes
 * one, and none hides a global option. */
static void tables_are_well_formed(void **state)
{
    (void)state;
    const struct command *const commands[] = {&command_admin, &command_issue, &command_translate};
    for (size_t c = 0; c < 3; c++) {
        for (const struct option_row *row = commands[c]->options; row->name != NULL; row++) {
            assert_non_null(row->text);
            assert_int_equal(row->kind == OPTION_FLAG, row->value == NULL);
            for (const struct option_row *other = row + 1; other->name != NULL; other++)
                assert_string_not_equal(row->name, other->name);
            for (const struct option_row *g = global_options; g->name != NULL; g++)
                assert_string_not_equal(row->name, g->name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_words_stand_in_any_order),
        cmocka_unit_test(a_dash_alone_ends_the_options),
        cmocka_unit_test(unknown_repeated_and_unfinished_options_are_refused),
        cmocka_unit_test(global_options_may_stand_before_the_command),
        cmocka_unit_test(numbers_are_decimal_and_within_bounds),
        cmocka_unit_test(tables_are_well_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
