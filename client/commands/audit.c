/* SPDX-License-Identifier: Apache-2.0 */
/* `schuilnaam audit export|report|verify`: the trail as files, what it adds up to, and whether a
 * file is what the service signed. verify needs no service: public keys and the file. */
#include <string.h>

#include "audit.h"
#include "commands.h"
#include "fail.h"

static const struct audit_verb {
    const char *name;
    size_t words; /* after the verb */
    SCHUIL_RC (*run)(const struct arguments *arguments, int *ret_exit);
} verbs[] = {
    {"export", 0, audit_export},
    {"report", 0, audit_report},
    {"verify", 1, audit_verify},
};

static SCHUIL_RC run(const struct arguments *arguments, int *ret_exit)
{
    const char *name = arguments->word_count > 0 ? arguments->words[0] : "";
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].name, name) != 0)
            continue;
        if (arguments->word_count != 1 + verbs[i].words)
            return fail(RC_INPUT_USAGE, "audit %s takes %zu word(s) after it", name,
                        verbs[i].words);
        return verbs[i].run(arguments, ret_exit);
    }
    return fail(RC_INPUT_USAGE, "audit export, report or verify; see `schuilnaam audit --help`");
}

static const struct option_row options[] = {
    {"period", 0, OPTION_ONE, "YYYY-MM", "this month (UTC); or --from and --to"},
    {"from", 0, OPTION_ONE, "YYYY-MM-DD", "from this day (UTC)"},
    {"to", 0, OPTION_ONE, "YYYY-MM-DD", "up to this day, without it; not given: up to now"},
    {"format", 0, OPTION_ONE, "NAME", "export: jsonl or csv; report: text, csv or json"},
    {"registry", 0, OPTION_ONE, "CODE", "report: of this registry only"},
    {"organisation", 0, OPTION_ONE, "CODE", "report: of this organisation only"},
    {"keys", 0, OPTION_ONE, "FILE", "verify: public audit keys (`schuilnaamd audit keys`)"},
    {"output", 'o', OPTION_ONE, "FILE", "export and report: where to; report: not given: printed"},
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

const struct command command_audit = {
    .name = "audit",
    .summary = "export the audit trail, verify an export, report a period",
    .usage =
        "audit export [--period YYYY-MM] -o FILE\n"
        "       schuilnaam audit verify FILE --keys KEYS\n"
        "       schuilnaam audit report --period YYYY-MM [--registry CODE | --organisation CODE]",
    .text = "Export and report ask the service, so --server is the admin listener's address. An\n"
            "export in the form jsonl (the default) is signed page by page and verifies without\n"
            "the service; csv is for spreadsheets and proves nothing. verify takes files of\n"
            "`schuilnaamd audit archive` too; it prints each finding, and ends with exit code 1\n"
            "if there was one.\n\n"
            "Example:\n"
            "  schuilnaam --profile operator audit export --period 2026-10 -o october.jsonl\n"
            "  schuilnaam audit verify october.jsonl --keys audit.keys\n",
    .options = options,
    .run = run,
};
