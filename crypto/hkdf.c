/* SPDX-License-Identifier: Apache-2.0 */
/* HKDF over OpenSSL's EVP_KDF. Source: RFC 5869. */
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "schuilnaam/crypto/hash.h"

/* OpenSSL's parameters are not const, but it does not write through them. */
static OSSL_PARAM octets(const char *name, struct bytes value)
{
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)value.data, value.len);
}

static bool derive(EVP_KDF_CTX *context, const char *digest, struct bytes ikm, struct bytes salt,
                   struct bytes info, uint8_t *ret, size_t ret_len)
{
    OSSL_PARAM params[5];
    size_t n = 0;

    params[n++] =
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)digest, 0);
    params[n++] = octets(OSSL_KDF_PARAM_KEY, ikm);
    if (salt.len > 0)
        params[n++] = octets(OSSL_KDF_PARAM_SALT, salt);
    if (info.len > 0)
        params[n++] = octets(OSSL_KDF_PARAM_INFO, info);
    params[n] = OSSL_PARAM_construct_end();
    return EVP_KDF_derive(context, ret, ret_len, params) == 1;
}

static SCHUIL_RC hkdf(const char *digest, size_t digest_len, struct bytes ikm, struct bytes salt,
                      struct bytes info, uint8_t *ret, size_t ret_len)
{
    ENSURE(ret_len >= 1 && ret_len <= 255 * digest_len, RC_INPUT_LENGTH);
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
    bool ok = context != NULL && derive(context, digest, ikm, salt, info, ret, ret_len);

    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    if (!ok) {
        schuil_wipe(ret, ret_len);
        return schuil_rc(RC_CRYPTO);
    }
    return SCHUIL_OK;
}

SCHUIL_RC schuil_hkdf_sha512(struct bytes ikm, struct bytes salt, struct bytes info, uint8_t *ret,
                             size_t ret_len)
{
    return hkdf("SHA2-512", 64, ikm, salt, info, ret, ret_len);
}

SCHUIL_RC schuil_hkdf_sha256(struct bytes ikm, struct bytes salt, struct bytes info, uint8_t *ret,
                             size_t ret_len)
{
    return hkdf("SHA2-256", 32, ikm, salt, info, ret, ret_len);
}
