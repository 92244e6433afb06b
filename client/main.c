/* SPDX-License-Identifier: Apache-2.0 */
/* schuilnaam: the command-line program of providers, registries and operators. Finds the command,
 * reads the options, runs it, and turns its result into an exit code. */
#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "fail.h"
#include "interrupt.h"
#include "memory.h"
#include "options.h"
#include "schuilnaam/crypto/memory.h"

static const struct command *const commands[] = {
    &command_admin,   &command_audit,  &command_issue,      &command_link,     &command_reseal,
    &command_reverse, &command_rotate, &command_source_key, &command_translate};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static const char exit_codes[] =
    "\nExit codes: 0 ok, 1 findings, 3 done but some records have errors, 9 waiting for approval, "
    "64 usage,\n"
    "65 input refused, 69 service away or a quota reached, 70 internal, 77 not permitted,\n"
    "78 configuration.\n";

static void help_print(void)
{
    fputs("Usage: schuilnaam [options] COMMAND ...\n\nCommands:\n", stdout);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-12s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\nOptions of every command:\n", stdout);
    options_print(stdout, global_options);
    fputs(exit_codes, stdout);
    fputs("\nExample:\n  schuilnaam --profile hospital issue --help\n", stdout);
}

static void command_help_print(const struct command *command)
{
    printf("Usage: schuilnaam %s\n\n%s\nOptions:\n", command->usage, command->text);
    options_print(stdout, command->options);
    fputs("\nOptions of every command:\n", stdout);
    options_print(stdout, global_options);
    if (command->print_more != NULL)
        command->print_more(stdout);
    fputs(exit_codes, stdout);
}

static const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}

static SCHUIL_RC command_run(const struct command *command, int argc, char **argv,
                             struct arguments *arguments, int *ret_exit)
{
    const struct option_row *const tables[] = {command->options, global_options};
    TRY(arguments_read(argc, argv, tables, 2, false, arguments, NULL));
    if (arguments_value(arguments, "help") != NULL) {
        command_help_print(command);
        return SCHUIL_OK;
    }
    return command->run(arguments, ret_exit);
}

static SCHUIL_RC run(int argc, char **argv, struct arguments *arguments, int *ret_exit)
{
    const struct option_row *const tables[] = {global_options};
    int next = 0;
    TRY(memory_init());
    TRY(schuil_crypto_init());
    TRY(arguments_read(argc, argv, tables, 1, true, arguments, &next));
    if (arguments_value(arguments, "help") != NULL) {
        help_print();
        return SCHUIL_OK;
    }
    const struct command *command = next < argc ? command_find(argv[next]) : NULL;
    if (command == NULL)
        return fail(RC_INPUT_USAGE, "which command? See `schuilnaam --help`");
    return command_run(command, argc - next, argv + next, arguments, ret_exit);
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    int done_exit = EXIT_CODE_OK;
    signal(SIGPIPE, SIG_IGN);
    struct schuil_rc rc = run(argc, argv, &arguments, &done_exit);
    fail_at_last(rc);
    arguments_done(&arguments);
    curl_global_cleanup();
    interrupt_finish();
    return schuil_is_ok(rc) ? done_exit : (int)exit_code_of(rc);
}
