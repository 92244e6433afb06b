/* SPDX-License-Identifier: Apache-2.0 */
/* `schuilnaam reseal`: our reversible pseudonyms under the newest key of our file. */
#include "commands.h"
#include "flow/convert.h"

static SCHUIL_RC run(const struct arguments *arguments, int *ret_exit)
{
    return convert_run(arguments, WORK_RESEAL, ret_exit);
}

const struct command command_reseal = {
    .name = "reseal",
    .summary = "bring our reversible pseudonyms in a CSV file under our newest key",
    .usage = "reseal --registry CODE --column COLUMN --source-key FILE [--keep COLUMN ...]\n"
             "       IN.csv -o OUT.csv",
    .text =
        "Opens each pseudonym with the generation it was sealed with and seals the same value\n"
        "with the newest one of the file, in the same form (R- or S-). Values are not shown, and\n"
        "nothing is sent. Those of the newest generation stay as they are. Writes, in the same\n"
        "order and number: the kept columns as they are, the named column with the new\n"
        "pseudonyms, and `diagnostics` (3211:R: not ours, or damaged).\n"
        "OUT.csv appears only when it is complete. Records with errors end in exit code 3.\n\n"
        "Example:\n"
        "  schuilnaam --profile hospital reseal --registry REG1 --column R \\\n"
        "      --source-key source.keys --keep visit old.csv -o new.csv\n",
    .options = work_options_reseal,
    .run = run,
};
