/* SPDX-License-Identifier: Apache-2.0 */
/* A listener and the connections that came by it: accepting, the pause at the descriptor limit,
 * draining, the end. Not here: what happens on a connection. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "../clock.h"
#include "../log.h"
#include "conn.h"

void edge_log(struct edge *edge, const char *event, const struct conn *conn, int status,
              const char *reason)
{
    int64_t second = clock_mono_us() / 1000000;
    struct log_field fields[] = {
        log_text("access", edge->config.access),
        log_text("peer", conn->peer_text),
        log_text("reason", reason),
        log_text("request", conn->exchange.id[0] != 0 ? conn->exchange.id : NULL),
        log_number("status", status),
    };
    size_t n = sizeof fields / sizeof fields[0];

    if (second != edge->log_second)
        edge->log_count = 0;
    edge->log_second = second;
    if (edge->log_count++ < LIMIT_STRANGER_LOG_COUNT)
        log_write(LOG_LEVEL_INFO, event, fields, status != 0 ? n : n - 1);
}

static void log_plain(const struct edge *edge, enum log_level level, const char *event,
                      const char *reason)
{
    struct log_field fields[] = {
        log_text("access", edge->config.access),
        log_text("address", edge->config.address),
        log_text("reason", reason),
    };

    log_write(level, event, fields, sizeof fields / sizeof fields[0]);
}

/* ---- accepting --------------------------------------------------------------------------- */

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
                      int len, void *arg)
{
    struct edge *edge = arg;

    (void)listener;
    (void)len;
    if (edge->is_paused)
        log_plain(edge, LOG_LEVEL_INFO, "edge.accept_resumed", NULL);
    edge->is_paused = false;
    conn_begin(edge, fd, address);
}

/* No descriptor or memory for another connection. The listening socket stays readable, so without
 * a pause the loop would spin. One line for each time of want, however often it is tried again. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
    struct edge *edge = arg;
    struct timeval pause = {.tv_usec = LIMIT_ACCEPT_PAUSE_MS * 1000};

    if (!edge->is_paused)
        log_plain(edge, LOG_LEVEL_ERROR, "edge.accept_paused", strerrordesc_np(errno));
    edge->is_paused = true;
    evconnlistener_disable(listener);
    event_add(&edge->pause, &pause);
}

static void on_pause_over(evutil_socket_t fd, short what, void *arg)
{
    struct edge *edge = arg;

    (void)fd;
    (void)what;
    if (edge->listener != NULL)
        evconnlistener_enable(edge->listener);
}

static bool set_option(int fd, int level, int name)
{
    int on = 1;

    return setsockopt(fd, level, name, &on, sizeof on) == 0;
}

/* TCP_NODELAY is inherited by what is accepted: no call for each connection. */
static bool listen_on(const struct edge *edge, int fd, const struct sockaddr *address, int len)
{
    bool has_options = set_option(fd, SOL_SOCKET, SO_REUSEADDR) &&
                       set_option(fd, IPPROTO_TCP, TCP_NODELAY) &&
                       (!edge->config.reuse_port || set_option(fd, SOL_SOCKET, SO_REUSEPORT));

    return has_options && bind(fd, address, (socklen_t)len) == 0 && listen(fd, SOMAXCONN) == 0;
}

static uint16_t port_of(int fd)
{
    union {
        struct sockaddr_in6 v6;
        struct sockaddr_in v4;
        struct sockaddr any;
    } address = {.v6 = {0}};
    socklen_t len = sizeof address;

    if (getsockname(fd, &address.any, &len) != 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

/* "127.0.0.1:8443" or "[::1]:8443"; port 0, which libevent refuses, is the kernel's choice. */
static bool parse_address(const char *text, struct sockaddr_storage *ret, int *ret_len)
{
    char host[64];
    const char *colon = strrchr(text, ':');
    bool has_port = colon != NULL && strchr(colon, ']') == NULL;

    if (!has_port || (size_t)(colon - text) >= sizeof host)
        return false;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = 0;
    return evutil_parse_sockaddr_port(strcmp(colon, ":0") == 0 ? host : text,
                                      (struct sockaddr *)ret, ret_len) == 0;
}

/* The listening socket, or -1. */
static int open_listener(const struct edge *edge)
{
    struct sockaddr_storage address;
    int len = sizeof address;

    if (!parse_address(edge->config.address, &address, &len)) {
        errno = EINVAL;
        return -1;
    }
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd >= 0 && !listen_on(edge, fd, (struct sockaddr *)&address, len)) {
        int saved = errno;

        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

static SCHUIL_RC start(struct edge *edge)
{
    int fd = open_listener(edge);

    if (fd < 0) {
        log_plain(edge, LOG_LEVEL_ERROR, "edge.listen_failed", strerrordesc_np(errno));
        return schuil_rc(RC_CONFIG_SETTING);
    }
    edge->port = port_of(fd);
    edge->listener = evconnlistener_new(edge->config.base, on_accept, edge,
                                        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    if (edge->listener == NULL) {
        close(fd);
        return schuil_rc(RC_INTERNAL_MEMORY);
    }
    evconnlistener_set_error_cb(edge->listener, on_accept_error);
    return SCHUIL_OK;
}

/* ---- the life of an edge ----------------------------------------------------------------- */

void edge_reap(struct edge *edge)
{
    struct conn *c;

    while ((c = LIST_FIRST(&edge->dead)) != NULL) {
        LIST_REMOVE(c, links);
        free(c->window);
        free(c);
    }
}

static void on_reap(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    edge_reap(arg);
}

SCHUIL_RC edge_new(const struct edge_config *config, struct edge **ret)
{
    struct edge *edge = calloc(1, sizeof *edge);

    *ret = NULL;
    ENSURE(edge != NULL, RC_INTERNAL_MEMORY);
    signal(SIGPIPE, SIG_IGN); /* a peer that has left is a result, not the end of the process */
    edge->config = *config;
    LIST_INIT(&edge->live);
    LIST_INIT(&edge->gone);
    LIST_INIT(&edge->dead);
    evtimer_assign(&edge->pause, config->base, on_pause_over, edge);
    evtimer_assign(&edge->reap, config->base, on_reap, edge);
    struct schuil_rc rc = start(edge);

    if (!schuil_is_ok(rc)) {
        free(edge);
        return rc;
    }
    *ret = edge;
    return SCHUIL_OK;
}

void edge_set_limits(struct edge *edge, const struct edge_limits *limits)
{
    struct edge_config *config = &edge->config;

    config->handshake_s = limits->handshake_s;
    config->head_s = limits->head_s;
    config->body_s = limits->body_s;
    config->write_stall_s = limits->write_stall_s;
    config->idle_s = limits->idle_s;
    config->connection_cap = limits->connection_cap;
}

uint16_t edge_port(const struct edge *edge)
{
    return edge->port;
}

size_t edge_connection_count(const struct edge *edge)
{
    return edge->conn_count;
}

static void stop_accepting(struct edge *edge)
{
    event_del(&edge->pause);
    if (edge->listener != NULL)
        evconnlistener_free(edge->listener);
    edge->listener = NULL;
}

void edge_drain(struct edge *edge)
{
    struct conn *c;
    struct timeval now = {0};

    stop_accepting(edge);
    edge->is_draining = true;
    LIST_FOREACH(c, &edge->live, links) /* each steps once more, then closes if it is idle */
    {
        c->is_resumed = true;
        c->timer_us = 0;
        event_add(&c->timer, &now);
    }
}

void edge_release(struct edge *edge)
{
    edge_reap(edge);
    if (LIST_EMPTY(&edge->live) && LIST_EMPTY(&edge->gone))
        free(edge);
}

void edge_free(struct edge *edge)
{
    struct conn *c;

    if (edge == NULL)
        return;
    stop_accepting(edge);
    while ((c = LIST_FIRST(&edge->live)) != NULL) {
        if (c->phase == PHASE_WAIT)
            conn_lose(c);
        else
            conn_close(c);
    }
    event_del(&edge->reap);
    edge->is_freed = true;
    edge_release(edge);
}
