/* SPDX-License-Identifier: Apache-2.0 */
/* The edge and peers that mean harm, are slow, or leave: TLS refusals, deadlines, the descriptor
 * limit, exchanges whose peer has gone, draining. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <event2/event.h>
#include <linux/sockios.h>
#include <openssl/err.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

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

/* ---- TLS --------------------------------------------------------------------------------- */

/* In TLS 1.3 the client has finished before the server refuses: the alert comes when it reads. */
static void assert_refused(enum rig_certificate which, const char *reason)
{
    struct rig *rig = started("1.3");
    struct client *c = client_connect(rig);

    if (client_handshake(c, which, 0)) {
        client_send(c, NOW);
        client_wait_end(c);
        assert_true(c->has_failed);
    }
    RIG_UNTIL(rig, rig_log_count(rig, reason) == 1);
    assert_int_equal(rig_log_count(rig, "\"edge.tls_refused\""), 1);
    assert_int_equal(rig_log_count(rig, "\"peer\":\"127.0.0.1:"), 1);
    assert_int_equal(rig->request_count, 0);
    client_free(c);
    rig_free(rig);
}

static void a_client_without_certificate_is_refused_and_logged(void **state)
{
    (void)state;
    assert_refused(CERT_NONE, "peer did not return a certificate");
}

static void a_client_of_an_unknown_ca_is_refused_and_logged(void **state)
{
    (void)state;
    assert_refused(CERT_STRANGER, "unable to get local issuer certificate");
}

static void a_client_with_an_expired_certificate_is_refused_and_logged(void **state)
{
    (void)state;
    assert_refused(CERT_EXPIRED, "certificate has expired");
}

/* The first reason in the client's own error queue, 0 while it waits. */
static int read_reason(struct client *c)
{
    char byte;

    ERR_clear_error(); /* the server on this thread leaves errors too */
    int got = SSL_read(c->ssl, &byte, 1);

    return SSL_get_error(c->ssl, got) == SSL_ERROR_SSL ? ERR_GET_REASON(ERR_peek_error()) : 0;
}

static void the_refused_client_reads_the_alert(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c = client_connect(rig);
    int reason = 0;

    (void)state;
    assert_true(client_handshake(c, CERT_NONE, 0));
    client_send(c, NOW);
    RIG_UNTIL(rig, (reason = read_reason(c)) != 0);
    assert_int_equal(reason, SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED);
    client_free(c);
    rig_free(rig);
}

static void tls_1_2_is_spoken_only_when_it_is_set(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c = client_connect(rig);

    (void)state;
    assert_false(client_handshake(c, CERT_GOOD, TLS1_2_VERSION));
    client_free(c);
    rig_free(rig);
    rig = started("1.2");
    c = client_connect(rig);
    assert_true(client_handshake(c, CERT_GOOD, TLS1_2_VERSION));
    client_send(c, NOW);
    assert_int_equal(client_answer(c), 200);
    client_free(c);
    rig_free(rig);
}

static void no_session_can_be_resumed(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    struct rig *rig = started("1.2");

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct client *c = client_connect(rig);

        assert_true(client_handshake(c, CERT_GOOD, versions[i]));
        client_send(c, NOW);
        assert_int_equal(client_answer(c), 200);
        unsigned id_len = 0;
        const SSL_SESSION *session = SSL_get0_session(c->ssl);

        SSL_SESSION_get_id(session, &id_len);
        assert_int_equal(SSL_SESSION_has_ticket(session), 0);
        assert_true(versions[i] == TLS1_3_VERSION ? c->ticket_count == 0 : id_len == 0);
        client_free(c);
    }
    rig_free(rig);
}

static void http_on_a_tls_port_is_refused_and_logged(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c = client_connect(rig);

    (void)state;
    client_send(c, NOW);
    client_wait_end(c);
    assert_int_equal(rig_log_count(rig, "http request"), 1);
    client_free(c);
    rig_free(rig);
}

static void a_wrong_file_or_version_is_named(void **state)
{
    struct edge_tls *tls;
    char finding[256];
    char good[3][128];

    (void)state;
    snprintf(good[0], 128, "%s", rig_path("server.pem"));
    snprintf(good[1], 128, "%s", rig_path("server.key"));
    snprintf(good[2], 128, "%s", rig_path("ca.pem"));
    char nowhere[128];
    snprintf(nowhere, sizeof nowhere, "%s", rig_path("no.such.folder"));
    const struct {
        struct edge_tls_files files;
        const char *named;
    } wrong[] = {
        {{"/none.pem", good[1], good[2], "1.3", "", "listed"}, "tls.certificate: /none.pem"},
        {{good[0], "/none.key", good[2], "1.3", "", "listed"}, "tls.key: /none.key"},
        {{good[0], good[0], good[2], "1.3", "", "listed"}, "tls.key"},
        {{good[0], good[1], "/none.pem", "1.3", "", "listed"}, "tls.ca: /none.pem"},
        {{good[0], good[1], good[1], "1.3", "", "listed"}, "tls.ca"},
        {{good[0], good[1], good[2], "1.1", "", "listed"}, "tls.min: 1.1"},
        {{good[0], good[1], good[2], "1.3", nowhere, "listed"}, "tls.crl.directory"},
        {{good[0], good[1], good[2], "1.3", "", "all"}, "tls.crl.policy"},
        {{good[0], good[1], good[2], "1.3", "/", "some"}, "tls.crl.policy"},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct schuil_rc rc = edge_tls_new(&wrong[i].files, &tls, finding, sizeof finding);

        assert_int_equal(rc.code, RC_CONFIG_SETTING);
        assert_null(tls);
        assert_non_null(strstr(finding, wrong[i].named));
    }
    snprintf(good[0], 128, "%s", rig_path("server.pem"));
    struct edge_tls_files other = {good[0], rig_path("other.key"), good[2], "1.3", "", "listed"};
    struct schuil_rc rc = edge_tls_new(&other, &tls, finding, sizeof finding);
    assert_int_equal(rc.code, RC_CONFIG_SETTING);
}

static void an_address_that_cannot_be_listened_on_is_refused(void **state)
{
    static const char *const wrong[] = {"", "here:1", "127.0.0.1:99999", "203.0.113.1:1"};
    struct rig *rig = rig_new();
    struct edge *edge;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        rig->config.address = wrong[i];
        assert_int_equal(edge_new(&rig->config, &edge).code, RC_CONFIG_SETTING);
        assert_null(edge);
    }
    assert_int_equal(rig_log_count(rig, "edge.listen_failed"), 4);
    rig_free(rig);
}

/* ---- deadlines --------------------------------------------------------------------------- */

/* Send a byte again and again, until the edge answers; how long that took. */
static int64_t drip(struct rig *rig, struct client *c, const char *text)
{
    int64_t begin_us = rig_now_us();

    client_send(c, text);
    while (c->got_len == 0 && !c->has_ended && !c->has_failed) {
        int64_t next_us = rig_now_us() + 50000;

        RIG_UNTIL(rig, client_poll(c) > 0 || rig_now_us() > next_us || c->has_ended);
        client_send(c, "a");
        assert_true(rig_now_us() - begin_us < RIG_WAIT_S * 1000000LL);
    }
    return rig_now_us() - begin_us;
}

static void a_head_that_drips_is_cut_off_by_408(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c = client_new(rig);
    int64_t took_us = drip(rig, c, "GET /now HTTP/1.1\r\nX: ");

    (void)state;
    assert_int_equal(client_answer(c), 408);
    assert_string_equal(client_header(c, "Connection"), "close");
    assert_in_range(took_us, 950000, 4000000);
    client_free(c);
    rig_free(rig);
}

static void a_body_that_drips_is_cut_off_by_408(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c = client_new(rig);
    int64_t took_us =
        drip(rig, c, "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 100000\r\n\r\n");

    (void)state;
    assert_int_equal(client_answer(c), 408);
    assert_in_range(took_us, 950000, 4000000);
    assert_int_equal(rig->request_count, 0);
    client_free(c);
    rig_free(rig);
}

/* 3,000 bytes earn about three seconds more at the least rate. */
static void a_body_above_the_least_rate_goes_on(void **state)
{
    struct rig *rig = started(NULL);
    struct client *c = client_new(rig);
    char part[3001];
    int64_t until_us = rig_now_us() + 1500000;

    (void)state;
    memset(part, 'a', 3000);
    part[3000] = 0;
    client_send(c, "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 3001\r\n\r\n");
    client_send(c, part);
    RIG_UNTIL(rig, rig_now_us() > until_us);
    client_send(c, "b");
    assert_int_equal(client_answer(c), 200);
    client_free(c);
    rig_free(rig);
}

static void a_handshake_that_stalls_is_closed(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c = client_connect(rig);
    int64_t begin_us = rig_now_us();

    (void)state;
    client_send(c, "\x16\x03\x01");
    client_wait_end(c);
    assert_in_range(rig_now_us() - begin_us, 950000, 4000000);
    assert_int_equal(rig_log_count(rig, "the handshake took too long"), 1);
    client_free(c);
    rig_free(rig);
}

static void an_idle_connection_is_closed_without_an_answer(void **state)
{
    struct rig *rig = rig_new();

    (void)state;
    rig->config.idle_s = 1;
    rig_start(rig, "1.3");
    struct client *c = client_new(rig);

    client_send(c, NOW);
    assert_int_equal(client_answer(c), 200);
    client_wait_end(c);
    assert_true(c->has_ended);
    assert_int_equal(c->seen, c->got_len);
    client_free(c);
    rig_free(rig);
}

/* The deadline of idleness is not that of a head: a head that comes late is read. */
static void a_request_after_a_pause_is_answered(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c = client_new(rig);
    int64_t until_us = rig_now_us() + 1500000;

    (void)state;
    RIG_UNTIL(rig, rig_now_us() > until_us);
    client_send(c, NOW);
    assert_int_equal(client_answer(c), 200);
    client_free(c);
    rig_free(rig);
}

static void a_reader_that_stalls_is_cut_off_and_its_answer_freed(void **state)
{
    struct rig *rig = rig_new();

    (void)state;
    rig->big_len = 64 << 20;
    rig_start(rig, "1.3");
    struct client *c = client_new(rig);

    client_send(c, "GET /big HTTP/1.1\r\n" HOST "\r\n");
    RIG_UNTIL(rig, rig->request_count == 1);
    assert_int_equal(rig->freed_count, 0);
    RIG_UNTIL(rig, edge_connection_count(rig->edge) == 0);
    assert_int_equal(rig->freed_count, 1);
    assert_int_equal(rig_log_count(rig, "edge.reader_stalled"), 1);
    client_free(c);
    rig_free(rig);
}

/* ---- the descriptor limit ---------------------------------------------------------------- */

static void at_the_descriptor_limit_accepting_pauses_and_goes_on(void **state)
{
    struct rig *rig = started(NULL);
    struct client *c = client_connect(rig);
    int next = dup(0);
    struct rlimit before;
    int64_t until_us;
    int turns = 0;

    (void)state;
    close(next);
    getrlimit(RLIMIT_NOFILE, &before);
    struct rlimit low = {.rlim_cur = (rlim_t)next, .rlim_max = before.rlim_max};

    setrlimit(RLIMIT_NOFILE, &low);
    RIG_UNTIL(rig, rig_log_count(rig, "edge.accept_paused") == 1);
    until_us = rig_now_us() + 500000;
    for (; rig_now_us() < until_us; turns++) {
        struct timeval most = {.tv_usec = 100000};

        event_base_loopexit(rig->base, &most);
        event_base_loop(rig->base, EVLOOP_ONCE);
    }
    assert_true(turns < 50); /* it waits, and does not spin */
    assert_int_equal(rig_log_count(rig, "edge.accept_paused"), 1);
    setrlimit(RLIMIT_NOFILE, &before);
    client_send(c, NOW);
    assert_int_equal(client_answer(c), 200);
    assert_int_equal(rig_log_count(rig, "edge.accept_resumed"), 1);
    client_free(c);
    rig_free(rig);
}

/* ---- peers that leave -------------------------------------------------------------------- */

static void a_peer_that_leaves_is_told_once_and_freed_after_the_drop(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c = client_new(rig);

    (void)state;
    client_send(c, LATER);
    RIG_UNTIL(rig, rig->held_count == 1);
    client_free(c);
    RIG_UNTIL(rig, rig->gone_count == 1);
    for (int i = 0; i < 10; i++)
        rig_turn(rig);
    assert_int_equal(rig->gone_count, 1);
    assert_int_equal(edge_connection_count(rig->edge), 1);
    assert_ptr_equal(exchange_user(rig->held[0]), rig); /* still there to be asked */
    assert_string_equal(exchange_method(rig->held[0]), "GET");
    exchange_drop(rig->held[0]);
    assert_int_equal(edge_connection_count(rig->edge), 0);
    assert_int_equal(atomic_load(&rig->count), 0);
    rig_free(rig);
}

static void what_has_gone_may_be_dropped_at_once_or_answered_in_vain(void **state)
{
    struct rig *rig = started("1.3");

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct client *c = client_new(rig);
        size_t held = rig->held_count;

        rig->drops_gone = i == 0;
        client_send(c, LATER NOW);
        RIG_UNTIL(rig, rig->held_count == held + 1);
        client_free(c);
        RIG_UNTIL(rig, rig->gone_count == (size_t)i + 1);
        if (i == 1)
            exchange_answer(rig->held[held], &(struct exchange_answer){.status = 200});
        if (i == 2)
            exchange_fail(rig->held[held], schuil_rc(RC_INTERNAL), 0, NULL);
        RIG_UNTIL(rig, edge_connection_count(rig->edge) == 0);
    }
    rig_free(rig);
}

static void a_peer_that_leaves_while_its_answer_is_written_costs_nothing(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c = client_new(rig);

    (void)state;
    client_send(c, "GET /big HTTP/1.1\r\n" HOST "\r\n");
    RIG_UNTIL(rig, rig->request_count == 1);
    client_free(c);
    RIG_UNTIL(rig, edge_connection_count(rig->edge) == 0);
    assert_int_equal(rig->freed_count, 1);
    assert_int_equal(rig->gone_count, 0);
    rig_free(rig);
}

static void an_exchange_may_be_dropped_without_an_answer(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c = client_new(rig);

    (void)state;
    client_send(c, LATER);
    RIG_UNTIL(rig, rig->held_count == 1);
    exchange_drop(rig->held[0]);
    client_wait_end(c);
    assert_int_equal(c->got_len, 0);
    client_free(c);
    rig_free(rig);
}

/* Whether all that the client sent has reached the edge's socket. */
static bool has_arrived(const struct client *c)
{
    int waiting = 1;

    return ioctl(c->fd, SIOCOUTQ, &waiting) == 0 && waiting == 0;
}

/* ---- the end ----------------------------------------------------------------------------- */

static void draining_closes_idle_connections_and_answers_busy_ones(void **state)
{
    struct rig *rig = started("1.3");
    struct client *idle = client_new(rig);
    struct client *busy = client_new(rig);
    struct client *begun = client_new(rig);

    (void)state;
    client_send(idle, NOW);
    assert_int_equal(client_answer(idle), 200);
    client_send(busy, LATER);
    client_send(begun, "GET /now HTTP/1.1\r\n");
    RIG_UNTIL(rig, rig->held_count == 1 && has_arrived(begun));
    edge_drain(rig->edge);
    client_wait_end(idle);
    assert_true(idle->has_ended);
    exchange_answer(rig->held[0], &(struct exchange_answer){.status = 204});
    assert_int_equal(client_answer(busy), 204);
    assert_string_equal(client_header(busy, "Connection"), "close");
    client_send(begun, HOST "\r\n");
    assert_int_equal(client_answer(begun), 200);
    assert_string_equal(client_header(begun, "Connection"), "close");
    client_wait_end(busy);
    client_wait_end(begun);
    client_free(busy);
    client_free(begun);
    client_free(idle);
    RIG_UNTIL(rig, edge_connection_count(rig->edge) == 0);
    rig_free(rig);
}

/* A request that lies in the socket when draining begins is not lost. */
static void draining_answers_what_has_come(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c = client_new(rig);

    (void)state;
    client_send(c, NOW);
    assert_int_equal(client_answer(c), 200);
    assert_true(SSL_write(c->ssl, NOW, sizeof NOW - 1) > 0); /* without a turn of the loop */
    for (int64_t until_us = rig_now_us() + 5000000; !has_arrived(c);)
        assert_true(rig_now_us() < until_us);
    edge_drain(rig->edge);
    assert_int_equal(client_answer(c), 200);
    assert_string_equal(client_header(c, "Connection"), "close");
    client_free(c);
    rig_free(rig);
}

static void freeing_the_edge_tells_of_exchanges_under_way(void **state)
{
    struct rig *rig = started("1.3");
    struct client *c[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        c[i] = client_new(rig);
        client_send(c[i], i == 2 ? "GET /no" : LATER);
    }
    RIG_UNTIL(rig, rig->held_count == 2);
    edge_free(rig->edge);
    rig->edge = NULL;
    assert_int_equal(rig->gone_count, 2);
    event_base_free(rig->base);
    rig->base = event_base_new();
    exchange_drop(rig->held[0]);
    exchange_drop(rig->held[1]);
    assert_int_equal(atomic_load(&rig->count), 0);
    for (int i = 0; i < 3; i++)
        client_free(c[i]);
    rig_free(rig);
}

/* Strangers cannot fill the disk: the lines that they cause have a rate. */
static void the_log_of_strangers_is_limited(void **state)
{
    struct rig *rig = started(NULL);

    (void)state;
    int64_t begin_us = rig_now_us();

    for (int i = 0; i < 300; i++) {
        struct client *c = client_new(rig);

        client_send(c, "x\r\n");
        assert_int_equal(client_answer(c), 400);
        client_free(c);
    }
    int64_t seconds = (rig_now_us() - begin_us) / 1000000 + 2;
    size_t lines = rig_log_count(rig, "edge.refused");

    assert_true(lines > 0 && lines <= (size_t)(seconds * LIMIT_STRANGER_LOG_COUNT));
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_without_certificate_is_refused_and_logged),
        cmocka_unit_test(a_client_of_an_unknown_ca_is_refused_and_logged),
        cmocka_unit_test(a_client_with_an_expired_certificate_is_refused_and_logged),
        cmocka_unit_test(the_refused_client_reads_the_alert),
        cmocka_unit_test(tls_1_2_is_spoken_only_when_it_is_set),
        cmocka_unit_test(no_session_can_be_resumed),
        cmocka_unit_test(http_on_a_tls_port_is_refused_and_logged),
        cmocka_unit_test(a_wrong_file_or_version_is_named),
        cmocka_unit_test(an_address_that_cannot_be_listened_on_is_refused),
        cmocka_unit_test(a_head_that_drips_is_cut_off_by_408),
        cmocka_unit_test(a_body_that_drips_is_cut_off_by_408),
        cmocka_unit_test(a_body_above_the_least_rate_goes_on),
        cmocka_unit_test(a_handshake_that_stalls_is_closed),
        cmocka_unit_test(an_idle_connection_is_closed_without_an_answer),
        cmocka_unit_test(a_request_after_a_pause_is_answered),
        cmocka_unit_test(a_reader_that_stalls_is_cut_off_and_its_answer_freed),
        cmocka_unit_test(at_the_descriptor_limit_accepting_pauses_and_goes_on),
        cmocka_unit_test(a_peer_that_leaves_is_told_once_and_freed_after_the_drop),
        cmocka_unit_test(what_has_gone_may_be_dropped_at_once_or_answered_in_vain),
        cmocka_unit_test(a_peer_that_leaves_while_its_answer_is_written_costs_nothing),
        cmocka_unit_test(an_exchange_may_be_dropped_without_an_answer),
        cmocka_unit_test(draining_closes_idle_connections_and_answers_busy_ones),
        cmocka_unit_test(draining_answers_what_has_come),
        cmocka_unit_test(freeing_the_edge_tells_of_exchanges_under_way),
        cmocka_unit_test(the_log_of_strangers_is_limited),
    };

    return cmocka_run_group_tests_name("edge_peers", tests, rig_make_certificates,
                                       rig_remove_certificates);
}
