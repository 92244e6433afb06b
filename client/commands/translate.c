/* SPDX-License-Identifier: Apache-2.0 */
/* `schuilnaam translate`: temporary pseudonyms in, a registry's final pseudonyms out. */
#include "commands.h"
#include "flow/convert.h"

static SCHUIL_RC run(const struct arguments *arguments, int *ret_exit)
{
    return convert_run(arguments, WORK_TRANSLATE, ret_exit);
}

const struct command command_translate = {
    .name = "translate",
    .summary = "make a registry's final pseudonyms of the temporary ones in a CSV file",
    .usage = "translate --registry CODE --column COLUMN ... [--keep COLUMN ...]\n"
             "       IN.csv -o OUT.csv",
    .text =
        "Sends the named columns of temporary pseudonyms to the service and writes, in the same\n"
        "order and number: the kept columns as they are, each named column with the final\n"
        "pseudonym, `provider`, and `diagnostics` (3202:A ...). An empty field stays empty.\n"
        "While the registry's domain is being rotated, --new adds a column COLUMN.new for each.\n"
        "OUT.csv appears only when it is complete. Records with errors end in exit code 3.\n\n"
        "Example:\n"
        "  schuilnaam --profile registry translate --registry REG1 --column A --column C \\\n"
        "      --keep visit out.csv -o final.csv\n",
    .options = work_options_translate,
    .run = run,
};
