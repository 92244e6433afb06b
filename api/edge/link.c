/* SPDX-License-Identifier: Apache-2.0 */
/* TLS by OpenSSL straight on the socket. Not by bufferevent_openssl: it looks for what TLS holds
 * back with SSL_pending, which does not see the records that read_ahead took from the socket, so a
 * request could lie there unread. SIGPIPE must be ignored (edge_new sees to it). */
#include "link.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../clock.h"
#include "peer.h"
#include "tls.h"

enum { DISCARD_LEN = 16384, RECORD_LEN = 16384 };

bool link_init(struct link *link, int fd, struct edge_tls *tls)
{
    *link = (struct link){.fd = fd};
    if (tls == NULL)
        return true;
    link->ssl = edge_tls_session(tls, &link->generation);
    if (link->ssl == NULL || SSL_set_fd(link->ssl, fd) != 1) {
        SSL_free(link->ssl);
        *link = (struct link){.fd = -1};
        return false;
    }
    SSL_set_accept_state(link->ssl);
    link->checked_us = clock_mono_us();
    return true;
}

bool link_is_trusted(struct link *link, struct edge_tls *tls)
{
    uint64_t generation = atomic_load(&tls->generation);
    int64_t now_us = clock_mono_us();
    bool is_due = atomic_load(&tls->has_lists) &&
                  now_us - link->checked_us > (int64_t)LIMIT_RECHECK_S * 1000000;

    if (link->generation == generation && !is_due)
        return !link->is_distrusted;
    link->generation = generation;
    link->checked_us = now_us;
    link->is_distrusted = !edge_tls_trusts(tls, link->ssl);
    return !link->is_distrusted;
}

static int int_of(size_t len)
{
    return len > RECORD_LEN ? RECORD_LEN : (int)len;
}

/* Before each call, or an old error would be taken for its own. Clearing costs more than looking.
 */
static void forget_errors(void)
{
    if (ERR_peek_error() != 0)
        ERR_clear_error();
}

/* What an OpenSSL call that did not succeed waits for. */
static enum link_result result_of(struct link *link, int returned)
{
    switch (SSL_get_error(link->ssl, returned)) {
    case SSL_ERROR_WANT_READ:
        return LINK_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return LINK_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return LINK_END;
    default:
        link->is_broken = true;
        return LINK_GONE;
    }
}

/* false: no certificate, which the verification should have refused, or no memory. */
static bool take_peer(const struct link *link, struct client_certificate *ret)
{
    const X509 *certificate = SSL_get0_peer_certificate(link->ssl);
    const STACK_OF(X509) *chain = SSL_get0_verified_chain(link->ssl);

    if (certificate == NULL || chain == NULL)
        return false;
    return peer_read(certificate, sk_X509_num(chain) > 1 ? sk_X509_value(chain, 1) : NULL, ret);
}

static const char *refusal_of(const struct link *link)
{
    long verified = SSL_get_verify_result(link->ssl);
    const char *reason = ERR_reason_error_string(ERR_peek_error());

    if (verified != X509_V_OK)
        return X509_verify_cert_error_string(verified);
    return reason != NULL ? reason : "the peer left";
}

enum link_result link_handshake(struct link *link, struct client_certificate *ret_peer)
{
    forget_errors();
    int returned = SSL_do_handshake(link->ssl);

    if (returned == 1) {
        if (take_peer(link, ret_peer))
            return LINK_OK;
        link->refusal = "no certificate";
        return LINK_GONE;
    }
    enum link_result result = result_of(link, returned);

    if (result != LINK_WANT_READ && result != LINK_WANT_WRITE) {
        link->refusal = refusal_of(link);
        return LINK_GONE;
    }
    return result;
}

const char *link_refusal(const struct link *link)
{
    return link->refusal != NULL ? link->refusal : "";
}

static enum link_result result_of_socket(ssize_t returned, enum link_result blocked)
{
    if (returned > 0)
        return LINK_OK;
    if (returned == 0)
        return LINK_END;
    return errno == EAGAIN || errno == EINTR ? blocked : LINK_GONE;
}

enum link_result link_read(struct link *link, uint8_t *ret, size_t cap, size_t *ret_len)
{
    *ret_len = 0;
    if (link->ssl == NULL) {
        ssize_t got = recv(link->fd, ret, cap, 0);

        *ret_len = got > 0 ? (size_t)got : 0;
        return result_of_socket(got, LINK_WANT_READ);
    }
    forget_errors();
    int got = SSL_read(link->ssl, ret, int_of(cap));

    if (got <= 0)
        return result_of(link, got);
    *ret_len = (size_t)got;
    return LINK_OK;
}

bool link_has_pending(const struct link *link)
{
    return link->ssl != NULL && SSL_has_pending(link->ssl) == 1;
}

void link_release(struct link *link)
{
    if (link->ssl != NULL)
        (void)SSL_free_buffers(link->ssl); /* 0: something lies in them, so they stay */
}

enum link_result link_write(struct link *link, const uint8_t *data, size_t len, size_t *ret_len)
{
    *ret_len = 0;
    if (link->ssl == NULL) {
        ssize_t put = send(link->fd, data, len, MSG_NOSIGNAL);

        *ret_len = put > 0 ? (size_t)put : 0;
        return result_of_socket(put, LINK_WANT_WRITE);
    }
    forget_errors();
    int put = SSL_write(link->ssl, data, int_of(len));

    if (put <= 0) {
        enum link_result result = result_of(link, put);

        return result == LINK_END ? LINK_GONE : result;
    }
    *ret_len = (size_t)put;
    return LINK_OK;
}

void link_seal(struct link *link)
{
    if (link->is_sealed)
        return;
    link->is_sealed = true;
    if (link->ssl != NULL && !link->is_broken && SSL_is_init_finished(link->ssl)) {
        forget_errors();
        (void)SSL_shutdown(link->ssl); /* one small record; if it does not fit, the FIN remains */
    }
    (void)shutdown(link->fd, SHUT_WR);
}

enum link_result link_discard(struct link *link)
{
    uint8_t dropped[DISCARD_LEN];

    return result_of_socket(recv(link->fd, dropped, sizeof dropped, 0), LINK_WANT_READ);
}

void link_done(struct link *link)
{
    if (link->fd < 0)
        return;
    SSL_free(link->ssl);
    close(link->fd);
    *link = (struct link){.fd = -1};
}
