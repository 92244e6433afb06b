/* SPDX-License-Identifier: Apache-2.0 */
/* A client of the edge for tests, over TLS or plain, and the certificates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge_rig.h"

/* ---- certificates ------------------------------------------------------------------------ */

struct pair {
    EVP_PKEY *key;
    X509 *certificate;
};

static char folder[64] = "/tmp/schuilnaam-edge-XXXXXX";
static struct pair ca, stranger_ca, server, clients[3];

const char *rig_path(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

X509 *rig_client_certificate(enum rig_certificate which)
{
    return clients[which].certificate;
}

/* A certificate that issuer signs (itself when NULL), in force from now - 10 days to end_s. */
static struct pair make(const char *name, const struct pair *issuer, long end_s)
{
    static long serial = 1;
    struct pair p = {EVP_EC_gen("P-256"), X509_new()};
    const struct pair *by = issuer != NULL ? issuer : &p;
    X509_NAME *subject = X509_get_subject_name(p.certificate);

    X509_set_version(p.certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(p.certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(p.certificate), -864000);
    X509_gmtime_adj(X509_getm_notAfter(p.certificate), end_s);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(p.certificate, X509_get_subject_name(by->certificate));
    X509_set_pubkey(p.certificate, p.key);
    X509_EXTENSION *basic = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints,
                                                issuer != NULL ? "CA:FALSE" : "critical,CA:TRUE");
    X509_add_ext(p.certificate, basic, -1);
    X509_EXTENSION_free(basic);
    assert_true(X509_sign(p.certificate, by->key, EVP_sha256()) > 0);
    return p;
}

static void save(const char *name, const struct pair *p, bool is_key)
{
    FILE *file = fopen(rig_path(name), "w");

    assert_non_null(file);
    if (is_key)
        PEM_write_PrivateKey(file, p->key, NULL, NULL, 0, NULL, NULL);
    else
        PEM_write_X509(file, p->certificate);
    fclose(file);
}

int rig_make_certificates(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    ca = make("ca", NULL, 864000);
    stranger_ca = make("stranger", NULL, 864000);
    server = make("localhost", &ca, 864000);
    clients[CERT_GOOD] = make("client", &ca, 864000);
    clients[CERT_EXPIRED] = make("old", &ca, -86400);
    clients[CERT_STRANGER] = make("unknown", &stranger_ca, 864000);
    save("ca.pem", &ca, false);
    save("server.pem", &server, false);
    save("server.key", &server, true);
    save("other.key", &ca, true);
    return 0;
}

static void free_pair(struct pair *p)
{
    EVP_PKEY_free(p->key);
    X509_free(p->certificate);
}

int rig_remove_certificates(void **state)
{
    static const char *const names[] = {"ca.pem", "server.pem", "server.key", "other.key"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(rig_path(names[i]));
    rmdir(folder);
    free_pair(&ca);
    free_pair(&stranger_ca);
    free_pair(&server);
    for (size_t i = 0; i < 3; i++)
        free_pair(&clients[i]);
    return 0;
}

/* ---- the client -------------------------------------------------------------------------- */

struct client *client_connect(struct rig *rig)
{
    struct client *c = calloc(1, sizeof *c);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(edge_port(rig->edge))};

    assert_non_null(c);
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    c->rig = rig;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(c->fd, (struct sockaddr *)&to, sizeof to), 0);
    fcntl(c->fd, F_SETFL, fcntl(c->fd, F_GETFL) | O_NONBLOCK);
    return c;
}

static int count_ticket(SSL *ssl, SSL_SESSION *session)
{
    struct client *c = SSL_get_app_data(ssl);

    (void)session;
    c->ticket_count++;
    return 0;
}

static void prepare(struct client *c, enum rig_certificate which, int max_version)
{
    c->context = SSL_CTX_new(TLS_client_method());
    X509_STORE_add_cert(SSL_CTX_get_cert_store(c->context), ca.certificate);
    SSL_CTX_set_verify(c->context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(c->context, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(c->context, count_ticket);
    if (max_version != 0)
        SSL_CTX_set_max_proto_version(c->context, max_version);
    if (which != CERT_NONE) {
        SSL_CTX_use_certificate(c->context, clients[which].certificate);
        SSL_CTX_use_PrivateKey(c->context, clients[which].key);
    }
    c->ssl = SSL_new(c->context);
    SSL_set_app_data(c->ssl, c);
    SSL_set_fd(c->ssl, c->fd);
    SSL_set_mode(c->ssl, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_ENABLE_PARTIAL_WRITE);
    SSL_set_connect_state(c->ssl);
}

/* Whether the TLS call is to be made again. */
static bool must_wait(const struct client *c, int returned)
{
    int error = SSL_get_error(c->ssl, returned);

    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

bool client_handshake(struct client *c, enum rig_certificate which, int max_version)
{
    int returned = 0;

    prepare(c, which, max_version);
    RIG_UNTIL(c->rig, (ERR_clear_error(), returned = SSL_do_handshake(c->ssl)) == 1 ||
                          !must_wait(c, returned));
    return returned == 1;
}

struct client *client_new(struct rig *rig)
{
    struct client *c = client_connect(rig);

    if (rig->tls != NULL)
        assert_true(client_handshake(c, CERT_GOOD, 0));
    return c;
}

/* Bytes taken, 0 when it would block, -1 when the edge takes no more. */
static ssize_t write_some(struct client *c, const uint8_t *data, size_t len)
{
    ERR_clear_error(); /* the server on this thread leaves errors too */
    if (c->ssl == NULL) {
        ssize_t put = send(c->fd, data, len, MSG_NOSIGNAL);

        return put >= 0 ? put : errno == EAGAIN ? 0 : -1;
    }
    int put = SSL_write(c->ssl, data, len > 16384 ? 16384 : (int)len);

    return put > 0 ? put : must_wait(c, put) ? 0 : -1;
}

void client_send_bytes(struct client *c, const void *data, size_t len)
{
    const uint8_t *at = data;
    ssize_t put = 0;

    for (size_t sent = 0; sent < len && put >= 0; sent += put > 0 ? (size_t)put : 0)
        RIG_UNTIL(c->rig, (put = write_some(c, at + sent, len - sent)) != 0);
}

void client_send(struct client *c, const char *text)
{
    client_send_bytes(c, text, strlen(text));
}

static void make_room(struct client *c)
{
    if (c->got_cap - c->got_len > 65536)
        return;
    c->got_cap = c->got_cap * 2 + 131072;
    c->got = realloc(c->got, c->got_cap);
    assert_non_null(c->got);
}

static ssize_t read_some(struct client *c)
{
    char *to = c->got + c->got_len;

    ERR_clear_error();
    if (c->ssl == NULL) {
        ssize_t got = recv(c->fd, to, 65535, 0);

        c->has_ended = c->has_ended || got == 0;
        c->has_failed = c->has_failed || (got < 0 && errno != EAGAIN);
        return got;
    }
    int got = SSL_read(c->ssl, to, 65535);

    if (got <= 0 && !must_wait(c, got)) {
        c->has_ended = SSL_get_error(c->ssl, got) == SSL_ERROR_ZERO_RETURN;
        c->has_failed = !c->has_ended;
    }
    return got;
}

size_t client_poll(struct client *c)
{
    if (c->has_ended || c->has_failed)
        return 0;
    make_room(c);
    ssize_t got = read_some(c);

    if (got > 0)
        c->got_len += (size_t)got;
    c->got[c->got_len] = 0;
    return got > 0 ? (size_t)got : 0;
}

static size_t answer_len(const struct client *c)
{
    const char *answer = c->got != NULL ? c->got + c->seen : "";
    const char *end = strstr(answer, "\r\n\r\n");
    const char *length = strstr(answer, "Content-Length: ");
    size_t body = 0;

    if (end == NULL)
        return 0;
    if (length != NULL && length < end)
        body = strtoul(length + 16, NULL, 10);
    size_t len = (size_t)(end - answer) + 4 + body;

    return c->got_len - c->seen >= len ? len : 0;
}

static char last_answer[4096];
static const char *last_body;
static size_t last_body_len;

int client_answer(struct client *c)
{
    size_t len = 0;
    int status = 0;

    RIG_UNTIL(c->rig, (len = answer_len(c)) > 0 ||
                          (client_poll(c) == 0 && (c->has_ended || c->has_failed)));
    len = answer_len(c);
    if (len == 0)
        return 0;
    const char *answer = c->got + c->seen;
    size_t head = (size_t)(strstr(answer, "\r\n\r\n") - answer) + 4;

    assert_true(head < sizeof last_answer);
    memcpy(last_answer, answer, head);
    last_answer[head] = 0;
    last_body = answer + head;
    last_body_len = len - head;
    assert_int_equal(sscanf(last_answer, "HTTP/1.1 %d", &status), 1);
    c->seen += len;
    return status;
}

const char *client_body(const struct client *c, size_t *ret_len)
{
    (void)c;
    *ret_len = last_body_len;
    return last_body;
}

const char *client_header(const struct client *c, const char *name)
{
    static char value[256];
    char wanted[64];

    (void)c;
    snprintf(wanted, sizeof wanted, "\r\n%s: ", name);
    const char *at = strstr(last_answer, wanted);

    value[0] = 0;
    if (at != NULL)
        sscanf(at + strlen(wanted), "%255[^\r]", value);
    return value;
}

void client_wait_end(struct client *c)
{
    RIG_UNTIL(c->rig, client_poll(c) == 0 && (c->has_ended || c->has_failed));
}

void client_free(struct client *c)
{
    if (c == NULL)
        return;
    SSL_free(c->ssl);
    SSL_CTX_free(c->context);
    close(c->fd);
    free(c->got);
    free(c);
}
