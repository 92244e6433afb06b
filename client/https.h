/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTPS call: TLS 1.3 with our certificate, the service's checked against --ca, no redirects,
 * no proxy from the environment, an answer of bounded size.
 *
 * A call is made and owned by the caller; it is run alone (https_call_run) or its handle is given
 * to a curl_multi, after which https_call_judge says what came of it. */
#ifndef SCHUILNAAM_CLIENT_HTTPS_H
#define SCHUILNAAM_CLIENT_HTTPS_H

#include <curl/curl.h>

#include "memory.h"
#include "profile.h"
#include "schuilnaam/rc.h"

enum {
    HTTPS_CONNECT_S = 10,
    HTTPS_CALL_S = 120,           /* one attempt, from start to last byte */
    HTTPS_ANSWER_MOST = 64 << 20, /* bytes; 10,000 records of 16 pseudonyms stay below */
    REQUEST_ID_LEN = 64
};

struct https_call {
    CURL *handle;
    struct curl_slist *headers;
    char *url;
    struct buffer answer;
    long status; /* HTTP status, 0 when there was no answer */
    long retry_after_s;
    char request_id[REQUEST_ID_LEN + 1];
    char curl_error[CURL_ERROR_SIZE];
};

/* What to do after an attempt. */
enum https_verdict {
    HTTPS_ANSWERED, /* status and answer are there, whatever the status */
    HTTPS_AGAIN,    /* no answer, or 503: the same may work later */
    HTTPS_REFUSED   /* no answer, and none will come: TLS or settings */
};

/* Prepare a call. method "GET", "POST", "PATCH"; path begins with a slash; body is borrowed until
 * the call is done, NULL data for none. RC_INTERNAL_MEMORY. https_call_done in every case. */
SCHUIL_RC https_call_make(const struct profile *profile, const char *method, const char *path,
                          struct bytes body, struct https_call *ret);
/* Forget an earlier attempt's answer. */
void https_call_reset(struct https_call *call);
void https_call_done(struct https_call *call);

/* Judge a finished attempt; fills status, retry_after_s, request_id. */
enum https_verdict https_call_judge(struct https_call *call, CURLcode code);
/* Tell why there was no answer, and give the result for it: RC_BUSY_SERVICE, RC_AUTH_CREDENTIAL
 * (one side does not trust the other), RC_CONFIG_FILE (our files), RC_INTERNAL. */
SCHUIL_RC https_tell(const struct https_call *call, CURLcode code);
/* Run it alone. ok: there is an answer (any status). Otherwise told. */
SCHUIL_RC https_call_run(struct https_call *call);

#endif
