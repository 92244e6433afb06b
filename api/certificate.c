/* SPDX-License-Identifier: Apache-2.0 */
#include "certificate.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "schuilnaam/crypto/hash.h"

static SCHUIL_RC time_seconds(const ASN1_TIME *time, int64_t *ret)
{
    struct tm parts;
    ENSURE(ASN1_TIME_to_tm(time, &parts) == 1, RC_CONFIG_FILE);
    *ret = (int64_t)timegm(&parts);
    return SCHUIL_OK;
}

static SCHUIL_RC certificate_take(const X509 *x509, struct certificate *ret)
{
    uint8_t *der = NULL;
    int len = i2d_X509(x509, &der);
    ENSURE(len > 0, RC_CONFIG_FILE);
    schuil_sha256(bytes_of(der, (size_t)len), ret->fingerprint);
    OPENSSL_free(der);
    TRY(time_seconds(X509_get0_notBefore(x509), &ret->from_s));
    return time_seconds(X509_get0_notAfter(x509), &ret->until_s);
}

SCHUIL_RC certificate_read(const char *path, struct certificate *ret, char *ret_finding, size_t cap)
{
    FILE *file = fopen(path, "re");
    X509 *x509 = file == NULL ? NULL : PEM_read_X509(file, NULL, NULL, NULL);
    if (file != NULL)
        fclose(file);
    struct schuil_rc rc = x509 == NULL ? schuil_rc(RC_CONFIG_FILE) : certificate_take(x509, ret);
    X509_free(x509);
    if (!schuil_is_ok(rc))
        snprintf(ret_finding, cap, "%s: no readable PEM certificate", path);
    return rc;
}
