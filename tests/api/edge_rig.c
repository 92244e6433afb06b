/* SPDX-License-Identifier: Apache-2.0 */
/* The edge with a service that the test drives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <event2/event.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "edge_rig.h"

#include "log.h"
#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/engine/policy.h"

int64_t rig_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static const struct {
    const char *path;
    const char *method;
    size_t body_cap;
} routes[] = {
    {"/now", "GET", 0},         {"/later", "GET", 0}, {"/big", "GET", 0},
    {"/echo", "POST", 1 << 20}, {"/fail", "GET", 0},  {"/huge", "POST", LIMIT_BODY_LEN},
};

static void on_route(void *arg, const char *method, struct bytes path, struct edge_route_view *ret)
{
    (void)arg;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (!bytes_equal(path, bytes_text(routes[i].path)))
            continue;
        ret->is_known = true;
        ret->method_ok = strcmp(method, routes[i].method) == 0;
        ret->allow = routes[i].method;
        ret->body_cap = routes[i].body_cap;
        ret->has_json_body = routes[i].body_cap > 0;
    }
}

static void count_freed(void *arg, const void *data)
{
    struct rig *rig = arg;

    rig->freed_count++;
    free((void *)(uintptr_t)data);
}

static void answer_big(struct rig *rig, struct exchange *x)
{
    uint8_t *data = malloc(rig->big_len);

    assert_non_null(data);
    for (size_t i = 0; i < rig->big_len; i++)
        data[i] = (uint8_t)('a' + i % 23);
    exchange_answer(x, &(struct exchange_answer){.status = 200,
                                                 .content_type = "text/plain",
                                                 .body = bytes_of(data, rig->big_len),
                                                 .free_body = count_freed,
                                                 .free_arg = rig});
}

static void note(struct rig *rig, struct exchange *x)
{
    struct bytes header = exchange_header(x, "x-test");

    rig->request_count++;
    const struct client_certificate *certificate = exchange_certificate(x);
    if (certificate != NULL)
        memcpy(rig->fingerprint, certificate->fingerprint, sizeof rig->fingerprint);
    rig->certificate_end_us = certificate == NULL ? INT64_MAX : certificate->end_us;
    snprintf(rig->last_id, sizeof rig->last_id, "%s", exchange_request_id(x));
    snprintf(rig->last_header, sizeof rig->last_header, "%.*s", (int)header.len,
             header.data != NULL ? (const char *)header.data : "");
    assert_true(exchange_arrived_us(x) <= rig_now_us());
    assert_true(strncmp(exchange_peer(x), "127.0.0.1:", 10) == 0);
    assert_string_equal(exchange_access(x), "test");
}

static void on_request(void *arg, struct exchange *x)
{
    struct rig *rig = arg;
    struct bytes path = exchange_path(x);
    struct exchange_answer now = {
        .status = 200, .content_type = "text/plain", .body = bytes_text("now")};

    note(rig, x);
    if (bytes_equal(path, bytes_text("/later"))) {
        assert_true(rig->held_count < RIG_HELD);
        rig->held[rig->held_count++] = x;
        exchange_set_user(x, rig);
    } else if (bytes_equal(path, bytes_text("/big"))) {
        answer_big(rig, x);
    } else if (bytes_equal(path, bytes_text("/fail"))) {
        exchange_fail(x, schuil_rc(RC_BUSY_SNAPSHOT), 0, NULL);
    } else {
        if (bytes_equal(path, bytes_text("/now")) == false)
            now.body = exchange_body(x); /* echo */
        exchange_answer(x, &now);
    }
}

static void on_gone(void *arg, struct exchange *x)
{
    struct rig *rig = arg;

    rig->gone_count++;
    if (rig->drops_gone)
        exchange_drop(x);
}

struct rig *rig_new(void)
{
    struct rig *rig = calloc(1, sizeof *rig);

    assert_non_null(rig);
    assert_true(schuil_is_ok(schuil_crypto_init()));
    rig->base = event_base_new();
    rig->log_fd = memfd_create("log", MFD_CLOEXEC);
    rig->big_len = 3 << 20;
    rig->config = (struct edge_config){
        .base = rig->base,
        .address = "127.0.0.1:0",
        .access = "test",
        .reuse_port = true,
        .connection_count = &rig->count,
        .connection_cap = 1000,
        .on_route = on_route,
        .on_request = on_request,
        .on_gone = on_gone,
        .arg = rig,
        .handshake_s = 1,
        .head_s = 1,
        .body_s = 1,
        .write_stall_s = 1,
        .idle_s = 5,
    };
    assert_true(rig->base != NULL && rig->log_fd >= 0);
    log_to(rig->log_fd);
    return rig;
}

void rig_start(struct rig *rig, const char *min_version)
{
    char finding[256];
    char server[128];
    char key[128];

    snprintf(server, sizeof server, "%s", rig_path("server.pem"));
    snprintf(key, sizeof key, "%s", rig_path("server.key"));
    struct edge_tls_files files = {server, key, rig_path("ca.pem"), min_version, "", "listed"};
    if (min_version != NULL)
        assert_true(schuil_is_ok(edge_tls_new(&files, &rig->tls, finding, sizeof finding)));
    rig->config.tls = rig->tls;
    assert_true(schuil_is_ok(edge_new(&rig->config, &rig->edge)));
    assert_true(edge_port(rig->edge) > 0);
}

void rig_free(struct rig *rig)
{
    edge_free(rig->edge);
    edge_tls_free(rig->tls);
    event_base_free(rig->base);
    log_to(STDERR_FILENO);
    close(rig->log_fd);
    free(rig);
}

void rig_turn(struct rig *rig)
{
    struct timeval most = {.tv_usec = 2000};

    event_base_loopexit(rig->base, &most);
    event_base_loop(rig->base, EVLOOP_ONCE);
}

size_t rig_log_count(const struct rig *rig, const char *text)
{
    static char log[1 << 20];
    ssize_t len = pread(rig->log_fd, log, sizeof log - 1, 0);
    size_t count = 0;

    log[len > 0 ? len : 0] = 0;
    for (const char *at = strstr(log, text); at != NULL; at = strstr(at + 1, text))
        count++;
    return count;
}
