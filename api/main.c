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
    const char *text; /* NULL: not told by --help */
};

static const struct command commands[] = {
    {"serve", command_serve, "serve until SIGTERM"},
    {"check", command_check,
     "look at configuration, machine, database and keys; serve nothing\n"
     "                 ([--unseal]: with shares from standard input)"},
    {"migrate", command_migrate, "bring the database's schema up to date"},
    {"bootstrap", command_bootstrap,
     "make the first operator and keys\n"
     "                 (--operator NAME --certificate PEM [--make-wrapping-key])"},
    {"audit verify", command_audit_verify,
     "verify every audit chain; exit 1 on a finding\n"
     "                   ([--keys FILE] [--checkpoints FOLDER])"},
    {"audit keys", command_audit_keys, "print the public audit keys, to note them elsewhere"},
    {"audit checkpoint", command_audit_checkpoint,
     "write a signed list of the heads of all chains ([--output FILE])"},
    {"manifest accept", command_manifest_accept,
     "accept an older or unsigned state on purpose, by two operators\n"
     "                   (--statement FILE, and --reason TEXT or --signature FILE twice)"},
    {"audit archive", command_audit_archive,
     "move a month's events to a signed file (--month YYYY-MM --output FILE)"},
    {"wrapping make", command_wrapping_make, "make the next wrapping key's file, for a rewrap"},
    {"wrapping split", command_wrapping_split,
     "split a wrapping key into shares, each in a file or shown at the terminal\n"
     "                   (--threshold K --shares N [--output FOLDER])"},
    {"wrapping join", command_wrapping_join,
     "put a wrapping key together from shares on standard input (--set FILE)"},
    {"wrapping seal", command_wrapping_seal,
     "make a wrapping key that the token seals ([--make-token-key])"},
    {"routes", command_routes, NULL},
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static int usage(FILE *to)
{
    fprintf(to, "usage: schuilnaamd COMMAND --config FILE\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (commands[i].text != NULL)
            fprintf(to, "  %-16s %s\n", commands[i].words, commands[i].text);
    fprintf(to,
            "\nenvironment: SCHUILNAAM_KERNEL=portable|ifma chooses what computes in the group\n"
            "             (default: the fastest that this machine can run)\n"
            "\nexit codes: 0 ok, 1 findings, 64 usage, 65 input refused, 69 service away,\n"
            "            70 internal, 77 not permitted, 78 configuration\n");
    return to == stdout ? EXIT_OK : EXIT_USAGE;
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
        {"help", no_argument, NULL, OPTION_HELP},
        {"config", required_argument, NULL, OPTION_CONFIG},
        {"operator", required_argument, NULL, OPTION_OPERATOR},
        {"certificate", required_argument, NULL, OPTION_CERTIFICATE},
        {"make-wrapping-key", no_argument, NULL, OPTION_MAKE},
        {"make-token-key", no_argument, NULL, OPTION_MAKE_TOKEN},
        {"unseal", no_argument, NULL, OPTION_UNSEAL},
        {"threshold", required_argument, NULL, OPTION_THRESHOLD},
        {"shares", required_argument, NULL, OPTION_SHARES},
        {"set", required_argument, NULL, OPTION_SET},
        {"keys", required_argument, NULL, OPTION_KEYS},
        {"checkpoints", required_argument, NULL, OPTION_CHECKPOINTS},
        {"month", required_argument, NULL, OPTION_MONTH},
        {"output", required_argument, NULL, OPTION_OUTPUT},
        {"statement", required_argument, NULL, OPTION_STATEMENT},
        {"reason", required_argument, NULL, OPTION_REASON},
        {"signature", required_argument, NULL, OPTION_SIGNATURE},
        {NULL, 0, NULL, 0},
    };
    struct arguments a = {0};
    bool wants_help = false;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): before there is a second thread */
    for (int id; (id = getopt_long(argc, argv, "o:", options, NULL)) != -1;)
        if (!option_take(id, &a, &wants_help))
            return usage(stderr);
    if (wants_help)
        return usage(stdout);
    const struct command *command = command_find(argc - optind, argv + optind);
    if (command == NULL || (a.config == NULL && command->text != NULL))
        return usage(stderr);
    json_in_init();
    struct schuil_rc rc = schuil_crypto_init();
    return schuil_is_ok(rc) ? command->run(&a) : command_failed(rc, "");
}
