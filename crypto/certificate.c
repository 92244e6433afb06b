/* SPDX-License-Identifier: Apache-2.0 */
/* Fingerprint of a PEM certificate, read by OpenSSL. */
#include "schuilnaam/crypto/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

enum { PEM_MOST = 1 << 20 };

/* PEM_read_bio_X509 would also take a TRUSTED CERTIFICATE, with bytes after the certificate that
 * a TLS peer never sends: the block is named and must be used up. */
static SCHUIL_RC der_fingerprint(const unsigned char *der, long len, uint8_t ret[HASH_LEN])
{
    const unsigned char *at = der;
    X509 *certificate = d2i_X509(NULL, &at, len);
    ENSURE(certificate != NULL, RC_INPUT_TEXT);
    X509_free(certificate);
    ENSURE(at == der + len, RC_INPUT_TEXT);
    schuil_sha256(bytes_of(der, (size_t)len), ret);
    return SCHUIL_OK;
}

static SCHUIL_RC bio_fingerprint(BIO *bio, uint8_t ret[HASH_LEN])
{
    unsigned char *der = NULL;
    long len = 0;
    ENSURE(PEM_bytes_read_bio(&der, &len, NULL, PEM_STRING_X509, bio, NULL, NULL) == 1,
           RC_INPUT_TEXT);
    struct schuil_rc rc = der_fingerprint(der, len, ret);
    OPENSSL_free(der);
    return rc;
}

SCHUIL_RC schuil_certificate_fingerprint(struct bytes pem, uint8_t ret[HASH_LEN])
{
    memset(ret, 0, HASH_LEN);
    ENSURE(pem.len > 0 && pem.len <= PEM_MOST, RC_INPUT_TEXT);
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    ENSURE(bio != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = bio_fingerprint(bio, ret);
    BIO_free(bio);
    ERR_clear_error();
    return rc;
}
