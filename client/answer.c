/* SPDX-License-Identifier: Apache-2.0 */
/* Problems and other answers of the service, read with mistrust. */
#include "answer.h"

#include <stdio.h>

#include "fail.h"

enum { TEXT_MOST = 300 };

static enum schuil_rc_code status_code(long status)
{
    switch (status) {
    case 401:
    case 403:
        return RC_AUTH_PERMISSION;
    case 404:
        return RC_ABSENT;
    case 409:
        return RC_CONFLICT_STATE;
    case 429:
        return RC_LIMIT_QUOTA;
    case 503:
        return RC_BUSY_SERVICE;
    default:
        return status >= 400 && status < 500 ? RC_INPUT_VALUE : RC_INTERNAL;
    }
}

void answer_printable(const char *text, char *ret, size_t cap)
{
    size_t len = 0;
    for (; *text != '\0' && len + 1 < cap; text++) {
        unsigned char c = (unsigned char)*text;
        ret[len++] = c < 0x20 || c == 0x7f ? '?' : *text;
    }
    ret[len] = '\0';
}

static void problem_text(const json_t *problem, const char *name, char ret[TEXT_MOST])
{
    const char *text = json_string_value(json_object_get(problem, name));
    answer_printable(text != NULL ? text : "", ret, TEXT_MOST);
}

SCHUIL_RC answer_check(const struct https_call *call)
{
    if (call->status >= 200 && call->status < 300)
        return SCHUIL_OK;
    char title[TEXT_MOST];
    char detail[TEXT_MOST];
    json_t *problem = json_loadb(call->answer.data != NULL ? call->answer.data : "",
                                 call->answer.len, JSON_REJECT_DUPLICATES, NULL);
    problem_text(problem, "title", title);
    problem_text(problem, "detail", detail);
    json_decref(problem);
    bool has_detail = detail[0] != '\0' && strcmp(detail, title) != 0;
    bool has_id = call->request_id[0] != '\0';
    return fail(status_code(call->status), "%ld %s%s%s%s%s%s", call->status,
                title[0] != '\0' ? title : "the service refused", has_detail ? ": " : "",
                has_detail ? detail : "", has_id ? " (request " : "", call->request_id,
                has_id ? ")" : "");
}

SCHUIL_RC answer_json(struct bytes body, json_t **ret)
{
    *ret = json_loadb((const char *)body.data, body.len, JSON_REJECT_DUPLICATES, NULL);
    if (*ret == NULL)
        return fail(RC_INTERNAL, "the service's answer is no JSON");
    return SCHUIL_OK;
}
