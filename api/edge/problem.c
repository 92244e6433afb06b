/* SPDX-License-Identifier: Apache-2.0 */
/* Results as HTTP. Three tables decide: the status of a class, the few results that have another
 * status than their class, and the stable code of a refusal that the caller can do something about.
 */
#include "problem.h"

#include "../escape.h"
#include "schuilnaam/engine/diagnostic.h"
#include "schuilnaam/limits.h"

static const uint16_t class_status[] = {
    [RC_CLASS_OK] = 500,     [RC_CLASS_INPUT] = 400,    [RC_CLASS_AUTH] = 403,
    [RC_CLASS_ABSENT] = 404, [RC_CLASS_CONFLICT] = 409, [RC_CLASS_LIMIT] = 429,
    [RC_CLASS_BUSY] = 503,   [RC_CLASS_CRYPTO] = 400,   [RC_CLASS_STORE] = 503,
    [RC_CLASS_CONFIG] = 500, [RC_CLASS_INTERNAL] = 500,
};

static const struct {
    uint16_t code;
    uint16_t status;
} code_status[] = {
    {RC_INPUT_METHOD, 405},     {RC_LIMIT_TIME, 408},       {RC_LIMIT_SIZE, 413},
    {RC_INPUT_RECORDS, 413},    {RC_LIMIT_TARGET, 414},     {RC_LIMIT_HEAD, 431},
    {RC_INPUT_MEDIA_TYPE, 415}, {RC_INPUT_EXPECT, 417},     {RC_INPUT_VERSION, 505},
    {RC_INPUT_SHARE, 422},      {RC_INPUT_SHARE_TEXT, 422}, {RC_STORE_SCHEMA, 500},
    {RC_STORE_DATA, 500},
};

static const struct {
    uint16_t code;
    uint16_t diagnostic; /* enum schuil_diagnostic */
} code_diagnostic[] = {
    {RC_INPUT_HTTP, DIAG_REQUEST_HTTP},
    {RC_INPUT_VERSION, DIAG_REQUEST_HTTP},
    {RC_INPUT_METHOD, DIAG_REQUEST_HTTP},
    {RC_INPUT_MEDIA_TYPE, DIAG_REQUEST_HTTP},
    {RC_INPUT_EXPECT, DIAG_REQUEST_HTTP},
    {RC_LIMIT_SIZE, DIAG_REQUEST_SIZE},
    {RC_LIMIT_TARGET, DIAG_REQUEST_SIZE},
    {RC_LIMIT_HEAD, DIAG_REQUEST_SIZE},
    {RC_LIMIT_TIME, DIAG_REQUEST_TIME},
    {RC_INPUT_JSON, DIAG_REQUEST_JSON},
    {RC_INPUT_SHAPE, DIAG_REQUEST_SHAPE},
    {RC_INPUT_RECORDS, DIAG_REQUEST_RECORDS},
    {RC_INPUT_TYPE_UNKNOWN, DIAG_REQUEST_TYPE},
    {RC_INPUT_REASON, DIAG_REQUEST_REASON},
    {RC_AUTH_CREDENTIAL, DIAG_REQUEST_CREDENTIAL},
    {RC_AUTH_PERMISSION, DIAG_REQUEST_PERMISSION},
    {RC_LIMIT_QUOTA, DIAG_REQUEST_QUOTA},
    {RC_CONFLICT_ROTATION, DIAG_REQUEST_ROTATION},
    {RC_LIMIT_LINKAGE, DIAG_REQUEST_LINKAGE},
    {RC_INPUT_SHARE_TEXT, DIAG_SHARE_TEXT},
    {RC_INPUT_SHARE, DIAG_SHARE_WRONG},
    {RC_BUSY_SEALED, DIAG_SEALED},
    {RC_LIMIT_ATTEMPTS, DIAG_SHARE_ATTEMPTS},
    {RC_AUTH_OWN_APPROVAL, DIAG_APPROVAL_OWN},
    {RC_CONFLICT_APPROVAL_USED, DIAG_APPROVAL_USED},
    {RC_CONFLICT_APPROVAL_EXPIRED, DIAG_APPROVAL_EXPIRED},
    {RC_CONFLICT_APPROVAL_CHANGED, DIAG_APPROVAL_CHANGED},
    {RC_CONFLICT_KEY_ACTIVE, DIAG_KEY_ACTIVE},
    {RC_CONFLICT_KEY_LAST_ROOT, DIAG_KEY_LAST_ROOT},
    {RC_CONFLICT_KEY_SIGNS, DIAG_KEY_SIGNS},
    {RC_CONFLICT_KEY_PLACE, DIAG_KEY_PLACE},
    {RC_CONFLICT_KEY_CHANGING, DIAG_KEY_CHANGING},
};

int problem_status(struct schuil_rc rc)
{
    for (size_t i = 0; i < sizeof code_status / sizeof code_status[0]; i++) {
        if (code_status[i].code == rc.code)
            return code_status[i].status;
    }
    return class_status[schuil_rc_class(rc)];
}

bool problem_closes(int status)
{
    switch (status) {
    case 403:
    case 404:
    case 405:
    case 415:
    case 429:
    case 503:
        return false;
    default:
        return status >= 400;
    }
}

int problem_retry_after_s(int status)
{
    return status == 503 || status == 429 ? LIMIT_RETRY_AFTER_S : 0;
}

const char *problem_phrase(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {400, "Bad Request"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };

    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
        if (phrases[i].status == status)
            return phrases[i].phrase;
    }
    return "";
}

/* "AUTH_PERMISSION" becomes "auth-permission". */
static void put_type(struct writer *w, const char *name)
{
    put_bytes(w, bytes_text("{\"type\":\"urn:schuilnaam:problem:"));
    for (; *name != 0; name++) {
        bool is_capital = *name >= 'A' && *name <= 'Z';

        put_u8(w, (uint8_t)(is_capital ? *name | 0x20 : *name == '_' ? '-' : *name));
    }
    put_u8(w, '"');
}

static void put_member(struct writer *w, const char *name, const char *text)
{
    put_u8(w, ',');
    put_json_text(w, bytes_text(name));
    put_u8(w, ':');
    put_json_text(w, bytes_text(text));
}

/* Results without one are the server's own affair, or told by their type alone. */
static void put_code(struct writer *w, struct schuil_rc rc)
{
    for (size_t i = 0; i < sizeof code_diagnostic / sizeof code_diagnostic[0]; i++) {
        if (code_diagnostic[i].code != rc.code)
            continue;
        put_bytes(w, bytes_text(",\"code\":"));
        put_decimal(w, schuil_diagnostic(code_diagnostic[i].diagnostic)->code);
    }
}

static struct bytes cut(const char *text, size_t cap)
{
    return bytes_of(text, strnlen(text, cap));
}

size_t problem_write(struct schuil_rc rc, int status_or_0, const char *detail, const char *request,
                     char ret[PROBLEM_LEN])
{
    /* a character becomes at most six */
    enum { DETAIL_LEN = (PROBLEM_LEN - 512) / 6 };
    struct writer w = writer_over(ret, PROBLEM_LEN);
    bool is_crypto = schuil_rc_class(rc) == RC_CLASS_CRYPTO;
    struct schuil_rc shown = is_crypto ? schuil_rc(RC_CRYPTO) : rc;
    bool has_detail = detail != NULL && !is_crypto;

    put_type(&w, schuil_rc_name(shown));
    put_member(&w, "title", schuil_rc_text(shown));
    put_bytes(&w, bytes_text(",\"status\":"));
    put_decimal(&w, status_or_0 != 0 ? status_or_0 : problem_status(rc));
    put_bytes(&w, bytes_text(",\"detail\":"));
    put_json_text(&w, cut(has_detail ? detail : schuil_rc_text(shown), DETAIL_LEN));
    put_member(&w, "request", request);
    put_code(&w, rc);
    put_u8(&w, '}');
    return w.len;
}
