/* SPDX-License-Identifier: Apache-2.0 */
/* `schuilnaam issue`: a provider's records in, temporary pseudonyms out. */
#include "commands.h"
#include "flow/convert.h"

static SCHUIL_RC run(const struct arguments *arguments, int *ret_exit)
{
    return convert_run(arguments, WORK_ISSUE, ret_exit);
}

const struct command command_issue = {
    .name = "issue",
    .summary = "make temporary pseudonyms of the persons in a CSV file",
    .usage = "issue --registry CODE --types A,C --map CODE=COLUMN ... [--keep COLUMN ...]\n"
             "       IN.csv -o OUT.csv",
    .text =
        "Sends the mapped columns to the service and writes, in the same order and number: the\n"
        "kept columns as they are, a column for each type, and `diagnostics` (3001:BSN ...).\n"
        "With --source-key the columns of reversible types are sealed here, and the service sees\n"
        "pseudonyms in their place.\n"
        "A column that is not named goes nowhere; one that is sent cannot be kept. OUT.csv\n"
        "appears only when it is complete. Records with errors end in exit code 3.\n\n"
        "Example:\n"
        "  schuilnaam --profile hospital issue --registry REG1 --types A,C --map BSN=bsn \\\n"
        "      --map G=sex --map GD=born --map PC=postcode --keep visit in.csv -o out.csv\n",
    .options = work_options_issue,
    .run = run,
};
