/* SPDX-License-Identifier: Apache-2.0 */
/* Signed statements, by OpenSSL's CMS. Source: RFC 5652. */
#include "schuilnaam/crypto/statement.h"

#include <openssl/pem.h> /* first: it makes cms.h declare what reads PEM */

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

enum { PART_MOST = 1 << 20 };

struct parts {
    BIO *text, *signature, *authorities;
    X509_STORE *store;
    CMS_ContentInfo *cms;
};

static void parts_done(struct parts *p)
{
    CMS_ContentInfo_free(p->cms);
    X509_STORE_free(p->store);
    BIO_free(p->authorities);
    BIO_free(p->signature);
    BIO_free(p->text);
    ERR_clear_error();
}

static BIO *bio_over(struct bytes data)
{
    return data.len <= PART_MOST ? BIO_new_mem_buf(data.data, (int)data.len) : NULL;
}

/* Each certificate of the PEM text is trusted by itself. */
static SCHUIL_RC authorities_take(struct parts *p)
{
    size_t count = 0;
    for (;;) {
        X509 *certificate = PEM_read_bio_X509(p->authorities, NULL, NULL, NULL);
        if (certificate == NULL)
            break;
        int is_taken = X509_STORE_add_cert(p->store, certificate);
        X509_free(certificate);
        ENSURE(is_taken == 1, RC_INPUT_TEXT);
        count++;
    }
    ERR_clear_error(); /* the end of the text shows as an error */
    ENSURE(count > 0, RC_INPUT_TEXT);
    return SCHUIL_OK;
}

static SCHUIL_RC parts_take(struct parts *p, struct bytes text, struct bytes signature,
                            struct bytes authorities)
{
    p->text = bio_over(text);
    p->signature = bio_over(signature);
    p->authorities = bio_over(authorities);
    p->store = X509_STORE_new();
    ENSURE(p->text != NULL && p->signature != NULL && p->authorities != NULL && p->store != NULL,
           RC_INTERNAL_MEMORY);
    /* A TLS client's certificate is what operators have: it need not be meant for mail. */
    ENSURE(X509_STORE_set_purpose(p->store, X509_PURPOSE_ANY) == 1, RC_INTERNAL_MEMORY);
    TRY(authorities_take(p));
    p->cms = PEM_read_bio_CMS(p->signature, NULL, NULL, NULL);
    ENSURE(p->cms != NULL && CMS_is_detached(p->cms) == 1, RC_INPUT_TEXT);
    return SCHUIL_OK;
}

static SCHUIL_RC fingerprint_of(X509 *certificate, uint8_t ret[HASH_LEN])
{
    unsigned char *der = NULL;
    int len = i2d_X509(certificate, &der);
    ENSURE(len > 0, RC_INTERNAL_MEMORY);
    schuil_sha256(bytes_of(der, (size_t)len), ret);
    OPENSSL_free(der);
    return SCHUIL_OK;
}

static SCHUIL_RC signer_check(struct parts *p, uint8_t ret[HASH_LEN])
{
    ENSURE(CMS_verify(p->cms, NULL, p->store, p->text, NULL, CMS_BINARY) == 1, RC_AUTH_CREDENTIAL);
    STACK_OF(X509) *signers = CMS_get0_signers(p->cms);
    ENSURE(signers != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = sk_X509_num(signers) == 1 ? fingerprint_of(sk_X509_value(signers, 0), ret)
                                                    : schuil_rc(RC_AUTH_CREDENTIAL);
    sk_X509_free(signers); /* the certificates stay the message's */
    return rc;
}

SCHUIL_RC schuil_statement_verify(struct bytes text, struct bytes signature,
                                  struct bytes authorities, uint8_t ret[HASH_LEN])
{
    struct parts p = {.text = NULL};
    memset(ret, 0, HASH_LEN);
    ENSURE(text.len <= PART_MOST && signature.len <= PART_MOST && authorities.len <= PART_MOST,
           RC_INPUT_TEXT);
    struct schuil_rc rc = parts_take(&p, text, signature, authorities);
    if (schuil_is_ok(rc))
        rc = signer_check(&p, ret);
    parts_done(&p);
    return rc;
}
