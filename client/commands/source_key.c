/* SPDX-License-Identifier: Apache-2.0 */
/* `schuilnaam source-key`: the file of a provider that keeps its own source keys. */
#include <stdlib.h>

#include "commands.h"
#include "fail.h"
#include "parameters.h"
#include "source_key.h"

static const struct option_row options[] = {
    {"registry", 0, OPTION_ONE, "CODE", "ask the service who we are, by way of this registry"},
    {"organisation", 0, OPTION_ONE, "CODE", "our code, where the service is not asked"},
    {"number", 0, OPTION_ONE, "N", "our number at the service, with --organisation"},
    {"next", 0, OPTION_FLAG, NULL, "add the next generation to the file"},
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

static bool is_code(const char *text)
{
    size_t len = strlen(text);
    return len >= 1 && len <= LIMIT_CODE_LEN && text[0] >= 'A' && text[0] <= 'Z' &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == len;
}

/* Who we are, as the service says. */
static SCHUIL_RC asked_make(const struct arguments *arguments, const char *path,
                            const char *registry)
{
    struct profile profile;
    struct parameters parameters = {0};
    if (!is_code(registry))
        return fail(RC_INPUT_USAGE, "--registry is the code of a registry");
    TRY(profile_load(arguments, &profile));
    struct schuil_rc rc = parameters_get(&profile, registry, NULL, &parameters);
    if (schuil_is_ok(rc))
        rc = source_keys_make(path, parameters.organisation, parameters.organisation_number);
    parameters_done(&parameters);
    profile_done(&profile);
    return rc;
}

static SCHUIL_RC create(const struct arguments *arguments, const char *path)
{
    const char *registry = arguments_value(arguments, "registry");
    const char *organisation = arguments_value(arguments, "organisation");
    long number;
    TRY(arguments_number(arguments, "number", 1, 999999999, 0, &number));
    bool has_both = organisation != NULL && number > 0;
    if ((registry != NULL) == has_both || has_both != (organisation != NULL || number > 0))
        return fail(RC_INPUT_USAGE,
                    "either --registry CODE, or --organisation CODE and --number N");
    if (registry != NULL)
        return asked_make(arguments, path, registry);
    if (!is_code(organisation))
        return fail(RC_INPUT_USAGE, "--organisation is the code of an organisation");
    return source_keys_make(path, organisation, (uint32_t)number);
}

static SCHUIL_RC next(const struct arguments *arguments, const char *path)
{
    uint32_t generation;
    static const char *const others[] = {"registry", "organisation", "number"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (arguments_value(arguments, others[i]) != NULL)
            return fail(RC_INPUT_USAGE, "--next does not go with --%s", others[i]);
    }
    return source_keys_add(path, &generation);
}

/* What may be seen of a file: never a key. */
static SCHUIL_RC show(const struct arguments *arguments, const char *path)
{
    struct source_keys keys;
    bool is_json = arguments_value(arguments, "json") != NULL;
    struct schuil_rc rc = source_keys_load(path, &keys);
    if (schuil_is_ok(rc))
        printf(is_json ? "{\"organisation\":\"%s\",\"number\":%u,\"generation\":%u,\"oldest\":%u}\n"
                       : "organisation %s, number %u: seals with generation %u, opens from %u on\n",
               keys.organisation, (unsigned)keys.number, (unsigned)source_keys_newest(&keys),
               (unsigned)keys.keys[0].generation);
    source_keys_done(&keys);
    return rc;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the shape that all commands have */
static SCHUIL_RC run(const struct arguments *arguments, int *ret_exit)
{
    (void)ret_exit;
    bool is_show = arguments->word_count == 2 && strcmp(arguments->words[0], "show") == 0;
    bool is_create = arguments->word_count == 2 && strcmp(arguments->words[0], "create") == 0;
    if (!is_show && !is_create)
        return fail(RC_INPUT_USAGE, "source-key create FILE, or source-key show FILE");
    const char *path = arguments->words[1];
    if (is_show)
        return show(arguments, path);
    return arguments_value(arguments, "next") != NULL ? next(arguments, path)
                                                      : create(arguments, path);
}

const struct command command_source_key = {
    .name = "source-key",
    .summary = "keep the key of our reversible pseudonyms in a file of our own",
    .usage = "source-key create FILE --registry CODE\n"
             "       schuilnaam source-key create FILE --organisation CODE --number N\n"
             "       schuilnaam source-key create FILE --next\n"
             "       schuilnaam source-key show FILE",
    .text =
        "Makes a file (mode 0600) with a source key that never leaves us: with it `issue` seals\n"
        "our local patient numbers here, and `reverse` and `reseal` open them here. The service\n"
        "sees neither key nor number. --next adds a generation, which seals from then on; the\n"
        "older ones stay in the file and still open. Without this file nobody can open what was\n"
        "sealed with it: keep copies where you keep keys.\n\n"
        "Example:\n"
        "  schuilnaam --profile hospital source-key create source.keys --registry REG1\n",
    .options = options,
    .run = run,
};
