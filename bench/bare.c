/* SPDX-License-Identifier: Apache-2.0 */
/* The server's own bare answer: schuilnaamd's edge, loop, TLS and routes, without JSON, policy,
 * cryptography, audit and log. Every POST that has a route is answered at once by a body of a fixed
 * size. What the service costs beyond this is what it does.
 *
 *   bare --listen HOST:PORT --cert FILE --key FILE --ca FILE [--size N] [--workers N]
 *
 * Prints "ready HOST:PORT" once it listens; ends on SIGTERM and SIGINT. Not for any other use, and
 * never installed. */
#include <event2/event.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/exchange.h"
#include "route.h"

enum { WORKERS_MAX = 64, SIZE_MAX_LEN = 64 << 20, TICK_MS = 50, CONNECTION_CAP = 100000 };

struct plan {
    const char *listen, *cert, *key, *ca;
    size_t size, workers;
    char *body;
    struct edge_tls *tls;
    struct route_table routes;
    _Atomic int64_t connection_count;
    _Atomic bool is_ending;
};

struct lane {
    struct plan *plan;
    pthread_t thread;
    struct event_base *base;
    struct edge *edge;
    struct event *on_tick;
};

static void give_up(const char *what)
{
    fprintf(stderr, "bare: %s\n", what);
    exit(2);
}

static size_t number_of(const char *text, size_t least, size_t most)
{
    char *end = NULL;
    unsigned long long n = strtoull(text, &end, 10);
    if (end == text || *end != '\0' || n < least || n > most)
        give_up("a number is out of range");
    return (size_t)n;
}

static void parse_options(int argc, char **argv, struct plan *plan)
{
    static const struct option options[] = {
        {"listen", 1, 0, 'l'}, {"cert", 1, 0, 'c'},    {"key", 1, 0, 'k'}, {"ca", 1, 0, 'a'},
        {"size", 1, 0, 's'},   {"workers", 1, 0, 'w'}, {0, 0, 0, 0}};
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (o == 'l')
            plan->listen = optarg;
        else if (o == 'c')
            plan->cert = optarg;
        else if (o == 'k')
            plan->key = optarg;
        else if (o == 'a')
            plan->ca = optarg;
        else if (o == 's')
            plan->size = number_of(optarg, 0, SIZE_MAX_LEN);
        else if (o == 'w')
            plan->workers = number_of(optarg, 1, WORKERS_MAX);
        else
            exit(64);
    }
    if (plan->listen == NULL || plan->cert == NULL || plan->key == NULL || plan->ca == NULL)
        give_up("options are missing; see the head of bench/bare.c");
}

/* ---- the edge's callbacks ---- */

static void on_route(void *arg, const char *method, struct bytes path, struct edge_route_view *ret)
{
    struct lane *lane = arg;
    route_find(&lane->plan->routes, LISTENER_API, method, path, ret);
}

static void on_request(void *arg, struct exchange *x)
{
    struct lane *lane = arg;
    struct exchange_answer answer = {.status = 200,
                                     .content_type = "application/json",
                                     .body = bytes_of(lane->plan->body, lane->plan->size)};
    exchange_answer(x, &answer);
}

static void on_gone(void *arg, struct exchange *x)
{
    (void)arg;
    (void)x; /* never under way when the loop runs */
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct lane *lane = arg;
    (void)fd;
    (void)what;
    if (atomic_load(&lane->plan->is_ending))
        event_base_loopbreak(lane->base);
}

/* ---- lanes ---- */

static void lane_open(struct lane *lane)
{
    static const struct timeval tick = {0, TICK_MS * 1000};
    struct plan *plan = lane->plan;
    lane->base = event_base_new();
    if (lane->base == NULL)
        give_up("no memory");
    struct edge_config config = {.base = lane->base,
                                 .address = plan->listen,
                                 .tls = plan->tls,
                                 .access = "bare",
                                 .reuse_port = true,
                                 .connection_count = &plan->connection_count,
                                 .connection_cap = CONNECTION_CAP,
                                 .on_route = on_route,
                                 .on_request = on_request,
                                 .on_gone = on_gone,
                                 .arg = lane,
                                 .handshake_s = LIMIT_HANDSHAKE_S,
                                 .head_s = LIMIT_HEAD_S,
                                 .body_s = LIMIT_BODY_S,
                                 .write_stall_s = LIMIT_WRITE_STALL_S,
                                 .idle_s = LIMIT_IDLE_S};
    lane->on_tick = event_new(lane->base, -1, EV_PERSIST, on_tick, lane);
    if (lane->on_tick == NULL || event_add(lane->on_tick, &tick) != 0 ||
        !schuil_is_ok(edge_new(&config, &lane->edge)))
        give_up("cannot listen");
}

static void *lane_run(void *arg)
{
    struct lane *lane = arg;
    event_base_dispatch(lane->base);
    return NULL;
}

static void lane_close(struct lane *lane)
{
    edge_free(lane->edge);
    event_free(lane->on_tick);
    event_base_free(lane->base);
}

static void plan_prepare(struct plan *plan)
{
    char finding[512] = "";
    plan->body = malloc(plan->size + 1);
    if (plan->body == NULL || !schuil_is_ok(route_table_build(&plan->routes)))
        give_up("no memory");
    memset(plan->body, 'x', plan->size);
    struct edge_tls_files files = {plan->cert, plan->key, plan->ca, "1.3", "", "listed"};
    if (!schuil_is_ok(edge_tls_new(&files, &plan->tls, finding, sizeof finding)))
        give_up(finding);
}

static void serve(struct plan *plan, const sigset_t *ends)
{
    static struct lane lanes[WORKERS_MAX];
    int caught = 0;
    for (size_t i = 0; i < plan->workers; i++) {
        lanes[i].plan = plan;
        lane_open(&lanes[i]);
    }
    for (size_t i = 0; i < plan->workers; i++)
        if (pthread_create(&lanes[i].thread, NULL, lane_run, &lanes[i]) != 0)
            give_up("no thread");
    printf("ready %s\n", plan->listen);
    fflush(stdout);
    sigwait(ends, &caught);
    atomic_store(&plan->is_ending, true);
    for (size_t i = 0; i < plan->workers; i++) {
        pthread_join(lanes[i].thread, NULL);
        lane_close(&lanes[i]);
    }
}

int main(int argc, char **argv)
{
    static struct plan plan = {.size = 256, .workers = 1};
    sigset_t ends;

    parse_options(argc, argv, &plan);
    plan_prepare(&plan);
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    serve(&plan, &ends);
    edge_tls_free(plan.tls);
    free(plan.body);
    return 0;
}
