/* SPDX-License-Identifier: Apache-2.0 */
/* Load generator: repeats one POST over kept-alive mTLS connections, one thread each, and tells
 * latencies as JSON. Plain and blocking on purpose: what it measures is the server.
 *
 *   load --server HOST:PORT --cert FILE --key FILE --ca FILE --path PATH --body FILE
 *        [--connections N] [--seconds S] [--requests N] [--warmup N]
 *
 * Every answer must be 200 and of full length; anything else is counted as failed. Latency: from
 * the first byte written to the last byte read. Exit 1 when a request failed. */
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 1024, HEAD_LEN_MAX = 16384, SAMPLES_MAX = 1 << 20 };

struct plan {
    const char *server, *cert, *key, *ca, *path, *body_file;
    long connections, requests, warmup;
    double seconds;
    char host[256], port[16];
    uint8_t *request; /* head and body, sent as one */
    size_t request_len;
    SSL_CTX *tls;
    _Atomic long started;
    double begin_s;
};

struct lane {
    struct plan *plan;
    pthread_t thread;
    SSL *ssl;
    uint32_t *samples_us;
    size_t sample_count;
    long failed;
    uint64_t bytes_in;
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void give_up(const char *what)
{
    fprintf(stderr, "load: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(2);
}

static void parse_options(int argc, char **argv, struct plan *plan)
{
    static const struct option options[] = {{"server", 1, 0, 's'},
                                            {"cert", 1, 0, 'c'},
                                            {"key", 1, 0, 'k'},
                                            {"ca", 1, 0, 'a'},
                                            {"path", 1, 0, 'p'},
                                            {"body", 1, 0, 'b'},
                                            {"seconds", 1, 0, 't'},
                                            {"connections", 1, 0, 'n'},
                                            {"requests", 1, 0, 'r'},
                                            {"warmup", 1, 0, 'w'},
                                            {0, 0, 0, 0}};
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (o) {
        case 's':
            plan->server = optarg;
            break;
        case 'c':
            plan->cert = optarg;
            break;
        case 'k':
            plan->key = optarg;
            break;
        case 'a':
            plan->ca = optarg;
            break;
        case 'p':
            plan->path = optarg;
            break;
        case 'b':
            plan->body_file = optarg;
            break;
        case 't':
            plan->seconds = strtod(optarg, NULL);
            break;
        case 'n':
            plan->connections = strtol(optarg, NULL, 10);
            break;
        case 'r':
            plan->requests = strtol(optarg, NULL, 10);
            break;
        case 'w':
            plan->warmup = strtol(optarg, NULL, 10);
            break;
        default:
            exit(64);
        }
    }
    if (plan->server == NULL || plan->cert == NULL || plan->key == NULL || plan->ca == NULL ||
        plan->path == NULL || plan->body_file == NULL || plan->connections < 1 ||
        plan->connections > CONNECTIONS_MAX)
        give_up("options are missing; see the head of bench/load.c");
}

static void split_server(struct plan *plan)
{
    const char *colon = strrchr(plan->server, ':');
    if (colon == NULL || (size_t)(colon - plan->server) >= sizeof plan->host)
        give_up("--server HOST:PORT");
    memcpy(plan->host, plan->server, (size_t)(colon - plan->server));
    snprintf(plan->port, sizeof plan->port, "%s", colon + 1);
}

static void make_request(struct plan *plan)
{
    FILE *file = fopen(plan->body_file, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        give_up("cannot read the body");
    size_t body_len = (size_t)ftell(file);
    rewind(file);
    plan->request = malloc(HEAD_LEN_MAX + body_len);
    if (plan->request == NULL)
        give_up("no memory");
    int head = snprintf((char *)plan->request, HEAD_LEN_MAX,
                        "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\n\r\n",
                        plan->path, plan->server, body_len);
    if (head < 0 || head >= HEAD_LEN_MAX ||
        fread(plan->request + head, 1, body_len, file) != body_len)
        give_up("cannot read the body");
    plan->request_len = (size_t)head + body_len;
    fclose(file);
}

static void make_tls(struct plan *plan)
{
    plan->tls = SSL_CTX_new(TLS_client_method());
    if (plan->tls == NULL || SSL_CTX_load_verify_locations(plan->tls, plan->ca, NULL) != 1 ||
        SSL_CTX_use_certificate_chain_file(plan->tls, plan->cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(plan->tls, plan->key, SSL_FILETYPE_PEM) != 1)
        give_up("TLS files");
    SSL_CTX_set_verify(plan->tls, SSL_VERIFY_PEER, NULL);
}

static int dial(const struct plan *plan)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int yes = 1;
    if (getaddrinfo(plan->host, plan->port, &hints, &found) != 0)
        give_up("address");
    int fd = socket(found->ai_family, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0)
        give_up("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    freeaddrinfo(found);
    return fd;
}

static void lane_open(struct lane *lane)
{
    lane->ssl = SSL_new(lane->plan->tls);
    if (lane->ssl == NULL || SSL_set_fd(lane->ssl, dial(lane->plan)) != 1 ||
        SSL_connect(lane->ssl) != 1)
        give_up("TLS handshake");
}

static void lane_close(struct lane *lane)
{
    int fd = SSL_get_fd(lane->ssl);
    SSL_free(lane->ssl);
    close(fd);
}

/* Length of head and body together once the head is complete, else 0. Lower-case compare is enough:
 * the server under test writes one spelling. */
static size_t answer_len(const char *head)
{
    const char *end = strstr(head, "\r\n\r\n");
    const char *len = strcasestr(head, "\r\ncontent-length:");
    if (end == NULL || len == NULL || len > end)
        return 0;
    return (size_t)(end + 4 - head) + strtoul(len + 17, NULL, 10);
}

/* Read one answer whole. true: its status was 200. */
static bool read_answer(struct lane *lane)
{
    char head[HEAD_LEN_MAX + 1], rest[65536];
    size_t got = 0, whole = 0;
    while (whole == 0 && got < HEAD_LEN_MAX) {
        int n = SSL_read(lane->ssl, head + got, (int)(HEAD_LEN_MAX - got));
        if (n <= 0)
            return false;
        got += (size_t)n;
        head[got] = 0;
        whole = answer_len(head);
    }
    while (got < whole) {
        int n = SSL_read(lane->ssl, rest, (int)sizeof rest);
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    lane->bytes_in += got;
    return whole > 0 && strncmp(head, "HTTP/1.1 200", 12) == 0;
}

static bool run_request(struct lane *lane, uint32_t *ret_us)
{
    double start = now_s();
    size_t sent = 0;
    bool ok = SSL_write_ex(lane->ssl, lane->plan->request, lane->plan->request_len, &sent) == 1 &&
              read_answer(lane);
    *ret_us = (uint32_t)((now_s() - start) * 1e6);
    return ok;
}

static bool may_go_on(struct plan *plan)
{
    if (plan->requests > 0)
        return atomic_fetch_add(&plan->started, 1) < plan->requests;
    return now_s() - plan->begin_s < plan->seconds;
}

static void *lane_run(void *arg)
{
    struct lane *lane = arg;
    while (may_go_on(lane->plan)) {
        uint32_t us = 0;
        if (!run_request(lane, &us)) {
            lane->failed++;
            lane_close(lane);
            lane_open(lane);
        } else if (lane->sample_count < SAMPLES_MAX) {
            lane->samples_us[lane->sample_count++] = us;
        }
    }
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void report(struct lane *lanes, long count, double seconds)
{
    size_t n = 0;
    long failed = 0;
    uint64_t bytes = 0;
    for (long i = 0; i < count; i++) {
        n += lanes[i].sample_count;
        failed += lanes[i].failed;
        bytes += lanes[i].bytes_in;
    }
    uint32_t *all = calloc(n + 1, sizeof *all);
    if (all == NULL)
        give_up("no memory");
    size_t done = 0;
    for (long i = 0; i < count; i++) {
        memcpy(all + done, lanes[i].samples_us, lanes[i].sample_count * sizeof *all);
        done += lanes[i].sample_count;
    }
    qsort(all, n, sizeof *all, by_value);
    printf("{\"requests\": %zu, \"failed\": %ld, \"seconds\": %.4f, \"bytes_in\": %llu, "
           "\"p50_us\": %u, \"p90_us\": %u, \"p99_us\": %u, \"max_us\": %u}\n",
           n, failed, seconds, (unsigned long long)bytes, all[n / 2], all[n * 9 / 10],
           all[n * 99 / 100], n > 0 ? all[n - 1] : 0);
    free(all);
}

static void warm_up(struct lane *lane)
{
    uint32_t us = 0;
    for (long i = 0; i < lane->plan->warmup; i++)
        if (!run_request(lane, &us))
            give_up("a warm-up request failed");
}

int main(int argc, char **argv)
{
    static struct lane lanes[CONNECTIONS_MAX];
    static struct plan plan = {.connections = 1, .seconds = 5, .warmup = 2};
    long failed = 0;

    signal(SIGPIPE, SIG_IGN);
    parse_options(argc, argv, &plan);
    split_server(&plan);
    make_request(&plan);
    make_tls(&plan);
    for (long i = 0; i < plan.connections; i++) {
        lanes[i] = (struct lane){.plan = &plan, .samples_us = calloc(SAMPLES_MAX, 4)};
        lane_open(&lanes[i]);
        warm_up(&lanes[i]);
    }
    plan.begin_s = now_s();
    for (long i = 0; i < plan.connections; i++)
        pthread_create(&lanes[i].thread, NULL, lane_run, &lanes[i]);
    for (long i = 0; i < plan.connections; i++) {
        pthread_join(lanes[i].thread, NULL);
        failed += lanes[i].failed;
        lane_close(&lanes[i]);
    }
    report(lanes, plan.connections, now_s() - plan.begin_s);
    return failed > 0;
}
