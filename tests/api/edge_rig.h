/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the edge share: certificates made on the spot, an edge with a service that the
 * test drives, and clients. Everything runs on one thread: each wait turns the event loop, and has
 * a deadline of its own. */
#ifndef SCHUIL_TEST_EDGE_RIG_H
#define SCHUIL_TEST_EDGE_RIG_H

#include <openssl/ssl.h>

#include "edge/exchange.h"

enum { RIG_HELD = 64, RIG_WAIT_S = 20 };

struct rig {
    struct event_base *base;
    struct edge *edge;
    struct edge_tls *tls;
    struct edge_config config;
    _Atomic int64_t count;
    int log_fd;
    /* the service */
    struct exchange *held[RIG_HELD]; /* of GET /later, in order; the test ends them */
    size_t held_count;
    size_t request_count;
    size_t gone_count;
    bool drops_gone; /* drop at once what has gone */
    size_t freed_count;
    size_t big_len; /* of GET /big */
    uint8_t fingerprint[32];
    int64_t certificate_end_us;
    char last_id[33];
    char last_header[64]; /* X-Test of the last request */
};

enum rig_certificate { CERT_GOOD, CERT_EXPIRED, CERT_STRANGER, CERT_NONE };

/* Make certificates, once for all tests; and remove them. */
int rig_make_certificates(void **state);
int rig_remove_certificates(void **state);
const char *rig_path(const char *name); /* of a made file: "server.pem", "server.key", "ca.pem" */
X509 *rig_client_certificate(enum rig_certificate which);

/* A configuration with short deadlines (1 s; idle 5 s) and no listener yet. */
struct rig *rig_new(void);
/* Listen: by TLS of at least this version, or plain when it is NULL. */
void rig_start(struct rig *rig, const char *min_version);
void rig_free(struct rig *rig);
/* Turn the loop once; waits at most 2 ms. */
void rig_turn(struct rig *rig);
/* Turn the loop until the condition holds; the test fails when it does not. */
#define RIG_UNTIL(rig, condition)                                                                  \
    do {                                                                                           \
        int64_t until_us_ = rig_now_us() + RIG_WAIT_S * 1000000LL;                                 \
        while (!(condition)) {                                                                     \
            if (rig_now_us() > until_us_)                                                          \
                fail_msg("never: %s", #condition);                                                 \
            rig_turn(rig);                                                                         \
        }                                                                                          \
    } while (0)
int64_t rig_now_us(void);
/* How often the text stands in the log so far. */
size_t rig_log_count(const struct rig *rig, const char *text);

struct client {
    struct rig *rig;
    int fd;
    SSL *ssl;
    SSL_CTX *context;
    char *got; /* all bytes so far, terminated */
    size_t got_len, got_cap;
    size_t seen;     /* bytes of got that were looked at */
    bool has_ended;  /* the edge closed in order */
    bool has_failed; /* reset, or a TLS alert */
    int ticket_count;
};

/* Connect, without a handshake. */
struct client *client_connect(struct rig *rig);
/* Connect and, on a TLS rig, shake hands. */
struct client *client_new(struct rig *rig);
/* The handshake as these say; false: refused. max_version 0: the newest. */
bool client_handshake(struct client *c, enum rig_certificate which, int max_version);
void client_send(struct client *c, const char *text);
void client_send_bytes(struct client *c, const void *data, size_t len);
/* Try to read what has come; the number of bytes. */
size_t client_poll(struct client *c);
/* The next answer's status, 0 when the edge ended before it. Interim answers
 * (1xx) are answers too. */
int client_answer(struct client *c);
const char *client_body(const struct client *c, size_t *ret_len);
/* A header of the last answer ("" when absent); static buffer. */
const char *client_header(const struct client *c, const char *name);
/* Wait until the edge has ended the connection, reading what comes. */
void client_wait_end(struct client *c);
/* Close abruptly. NULL is fine. */
void client_free(struct client *c);

#endif
