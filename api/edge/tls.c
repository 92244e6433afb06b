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

#include "revocation.h"

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

static SCHUIL_RC fill(SSL_CTX *context, const struct edge_tls_files *files, char *ret_finding,
                      size_t cap)
{
    set_options(context);
    TRY(set_version(context, files->min_version, ret_finding, cap));
    TRY(load_own(context, files->certificate, files->key, ret_finding, cap));
    TRY(load_clients(context, files->client_ca, ret_finding, cap));
    return revocation_load(SSL_CTX_get_cert_store(context), files->crl_directory, files->crl_policy,
                           ret_finding, cap);
}

static SCHUIL_RC context_make(const struct edge_tls_files *files, SSL_CTX **ret, char *ret_finding,
                              size_t cap)
{
    struct schuil_rc rc = schuil_rc(RC_INTERNAL_MEMORY);
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    *ret = NULL;
    snprintf(ret_finding, cap, "tls: no memory");
    ERR_clear_error();
    if (context != NULL)
        rc = fill(context, files, ret_finding, cap);
    if (!schuil_is_ok(rc)) {
        SSL_CTX_free(context);
        return rc;
    }
    if (cap > 0)
        ret_finding[0] = 0;
    *ret = context;
    return SCHUIL_OK;
}

SCHUIL_RC edge_tls_new(const struct edge_tls_files *files, struct edge_tls **ret, char *ret_finding,
                       size_t cap)
{
    *ret = NULL;
    struct edge_tls *tls = calloc(1, sizeof *tls);

    ENSURE(tls != NULL, RC_INTERNAL_MEMORY);
    pthread_mutex_init(&tls->lock, NULL);
    struct schuil_rc rc = edge_tls_reload(tls, files, ret_finding, cap);

    if (!schuil_is_ok(rc)) {
        edge_tls_free(tls);
        return rc;
    }
    *ret = tls;
    return SCHUIL_OK;
}

SCHUIL_RC edge_tls_reload(struct edge_tls *tls, const struct edge_tls_files *files,
                          char *ret_finding, size_t cap)
{
    SSL_CTX *context;

    TRY(context_make(files, &context, ret_finding, cap));
    pthread_mutex_lock(&tls->lock);
    SSL_CTX *old = tls->context;

    tls->context = context;
    atomic_fetch_add(&tls->generation, 1);
    atomic_store(&tls->has_lists, files->crl_directory[0] != 0);
    pthread_mutex_unlock(&tls->lock);
    SSL_CTX_free(old);
    return SCHUIL_OK;
}

static SSL_CTX *context_ref(struct edge_tls *tls, uint64_t *ret_generation)
{
    pthread_mutex_lock(&tls->lock);
    SSL_CTX *context = tls->context;

    *ret_generation = atomic_load(&tls->generation);
    if (SSL_CTX_up_ref(context) != 1)
        context = NULL;
    pthread_mutex_unlock(&tls->lock);
    return context;
}

SSL *edge_tls_session(struct edge_tls *tls, uint64_t *ret_generation)
{
    SSL_CTX *context = context_ref(tls, ret_generation);
    SSL *ssl = context == NULL ? NULL : SSL_new(context); /* it has a reference of its own */

    SSL_CTX_free(context);
    return ssl;
}

/* As the handshake verifies: the peer's chain, for a client's purpose, with the store's flags. */
static bool chain_is_good(SSL_CTX *context, SSL *ssl)
{
    X509_STORE_CTX *verify = X509_STORE_CTX_new();
    bool is_good = false;

    if (verify != NULL &&
        X509_STORE_CTX_init(verify, SSL_CTX_get_cert_store(context), SSL_get0_peer_certificate(ssl),
                            SSL_get_peer_cert_chain(ssl)) == 1 &&
        X509_STORE_CTX_set_default(verify, "ssl_client") == 1) {
        X509_STORE_CTX_set_depth(verify, CHAIN_DEPTH);
        is_good = X509_verify_cert(verify) == 1;
    }
    X509_STORE_CTX_free(verify);
    ERR_clear_error();
    return is_good;
}

bool edge_tls_trusts(struct edge_tls *tls, SSL *ssl)
{
    uint64_t generation;
    SSL_CTX *context = context_ref(tls, &generation);
    bool is_good = context != NULL && chain_is_good(context, ssl);

    SSL_CTX_free(context);
    return is_good;
}

void edge_tls_free(struct edge_tls *tls)
{
    if (tls == NULL)
        return;
    SSL_CTX_free(tls->context);
    pthread_mutex_destroy(&tls->lock);
    free(tls);
}
