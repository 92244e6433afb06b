/* SPDX-License-Identifier: Apache-2.0 */
/* schuilnaamd: reads its arguments and calls a subcommand. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "schuilnaam/crypto/memory.h"
#include "json/in.h"

struct command {
    const char *words; /* "serve", "audit verify" */
    int (*run)(const struct arguments *a);
    const char *arguments; /* beside --config FILE */
    const char *text;      /* NULL: not told by --help, and needs no configuration */
    const char *example;
};

static const struct command commands[] = {
#define COMMAND(words, run, arguments, text, example) {words, run, arguments, text, example},
#include "commands.def"
    {"routes", command_routes, "", NULL, NULL},
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

/* What stands under every help. */
static int usage_finish(FILE *to)
{
    fprintf(to,
            "\nenvironment: SCHUILNAAM_KERNEL=portable|ifma chooses what computes in the group\n"
            "             (default: the fastest that this machine can run)\n"
            "\nexit codes: 0 ok, 1 findings, 64 usage, 65 input refused, 69 service away,\n"
            "            70 internal, 77 not permitted, 78 configuration\n");
    return to == stdout ? EXIT_OK : EXIT_USAGE;
}

static int usage(FILE *to)
{
    fprintf(to, "usage: schuilnaamd COMMAND --config FILE\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (commands[i].text != NULL)
            fprintf(to, "  %-16s %s\n", commands[i].words, commands[i].text);
    fprintf(to, "\n`schuilnaamd COMMAND --help` tells a command's options.\n\nexample:\n  %s\n",
            commands[0].example);
    return usage_finish(to);
}

static void option_print(const char *name, const char *value, const char *text)
{
    char left[48];
    snprintf(left, sizeof left, "%s%s%s", name, value != NULL ? " " : "",
             value != NULL ? value : "");
    printf("  %-26s %s\n", left, text);
}

static int command_usage(const struct command *command)
{
    static const struct {
        const char *name, *value, *text;
    } options[] = {
#define OPTION(name, id, value, text) {name, value, text},
#include "commands.def"
    };
    char name[32];
    printf("usage: schuilnaamd %s --config FILE%s%s\n\n%s\n\noptions:\n", command->words,
           *command->arguments != '\0' ? " " : "", command->arguments, command->text);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        bool is_of_all =
            strcmp(options[i].name, "config") == 0 || strcmp(options[i].name, "help") == 0;
        snprintf(name, sizeof name, "--%s", options[i].name);
        if (is_of_all || strstr(command->arguments, name) != NULL)
            option_print(name, options[i].value, options[i].text);
    }
    printf("\nexample:\n  %s\n", command->example);
    return usage_finish(stdout);
}

static const struct command *command_find(int count, char **words)
{
    char text[64];
    if (count < 1 || count > 2)
        return NULL;
    snprintf(text, sizeof text, "%s%s%s", words[0], count == 2 ? " " : "",
             count == 2 ? words[1] : "");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].words, text) == 0)
            return &commands[i];
    return NULL;
}

enum option_id {
    OPTION_HELP = 1,
    OPTION_CONFIG,
    OPTION_OPERATOR,
    OPTION_CERTIFICATE,
    OPTION_MAKE,
    OPTION_MAKE_TOKEN,
    OPTION_UNSEAL,
    OPTION_THRESHOLD,
    OPTION_SHARES,
    OPTION_SET,
    OPTION_KEYS,
    OPTION_CHECKPOINTS,
    OPTION_STATEMENT,
    OPTION_REASON,
    OPTION_SIGNATURE,
    OPTION_MONTH,
    OPTION_OUTPUT = 'o',
};

/* Where the text of an option goes; NULL: it has none. */
static const char **option_place(int id, struct arguments *a)
{
    switch (id) {
    case OPTION_CONFIG:
        return &a->config;
    case OPTION_OPERATOR:
        return &a->operator_name;
    case OPTION_CERTIFICATE:
        return &a->certificate;
    case OPTION_KEYS:
        return &a->keys;
    case OPTION_CHECKPOINTS:
        return &a->checkpoints;
    case OPTION_MONTH:
        return &a->month;
    case OPTION_OUTPUT:
        return &a->output;
    case OPTION_STATEMENT:
        return &a->statement;
    case OPTION_REASON:
        return &a->reason;
    case OPTION_SIGNATURE:
        return &a->signatures[a->signature_count++ % 2];
    case OPTION_THRESHOLD:
        return &a->threshold;
    case OPTION_SHARES:
        return &a->shares;
    case OPTION_SET:
        return &a->set;
    default:
        return NULL;
    }
}

/* false: an option is wrong; getopt has told which. */
static bool option_take(int id, struct arguments *a, bool *wants_help)
{
    const char **place = option_place(id, a);
    if (place != NULL)
        *place = optarg;
    *wants_help |= id == OPTION_HELP;
    a->makes_wrapping_key |= id == OPTION_MAKE;
    a->makes_token_key |= id == OPTION_MAKE_TOKEN;
    a->enters_shares |= id == OPTION_UNSEAL;
    return id != '?' && id != ':'; /* what getopt does not know, or lacks */
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
#define OPTION(name, id, value, text)                                                              \
    {name, (value) != NULL ? required_argument : no_argument, NULL, id},
#include "commands.def"
        {NULL, 0, NULL, 0},
    };
    struct arguments a = {0};
    bool wants_help = false;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): before there is a second thread */
    for (int id; (id = getopt_long(argc, argv, "o:", options, NULL)) != -1;)
        if (!option_take(id, &a, &wants_help))
            return usage(stderr);
    const struct command *command = command_find(argc - optind, argv + optind);
    if (wants_help)
        return command != NULL && command->text != NULL ? command_usage(command) : usage(stdout);
    if (command == NULL || (a.config == NULL && command->text != NULL))
        return usage(stderr);
    json_in_init();
    struct schuil_rc rc = schuil_crypto_init();
    return schuil_is_ok(rc) ? command->run(&a) : command_failed(rc, "");
}
