/* SPDX-License-Identifier: Apache-2.0 */
/* The one place where algorithms of OpenSSL are named and kept for the life of the process.
 * It computes nothing. Source: OpenSSL 3.0, manual page crypto(7), "Performance". */
#include "algorithms.h"

static struct algorithms kept;

SCHUIL_RC algorithms_fetch(void)
{
    if (kept.sha512 == NULL)
        kept.sha512 = EVP_MD_fetch(NULL, "SHA512", NULL);
    if (kept.aes256_siv == NULL)
        kept.aes256_siv = EVP_CIPHER_fetch(NULL, "AES-256-SIV", NULL);
    if (kept.aes256_ecb == NULL)
        kept.aes256_ecb = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
    if (kept.hkdf == NULL)
        kept.hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    ENSURE(kept.sha512 != NULL && kept.hkdf != NULL, RC_INTERNAL);
    ENSURE(kept.aes256_siv != NULL && kept.aes256_ecb != NULL, RC_INTERNAL);
    return SCHUIL_OK;
}

const struct algorithms *algorithms_get(void)
{
    return &kept;
}
