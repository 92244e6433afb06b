/* SPDX-License-Identifier: Apache-2.0 */
/* A client's certificate, and the text of the UZI register's name in it. The input is read as both.
 * An OIN or URA that comes out has its form, and a URA stands in the text it came from. */
#include <openssl/x509.h>
#include <stdio.h>

#include "edge/peer.h"
#include "fuzz.h"

static bool is_digits(const char *text, size_t len)
{
    return strlen(text) == len && strspn(text, "0123456789") == len;
}

static void check_text(struct bytes text)
{
    char ura[LIMIT_URA_LEN + 1], around[LIMIT_URA_LEN + 3];
    if (!uzi_ura_read(text, ura)) {
        FUZZ_CHECK(ura[0] == '\0');
        return;
    }
    FUZZ_CHECK(is_digits(ura, LIMIT_URA_LEN));
    snprintf(around, sizeof around, "-%s-", ura);
    FUZZ_CHECK(memmem(text.data, text.len, around, strlen(around)) != NULL);
    FUZZ_CHECK(memchr(text.data, 0, text.len) == NULL);
}

static void check_certificate(struct bytes der)
{
    const unsigned char *at = der.data;
    struct client_certificate peer;
    X509 *x509 = d2i_X509(NULL, &at, (long)der.len);
    if (x509 == NULL)
        return;
    if (peer_read(x509, x509, &peer)) {
        FUZZ_CHECK(peer.has_issuer);
        FUZZ_CHECK(memcmp(peer.issuer, peer.fingerprint, sizeof peer.issuer) == 0);
        FUZZ_CHECK(peer.oin[0] == '\0' || is_digits(peer.oin, LIMIT_OIN_LEN));
        FUZZ_CHECK(peer.ura[0] == '\0' || is_digits(peer.ura, LIMIT_URA_LEN));
    }
    X509_free(x509);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    check_text(bytes_of(data, len));
    check_certificate(bytes_of(data, len));
    return 0;
}
