/* SPDX-License-Identifier: Apache-2.0 */
/* `schuilnaam admin NOUN VERB ...`: one call of /admin/v1, built from the table of nouns. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin_body.h"
#include "admin_examples.h"
#include "admin_explain.h"
#include "admin_print.h"
#include "admin_table.h"
#include "admin_unseal.h"
#include "answer.h"
#include "commands.h"
#include "fail.h"
#include "https.h"
#include "profile.h"

enum { PATH_MOST = 256, ID_MOST = 64 };

struct admin_request {
    const struct admin_noun *noun;
    unsigned verb;                     /* VERB_ACTION: `action` tells */
    const struct admin_action *action; /* NULL: a verb */
    const char *id;                    /* NULL: none */
    const char *method;
    char path[PATH_MOST];
};

/* A code, a number, a tref: nothing that would change the path. */
static SCHUIL_RC id_check(const char *id)
{
    size_t len = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    if (len == 0 || len > ID_MOST || id[len] != '\0' || id[0] == '.')
        return fail(RC_INPUT_USAGE, "not a code or number");
    return SCHUIL_OK;
}

static size_t words_wanted(const struct admin_request *request)
{
    if (request->action != NULL)
        return request->action->has_id ? 3 : 2;
    if (request->verb == VERB_SET_STATE)
        return 4;
    return (request->verb & (VERB_SHOW | VERB_CHANGE | VERB_END)) != 0 ? 3 : 2;
}

static SCHUIL_RC request_read(const struct arguments *arguments, struct admin_request *ret)
{
    if (arguments->word_count < 2)
        return fail(RC_INPUT_USAGE, "admin NOUN VERB; see `schuilnaam admin --help`");
    ret->noun = admin_noun_find(arguments->words[0]);
    if (ret->noun == NULL)
        return fail(RC_INPUT_USAGE, "admin does not know this noun: %s", arguments->words[0]);
    ret->action = admin_action_find(ret->noun, arguments->words[1]);
    ret->verb = ret->action != NULL ? VERB_ACTION : admin_verb_find(arguments->words[1]);
    if (ret->action == NULL && (ret->noun->verbs & ret->verb) == 0)
        return fail(RC_INPUT_USAGE, "%s cannot: %s", ret->noun->name, arguments->words[1]);
    if (arguments->word_count != words_wanted(ret))
        return fail(RC_INPUT_USAGE, "%s %s takes %zu word(s) after it", ret->noun->name,
                    arguments->words[1], words_wanted(ret) - 2);
    ret->id = arguments->word_count > 2 ? arguments->words[2] : NULL;
    return ret->id != NULL ? id_check(ret->id) : SCHUIL_OK;
}

static void request_route(struct admin_request *request)
{
    bool reads = (request->verb & (VERB_LIST | VERB_SHOW)) != 0;
    bool posts = (request->verb & (VERB_CREATE | VERB_ACTION)) != 0;
    const char *id = request->id != NULL ? request->id : "";
    const char *action = request->action != NULL ? request->action->name : "";
    request->method = reads ? "GET" : posts ? "POST" : "PATCH";
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): request_read fails without a noun */
    snprintf(request->path, sizeof request->path, "/admin/v1/%s%s%s%s%s", request->noun->path,
             *id != '\0' ? "/" : "", id, *action != '\0' ? "/" : "", action);
}

/* The number or text by which the service knows what waits for a second operator. */
static SCHUIL_RC approval_print(const json_t *answer)
{
    const json_t *id = json_object_get(answer, "approval");
    if (json_is_integer(id))
        printf("waiting for approval %lld\n", (long long)json_integer_value(id));
    else if (json_is_string(id)) {
        char text[ID_MOST];
        answer_printable(json_string_value(id), text, sizeof text);
        printf("waiting for approval %s\n", text);
    } else
        return fail(RC_INTERNAL, "the service asks for approval but names none");
    return SCHUIL_OK;
}

static SCHUIL_RC answer_print(const struct https_call *call, json_t *answer, bool as_json)
{
    if (as_json) {
        fwrite(call->answer.data, 1, call->answer.len, stdout);
        if (call->answer.data[call->answer.len - 1] != '\n')
            fputc('\n', stdout);
    } else if (call->status == 202)
        TRY(approval_print(answer));
    else
        admin_print(stdout, answer);
    if (fflush(stdout) != 0 || ferror(stdout))
        return fail(RC_INTERNAL, "standard output cannot be written");
    return SCHUIL_OK;
}

static SCHUIL_RC call_finish(struct https_call *call, bool as_json, int *ret_exit)
{
    json_t *answer = NULL;
    TRY(https_call_run(call));
    TRY(answer_check(call));
    *ret_exit = call->status == 202 ? EXIT_CODE_APPROVAL : EXIT_CODE_OK;
    if (call->answer.len == 0)
        return SCHUIL_OK;
    TRY(answer_json(buffer_bytes(&call->answer), &answer));
    struct schuil_rc rc = answer_print(call, answer, as_json);
    json_decref(answer);
    return rc;
}

static SCHUIL_RC request_send(const struct arguments *arguments,
                              const struct admin_request *request, struct bytes body, int *ret_exit)
{
    struct profile profile;
    struct https_call call;
    TRY(profile_load(arguments, &profile));
    struct schuil_rc rc = https_call_make(&profile, request->method, request->path, body, &call);
    if (schuil_is_ok(rc))
        rc = call_finish(&call, arguments_value(arguments, "json") != NULL, ret_exit);
    https_call_done(&call);
    profile_done(&profile);
    return rc;
}

/* The body for the verb, NULL when it has none. */
static SCHUIL_RC body_make(const struct arguments *arguments, const struct admin_request *request,
                           json_t **ret)
{
    switch (request->verb) {
    case VERB_LIST:
    case VERB_SHOW:
        return admin_body_none(arguments, ret);
    case VERB_END:
        return admin_body_state(arguments, request->verb, request->noun->ended, ret);
    case VERB_SET_STATE:
        return admin_body_state(arguments, request->verb, arguments->words[3], ret);
    case VERB_ACTION:
        return admin_body_action(request->action, arguments, STDIN_FILENO, ret);
    default:
        return admin_body_fields(request->noun, request->verb, arguments, ret);
    }
}

/* Takes the body; NULL: none. */
static SCHUIL_RC body_send(const struct arguments *arguments, const struct admin_request *request,
                           json_t *json, int *ret_exit)
{
    if (json == NULL)
        return request_send(arguments, request, bytes_of(NULL, 0), ret_exit);
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    ENSURE(text != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = request_send(arguments, request, bytes_text(text), ret_exit);
    memory_free(text);
    return rc;
}

static SCHUIL_RC unseal(const struct arguments *arguments, int *ret_exit)
{
    static const struct admin_request request = {.method = "POST", .path = "/admin/v1/unseal"};
    json_t *json = NULL;
    TRY(admin_body_none(arguments, &json));
    TRY(admin_body_share(STDIN_FILENO, &json));
    return body_send(arguments, &request, json, ret_exit);
}

static SCHUIL_RC run(const struct arguments *arguments, int *ret_exit)
{
    struct admin_request request = {0};
    json_t *json = NULL;
    if (arguments->word_count == 1 && strcmp(arguments->words[0], "unseal") == 0)
        return unseal(arguments, ret_exit);
    if (arguments->word_count == 1 && strcmp(arguments->words[0], "explain") == 0)
        return admin_explain(arguments, ret_exit);
    TRY(request_read(arguments, &request));
    request_route(&request);
    TRY(body_make(arguments, &request, &json));
    return body_send(arguments, &request, json, ret_exit);
}

const struct command command_admin = {
    .name = "admin",
    .summary = "register organisations, certificates, registries, connections; keys",
    .usage = "admin NOUN VERB [CODE] [options]",
    .text =
        "Reads and changes what the service holds. --server is the admin listener's address.\n"
        "A change that needs a second operator ends with exit code 9 and its approval's number.\n"
        "`key import` reads the key from standard input, in hexadecimal.\n"
        "`schuilnaam admin NOUN --help` and `admin NOUN VERB --help` give an example of each.\n"
        "`admin unseal` takes one share of a wrapping key, from standard input or typed unseen.\n"
        "`admin explain` tells whether a call would be permitted and why; exit 1: it would not.\n"
        "It takes --organisation or --credential, --registry, --call, --types, --at and\n"
        "--on-behalf-of.\n\n"
        "Example:\n"
        "  schuilnaam --profile operator admin connection create --provider HOSP1 \\\n"
        "      --registry REG1 --types A,C --quota 100000 --life 168\n"
        "  schuilnaam --profile operator admin explain --organisation HOSP1 \\\n"
        "      --registry REG1 --types A,C\n"
        "  schuilnaam --profile operator admin unseal <share.txt\n",
    .options = admin_options,
    .print_more = admin_table_print,
    .print_words = admin_words_print,
    .calls = admin_calls_json,
    .run = run,
};
