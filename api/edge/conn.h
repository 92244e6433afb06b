/* SPDX-License-Identifier: Apache-2.0 */
/* One connection, and the listener it belongs to: the edge's own structures.
 *
 *   HANDSHAKE -> IDLE -> HEAD -> BODY -> WAIT -> WRITE -> IDLE ...
 *                  any phase before WAIT may refuse: -> WRITE -> LINGER -> CLOSED
 *                  WAIT -> GONE (peer left) -> CLOSED, when the service has dropped the exchange
 *
 * Invariants: conn_enter alone changes a phase, and with it lists and counters; conn_settle alone
 * arms events and the timer, at the end of a step. One exchange at a time, part of its connection.
 * The window holds the exchange's head (and a small body) in front, pipelined bytes behind:
 *
 *   window  [ head | body, when it is small | pipelined bytes or the body's next part | free ]
 *            0      head.len                 spent                                window_len
 *
 * Everything here lives on the thread of its event base. */
#ifndef SCHUIL_EDGE_CONN_H
#define SCHUIL_EDGE_CONN_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/listener.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "exchange.h"
#include "http1.h"
#include "link.h"
#include "schuilnaam/engine/policy.h"

/* Randomness for so many request ids is drawn at once: a system call for each one is felt. */
enum { ID_LEN = 16, ID_POOL_LEN = 64 * ID_LEN };

enum conn_phase {
    PHASE_HANDSHAKE,
    PHASE_IDLE,   /* no byte of a request */
    PHASE_HEAD,   /* part of a head */
    PHASE_BODY,   /* a head, part of its body */
    PHASE_WAIT,   /* the service has the exchange */
    PHASE_WRITE,  /* an answer leaves */
    PHASE_LINGER, /* our end was sent; what still comes is dropped, so that the answer is read */
    PHASE_GONE,   /* the service has the exchange, its peer has left; the socket is closed */
    PHASE_CLOSED  /* on the list of the dead: freed after the callback that is running */
};

struct edge;
struct conn;

struct exchange {
    struct conn *conn;
    void *user;
    struct bytes body;
    int64_t arrived_us;
    char id[33]; /* "" until it is made */
};

/* Bytes that grow up to a known size; wiped when they move or go. */
struct body {
    uint8_t *data;
    size_t len, cap;
};

/* What leaves: front holds the head and as much of the body as fits one TLS record; the rest is
 * written from where the service keeps it. */
struct outbox {
    uint8_t *front;
    size_t front_len, front_at;
    struct bytes rest;
    struct bytes whole; /* what free_body is called with */
    void (*free_body)(void *arg, const void *data);
    void *free_arg;
};

struct conn {
    LIST_ENTRY(conn) links;
    struct edge *edge;
    struct link link;
    struct client_certificate peer;
    char peer_text[64];
    enum conn_phase phase;
    int64_t phase_us;        /* when the phase began; of WRITE: also when bytes last left */
    int64_t progress_us;     /* WRITE: when bytes last left */
    uint64_t progress_count; /* BODY: bytes that came; WRITE: bytes that left */
    struct event readable, writable, timer;
    int64_t timer_us;       /* when the timer fires; INT64_MAX: not armed */
    bool is_reading;        /* readable is armed */
    bool is_writing;        /* writable is armed */
    bool wants_read;        /* the last step stopped for want of bytes */
    bool wants_write;       /* ... or of room in the socket */
    bool is_resumed;        /* step again in the next pass of the loop */
    bool is_stepping;       /* the service was called from a step: it goes on there */
    bool has_ended;         /* the peer sends no more */
    bool is_excess;         /* above a cap of connections: gets one 429 */
    void *owner;            /* the service's: whom the connection counts for; NULL: nobody */
    bool closes;            /* close after the answer */
    bool is_inline;         /* the body stays in the window */
    struct schuil_rc early; /* not ok: the answer is known; the body is read and dropped */
    struct edge_route_view route;
    struct http1_head head;
    struct http1_chunks chunks;
    struct exchange exchange;
    struct body body;
    struct outbox outbox;
    size_t spent;
    size_t window_len;
    uint8_t *window; /* LIMIT_WINDOW_LEN bytes; NULL: nothing was read yet, or it was let go */
};

LIST_HEAD(conn_list, conn);

struct edge {
    struct edge_config config;
    struct evconnlistener *listener; /* NULL: draining */
    uint16_t port;
    struct event pause; /* accepting goes on when it fires */
    struct event reap;  /* frees the dead */
    bool is_paused, is_draining, is_freed;
    struct conn_list live, gone, dead;
    size_t conn_count;  /* live and gone */
    int64_t log_second; /* of the lines that strangers cause */
    int log_count;
    int64_t date_s; /* the second that date tells */
    char date[32];
    uint8_t ids[ID_POOL_LEN]; /* random bytes for request ids; what was used is wiped */
    size_t ids_left;          /* unused, at the front */
};

/* edge.c */
void edge_reap(struct edge *edge);
void edge_release(struct edge *edge); /* free it, once edge_free was called and no one is left */
/* A line about something a stranger can cause at will: at most so many a second. Detail may be
 * NULL. */
void edge_log(struct edge *edge, const char *event, const struct conn *conn, int status,
              const char *reason);

/* conn.c */
/* Takes over fd in every case. */
void conn_begin(struct edge *edge, int fd, const struct sockaddr *address);
void conn_enter(struct conn *c, enum conn_phase phase);
/* Go on as far as possible. */
void conn_step(struct conn *c);
/* Between two requests. false: all was taken that came, so the next byte brings an event; to ask
 * the socket for it now would be a system call for nothing. */
bool conn_rest(struct conn *c);
/* Arm events and the timer for what the phase waits for. */
void conn_settle(struct conn *c);
void conn_close(struct conn *c);
/* The peer left while the service had the exchange. */
void conn_lose(struct conn *c);

/* conn_read.c */
enum link_result conn_fill(struct conn *c);
/* Give back what an idle connection can do without: its window and the buffers of its link. */
void conn_cool(struct conn *c);
/* One step of IDLE or HEAD, of BODY. true: go on stepping. */
bool conn_read_head(struct conn *c);
bool conn_read_body(struct conn *c);
/* Forget the request that was answered; pipelined bytes come to the front. */
void conn_next_request(struct conn *c);
void conn_free_body(struct conn *c);

/* request.c */
/* The exchange's request id. false: no randomness. */
bool exchange_make_id(struct exchange *x);

/* answer.c */
/* The edge's own refusal: answer and, by its status, close. why: static text. */
void conn_refuse(struct conn *c, struct schuil_rc rc, const char *why);
/* Queue a short text that is no answer. */
bool conn_put(struct conn *c, struct bytes text);
/* Write what is queued, as far as the socket takes it and others need not wait. OK: nothing is
 * left. WANT_WRITE: wait until the socket is writable, which it may be already. */
enum link_result conn_flush(struct conn *c);
void conn_free_outbox(struct conn *c);

#endif
