/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of certificates by OpenSSL; the text of the UZI register's name by a reader of our own, as
 * no library has one. Everything that could be read in two ways is taken for absent: a text with a
 * zero byte or of another string type, a second name of the same kind. Sources: RFC 5280, 4.2.1.6;
 * PKIoverheid programme of requirements (OIN in subject serialNumber); certification practice
 * statement of the UZI register (otherName of type 2.5.5.5, an IA5String). */
#include "peer.h"

#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "schuilnaam/crypto/hash.h"

/* ---- the UZI name ---- */

/* What a field may hold: digits and, where `also` is not 0, that character. */
struct uzi_field {
    size_t least, most;
    char also;
};

enum { UZI_OID, UZI_VERSION, UZI_NUMBER, UZI_PASS, UZI_URA, UZI_ROLE, UZI_AGB, UZI_FIELD_COUNT };

static const struct uzi_field uzi_fields[UZI_FIELD_COUNT] = {
    [UZI_OID] = {16, 40, '.'}, [UZI_VERSION] = {1, 1, 0}, [UZI_NUMBER] = {8, 10, 0},
    [UZI_PASS] = {1, 1, 0},    [UZI_URA] = {8, 8, 0},     [UZI_ROLE] = {6, 6, '.'},
    [UZI_AGB] = {8, 8, 0},
};

static bool field_has_form(struct bytes field, const struct uzi_field *form)
{
    if (field.len < form->least || field.len > form->most)
        return false;
    for (size_t i = 0; i < field.len; i++) {
        uint8_t c = field.data[i];
        if ((c < '0' || c > '9') && (form->also == 0 || c != (uint8_t)form->also))
            return false;
    }
    return true;
}

static bool starts_with(struct bytes text, const char *start)
{
    size_t len = strlen(start);
    return text.len > len && memcmp(text.data, start, len) == 0;
}

static bool pass_is_known(struct bytes pass)
{
    return pass.len == 1 && (pass.data[0] == 'Z' || pass.data[0] == 'N' || pass.data[0] == 'M' ||
                             pass.data[0] == 'S');
}

static bool uzi_field_is_good(size_t at, struct bytes field)
{
    switch (at) {
    case UZI_OID:
        return field_has_form(field, &uzi_fields[at]) &&
               (starts_with(field, "2.16.528.1.1003.") || starts_with(field, "2.16.528.1.1007."));
    case UZI_VERSION:
        return bytes_equal(field, bytes_text("1"));
    case UZI_PASS:
        return pass_is_known(field);
    case UZI_ROLE: /* NN.NNN */
        return field_has_form(field, &uzi_fields[at]) && field.data[2] == '.' &&
               memchr(field.data + 3, '.', 3) == NULL && field.data[0] != '.' &&
               field.data[1] != '.';
    default:
        return field_has_form(field, &uzi_fields[at]);
    }
}

/* Cut the text at its hyphens: exactly UZI_FIELD_COUNT fields. */
static bool uzi_split(struct bytes text, struct bytes fields[UZI_FIELD_COUNT])
{
    size_t at = 0, start = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && text.data[i] != '-')
            continue;
        if (at == UZI_FIELD_COUNT)
            return false;
        fields[at++] = bytes_of(text.data + start, i - start);
        start = i + 1;
    }
    return at == UZI_FIELD_COUNT;
}

bool uzi_ura_read(struct bytes text, char ret_ura[LIMIT_URA_LEN + 1])
{
    struct bytes fields[UZI_FIELD_COUNT];
    ret_ura[0] = '\0';
    if (!uzi_split(text, fields))
        return false;
    for (size_t i = 0; i < UZI_FIELD_COUNT; i++)
        if (!uzi_field_is_good(i, fields[i]))
            return false;
    memcpy(ret_ura, fields[UZI_URA].data, LIMIT_URA_LEN);
    ret_ura[LIMIT_URA_LEN] = '\0';
    return true;
}

/* ---- the certificate ---- */

static struct bytes text_of(const ASN1_STRING *string)
{
    return bytes_of(ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string));
}

/* The one name of the UZI register's kind; text without data: none, or more than one. */
static struct bytes uzi_name(const GENERAL_NAMES *names)
{
    struct bytes found = {0};
    unsigned count = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_OTHERNAME)
            continue;
        char oid[16];
        int len = OBJ_obj2txt(oid, sizeof oid, name->d.otherName->type_id, 1);
        if (len <= 0 || strcmp(oid, "2.5.5.5") != 0)
            continue;
        const ASN1_TYPE *value = name->d.otherName->value;
        count++;
        if (value->type == V_ASN1_IA5STRING)
            found = text_of(value->value.ia5string);
    }
    return count == 1 ? found : (struct bytes){0};
}

static void ura_read(const X509 *certificate, char ret[LIMIT_URA_LEN + 1])
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    ret[0] = '\0';
    if (names == NULL)
        return;
    struct bytes text = uzi_name(names);
    if (text.data != NULL)
        (void)uzi_ura_read(text, ret);
    GENERAL_NAMES_free(names);
}

static bool is_oin(const ASN1_STRING *string)
{
    struct bytes text = text_of(string);
    int type = ASN1_STRING_type(string);
    if (type != V_ASN1_PRINTABLESTRING && type != V_ASN1_UTF8STRING)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.len == LIMIT_OIN_LEN;
}

static void oin_read(const X509 *certificate, char ret[LIMIT_OIN_LEN + 1])
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    int at = X509_NAME_get_index_by_NID(subject, NID_serialNumber, -1);
    ret[0] = '\0';
    if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_serialNumber, at) >= 0)
        return;
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    if (!is_oin(value))
        return;
    memcpy(ret, ASN1_STRING_get0_data(value), LIMIT_OIN_LEN);
    ret[LIMIT_OIN_LEN] = '\0';
}

/* SHA-256 of the DER form. false: no memory. */
static bool digest(const X509 *certificate, uint8_t ret[32])
{
    unsigned char *der = NULL;
    int len = i2d_X509(certificate, &der);
    if (len <= 0)
        return false;
    schuil_sha256(bytes_of(der, (size_t)len), ret);
    OPENSSL_free(der);
    return true;
}

static int64_t time_us(const ASN1_TIME *time)
{
    struct tm tm;
    return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) * 1000000 : INT64_MIN;
}

bool peer_read(const X509 *certificate, const X509 *issuer, struct client_certificate *ret)
{
    *ret = (struct client_certificate){.has_issuer = issuer != NULL,
                                       .end_us = time_us(X509_get0_notAfter(certificate))};
    oin_read(certificate, ret->oin);
    ura_read(certificate, ret->ura);
    return digest(certificate, ret->fingerprint) && (issuer == NULL || digest(issuer, ret->issuer));
}
