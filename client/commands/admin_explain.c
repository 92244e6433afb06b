/* SPDX-License-Identifier: Apache-2.0 */
/* The caller that is asked about is in the body: nothing is sent as On-Behalf-Of. */
#include "admin_explain.h"

#include "admin_body.h"
#include "answer.h"
#include "audit.h"
#include "fail.h"

enum { NAME_CAP = 32, TEXT_CAP = 128 };

static const struct admin_option explain_options[] = {
    {"organisation", "organisation", FORM_TEXT, VERB_ACTION},
    {"credential", "credential", FORM_NUMBER, VERB_ACTION},
    {"call", "call", FORM_TEXT, VERB_ACTION},
    {"registry", "registry", FORM_TEXT, VERB_ACTION},
    {"types", "types", FORM_LIST, VERB_ACTION},
    {"at", "at", FORM_TIME, VERB_ACTION},
    {0}};

static SCHUIL_RC body_fill(json_t *body, const char *behalf)
{
    if (json_object_get(body, "call") == NULL)
        ENSURE(json_object_set_new(body, "call", json_string("issue")) == 0, RC_INTERNAL_MEMORY);
    if (behalf != NULL && json_object_set_new(body, "onBehalfOf", json_string(behalf)) != 0)
        return fail(RC_INPUT_USAGE, "--on-behalf-of is no code of an organisation");
    return SCHUIL_OK;
}

static void rules_print(const json_t *answer)
{
    char name[NAME_CAP], text[TEXT_CAP];
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(answer, "rules"), i, row)
    {
        const char *rule = json_string_value(json_object_get(row, "rule"));
        const char *told = json_string_value(json_object_get(row, "text"));
        answer_printable(rule != NULL ? rule : "", name, sizeof name);
        answer_printable(told != NULL ? told : "", text, sizeof text);
        printf("%-3s  %-20s %s\n", json_is_true(json_object_get(row, "holds")) ? "yes" : "no", name,
               text);
    }
}

static SCHUIL_RC answer_tell(const struct https_call *call, bool as_json, int *ret_exit)
{
    json_t *answer = NULL;
    TRY(answer_json(buffer_bytes(&call->answer), &answer));
    const json_t *allowed = json_object_get(answer, "allowed");
    bool is_verdict = json_is_boolean(allowed), is_allowed = json_is_true(allowed);
    if (is_verdict && as_json)
        printf("%.*s\n", (int)call->answer.len, call->answer.data);
    else if (is_verdict) {
        rules_print(answer);
        puts(is_allowed ? "allowed" : "not allowed");
    }
    json_decref(answer);
    if (!is_verdict)
        return fail(RC_INTERNAL, "the service gives no verdict");
    if (fflush(stdout) != 0 || ferror(stdout))
        return fail(RC_INTERNAL, "standard output cannot be written");
    *ret_exit = is_allowed ? EXIT_CODE_OK : EXIT_CODE_FINDINGS;
    return SCHUIL_OK;
}

static SCHUIL_RC ask(const struct profile *profile, const json_t *body, bool as_json, int *ret_exit)
{
    struct https_call call;
    struct schuil_rc rc = audit_ask(profile, "/admin/v1/explain", body, &call);
    if (schuil_is_ok(rc))
        rc = answer_tell(&call, as_json, ret_exit);
    https_call_done(&call);
    return rc;
}

static SCHUIL_RC explain(const struct arguments *arguments, const struct profile *profile,
                         int *ret_exit)
{
    static const struct admin_action action = {.options = explain_options};
    struct profile plain = *profile; /* borrows its texts */
    json_t *body = NULL;
    plain.value[PROFILE_BEHALF] = NULL;
    TRY(admin_body_action(&action, arguments, -1, &body));
    struct schuil_rc rc = body_fill(body, profile->value[PROFILE_BEHALF]);
    if (schuil_is_ok(rc))
        rc = ask(&plain, body, arguments_value(arguments, "json") != NULL, ret_exit);
    json_decref(body);
    return rc;
}

SCHUIL_RC admin_explain(const struct arguments *arguments, int *ret_exit)
{
    struct profile profile;
    TRY(profile_load(arguments, &profile));
    struct schuil_rc rc = explain(arguments, &profile, ret_exit);
    profile_done(&profile);
    return rc;
}
