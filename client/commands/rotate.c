/* SPDX-License-Identifier: Apache-2.0 */
/* `schuilnaam rotate`: a registry's final pseudonyms of one generation in, those of the next out;
 * and its declaration that it holds no other. */
#include "answer.h"
#include "commands.h"
#include "fail.h"
#include "flow/convert.h"
#include "https.h"
#include "profile.h"

enum { PATH_MOST = 128, BODY_MOST = 64 };

static SCHUIL_RC completion_send(const struct profile *profile, const char *path, const char *body,
                                 struct https_call *call)
{
    TRY(https_call_make(profile, "POST", path, bytes_text(body), call));
    TRY(https_call_run(call));
    return answer_check(call);
}

static SCHUIL_RC complete(const struct arguments *arguments)
{
    struct profile profile;
    struct https_call call = {0};
    char path[PATH_MOST], body[BODY_MOST];
    long generation = 0;
    const char *registry = arguments_value(arguments, "registry");
    TRY(arguments_number(arguments, "complete", 1, INT32_MAX, 0, &generation));
    if (registry == NULL || !work_is_registry(bytes_text(registry)))
        return fail(RC_INPUT_USAGE, "--registry CODE is needed");
    if (arguments->word_count > 0 || arguments_count(arguments, "column") > 0)
        return fail(RC_INPUT_USAGE, "--complete takes no file and no columns");
    snprintf(path, sizeof path, "/v1/registries/%s/final-pseudonyms/rotations/completion",
             registry);
    snprintf(body, sizeof body, "{\"generation\":%ld}", generation);
    TRY(profile_load(arguments, &profile));
    struct schuil_rc rc = completion_send(&profile, path, body, &call);
    https_call_done(&call);
    profile_done(&profile);
    return rc;
}

static SCHUIL_RC run(const struct arguments *arguments, int *ret_exit)
{
    if (arguments_value(arguments, "complete") != NULL)
        return complete(arguments);
    return convert_run(arguments, WORK_ROTATE, ret_exit);
}

const struct command command_rotate = {
    .name = "rotate",
    .summary = "carry a registry's final pseudonyms in a CSV file over to the next generation",
    .usage = "rotate --registry CODE --column COLUMN ... [--keep COLUMN ...] [--resume]\n"
             "       IN.csv -o OUT.csv\n"
             "       schuilnaam rotate --registry CODE --complete GENERATION",
    .text =
        "While the registry's domain is being rotated: sends the named columns of final\n"
        "pseudonyms to the service and writes, in the same order and number: the kept columns as\n"
        "they are, each named column with the other generation's pseudonym, and `diagnostics`\n"
        "(3221:A ...). What is not finished stays in OUT.csv.partial: the same command with\n"
        "--resume goes on with it. OUT.csv appears only when it is complete. While a rotation is\n"
        "being aborted the way leads back. When all that the registry holds is carried over,\n"
        "declare it with --complete. Records with errors end in exit code 3.\n\n"
        "Example:\n"
        "  schuilnaam --profile registry rotate --registry REG1 --column A --keep visit \\\n"
        "      final.csv -o rotated.csv\n"
        "  schuilnaam --profile registry rotate --registry REG1 --complete 2\n",
    .options = work_options_rotate,
    .run = run,
};
