/* SPDX-License-Identifier: Apache-2.0 */
/* Fingerprints of certificates. The certificates are made here, signed by themselves; the
 * fingerprint wanted is OpenSSL's own digest of them. */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "unit.h"

#include "schuilnaam/crypto/certificate.h"

enum { PEM_CAP = 1 << 15 };

struct made {
    char pem[PEM_CAP];
    char trusted[PEM_CAP];
    uint8_t fingerprint[HASH_LEN];
};

static struct made first;
static struct made second;

static void pem_of(X509 *certificate, int (*write)(BIO *, const X509 *), char pem[PEM_CAP])
{
    BIO *bio = BIO_new(BIO_s_mem());

    assert_non_null(bio);
    assert_int_equal(write(bio, certificate), 1);
    int len = BIO_read(bio, pem, PEM_CAP - 1);
    assert_true(len > 0);
    pem[len] = '\0';
    BIO_free(bio);
}

static void make(const char *name, struct made *ret)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    X509 *certificate = X509_new();
    unsigned len = 0;

    assert_non_null(key);
    assert_non_null(certificate);
    X509_NAME *subject = X509_get_subject_name(certificate);
    assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                                (const unsigned char *)name, -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(certificate, subject), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(certificate), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(certificate), 3600));
    assert_int_equal(X509_set_pubkey(certificate, key), 1);
    assert_true(X509_sign(certificate, key, NULL) > 0);
    assert_int_equal(X509_digest(certificate, EVP_sha256(), ret->fingerprint, &len), 1);
    assert_int_equal(len, HASH_LEN);
    pem_of(certificate, PEM_write_bio_X509, ret->pem);
    assert_int_equal(X509_alias_set1(certificate, (const unsigned char *)"alias", 5), 1);
    pem_of(certificate, PEM_write_bio_X509_AUX, ret->trusted);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static int make_both(void **state)
{
    make("first", &first);
    make("second", &second);
    return crypto_setup(state);
}

static void assert_refused(struct bytes pem)
{
    uint8_t got[HASH_LEN];

    memset(got, 0xaa, sizeof got);
    assert_rc(schuil_certificate_fingerprint(pem, got), RC_INPUT_TEXT);
    assert_zeros(got, sizeof got);
    assert_int_equal(ERR_peek_error(), 0);
}

static void assert_first(const char *pem)
{
    uint8_t got[HASH_LEN];

    assert_ok(schuil_certificate_fingerprint(bytes_text(pem), got));
    assert_memory_equal(got, first.fingerprint, sizeof got);
}

static void the_fingerprint_is_the_digest_of_the_certificate(void **state)
{
    (void)state;
    assert_first(first.pem);
}

static void the_first_of_a_chain_counts_and_other_text_is_passed_over(void **state)
{
    static char text[3 * PEM_CAP];

    (void)state;
    (void)snprintf(text, sizeof text, "%s%s", first.pem, second.pem);
    assert_first(text);
    (void)snprintf(text, sizeof text, "Subject: somebody\n%strailing\n", first.pem);
    assert_first(text);
}

static void text_without_a_whole_certificate_is_refused(void **state)
{
    (void)state;
    assert_refused(bytes_of(NULL, 0));
    assert_refused(bytes_text("nothing of the kind"));
    assert_refused(bytes_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
    assert_refused(bytes_text("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"));
    for (size_t len = 1; len < strlen(first.pem) - 1; len += 7)
        assert_refused(bytes_of(first.pem, len));
}

static void a_certificate_with_bytes_after_it_is_refused(void **state)
{
    (void)state;
    assert_non_null(strstr(first.trusted, "TRUSTED"));
    assert_refused(bytes_text(first.trusted));

    /* The same bytes under the plain name. */
    static char renamed[PEM_CAP];
    const char *begin = strstr(first.trusted, "\n");
    const char *end = strstr(first.trusted, "-----END");
    assert_non_null(begin);
    assert_non_null(end);
    (void)snprintf(renamed, sizeof renamed,
                   "-----BEGIN CERTIFICATE-----%.*s-----END CERTIFICATE-----\n", (int)(end - begin),
                   begin);
    assert_refused(bytes_text(renamed));
}

static void more_text_than_the_limit_is_refused(void **state)
{
    enum { TOO_LONG = (1 << 20) + 1 };
    char *text = malloc(TOO_LONG);

    (void)state;
    assert_non_null(text);
    memset(text, '\n', TOO_LONG);
    memcpy(text, first.pem, strlen(first.pem));
    assert_refused(bytes_of(text, TOO_LONG));
    uint8_t got[HASH_LEN];
    assert_ok(schuil_certificate_fingerprint(bytes_of(text, TOO_LONG - 1), got));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fingerprint_is_the_digest_of_the_certificate),
        cmocka_unit_test(the_first_of_a_chain_counts_and_other_text_is_passed_over),
        cmocka_unit_test(text_without_a_whole_certificate_is_refused),
        cmocka_unit_test(a_certificate_with_bytes_after_it_is_refused),
        cmocka_unit_test(more_text_than_the_limit_is_refused),
    };

    return cmocka_run_group_tests(tests, make_both, NULL);
}
