/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a connection: its phases, deadlines and events. What is read in a phase stands in
 * conn_read.c, what is written in answer.c. The invariants are drawn in conn.h. */
#include "conn.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../clock.h"

enum { STEP_BUDGET = 32 }; /* steps of one connection in one pass of the loop */

static const int64_t second_us = 1000000;

static void on_event(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    conn_step(arg);
}

static void on_timer(evutil_socket_t fd, short what, void *arg);

static void describe(const struct sockaddr *address, char *ret, size_t cap)
{
    char text[INET6_ADDRSTRLEN] = "";

    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)address;

        inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
        snprintf(ret, cap, "%s:%u", text, (unsigned)ntohs(in->sin_port));
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)address;

        inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text);
        snprintf(ret, cap, "[%s]:%u", text, (unsigned)ntohs(in6->sin6_port));
    }
}

static int64_t count_in(struct edge *edge)
{
    edge->conn_count++;
    return edge->config.connection_count != NULL
               ? atomic_fetch_add(edge->config.connection_count, 1) + 1
               : (int64_t)edge->conn_count;
}

static void count_out(struct edge *edge)
{
    edge->conn_count--;
    if (edge->config.connection_count != NULL)
        atomic_fetch_sub(edge->config.connection_count, 1);
}

/* Whom it counts for is known when the certificate is proved. */
static void owner_find(struct conn *c)
{
    const struct edge_config *config = &c->edge->config;

    if (config->on_open == NULL || config->on_open(config->arg, &c->peer, &c->owner))
        return;
    c->is_excess = true;
    edge_log(c->edge, "edge.connection_cap", c, 0, "too many of one organisation");
}

static void owner_release(struct conn *c)
{
    if (c->owner != NULL)
        c->edge->config.on_closed(c->owner);
    c->owner = NULL;
}

static void assign_events(struct conn *c, int fd)
{
    struct event_base *base = c->edge->config.base;

    event_assign(&c->readable, base, fd, EV_READ | EV_PERSIST, on_event, c);
    event_assign(&c->writable, base, fd, EV_WRITE | EV_PERSIST, on_event, c);
    evtimer_assign(&c->timer, base, on_timer, c);
    c->timer_us = INT64_MAX;
}

void conn_begin(struct edge *edge, int fd, const struct sockaddr *address)
{
    struct conn *c = calloc(1, sizeof *c);

    if (c == NULL || !link_init(&c->link, fd, edge->config.tls)) {
        free(c);
        close(fd);
        return;
    }
    c->edge = edge;
    c->exchange.conn = c;
    c->peer.end_us = INT64_MAX;
    describe(address, c->peer_text, sizeof c->peer_text);
    assign_events(c, fd);
    http1_head_init(&c->head);
    LIST_INSERT_HEAD(&edge->live, c, links);
    int64_t cap = edge->config.connection_cap;
    int64_t count = count_in(edge);

    conn_enter(c, edge->config.tls != NULL ? PHASE_HANDSHAKE : PHASE_IDLE);
    c->is_excess = count > cap;
    if (count > cap + cap / 8 + 16) { /* too many to tell each one: it costs a handshake */
        edge_log(edge, "edge.connection_cap", c, 0, "closed without an answer");
        conn_close(c);
        return;
    }
    conn_step(c);
}

void conn_enter(struct conn *c, enum conn_phase phase)
{
    struct edge *edge = c->edge;

    c->phase = phase;
    c->phase_us = c->progress_us = clock_mono_us();
    c->progress_count = 0;
    if (phase != PHASE_GONE && phase != PHASE_CLOSED)
        return;
    LIST_REMOVE(c, links);
    LIST_INSERT_HEAD(phase == PHASE_GONE ? &edge->gone : &edge->dead, c, links);
    owner_release(c);
    if (phase == PHASE_CLOSED)
        count_out(edge);
}

/* Nothing of the socket is used any more. */
static void let_go(struct conn *c)
{
    event_del(&c->readable);
    event_del(&c->writable);
    event_del(&c->timer);
    link_done(&c->link);
}

void conn_close(struct conn *c)
{
    struct edge *edge = c->edge;

    if (c->phase == PHASE_CLOSED)
        return;
    if (c->phase != PHASE_GONE)
        let_go(c);
    conn_free_outbox(c);
    conn_free_body(c);
    if (c->window_len > 0)
        explicit_bzero(c->window, c->window_len);
    conn_enter(c, PHASE_CLOSED);
    if (edge->is_freed)
        edge_release(edge); /* its event base may be gone already */
    else
        event_active(&edge->reap, EV_TIMEOUT, 0);
}

void conn_lose(struct conn *c)
{
    let_go(c);
    conn_enter(c, PHASE_GONE);
    c->edge->config.on_gone(c->edge->config.arg, &c->exchange);
}

static bool note_want(struct conn *c, enum link_result result)
{
    c->wants_read = result == LINK_WANT_READ;
    c->wants_write = result == LINK_WANT_WRITE;
    return c->wants_read || c->wants_write;
}

static bool step_handshake(struct conn *c)
{
    enum link_result result = link_handshake(&c->link, &c->peer);

    if (note_want(c, result))
        return false;
    if (result == LINK_OK) {
        owner_find(c);
        conn_enter(c, PHASE_IDLE);
        return true;
    }
    if (link_refusal(&c->link)[0] != 0)
        edge_log(c->edge, "edge.tls_refused", c, 0, link_refusal(&c->link));
    link_seal(&c->link);
    conn_enter(c, PHASE_LINGER); /* or the alert would be lost with what the peer had sent */
    return true;
}

bool conn_rest(struct conn *c)
{
    conn_enter(c, PHASE_IDLE);
    c->wants_read = true;
    return c->window_len > 0 || c->has_ended || link_has_pending(&c->link);
}

/* The service works. Read on, to learn of a peer that leaves, as far as the window has room. */
static bool step_wait(struct conn *c)
{
    if (c->has_ended || c->window_len == (size_t)LIMIT_WINDOW_LEN)
        return false;
    enum link_result result = conn_fill(c);

    if (note_want(c, result))
        return false;
    if (result == LINK_END)
        c->has_ended = true;
    else if (result == LINK_GONE)
        conn_lose(c);
    return true;
}

static bool step_write(struct conn *c)
{
    enum link_result result = conn_flush(c);

    if (note_want(c, result))
        return false;
    conn_free_outbox(c);
    if (result != LINK_OK) {
        conn_close(c);
        return false;
    }
    if (c->closes) {
        link_seal(&c->link);
        conn_enter(c, PHASE_LINGER);
        return true;
    }
    return conn_rest(c);
}

static bool step_linger(struct conn *c)
{
    enum link_result result = link_discard(&c->link);

    if (note_want(c, result))
        return false;
    if (result == LINK_OK)
        return true;
    conn_close(c);
    return false;
}

/* One step of the phase. false: it waits, or is over. */
static bool step_once(struct conn *c)
{
    switch (c->phase) {
    case PHASE_HANDSHAKE:
        return step_handshake(c);
    case PHASE_IDLE:
    case PHASE_HEAD:
        return conn_read_head(c);
    case PHASE_BODY:
        return conn_read_body(c);
    case PHASE_WAIT:
        return step_wait(c);
    case PHASE_WRITE:
        return step_write(c);
    case PHASE_LINGER:
        return step_linger(c);
    case PHASE_GONE:
    case PHASE_CLOSED:
        return false;
    }
    return false;
}

void conn_step(struct conn *c)
{
    int left = STEP_BUDGET;

    c->is_stepping = true;
    c->wants_read = c->wants_write = false;
    while (left > 0 && step_once(c))
        left--;
    c->is_stepping = false;
    if (left == 0)
        c->is_resumed = true; /* others are served first */
    conn_settle(c);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The moment at which the phase has lasted too long. */
static int64_t deadline_of(const struct conn *c)
{
    const struct edge_config *config = &c->edge->config;
    int64_t earned_us = (int64_t)(c->progress_count * 1000000 / LIMIT_BODY_RATE);
    int64_t stall_us = config->write_stall_s * second_us;

    switch (c->phase) {
    case PHASE_HANDSHAKE:
        return c->phase_us + config->handshake_s * second_us;
    case PHASE_IDLE:
        return c->phase_us + (c->is_excess ? config->head_s : config->idle_s) * second_us;
    case PHASE_HEAD:
        return c->phase_us + config->head_s * second_us;
    case PHASE_BODY:
        return c->phase_us + config->body_s * second_us + earned_us;
    case PHASE_WRITE: /* bytes must leave, and not just a few */
        return least(c->progress_us, c->phase_us + earned_us) + stall_us;
    case PHASE_LINGER:
        return c->phase_us + LIMIT_LINGER_S * second_us;
    case PHASE_WAIT:
    case PHASE_GONE:
    case PHASE_CLOSED:
        break;
    }
    return INT64_MAX;
}

/* A timer that fires too early is armed again then: cheaper than moving it in each phase. */
static void arm_timer(struct conn *c)
{
    int64_t now_us = clock_mono_us();
    int64_t at_us = c->is_resumed ? now_us : deadline_of(c);

    if (at_us >= c->timer_us)
        return;
    int64_t left_us = at_us > now_us ? at_us - now_us : 0;
    struct timeval after = {.tv_sec = left_us / second_us, .tv_usec = left_us % second_us};

    c->timer_us = at_us;
    event_add(&c->timer, &after);
}

static void set_interest(struct event *event, bool *is_armed, bool wanted)
{
    if (*is_armed == wanted)
        return;
    *is_armed = wanted;
    if (wanted)
        event_add(event, NULL);
    else
        event_del(event);
}

void conn_settle(struct conn *c)
{
    if (c->phase == PHASE_GONE || c->phase == PHASE_CLOSED)
        return;
    if (c->edge->is_draining && !c->is_resumed &&
        (c->phase == PHASE_IDLE || c->phase == PHASE_HANDSHAKE)) {
        link_seal(&c->link);
        conn_close(c);
        return;
    }
    if (c->phase == PHASE_IDLE && !c->is_resumed && c->edge->conn_count > LIMIT_WARM_COUNT)
        conn_cool(c);
    set_interest(&c->readable, &c->is_reading, c->wants_read);
    set_interest(&c->writable, &c->is_writing, c->wants_write);
    arm_timer(c);
}

static void expire(struct conn *c)
{
    switch (c->phase) {
    case PHASE_HEAD:
    case PHASE_BODY:
        conn_refuse(c, schuil_rc(RC_LIMIT_TIME),
                    c->phase == PHASE_HEAD ? "the head came too slowly"
                                           : "the body came too slowly");
        conn_step(c);
        return;
    case PHASE_HANDSHAKE:
        edge_log(c->edge, "edge.tls_refused", c, 0, "the handshake took too long");
        break;
    case PHASE_WRITE:
        edge_log(c->edge, "edge.reader_stalled", c, 0, "the answer was read too slowly");
        break;
    case PHASE_IDLE:
        link_seal(&c->link);
        break;
    case PHASE_LINGER:
    case PHASE_WAIT:
    case PHASE_GONE:
    case PHASE_CLOSED:
        break;
    }
    conn_close(c);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct conn *c = arg;

    (void)fd;
    (void)what;
    c->timer_us = INT64_MAX;
    if (c->is_resumed) {
        c->is_resumed = false;
        conn_step(c);
    } else if (clock_mono_us() >= deadline_of(c)) {
        expire(c);
    } else {
        arm_timer(c);
    }
}
