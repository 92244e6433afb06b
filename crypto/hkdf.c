/* SPDX-License-Identifier: Apache-2.0 */
/* HKDF with SHA-512 or SHA-256, extract then expand, by OpenSSL's EVP_KDF.
 * Source: RFC 5869; OpenSSL 3.0, manual page EVP_KDF-HKDF(7). */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "algorithms.h"
#include "schuilnaam/crypto/hash.h"

/* OpenSSL's parameters are not const, though it only reads them. */
static OSSL_PARAM octets(const char *name, struct bytes b)
{
    static uint8_t nothing;
    union {
        const uint8_t *borrowed;
        void *handed;
    } data = {.borrowed = b.len > 0 ? b.data : &nothing};

    return OSSL_PARAM_construct_octet_string(name, data.handed, b.len);
}

static SCHUIL_RC hkdf(char *digest, struct bytes ikm, struct bytes salt, struct bytes info,
                      uint8_t *ret, size_t ret_len)
{
    OSSL_PARAM params[5];
    size_t n = 0;

    params[n++] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
    params[n++] = octets(OSSL_KDF_PARAM_KEY, ikm);
    if (salt.len > 0) /* none means zeros, as the RFC says of an empty one */
        params[n++] = octets(OSSL_KDF_PARAM_SALT, salt);
    if (info.len > 0)
        params[n++] = octets(OSSL_KDF_PARAM_INFO, info);
    params[n] = OSSL_PARAM_construct_end();

    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(algorithms_get()->hkdf);
    bool is_good = ctx != NULL && EVP_KDF_derive(ctx, ret, ret_len, params) == 1;
    EVP_KDF_CTX_free(ctx); /* cleanses its copies */
    if (!is_good)
        schuil_wipe(ret, ret_len);
    ENSURE(is_good, RC_INTERNAL);
    return SCHUIL_OK;
}

static bool lengths_fit(struct bytes info, size_t ret_len, size_t hash_len)
{
    return ret_len >= 1 && ret_len <= 255 * hash_len && info.len <= HKDF_INFO_LEN_MAX;
}

SCHUIL_RC schuil_hkdf_sha512(struct bytes ikm, struct bytes salt, struct bytes info, uint8_t *ret,
                             size_t ret_len)
{
    char digest[] = "SHA512";

    ENSURE(lengths_fit(info, ret_len, 64), RC_INPUT_LENGTH);
    return hkdf(digest, ikm, salt, info, ret, ret_len);
}

SCHUIL_RC schuil_hkdf_sha256(struct bytes ikm, struct bytes salt, struct bytes info, uint8_t *ret,
                             size_t ret_len)
{
    char digest[] = "SHA256";

    ENSURE(lengths_fit(info, ret_len, 32), RC_INPUT_LENGTH);
    return hkdf(digest, ikm, salt, info, ret, ret_len);
}
