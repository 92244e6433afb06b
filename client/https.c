/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl, set to the one way in which this program talks. */
#include "https.h"

#include <stdio.h>
#include <stdlib.h>

#include "fail.h"
#include "schuilnaam/limits.h"

static size_t on_answer(char *data, size_t size, size_t count, void *context)
{
    struct https_call *call = context;
    size_t len = size * count;
    if (call->answer.len + len > HTTPS_ANSWER_MOST)
        return 0;
    return schuil_is_ok(buffer_put(&call->answer, bytes_of(data, len))) ? len : 0;
}

/* The value of a header line when it has this name, else NULL. Sets *ret_len without line end. */
static const char *header_value(const char *line, size_t len, const char *name, size_t *ret_len)
{
    size_t name_len = strlen(name);
    if (len <= name_len || line[name_len] != ':' || strncasecmp(line, name, name_len) != 0)
        return NULL;
    const char *end = line + len;
    line += name_len + 1;
    while (line < end && *line == ' ')
        line++;
    while (line < end && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' '))
        end--;
    *ret_len = (size_t)(end - line);
    return line;
}

static bool is_id_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

/* The request id is printed, so it is taken only when it is plainly one. */
static size_t on_header(char *data, size_t size, size_t count, void *context)
{
    struct https_call *call = context;
    size_t len = size * count;
    size_t value_len = 0;
    const char *value = header_value(data, len, "X-Request-Id", &value_len);
    if (value == NULL || value_len > REQUEST_ID_LEN)
        return len;
    for (size_t i = 0; i < value_len; i++) {
        if (!is_id_char(value[i]))
            return len;
    }
    memcpy(call->request_id, value, value_len);
    call->request_id[value_len] = '\0';
    return len;
}

static char *url_join(const char *server, const char *path)
{
    size_t server_len = strlen(server);
    while (server_len > 0 && server[server_len - 1] == '/')
        server_len--;
    size_t len = server_len + strlen(path) + 1;
    char *url = memory_take(len);
    if (url != NULL)
        snprintf(url, len, "%.*s%s", (int)server_len, server, path);
    return url;
}

static void set_transport(CURL *c, const struct profile *profile)
{
    char *const *value = profile->value;
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
    curl_easy_setopt(c, CURLOPT_PROXY, value[PROFILE_PROXY] != NULL ? value[PROFILE_PROXY] : "");
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)HTTPS_CONNECT_S);
    curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)HTTPS_CALL_S);
    curl_easy_setopt(c, CURLOPT_SSLCERT, value[PROFILE_CERT]);
    curl_easy_setopt(c, CURLOPT_SSLKEY, value[PROFILE_KEY]);
    if (value[PROFILE_CA] != NULL) {
        curl_easy_setopt(c, CURLOPT_CAINFO, value[PROFILE_CA]);
        curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
    }
}

static void set_exchange(struct https_call *call, const char *method, struct bytes body)
{
    CURL *c = call->handle;
    curl_easy_setopt(c, CURLOPT_URL, call->url);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, call->headers);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "schuilnaam");
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, call->curl_error);
    curl_easy_setopt(c, CURLOPT_PRIVATE, call);
    if (body.data != NULL) {
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, body.data);
    }
    if (strcmp(method, "GET") != 0)
        curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
}

/* An empty Expect keeps curl from waiting a second for a 100 before it sends a large body. */
static SCHUIL_RC header_add(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    ENSURE(longer != NULL, RC_INTERNAL_MEMORY);
    *list = longer;
    return SCHUIL_OK;
}

/* A code and nothing else: what stands there must not become another header. */
static SCHUIL_RC behalf_add(struct curl_slist **list, const char *code)
{
    char line[64];
    size_t len = strlen(code);
    if (len == 0 || len > LIMIT_CODE_LEN ||
        strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != len)
        return fail(RC_INPUT_USAGE, "--on-behalf-of is no code of an organisation");
    snprintf(line, sizeof line, "On-Behalf-Of: %s", code);
    return header_add(list, line);
}

static SCHUIL_RC headers_make(const char *behalf, struct curl_slist **ret)
{
    static const char *const lines[] = {"Content-Type: application/json",
                                        "Accept: application/json, application/problem+json",
                                        "Expect:"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        TRY(header_add(ret, lines[i]));
    }
    return behalf == NULL ? SCHUIL_OK : behalf_add(ret, behalf);
}

SCHUIL_RC https_call_make(const struct profile *profile, const char *method, const char *path,
                          struct bytes body, struct https_call *ret)
{
    *ret = (struct https_call){.handle = curl_easy_init()};
    ret->url = url_join(profile->value[PROFILE_SERVER], path);
    ENSURE(ret->handle != NULL && ret->url != NULL, RC_INTERNAL_MEMORY);
    TRY(headers_make(profile->value[PROFILE_BEHALF], &ret->headers));
    set_transport(ret->handle, profile);
    set_exchange(ret, method, body);
    return SCHUIL_OK;
}

void https_call_reset(struct https_call *call)
{
    buffer_clear(&call->answer);
    call->status = 0;
    call->retry_after_s = 0;
    call->request_id[0] = '\0';
    call->curl_error[0] = '\0';
}

void https_call_done(struct https_call *call)
{
    curl_easy_cleanup(call->handle);
    curl_slist_free_all(call->headers);
    memory_free(call->url);
    buffer_done(&call->answer);
    *call = (struct https_call){0};
}

/* In TLS 1.3 a certificate that the service does not trust shows as an alert on the first read. */
static bool is_tls_alert(const struct https_call *call)
{
    return strstr(call->curl_error, " alert ") != NULL;
}

static enum https_verdict judge_failure(const struct https_call *call, CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
        return is_tls_alert(call) ? HTTPS_REFUSED : HTTPS_AGAIN;
    default:
        return HTTPS_REFUSED;
    }
}

enum https_verdict https_call_judge(struct https_call *call, CURLcode code)
{
    if (code != CURLE_OK)
        return judge_failure(call, code);
    curl_off_t wait_s = 0;
    curl_easy_getinfo(call->handle, CURLINFO_RESPONSE_CODE, &call->status);
    curl_easy_getinfo(call->handle, CURLINFO_RETRY_AFTER, &wait_s);
    call->retry_after_s = wait_s > 0 && wait_s < 3600 ? (long)wait_s : 0;
    return call->status == 503 ? HTTPS_AGAIN : HTTPS_ANSWERED;
}

SCHUIL_RC https_tell(const struct https_call *call, CURLcode code)
{
    const char *why = call->curl_error[0] != '\0' ? call->curl_error : curl_easy_strerror(code);
    if (is_tls_alert(call) || code == CURLE_PEER_FAILED_VERIFICATION)
        return fail(RC_AUTH_CREDENTIAL, "no trust between us and the service: %s", why);
    if (code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CACERT_BADFILE)
        return fail(RC_CONFIG_FILE, "a file of --cert, --key or --ca cannot be used: %s", why);
    if (code == CURLE_WRITE_ERROR)
        return fail(RC_INTERNAL, "the service's answer is too large");
    if (code == CURLE_OUT_OF_MEMORY)
        return fail(RC_INTERNAL_MEMORY, "no memory");
    return fail(RC_BUSY_SERVICE, "the service does not answer: %s", why);
}

SCHUIL_RC https_call_run(struct https_call *call)
{
    https_call_reset(call);
    CURLcode code = curl_easy_perform(call->handle);
    (void)https_call_judge(call, code);
    return code == CURLE_OK ? SCHUIL_OK : https_tell(call, code);
}
