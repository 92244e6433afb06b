/* SPDX-License-Identifier: Apache-2.0 */
/* The edge on real sockets: requests and answers, refusals, and what each does to the connection.
 * TLS, deadlines and peers that leave: test_edge_peers.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sys/socket.h>

#include "edge_rig.h"

#define HOST "Host: a\r\n"
#define NOW "GET /now HTTP/1.1\r\n" HOST "\r\n"
#define LATER "GET /later HTTP/1.1\r\n" HOST "\r\n"
#define JSON "Content-Type: application/json\r\n"

static struct rig *started(const char *min_version)
{
    struct rig *rig = rig_new();

    rig_start(rig, min_version);
    return rig;
}

static void assert_body(struct client *c, const char *text)
{
    size_t len;
    const char *body = client_body(c, &len);

    assert_int_equal(len, strlen(text));
    assert_memory_equal(body, text, len);
}

static void answer_held(struct rig *rig, size_t i, const char *text)
{
    exchange_answer(rig->held[i], &(struct exchange_answer){.status = 200,
                                                            .content_type = "text/plain",
                                                            .body = bytes_text(text)});
}

static void a_request_is_answered_over_tls_with_who_asked(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c = client_new(rig);
    unsigned char digest[32];
    unsigned digest_len = sizeof digest;
    int64_t now_us = (int64_t)time(NULL) * 1000000;

    (void)state;
    client_send(c, "GET /now HTTP/1.1\r\nX-Test:  marked \r\n" HOST "\r\n");
    assert_int_equal(client_answer(c), 200);
    assert_body(c, "now");
    assert_string_equal(client_header(c, "Content-Type"), "text/plain");
    assert_string_equal(client_header(c, "X-Request-Id"), rig->last_id);
    assert_string_equal(client_header(c, "Cache-Control"), "no-store");
    assert_string_equal(client_header(c, "Connection"), "");
    assert_int_equal(strlen(client_header(c, "Date")), 29);
    assert_int_equal(strspn(rig->last_id, "0123456789abcdef"), 32);
    assert_string_equal(rig->last_header, "marked");
    X509_digest(rig_client_certificate(CERT_GOOD), EVP_sha256(), digest, &digest_len);
    assert_memory_equal(rig->fingerprint, digest, sizeof digest);
    assert_in_range(rig->certificate_end_us / 1000000, now_us / 1000000 + 863000,
                    now_us / 1000000 + 864001);
    client_free(c);
    rig_free(rig);
}

static void a_connection_takes_one_request_after_another(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c = client_new(rig);
    char first[33] = "";

    (void)state;
    for (int i = 0; i < 50; i++) {
        client_send(c, NOW);
        assert_int_equal(client_answer(c), 200);
        assert_string_not_equal(rig->last_id, first);
        memcpy(first, rig->last_id, sizeof first);
    }
    assert_int_equal(edge_connection_count(rig->edge), 1);
    client_free(c);
    rig_free(rig);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c = client_new(rig);
    char all[60 * 160] = "";

    (void)state;
    for (int i = 0; i < 60; i++) {
        size_t at = strlen(all);

        snprintf(all + at, sizeof all - at,
                 "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 2\r\n\r\n%02d", i);
    }
    client_send(c, all);
    for (int i = 0; i < 60; i++) {
        char number[16];

        snprintf(number, sizeof number, "%02d", i);
        assert_int_equal(client_answer(c), 200);
        assert_body(c, number);
    }
    client_free(c);
    rig_free(rig);
}

static void a_pipelined_request_waits_for_the_one_before(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c = client_new(rig);

    (void)state;
    client_send(c, LATER LATER NOW);
    RIG_UNTIL(rig, rig->held_count == 1);
    for (int i = 0; i < 20; i++)
        rig_turn(rig);
    assert_int_equal(rig->request_count, 1);
    answer_held(rig, 0, "one");
    assert_int_equal(rig->request_count, 1); /* never called from within the answer */
    assert_int_equal(client_answer(c), 200);
    assert_body(c, "one");
    RIG_UNTIL(rig, rig->held_count == 2);
    answer_held(rig, 1, "two");
    assert_int_equal(client_answer(c), 200);
    assert_body(c, "two");
    assert_int_equal(client_answer(c), 200);
    assert_body(c, "now");
    client_free(c);
    rig_free(rig);
}

/* More than the window holds, while the service works. */
static void pipelined_bytes_beyond_the_window_wait_in_the_socket(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c = client_new(rig);

    (void)state;
    client_send(c, LATER);
    for (int i = 0; i < 1000; i++)
        client_send(c, NOW);
    RIG_UNTIL(rig, rig->held_count == 1);
    assert_int_equal(rig->request_count, 1);
    answer_held(rig, 0, "one");
    for (int i = 0; i < 1001; i++)
        assert_int_equal(client_answer(c), 200);
    client_free(c);
    rig_free(rig);
}

static void head_and_body_leave_in_one_record(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c = client_new(rig);
    char record[16385];
    int got = 0;

    (void)state;
    client_send(c, NOW);
    RIG_UNTIL(rig, (got = SSL_read(c->ssl, record, sizeof record - 1)) > 0);
    record[got] = 0;
    assert_non_null(strstr(record, "\r\n\r\nnow"));
    client_free(c);
    rig_free(rig);
}

static void a_large_answer_arrives_whole_and_is_freed_once(void **state)
{
    static const char *const versions[] = {"1.3", NULL};
    size_t len;

    (void)state;
    for (size_t v = 0; v < 2; v++) {
        struct rig *rig = started(versions[v]);
        struct client *c = client_new(rig);

        client_send(c, "GET /big HTTP/1.1\r\n" HOST "\r\n" NOW);
        assert_int_equal(client_answer(c), 200);
        const char *body = client_body(c, &len);

        assert_int_equal(len, rig->big_len);
        for (size_t i = 0; i < len; i++)
            assert_true(body[i] == (char)('a' + i % 23));
        assert_int_equal(client_answer(c), 200);
        assert_int_equal(rig->freed_count, 1);
        client_free(c);
        rig_free(rig);
    }
}

/* Though the socket would take all of it at once. */
static void a_large_answer_leaves_in_several_passes(void **state)
{
    static const char *const versions[] = {"1.3", NULL};

    (void)state;
    for (size_t v = 0; v < 2; v++) {
        struct rig *rig = rig_new();

        rig->big_len = 8 * (size_t)LIMIT_WRITE_LEN;
        rig_start(rig, versions[v]);
        struct client *c = client_new(rig);

        client_send(c, "GET /big HTTP/1.1\r\n" HOST "\r\n");
        RIG_UNTIL(rig, rig->request_count == 1);
        assert_int_equal(rig->freed_count, 0); /* one pass: not all of it has left */
        assert_int_equal(client_answer(c), 200);
        assert_int_equal(rig->freed_count, 1);
        client_free(c);
        rig_free(rig);
    }
}

static void echo(struct client *c, size_t len, size_t piece, bool is_chunked)
{
    char *body = malloc(len);
    char text[256];
    size_t got;

    for (size_t i = 0; i < len; i++)
        body[i] = (char)('A' + i % 61);
    snprintf(text, sizeof text, "POST /echo HTTP/1.1\r\n" HOST JSON "%s%zu\r\n\r\n",
             is_chunked ? "Transfer-Encoding: chunked\r\nX-Len: " : "Content-Length: ", len);
    client_send(c, text);
    for (size_t at = 0; at < len; at += piece) {
        size_t n = len - at < piece ? len - at : piece;

        snprintf(text, sizeof text, "%zx\r\n", n);
        if (is_chunked)
            client_send(c, text);
        client_send_bytes(c, body + at, n);
        if (is_chunked)
            client_send(c, "\r\n");
    }
    if (is_chunked)
        client_send(c, "0\r\n\r\n");
    assert_int_equal(client_answer(c), 200);
    const char *answer = client_body(c, &got);

    assert_int_equal(got, len);
    assert_memory_equal(answer, body, len);
    free(body);
}

static void bodies_of_each_size_and_framing_arrive_whole(void **state)
{
    static const size_t sizes[] = {1, 100, 8000, 16000, 16384, 33000, 300000, 1 << 20};
    struct rig *rig = started("1.3");
    struct client *c = client_new(rig);

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        echo(c, sizes[i], sizes[i], false);
        echo(c, sizes[i], sizes[i] / 7 + 1, false);
        echo(c, sizes[i], sizes[i], true);
        echo(c, sizes[i], sizes[i] / 5 + 1, true);
    }
    assert_int_equal(edge_connection_count(rig->edge), 1);
    client_free(c);
    rig_free(rig);
}

static void a_client_that_expects_100_gets_it_before_its_body(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c = client_new(rig);

    (void)state;
    client_send(c, "POST /echo HTTP/1.1\r\n" HOST JSON
                   "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert_int_equal(client_answer(c), 100);
    client_send(c, "ab");
    assert_int_equal(client_answer(c), 200);
    assert_body(c, "ab");
    /* the body has come already: no 100 is due */
    client_send(c, "POST /echo HTTP/1.1\r\n" HOST JSON
                   "Content-Length: 2\r\nExpect: 100-continue\r\n\r\ncd");
    assert_int_equal(client_answer(c), 200);
    client_send(c, "GET /now HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n");
    assert_int_equal(client_answer(c), 200);
    /* refused: the answer at once, and since a body may or may not follow, the end */
    client_send(c, "POST /none HTTP/1.1\r\n" HOST JSON
                   "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert_int_equal(client_answer(c), 404);
    assert_string_equal(client_header(c, "Connection"), "close");
    client_wait_end(c);
    client_free(c);
    rig_free(rig);
}

/* ---- statuses ---------------------------------------------------------------------------- */

struct status_case {
    int status;
    bool closes;
    const char *request;
};

static const struct status_case statuses[] = {
    {200, false, NOW},
    {200, false, "GET http://a/now HTTP/1.1\r\n" HOST "\r\n"},
    {200, true, "GET /now HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"},
    {200, false, "GET /now HTTP/1.1\r\n" HOST "Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n"},
    {200, false, "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 0\r\n\r\n"},
    {200, false,
     "POST /echo HTTP/1.1\r\n" HOST
     "Content-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}"},
    {400, true, "GET /now?a HTTP/1.1\r\n" HOST "\r\n"},
    {400, true, "GET /now HTTP/1.1\r\n\r\n"},
    {400, true, "GET /now HTTP/1.1\n" HOST "\n"},
    {400, true, "GET /now HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\na"},
    {400, true,
     "POST /echo HTTP/1.1\r\n" HOST JSON "Transfer-Encoding: chunked\r\n\r\n1;x\r\na\r\n0\r\n\r\n"},
    {404, false, "GET /none HTTP/1.1\r\n" HOST "\r\n"},
    {404, false, "GET /%6eow HTTP/1.1\r\n" HOST "\r\n"},
    {404, false, "GET /./now HTTP/1.1\r\n" HOST "\r\n"},
    {404, false, "GET /a/..%2fnow HTTP/1.1\r\n" HOST "\r\n"},
    {404, false, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n"},
    {404, false, "POST /none HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nabcde"},
    {404, false,
     "POST /none HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"},
    {404, true, "POST /none HTTP/1.1\r\n" HOST "Content-Length: 9999999999\r\n\r\n"},
    {405, false, "HEAD /now HTTP/1.1\r\n" HOST "\r\n"},
    {405, false, "OPTIONS /now HTTP/1.1\r\n" HOST "\r\n"},
    {405, false, "POST /now HTTP/1.1\r\n" HOST JSON "Content-Length: 2\r\n\r\n{}"},
    {405, false, "get /now HTTP/1.1\r\n" HOST "\r\n"},
    {413, true, "GET /now HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n"},
    {413, true, "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 1048577\r\n\r\n"},
    {413, true,
     "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 99999999999999999999999\r\n\r\n"},
    {413, true, "POST /echo HTTP/1.1\r\n" HOST JSON "Transfer-Encoding: chunked\r\n\r\n100001\r\n"},
    {415, false, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}"},
    {415, false,
     "POST /echo HTTP/1.1\r\n" HOST "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"},
    {415, false,
     "POST /echo HTTP/1.1\r\n" HOST
     "Content-Type: application/json; charset=latin1\r\nContent-Length: 2\r\n\r\n{}"},
    {415, false,
     "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"},
    {417, true, "GET /now HTTP/1.1\r\n" HOST "Expect: a miracle\r\n\r\n"},
    {503, false, "GET /fail HTTP/1.1\r\n" HOST "\r\n"},
    {505, true, "GET /now HTTP/1.0\r\n" HOST "\r\n"},
    {505, true, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
};

static void check_status(struct rig *rig, const struct status_case *expected)
{
    struct client *c = client_new(rig);
    int status;

    client_send(c, expected->request);
    status = client_answer(c);
    if (status != expected->status)
        print_error("request: %s", expected->request);
    assert_int_equal(status, expected->status);
    assert_int_equal(strlen(client_header(c, "X-Request-Id")), 32);
    assert_string_equal(client_header(c, "Connection"), expected->closes ? "close" : "");
    assert_string_equal(client_header(c, "Allow"), status == 405 ? "GET" : "");
    assert_string_equal(client_header(c, "Retry-After"), status == 503 ? "2" : "");
    if (status >= 400)
        assert_string_equal(client_header(c, "Content-Type"), "application/problem+json");
    if (expected->closes) {
        client_wait_end(c);
        assert_true(c->has_ended);
    } else {
        client_send(c, NOW);
        assert_int_equal(client_answer(c), 200);
    }
    assert_int_equal(c->seen, c->got_len); /* one answer to one request */
    client_free(c);
}

static void each_status_is_given_as_promised_and_closes_or_not(void **state)
{
    static const char *const versions[] = {NULL, "1.3"};

    (void)state;
    for (size_t v = 0; v < 2; v++) {
        struct rig *rig = started(versions[v]);

        for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
            check_status(rig, &statuses[i]);
        rig_free(rig);
    }
}

static void long_targets_and_heads_have_statuses_of_their_own(void **state)
{
    struct rig *rig = started(NULL);
    char request[12000] = "GET /";

    (void)state;
    memset(request + 5, 'a', 2000);
    strcpy(request + 2005, " HTTP/1.1\r\n" HOST "\r\n");
    check_status(rig, &(struct status_case){414, true, request});
    strcpy(request, "GET /now HTTP/1.1\r\n" HOST "X: ");
    memset(request + strlen(request), 'a', 9000);
    check_status(rig, &(struct status_case){431, true, request});
    rig_free(rig);
}

/* The client has sent far more than was read: its answer must not be lost in a reset. */
static void a_refusal_reaches_a_client_that_goes_on_sending(void **state)
{
    struct rig *rig = started("1.3");
    char *junk = malloc(200000);

    (void)state;
    memset(junk, 'x', 200000);
    for (int i = 0; i < 20; i++) {
        struct client *c = client_new(rig);

        client_send(c, "GET /now HTTP/9.9\r\n" HOST "\r\n");
        client_send_bytes(c, junk, 200000);
        assert_int_equal(client_answer(c), 505);
        client_free(c);
    }
    free(junk);
    rig_free(rig);
}

static void a_hidden_second_request_never_runs(void **state)
{
    struct rig *rig = started(NULL);
    struct client *c = client_new(rig);

    (void)state;
    client_send(c, "POST /echo HTTP/1.1\r\n" HOST JSON
                   "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" NOW);
    assert_int_equal(client_answer(c), 400);
    client_wait_end(c);
    assert_int_equal(c->seen, c->got_len);
    assert_int_equal(rig->request_count, 0);
    client_free(c);
    rig_free(rig);
}

static void a_client_that_ends_its_side_still_gets_its_answers(void **state)
{
    struct rig *rig = started(NULL);
    struct client *c = client_new(rig);

    (void)state;
    client_send(c, NOW LATER NOW);
    shutdown(c->fd, SHUT_WR);
    RIG_UNTIL(rig, rig->held_count == 1);
    for (int i = 0; i < 10; i++)
        rig_turn(rig);
    assert_int_equal(rig->gone_count, 0);
    answer_held(rig, 0, "held");
    assert_int_equal(client_answer(c), 200);
    assert_int_equal(client_answer(c), 200);
    assert_int_equal(client_answer(c), 200);
    client_wait_end(c);
    assert_true(c->has_ended);
    RIG_UNTIL(rig, edge_connection_count(rig->edge) == 0);
    client_free(c);
    rig_free(rig);
}

static void a_request_that_ends_too_early_is_refused(void **state)
{
    static const char *const cut[] = {"GET /now HT", "POST /echo HTTP/1.1\r\n" HOST JSON
                                                     "Content-Length: 9\r\n\r\nabc"};
    struct rig *rig = started(NULL);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct client *c = client_new(rig);

        client_send(c, cut[i]);
        shutdown(c->fd, SHUT_WR);
        assert_int_equal(client_answer(c), 400);
        client_free(c);
    }
    assert_int_equal(rig->request_count, 0);
    rig_free(rig);
}

static void above_the_cap_of_connections_the_answer_is_429(void **state)
{
    struct rig *rig = rig_new();
    struct client *c[3];

    (void)state;
    rig->config.connection_cap = 2;
    rig_start(rig, "1.3");
    for (int i = 0; i < 3; i++) {
        c[i] = client_new(rig);
        client_send(c[i], NOW);
        assert_int_equal(client_answer(c[i]), i < 2 ? 200 : 429);
    }
    assert_string_equal(client_header(c[2], "Connection"), "close");
    client_wait_end(c[2]);
    assert_int_equal(rig->request_count, 2);
    for (int i = 0; i < 3; i++)
        client_free(c[i]);
    RIG_UNTIL(rig, atomic_load(&rig->count) == 0);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_answered_over_tls_with_who_asked),
        cmocka_unit_test(a_connection_takes_one_request_after_another),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(a_pipelined_request_waits_for_the_one_before),
        cmocka_unit_test(pipelined_bytes_beyond_the_window_wait_in_the_socket),
        cmocka_unit_test(head_and_body_leave_in_one_record),
        cmocka_unit_test(a_large_answer_arrives_whole_and_is_freed_once),
        cmocka_unit_test(a_large_answer_leaves_in_several_passes),
        cmocka_unit_test(bodies_of_each_size_and_framing_arrive_whole),
        cmocka_unit_test(a_client_that_expects_100_gets_it_before_its_body),
        cmocka_unit_test(each_status_is_given_as_promised_and_closes_or_not),
        cmocka_unit_test(long_targets_and_heads_have_statuses_of_their_own),
        cmocka_unit_test(a_refusal_reaches_a_client_that_goes_on_sending),
        cmocka_unit_test(a_hidden_second_request_never_runs),
        cmocka_unit_test(a_client_that_ends_its_side_still_gets_its_answers),
        cmocka_unit_test(a_request_that_ends_too_early_is_refused),
        cmocka_unit_test(above_the_cap_of_connections_the_answer_is_429),
    };

    return cmocka_run_group_tests_name("edge", tests, rig_make_certificates,
                                       rig_remove_certificates);
}
