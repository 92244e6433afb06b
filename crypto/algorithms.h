/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's algorithms, fetched once and kept: a fetch for each use costs more than the use.
 * Written by schuil_crypto_init only, read by any thread afterwards. Before that every member is
 * NULL, which makes OpenSSL's calls fail, not crash. */
#ifndef CRYPTO_ALGORITHMS_H
#define CRYPTO_ALGORITHMS_H

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include "schuilnaam/rc.h"

struct algorithms {
    EVP_MD *sha512;
    EVP_CIPHER *aes256_siv;
    EVP_CIPHER *aes256_ecb; /* of single blocks, for siv_batch.c only */
    EVP_KDF *hkdf;
};

/* Fetch all of them; again is harmless. RC_INTERNAL: OpenSSL's configuration leaves one out. */
SCHUIL_RC algorithms_fetch(void);
const struct algorithms *algorithms_get(void);

#endif
