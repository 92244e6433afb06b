/* SPDX-License-Identifier: Apache-2.0 */
/* Signed statements. Certificates and signatures are made here by OpenSSL; each certificate is its
 * own authority. */
#include <openssl/pem.h>

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "unit.h"

#include "schuilnaam/crypto/statement.h"

enum { PEM_CAP = 1 << 15 };

struct person {
    EVP_PKEY *key;
    X509 *certificate;
    char pem[PEM_CAP];
    uint8_t fingerprint[HASH_LEN];
};

static struct person first, second, late;
static const char TEXT[] = "accept what is there\r\nreason: \xc3\xa9\n";

static void take(BIO *bio, char pem[PEM_CAP])
{
    int len = BIO_read(bio, pem, PEM_CAP - 1);
    assert_true(len > 0);
    pem[len] = '\0';
    BIO_free(bio);
}

static void person_make(struct person *p, const char *name, long from_s, long until_s)
{
    BIO *bio = BIO_new(BIO_s_mem());
    unsigned len = 0;
    p->key = EVP_EC_gen("P-256");
    p->certificate = X509_new();
    assert_non_null(p->key);
    X509_NAME *subject = X509_get_subject_name(p->certificate);
    assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                                (const unsigned char *)name, -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(p->certificate, subject), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(p->certificate), 1), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(p->certificate), from_s));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(p->certificate), until_s));
    assert_int_equal(X509_set_pubkey(p->certificate, p->key), 1);
    assert_true(X509_sign(p->certificate, p->key, EVP_sha256()) > 0);
    assert_int_equal(X509_digest(p->certificate, EVP_sha256(), p->fingerprint, &len), 1);
    assert_int_equal(PEM_write_bio_X509(bio, p->certificate), 1);
    take(bio, p->pem);
}

static int persons_make(void **state)
{
    person_make(&first, "first", -60, 3600);
    person_make(&second, "second", -60, 3600);
    person_make(&late, "late", -7200, -3600);
    return crypto_setup(state);
}

static int persons_done(void **state)
{
    struct person *const persons[] = {&first, &second, &late};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(persons); i++) {
        X509_free(persons[i]->certificate);
        EVP_PKEY_free(persons[i]->key);
    }
    return 0;
}

/* other: a second signer, or NULL. */
static void sign(const struct person *p, const struct person *other, unsigned flags,
                 char pem[PEM_CAP])
{
    BIO *text = BIO_new_mem_buf(TEXT, (int)strlen(TEXT)), *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms =
        CMS_sign(p->certificate, p->key, NULL, text, CMS_BINARY | CMS_PARTIAL | flags);
    assert_non_null(cms);
    if (other != NULL)
        assert_non_null(CMS_add1_signer(cms, other->certificate, other->key, NULL, CMS_BINARY));
    assert_int_equal(CMS_final(cms, text, NULL, CMS_BINARY | flags), 1);
    assert_int_equal(PEM_write_bio_CMS(out, cms), 1);
    take(out, pem);
    CMS_ContentInfo_free(cms);
    BIO_free(text);
}

static struct schuil_rc verify(const char *text, const char *signature, const char *authorities,
                               uint8_t ret[HASH_LEN])
{
    memset(ret, 0xaa, HASH_LEN);
    return schuil_statement_verify(bytes_text(text), bytes_text(signature), bytes_text(authorities),
                                   ret);
}

static void assert_refused(const char *text, const char *signature, const char *authorities,
                           enum schuil_rc_code code)
{
    uint8_t got[HASH_LEN];
    assert_rc(verify(text, signature, authorities, got), code);
    assert_zeros(got, sizeof got);
    assert_int_equal(ERR_peek_error(), 0);
}

static void a_signature_tells_who_signed(void **state)
{
    char signature[PEM_CAP], both[2 * PEM_CAP];
    uint8_t got[HASH_LEN];
    (void)state;
    snprintf(both, sizeof both, "%s%s", second.pem, first.pem);
    sign(&first, NULL, CMS_DETACHED, signature);
    assert_ok(verify(TEXT, signature, both, got));
    assert_memory_equal(got, first.fingerprint, HASH_LEN);
}

static void another_text_is_refused(void **state)
{
    char signature[PEM_CAP];
    (void)state;
    sign(&first, NULL, CMS_DETACHED, signature);
    assert_refused("accept what is there\nreason: \xc3\xa9\n", signature, first.pem,
                   RC_AUTH_CREDENTIAL);
    assert_refused("", signature, first.pem, RC_AUTH_CREDENTIAL);
}

static void an_authority_that_did_not_issue_is_refused(void **state)
{
    char signature[PEM_CAP];
    (void)state;
    sign(&first, NULL, CMS_DETACHED, signature);
    assert_refused(TEXT, signature, second.pem, RC_AUTH_CREDENTIAL);
    assert_refused(TEXT, signature, "", RC_INPUT_TEXT);
}

static void a_certificate_out_of_date_is_refused(void **state)
{
    char signature[PEM_CAP];
    (void)state;
    sign(&late, NULL, CMS_DETACHED, signature);
    assert_refused(TEXT, signature, late.pem, RC_AUTH_CREDENTIAL);
}

static void two_signers_in_one_signature_are_refused(void **state)
{
    char signature[PEM_CAP], both[2 * PEM_CAP];
    (void)state;
    snprintf(both, sizeof both, "%s%s", first.pem, second.pem);
    sign(&first, &second, CMS_DETACHED, signature);
    assert_refused(TEXT, signature, both, RC_AUTH_CREDENTIAL);
}

static void what_is_no_detached_signature_is_refused(void **state)
{
    char signature[PEM_CAP];
    (void)state;
    assert_refused(TEXT, "", first.pem, RC_INPUT_TEXT);
    assert_refused(TEXT, first.pem, first.pem, RC_INPUT_TEXT);
    sign(&first, NULL, 0, signature); /* with the text inside */
    assert_refused(TEXT, signature, first.pem, RC_INPUT_TEXT);
    sign(&first, NULL, CMS_DETACHED, signature);
    signature[strlen(signature) / 2] ^= 1;
    uint8_t got[HASH_LEN];
    assert_false(schuil_is_ok(verify(TEXT, signature, first.pem, got)));
    assert_zeros(got, sizeof got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_tells_who_signed),
        cmocka_unit_test(another_text_is_refused),
        cmocka_unit_test(an_authority_that_did_not_issue_is_refused),
        cmocka_unit_test(a_certificate_out_of_date_is_refused),
        cmocka_unit_test(two_signers_in_one_signature_are_refused),
        cmocka_unit_test(what_is_no_detached_signature_is_refused),
    };
    return cmocka_run_group_tests(tests, persons_make, persons_done);
}
