/* SPDX-License-Identifier: Apache-2.0 */
/* `schuilnaam reverse`: our own reversible pseudonyms in, our own values out. */
#include "commands.h"
#include "flow/convert.h"

static SCHUIL_RC run(const struct arguments *arguments, int *ret_exit)
{
    return convert_run(arguments, WORK_REVERSE, ret_exit);
}

const struct command command_reverse = {
    .name = "reverse",
    .summary = "open our own reversible pseudonyms in a CSV file",
    .usage = "reverse --registry CODE --column COLUMN --reason TEXT [--keep COLUMN ...]\n"
             "       IN.csv -o OUT.csv\n"
             "       schuilnaam reverse --registry CODE --column COLUMN --source-key FILE [--keep "
             "COLUMN ...]\n"
             "       IN.csv -o OUT.csv",
    .text =
        "Writes, in the same order and number: the kept columns as they are, the named column\n"
        "with the values (such as local patient numbers) in place of the pseudonyms, and\n"
        "`diagnostics` (3211:R: not ours, or damaged). An empty field stays empty. Where the\n"
        "service keeps our key it opens them, for a reason that goes into its audit trail, within\n"
        "a quota. With --source-key they are opened here and nothing is sent.\n"
        "OUT.csv appears only when it is complete. Records with errors end in exit code 3.\n\n"
        "Example:\n"
        "  schuilnaam --profile hospital reverse --registry REG1 --column R \\\n"
        "      --reason \"recall of batch 7\" --keep visit found.csv -o patients.csv\n",
    .options = work_options_reverse,
    .run = run,
};
