/* SPDX-License-Identifier: Apache-2.0 */
/* The border between the edge (TLS, HTTP/1.1) and the service above it. The edge knows nothing of
 * pseudonyms; the service knows nothing of sockets. One exchange = one request and its answer; a
 * connection has one exchange under way, pipelined requests wait their turn. */
#ifndef SCHUIL_EDGE_EXCHANGE_H
#define SCHUIL_EDGE_EXCHANGE_H

#include <stdatomic.h>

#include "schuilnaam/bytes.h"
#include "schuilnaam/limits.h"
#include "schuilnaam/rc.h"

struct client_certificate;
struct event_base;
struct edge;
struct exchange;

struct edge_route_view { /* what the edge must know to police a request before its body is read */
    bool is_known;       /* 404 otherwise */
    bool method_ok;      /* 405 otherwise */
    const char *allow;   /* for 405: "GET", "POST", "GET, POST" */
    size_t body_cap;     /* 0: no body allowed */
    bool has_json_body;  /* media type must be application/json (or application/problem+json: no) */
    const void *route;   /* the service's own: exchange_route gives it back */
};

struct edge_config {
    struct event_base *base;
    const char *address;  /* "127.0.0.1:8443", "[::1]:8443" */
    struct edge_tls *tls; /* NULL: plain (health) */
    const char *access;   /* name of the listener for logs and audit: "api", "admin", "health" */
    bool reuse_port;
    _Atomic int64_t *connection_count; /* shared by all listeners of the process */
    int64_t connection_cap;
    /* Called when the head has been read: which route is it? */
    void (*on_route)(void *arg, const char *method, struct bytes path, struct edge_route_view *ret);
    /* Called with a complete request. Must end in exchange_answer or exchange_fail, now or later,
     * on the same thread. */
    void (*on_request)(void *arg, struct exchange *x);
    /* The peer has gone while the exchange was under way: the service drops x after its work ends
     * with exchange_drop (or answers it: the answer is let go). A peer that only ended its own side
     * in good order has not gone: it gets its answer. */
    void (*on_gone)(void *arg, struct exchange *x);
    /* May be NULL both. A peer has proved its certificate: may it stay, as far as its number goes?
     * false: it gets one 429. *ret_owner, if not NULL, is given to on_closed when the connection
     * has ended. */
    bool (*on_open)(void *arg, const struct client_certificate *certificate, void **ret_owner);
    void (*on_closed)(void *owner);
    void *arg;
    /* deadlines in seconds, from limits.h or smaller in tests */
    int handshake_s, head_s, body_s, write_stall_s, idle_s;
};

struct edge_tls;
struct edge_tls_files {
    const char *certificate, *key; /* PEM */
    const char *client_ca;         /* PEM */
    const char *min_version;       /* "1.3" or "1.2" */
    const char *crl_directory;     /* "": no revocation lists */
    const char *crl_policy;        /* "listed", "all", "lenient": see revocation.h */
};
/* TLS 1.3 (min "1.2" allowed), client certificate required, no tickets, no renegotiation. Result
 * names the file at fault in ret_finding. */
SCHUIL_RC edge_tls_new(const struct edge_tls_files *files, struct edge_tls **ret, char *ret_finding,
                       size_t cap);
/* The same from other files, or from what now stands in them: new connections get it at once, those
 * that stand have their certificates looked at with it in their next request. On failure all stays
 * as it was. Any thread. */
SCHUIL_RC edge_tls_reload(struct edge_tls *tls, const struct edge_tls_files *files,
                          char *ret_finding, size_t cap);
void edge_tls_free(struct edge_tls *tls);

/* Everything below, and all calls that the edge makes, on the thread of config->base. The address
 * and access texts and tls are borrowed for the edge's life. SIGPIPE is ignored from now on.
 * RC_CONFIG_SETTING: the address cannot be listened on; the log tells why. */
SCHUIL_RC edge_new(const struct edge_config *config, struct edge **ret);
/* The port it listens on: the kernel's choice when the address said 0. */
uint16_t edge_port(const struct edge *edge);
struct edge_limits {
    int handshake_s, head_s, body_s, write_stall_s, idle_s;
    int64_t connection_cap;
};
/* Other deadlines and cap from now on. */
void edge_set_limits(struct edge *edge, const struct edge_limits *limits);
/* Stop accepting; idle connections close, busy ones after their answer (Connection: close). */
void edge_drain(struct edge *edge);
/* Connections that are open, or whose exchange the service still has. */
size_t edge_connection_count(const struct edge *edge);
/* Close everything at once. Exchanges under way: on_gone is called for each, here, and the service
 * still drops them, before or after the event base is freed. Not from within a call of the edge's.
 * NULL is fine. */
void edge_free(struct edge *edge);

/* Of a request; all borrowed for the exchange's life. */
const char *exchange_method(const struct exchange *x);
struct bytes exchange_path(const struct exchange *x);
struct bytes exchange_body(const struct exchange *x);
/* Value of a header (one occurrence), data NULL when absent. Name in lower case. */
struct bytes exchange_header(const struct exchange *x, const char *name);
const char *exchange_request_id(const struct exchange *x); /* 32 hex characters */
const char *exchange_peer(const struct exchange *x);       /* "127.0.0.1:51000" */
const char *exchange_access(const struct exchange *x);
/* What on_route put into the view of this request. */
const void *exchange_route(const struct exchange *x);
/* What is proved of the client's certificate; NULL on a plain listener. */
const struct client_certificate *exchange_certificate(const struct exchange *x);
/* Whether it would be taken today: its authority is still one, and no revocation list names it. */
bool exchange_certificate_is_trusted(const struct exchange *x);
int64_t exchange_arrived_us(const struct exchange *x); /* monotonic, head complete */
void exchange_set_user(struct exchange *x, void *user);
void *exchange_user(const struct exchange *x);

struct exchange_answer {
    int status;
    const char *content_type; /* "application/json", ... */
    /* Body: taken over. free_body(arg, data) is called when it has been sent or dropped; NULL: the
     * body is copied now. */
    struct bytes body;
    void (*free_body)(void *arg, const void *data);
    void *free_arg;
    const char *allow; /* 405 */
    int retry_after_s; /* 503, 429; 0 none */
    bool closes;       /* close the connection after it */
};
/* Queue the answer (one TLS write: head and body together where small), with X-Request-Id, and go
 * on with the next request. x is gone afterwards. Never calls the service back from within; the
 * body may be let go at once or later. */
void exchange_answer(struct exchange *x, const struct exchange_answer *answer);
/* application/problem+json from a result (problem.c maps classes to statuses; detail may be NULL).
 */
void exchange_fail(struct exchange *x, struct schuil_rc rc, int status_or_0, const char *detail);
/* Release without an answer (peer gone, or a draining server). */
void exchange_drop(struct exchange *x);

#endif
