/* SPDX-License-Identifier: Apache-2.0 */
/* Load generator: repeats one request over kept-alive mTLS connections and tells latencies as JSON.
 *
 *   load --server HOST:PORT --cert FILE --key FILE --ca FILE --path PATH [--body FILE]
 *        [--connections N] [--seconds S | --requests N] [--warmup N] [--rate R] [--pid P]...
 * [--idle]
 *
 * One thread and one epoll for all connections, because a client that spends more than the server
 * measures itself: per request one read, one write and a share of epoll_wait. It tells its own CPU
 * time (own_cpu_s), so that a run in which it was the bottleneck can be seen.
 *
 * --body FILE   what is posted; without it the request is a GET
 * --rate R      R requests a second on whatever connection is free, however slow the answers are;
 *               latency then counts from the moment a request was due. Without it each connection
 *               asks again as soon as it was answered, and latency counts from the first byte
 *               written. It always ends with the last byte read.
 * --pid P       that process's CPU time over the measured part (cpu_s, in the order given): neither
 *               handshakes nor warm-up are in it
 * --warmup N    requests on each connection before the measured part; default 2
 * --idle        open the connections, answer the warm-up on each, print "ready", and hold them
 *               until standard input ends
 *
 * Every answer must be 200 and of full length; anything else counts as failed and costs a new
 * connection. Exit 0; 1 when a request failed; 2 when it could not begin. */
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTION_COUNT_MAX = 16384,
    PID_COUNT_MAX = 8,
    HEAD_LEN_MAX = 4096, /* of an answer, and of our request's */
    READ_LEN = 65536,
    EVENT_COUNT = 256,
    FAILED_COUNT_MAX = 10000, /* then something is broken for good */
};

enum lane_state { LANE_FREE, LANE_WRITING, LANE_READING };

struct lane {
    SSL *ssl;
    enum lane_state state;
    bool waits_to_write;
    size_t sent, got, whole; /* whole: length of the answer; 0: its head is not complete */
    double begin_s;
    char head[HEAD_LEN_MAX + 1];
};

static struct {
    const char *server, *cert, *key, *ca, *path, *body_file;
    long connection_count, request_count, warmup_count, pid_count;
    double seconds, rate;
    bool is_idle;
    pid_t pids[PID_COUNT_MAX];
    char host[256], port[16];
} plan = {.connection_count = 1, .seconds = 5, .warmup_count = 2};

static struct {
    SSL_CTX *tls;
    int epoll;
    uint8_t *request; /* head and body, sent as one */
    size_t request_len;
    struct lane *lanes;
    struct lane **idle; /* a stack of the free ones */
    size_t idle_count;
    long started, failed, under_way;
    double begin_s, cpu_s[PID_COUNT_MAX], own_cpu_s;
    uint64_t bytes_in;
    uint32_t *samples; /* tenths of a microsecond */
    size_t sample_count, sample_cap;
} run;

static double clock_s(clockid_t clock)
{
    struct timespec t = {0};

    if (clock_gettime(clock, &t) != 0)
        return 0;
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double now_s(void)
{
    return clock_s(CLOCK_MONOTONIC);
}

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "load: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(2);
}

static void need(bool is_good, const char *what)
{
    if (!is_good)
        give_up(what);
}

/* --- options --- */

static void add_pid(const char *text)
{
    need(plan.pid_count < PID_COUNT_MAX, "too many --pid");
    plan.pids[plan.pid_count++] = (pid_t)strtol(text, NULL, 10);
}

static void take_option(int option, const char *text)
{
    switch (option) {
    case 's':
        plan.server = text;
        break;
    case 'c':
        plan.cert = text;
        break;
    case 'k':
        plan.key = text;
        break;
    case 'a':
        plan.ca = text;
        break;
    case 'p':
        plan.path = text;
        break;
    case 'b':
        plan.body_file = text;
        break;
    case 't':
        plan.seconds = strtod(text, NULL);
        break;
    case 'n':
        plan.connection_count = strtol(text, NULL, 10);
        break;
    case 'r':
        plan.request_count = strtol(text, NULL, 10);
        break;
    case 'w':
        plan.warmup_count = strtol(text, NULL, 10);
        break;
    case 'R':
        plan.rate = strtod(text, NULL);
        break;
    case 'P':
        add_pid(text);
        break;
    case 'i':
        plan.is_idle = true;
        break;
    default:
        exit(64);
    }
}

static void parse_options(int argc, char **argv)
{
    static const struct option options[] = {
        {"server", 1, 0, 's'},   {"cert", 1, 0, 'c'},     {"key", 1, 0, 'k'},
        {"ca", 1, 0, 'a'},       {"path", 1, 0, 'p'},     {"body", 1, 0, 'b'},
        {"seconds", 1, 0, 't'},  {"duration", 1, 0, 't'}, {"connections", 1, 0, 'n'},
        {"requests", 1, 0, 'r'}, {"warmup", 1, 0, 'w'},   {"rate", 1, 0, 'R'},
        {"pid", 1, 0, 'P'},      {"idle", 0, 0, 'i'},     {0, 0, 0, 0}};

    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;)
        take_option(o, optarg);
    need(plan.server != NULL && plan.cert != NULL && plan.key != NULL && plan.ca != NULL &&
             plan.path != NULL && plan.connection_count >= 1 &&
             plan.connection_count <= CONNECTION_COUNT_MAX,
         "options are missing; see the head of bench/load.c");
}

static void split_server(void)
{
    const char *colon = strrchr(plan.server, ':');

    need(colon != NULL && (size_t)(colon - plan.server) < sizeof plan.host, "--server HOST:PORT");
    memcpy(plan.host, plan.server, (size_t)(colon - plan.server));
    snprintf(plan.port, sizeof plan.port, "%s", colon + 1);
}

/* --- set-up --- */

static size_t body_len(FILE *file)
{
    need(file != NULL && fseek(file, 0, SEEK_END) == 0, "cannot read the body");
    long len = ftell(file);
    rewind(file);
    return (size_t)len;
}

static void make_request(void)
{
    FILE *file = plan.body_file != NULL ? fopen(plan.body_file, "rb") : NULL;
    size_t len = plan.body_file != NULL ? body_len(file) : 0;
    int head;

    run.request = malloc(HEAD_LEN_MAX + len);
    need(run.request != NULL, "no memory");
    if (file == NULL)
        head = snprintf((char *)run.request, HEAD_LEN_MAX, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n",
                        plan.path, plan.server);
    else
        head = snprintf((char *)run.request, HEAD_LEN_MAX,
                        "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\n\r\n",
                        plan.path, plan.server, len);
    need(head > 0 && head < HEAD_LEN_MAX, "the path is too long");
    run.request_len = (size_t)head + len;
    if (file != NULL) {
        need(fread(run.request + head, 1, len, file) == len, "cannot read the body");
        fclose(file);
    }
}

static void make_tls(void)
{
    run.tls = SSL_CTX_new(TLS_client_method());
    need(run.tls != NULL && SSL_CTX_load_verify_locations(run.tls, plan.ca, NULL) == 1 &&
             SSL_CTX_use_certificate_chain_file(run.tls, plan.cert) == 1 &&
             SSL_CTX_use_PrivateKey_file(run.tls, plan.key, SSL_FILETYPE_PEM) == 1,
         "TLS files");
    SSL_CTX_set_verify(run.tls, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(run.tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (!plan.is_idle) {
        SSL_CTX_set_read_ahead(run.tls, 1);
        SSL_CTX_set_default_read_buffer_len(run.tls, READ_LEN);
    }
}

static int dial(void)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int yes = 1;

    need(getaddrinfo(plan.host, plan.port, &hints, &found) == 0, "address");
    int fd = socket(found->ai_family, SOCK_STREAM, 0);
    need(fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) == 0, "connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    freeaddrinfo(found);
    return fd;
}

static void lane_watch(struct lane *lane, int how, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = lane};

    need(epoll_ctl(run.epoll, how, SSL_get_fd(lane->ssl), &event) == 0, "epoll");
}

/* The handshake is waited for: it is no part of what is measured. */
static void lane_open(struct lane *lane)
{
    int fd = dial();

    lane->ssl = SSL_new(run.tls);
    need(lane->ssl != NULL && SSL_set_fd(lane->ssl, fd) == 1 && SSL_connect(lane->ssl) == 1,
         "TLS handshake");
    need(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
    lane->state = LANE_FREE;
    lane->waits_to_write = false;
    lane_watch(lane, EPOLL_CTL_ADD, EPOLLIN);
}

static void lane_close(struct lane *lane)
{
    int fd = SSL_get_fd(lane->ssl);

    SSL_free(lane->ssl);
    close(fd);
}

/* --- one request --- */

/* Length of head and body together once the head is complete, else 0. */
static size_t answer_len(const char *head)
{
    const char *end = strstr(head, "\r\n\r\n");
    const char *len = strcasestr(head, "\r\ncontent-length:");

    if (end == NULL || len == NULL || len > end)
        return 0;
    return (size_t)(end + 4 - head) + strtoul(len + 17, NULL, 10);
}

static void add_sample(double seconds)
{
    if (run.sample_count == run.sample_cap) {
        run.sample_cap = run.sample_cap == 0 ? 1 << 16 : 2 * run.sample_cap;
        run.samples = realloc(run.samples, run.sample_cap * sizeof *run.samples);
        need(run.samples != NULL, "no memory");
    }
    run.samples[run.sample_count++] = (uint32_t)(seconds * 1e7);
}

static void lane_free(struct lane *lane)
{
    lane->state = LANE_FREE;
    run.idle[run.idle_count++] = lane;
    run.under_way--;
}

static void lane_fail(struct lane *lane)
{
    need(++run.failed < FAILED_COUNT_MAX, "too many requests failed");
    lane_close(lane);
    lane_open(lane);
    lane_free(lane);
}

static void lane_answered(struct lane *lane)
{
    bool is_good = strncmp(lane->head, "HTTP/1.1 200", 12) == 0 && lane->got == lane->whole;

    run.bytes_in += lane->got;
    if (!is_good) {
        lane_fail(lane);
        return;
    }
    add_sample(now_s() - lane->begin_s);
    lane_free(lane);
}

/* What OpenSSL could not do now. false: the connection is of no use any more. */
static bool lane_wait(struct lane *lane, int result)
{
    int error = SSL_get_error(lane->ssl, result);
    bool waits_to_write = error == SSL_ERROR_WANT_WRITE;

    if (!waits_to_write && error != SSL_ERROR_WANT_READ)
        return false;
    if (waits_to_write != lane->waits_to_write) {
        lane->waits_to_write = waits_to_write;
        lane_watch(lane, EPOLL_CTL_MOD, waits_to_write ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
    return true;
}

/* 1: done; 0: has to wait; -1: failed. */
static int lane_write(struct lane *lane)
{
    while (lane->sent < run.request_len) {
        int n = SSL_write(lane->ssl, run.request + lane->sent, (int)(run.request_len - lane->sent));
        if (n <= 0)
            return lane_wait(lane, n) ? 0 : -1;
        lane->sent += (size_t)n;
    }
    lane->state = LANE_READING;
    return 1;
}

/* As lane_write. The first bytes go to `head` until it is complete; the rest is only counted. */
static int lane_read(struct lane *lane)
{
    static char rest[READ_LEN];

    while (lane->whole == 0 || lane->got < lane->whole) {
        bool is_head = lane->whole == 0;
        char *to = is_head ? lane->head + lane->got : rest;
        size_t room = is_head ? HEAD_LEN_MAX - lane->got : sizeof rest;
        int n = room > 0 ? SSL_read(lane->ssl, to, (int)room) : -1;
        if (n <= 0)
            return room > 0 && lane_wait(lane, n) ? 0 : -1;
        lane->got += (size_t)n;
        if (is_head) {
            lane->head[lane->got] = 0;
            lane->whole = answer_len(lane->head);
        }
    }
    return 1;
}

static void lane_step(struct lane *lane)
{
    int done = 1;

    if (lane->state == LANE_WRITING)
        done = lane_write(lane);
    if (done == 1 && lane->state == LANE_READING)
        done = lane_read(lane);
    if (done < 0)
        lane_fail(lane);
    else if (done == 1)
        lane_answered(lane);
}

static void lane_start(double begin_s)
{
    struct lane *lane = run.idle[--run.idle_count];

    lane->state = LANE_WRITING;
    lane->sent = lane->got = lane->whole = 0;
    lane->begin_s = begin_s;
    run.started++;
    run.under_way++;
    lane_step(lane);
}

/* --- the loop --- */

static bool may_start(double now)
{
    if (plan.request_count > 0)
        return run.started < plan.request_count;
    return now - run.begin_s < plan.seconds;
}

/* Start what is due on free connections; microseconds until the next is due, or -1 when what comes
 * next is an answer. */
static long start_due(void)
{
    double now = now_s();

    while (run.idle_count > 0 && may_start(now)) {
        double due_s = plan.rate > 0 ? run.begin_s + (double)run.started / plan.rate : now;
        if (due_s > now)
            return (long)((due_s - now) * 1e6);
        lane_start(plan.rate > 0 ? due_s : now);
        now = now_s();
    }
    return -1;
}

static void on_event(const struct epoll_event *event)
{
    struct lane *lane = event->data.ptr;

    if (lane->state != LANE_FREE) {
        lane_step(lane);
        return;
    }
    /* Session tickets come by themselves; an end does too, and the server may end what is idle. */
    char byte;
    int n = SSL_read(lane->ssl, &byte, 1);
    if (n <= 0 && !lane_wait(lane, n)) {
        lane_close(lane);
        lane_open(lane);
    }
}

/* Until nothing may be started and nothing is under way. */
static void run_all(void)
{
    struct epoll_event events[EVENT_COUNT];

    for (;;) {
        long wait_us = start_due();
        if (run.under_way == 0 && wait_us < 0)
            return;
        struct timespec wait = {wait_us / 1000000, wait_us % 1000000 * 1000};
        int n = epoll_pwait2(run.epoll, events, EVENT_COUNT, wait_us < 0 ? NULL : &wait, NULL);
        for (int i = 0; i < n; i++)
            on_event(&events[i]);
    }
}

/* All connections at once, whatever --rate says: each is used at least once. */
static void warm_up(void)
{
    double rate = plan.rate;
    long request_count = plan.request_count;

    plan.rate = 0;
    plan.request_count = plan.warmup_count * plan.connection_count;
    if (plan.request_count > 0)
        run_all();
    need(run.failed == 0, "a warm-up request failed");
    plan.rate = rate;
    plan.request_count = request_count;
    run.started = 0;
    run.sample_count = 0;
    run.bytes_in = 0;
}

static void open_all(void)
{
    run.epoll = epoll_create1(EPOLL_CLOEXEC);
    run.lanes = calloc((size_t)plan.connection_count, sizeof *run.lanes);
    run.idle = calloc((size_t)plan.connection_count, sizeof(struct lane *));
    need(run.epoll >= 0 && run.lanes != NULL && run.idle != NULL, "no memory");
    for (long i = 0; i < plan.connection_count; i++) {
        lane_open(&run.lanes[i]);
        run.idle[run.idle_count++] = &run.lanes[i];
    }
}

/* --- the result --- */

static double process_cpu_s(pid_t pid)
{
    clockid_t clock;

    return clock_getcpuclockid(pid, &clock) == 0 ? clock_s(clock) : 0;
}

/* sign -1 at the begin and 1 at the end leave what was used between. */
static void count_cpu(double sign)
{
    for (long i = 0; i < plan.pid_count; i++)
        run.cpu_s[i] += sign * process_cpu_s(plan.pids[i]);
    run.own_cpu_s += sign * clock_s(CLOCK_PROCESS_CPUTIME_ID);
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static double percentile_us(unsigned permille)
{
    if (run.sample_count == 0)
        return 0;
    return (double)run.samples[(run.sample_count - 1) * permille / 1000] / 10;
}

static void report(double seconds)
{
    qsort(run.samples, run.sample_count, sizeof *run.samples, by_value);
    printf("{\"requests\": %zu, \"failed\": %ld, \"seconds\": %.4f, \"bytes_in\": %llu, "
           "\"p50_us\": %.1f, \"p90_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, "
           "\"max_us\": %.1f, \"own_cpu_s\": %.6f, \"cpu_s\": [",
           run.sample_count, run.failed, seconds, (unsigned long long)run.bytes_in,
           percentile_us(500), percentile_us(900), percentile_us(990), percentile_us(999),
           percentile_us(1000), run.own_cpu_s);
    for (long i = 0; i < plan.pid_count; i++)
        printf("%s%.6f", i == 0 ? "" : ", ", run.cpu_s[i]);
    printf("]}\n");
}

static void hold(void)
{
    char byte;

    puts("ready");
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    parse_options(argc, argv);
    split_server();
    make_request();
    make_tls();
    open_all();
    warm_up();
    if (plan.is_idle) {
        hold();
        return 0;
    }
    run.begin_s = now_s();
    count_cpu(-1);
    run_all();
    count_cpu(1);
    report(now_s() - run.begin_s);
    return run.failed > 0;
}
