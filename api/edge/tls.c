/* SPDX-License-Identifier: Apache-2.0 */
/* TLS as this service speaks it: 1.3 (1.2 by a setting), a client certificate always, and nothing
 * that lets a connection begin from an earlier one: no tickets, no session cache, no 0-RTT, no
 * renegotiation. So each connection proves its key afresh. Files' modes are looked at by the
 * start-up checks. Sources: RFC 8446, RFC 7301 (ALPN). */
#include "tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHAIN_DEPTH = 6 };

/* The finding names the setting, its value and OpenSSL's reason. */
static SCHUIL_RC finding(const char *setting, const char *value, char *ret, size_t cap)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    snprintf(ret, cap, "%s: %s: %s", setting, value, reason != NULL ? reason : "not usable");
    ERR_clear_error();
    return schuil_rc(RC_CONFIG_SETTING);
}

/* A key that asks for a passphrase is refused: nobody sits at the server's terminal. */
static int no_passphrase(char *buffer, int size, int is_writing, void *arg)
{
    (void)is_writing;
    (void)arg;
    if (size > 0)
        buffer[0] = 0;
    return -1;
}

/* http/1.1, or no choice at all: a client that then speaks another protocol is told so in HTTP. */
static int choose_protocol(SSL *ssl, const unsigned char **ret, unsigned char *ret_len,
                           const unsigned char *offered, unsigned int offered_len, void *arg)
{
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen = NULL;

    (void)ssl;
    (void)arg;
    if (SSL_select_next_proto(&chosen, ret_len, ours, sizeof ours - 1, offered, offered_len) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *ret = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static SCHUIL_RC set_version(SSL_CTX *context, const char *min, char *ret_finding, size_t cap)
{
    bool is_old = strcmp(min, "1.2") == 0;

    if (!is_old && strcmp(min, "1.3") != 0)
        return finding("tls.min", min, ret_finding, cap);
    ENSURE(SSL_CTX_set_min_proto_version(context, is_old ? TLS1_2_VERSION : TLS1_3_VERSION) == 1,
           RC_INTERNAL);
    ENSURE(SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1, RC_INTERNAL);
    return SCHUIL_OK;
}

static void set_options(SSL_CTX *context)
{
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_CLEANSE_PLAINTEXT);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_early_data(context, 0);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
}

static SCHUIL_RC load_own(SSL_CTX *context, const char *certificate, const char *key,
                          char *ret_finding, size_t cap)
{
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
        return finding("tls.certificate", certificate, ret_finding, cap);
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        return finding("tls.key", key, ret_finding, cap);
    if (SSL_CTX_check_private_key(context) != 1)
        return finding("tls.key", key, ret_finding, cap);
    return SCHUIL_OK;
}

static SCHUIL_RC load_clients(SSL_CTX *context, const char *client_ca, char *ret_finding,
                              size_t cap)
{
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(client_ca);

    if (names == NULL)
        return finding("tls.ca", client_ca, ret_finding, cap);
    SSL_CTX_set_client_CA_list(context, names);
    if (SSL_CTX_load_verify_file(context, client_ca) != 1)
        return finding("tls.ca", client_ca, ret_finding, cap);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_verify_depth(context, CHAIN_DEPTH);
    return SCHUIL_OK;
}

static SCHUIL_RC fill(SSL_CTX *context, const char *certificate, const char *key,
                      const char *client_ca, const char *min_version, char *ret_finding, size_t cap)
{
    set_options(context);
    TRY(set_version(context, min_version, ret_finding, cap));
    TRY(load_own(context, certificate, key, ret_finding, cap));
    return load_clients(context, client_ca, ret_finding, cap);
}

SCHUIL_RC edge_tls_new(const char *certificate, const char *key, const char *client_ca,
                       const char *min_version, struct edge_tls **ret, char *ret_finding,
                       size_t cap)
{
    struct edge_tls *tls = calloc(1, sizeof *tls);
    struct schuil_rc rc = schuil_rc(RC_INTERNAL_MEMORY);

    *ret = NULL;
    snprintf(ret_finding, cap, "tls: no memory");
    ERR_clear_error();
    if (tls != NULL)
        tls->context = SSL_CTX_new(TLS_server_method());
    if (tls != NULL && tls->context != NULL)
        rc = fill(tls->context, certificate, key, client_ca, min_version, ret_finding, cap);
    if (!schuil_is_ok(rc)) {
        edge_tls_free(tls);
        return rc;
    }
    if (cap > 0)
        ret_finding[0] = 0;
    *ret = tls;
    return SCHUIL_OK;
}

void edge_tls_free(struct edge_tls *tls)
{
    if (tls == NULL)
        return;
    SSL_CTX_free(tls->context);
    free(tls);
}
