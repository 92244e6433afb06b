/* SPDX-License-Identifier: Apache-2.0 */
/* --help for people, and the tables as JSON for the manual pages. */
#include "help.h"

#include <jansson.h>

#include "fail.h"

static const struct {
    int code;
    const char *text;
} exit_codes[] = {
    {EXIT_CODE_OK, "ok"},
    {EXIT_CODE_FINDINGS, "findings"},
    {EXIT_CODE_SOME, "done, but some records have errors"},
    {EXIT_CODE_APPROVAL, "waiting for approval by another operator"},
    {EXIT_CODE_USAGE, "usage"},
    {EXIT_CODE_INPUT, "input refused"},
    {EXIT_CODE_AWAY, "service away, or a quota reached"},
    {EXIT_CODE_INTERNAL, "internal, or output cannot be written"},
    {EXIT_CODE_AUTH, "not permitted, or no trust between us and the service"},
    {EXIT_CODE_CONFIG, "configuration: profile, certificate or key file"},
};
enum { EXIT_CODE_COUNT = sizeof exit_codes / sizeof exit_codes[0] };

static void exit_codes_print(FILE *out)
{
    fputs("\nExit codes:\n", out);
    for (size_t i = 0; i < EXIT_CODE_COUNT; i++)
        fprintf(out, "  %2d  %s\n", exit_codes[i].code, exit_codes[i].text);
}

void help_print(FILE *out, const struct command *const *commands, size_t count)
{
    fputs("Usage: schuilnaam [options] COMMAND ...\n\nCommands:\n", out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\nOptions of every command:\n", out);
    options_print(out, global_options);
    exit_codes_print(out);
    fputs("\nExample:\n  schuilnaam --profile hospital issue --help\n", out);
}

void help_command_print(FILE *out, const struct command *command, const struct arguments *arguments)
{
    if (command->print_words != NULL && command->print_words(out, arguments))
        return;
    fprintf(out, "Usage: schuilnaam %s\n\n%s\nOptions:\n", command->usage, command->text);
    options_print(out, command->options);
    fputs("\nOptions of every command:\n", out);
    options_print(out, global_options);
    if (command->print_more != NULL)
        command->print_more(out);
    exit_codes_print(out);
}

json_t *help_list_add(json_t *list, json_t *item)
{
    if (json_array_append_new(list, item) == 0)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *options_json(const struct option_row *rows)
{
    json_t *list = json_array();
    for (; rows->name != NULL; rows++) {
        const char letter[2] = {rows->letter, '\0'};
        list = help_list_add(list, json_pack("{s:s,s:s,s:s?,s:s}", "name", rows->name, "letter",
                                             letter, "value", rows->value, "text", rows->text));
    }
    return list;
}

static json_t *exit_codes_json(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < EXIT_CODE_COUNT; i++)
        list = help_list_add(
            list, json_pack("{s:i,s:s}", "code", exit_codes[i].code, "text", exit_codes[i].text));
    return list;
}

static json_t *command_json(const struct command *command)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:o,s:o?}", "name", command->name, "summary",
                     command->summary, "usage", command->usage, "text", command->text, "options",
                     options_json(command->options), "calls",
                     command->calls != NULL ? command->calls() : NULL);
}

SCHUIL_RC help_tables_print(FILE *out, const struct command *const *commands, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        list = help_list_add(list, command_json(commands[i]));
    json_t *all = json_pack("{s:o,s:o,s:o}", "commands", list, "options",
                            options_json(global_options), "exitCodes", exit_codes_json());
    ENSURE(all != NULL, RC_INTERNAL_MEMORY);
    int failed = json_dumpf(all, out, JSON_INDENT(1));
    json_decref(all);
    if (failed != 0 || fputc('\n', out) == EOF || fflush(out) != 0)
        return fail(RC_INTERNAL, "standard output cannot be written");
    return SCHUIL_OK;
}
