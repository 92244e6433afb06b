/* SPDX-License-Identifier: Apache-2.0 */
/* `schuilnaam link`: a source registry's final pseudonyms in, temporary ones for the research
 * registry out. */
#include "commands.h"
#include "flow/convert.h"

static SCHUIL_RC run(const struct arguments *arguments, int *ret_exit)
{
    return convert_run(arguments, WORK_LINK, ret_exit);
}

const struct command command_link = {
    .name = "link",
    .summary = "make temporary pseudonyms for a research registry of a registry's final ones",
    .usage = "link --linkage N --column COLUMN ... [--keep COLUMN ...]\n"
             "       IN.csv -o OUT.csv",
    .text =
        "Sends the named columns of our final pseudonyms to the service and writes, in the same\n"
        "order and number: the kept columns as they are, each named column with a temporary\n"
        "pseudonym that only the research registry can have translated, and `diagnostics`. The\n"
        "linkage counts every value that is asked, also one that is asked again. Records with\n"
        "errors end in exit code 3.\n\n"
        "Example:\n"
        "  schuilnaam --profile registry link --linkage 5 --column A --keep visit \\\n"
        "      final.csv -o research.csv\n",
    .options = work_options_link,
    .run = run,
};
