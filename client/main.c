/* SPDX-License-Identifier: Apache-2.0 */
/* schuilnaam: the command-line program of providers, registries and operators. Finds the command,
 * reads the options, runs it, and turns its result into an exit code. */
#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "fail.h"
#include "help.h"
#include "interrupt.h"
#include "memory.h"
#include "options.h"
#include "schuilnaam/crypto/memory.h"

static const struct command *const commands[] = {
    &command_admin,   &command_audit,  &command_issue,      &command_link,     &command_reseal,
    &command_reverse, &command_rotate, &command_source_key, &command_translate};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

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
        help_command_print(stdout, command, arguments);
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
        help_print(stdout, commands, COMMAND_COUNT);
        return SCHUIL_OK;
    }
    if (next == argc - 1 && strcmp(argv[next], "tables") == 0) /* for scripts/make-man */
        return help_tables_print(stdout, commands, COMMAND_COUNT);
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
