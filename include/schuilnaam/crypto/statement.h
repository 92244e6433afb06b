/* SPDX-License-Identifier: Apache-2.0 */
/* A person's signature under a text: CMS SignedData (RFC 5652), detached, by a certificate of one
 * of the authorities given. What `openssl cms -sign -binary -outform PEM` writes. */
#ifndef SCHUILNAAM_CRYPTO_STATEMENT_H
#define SCHUILNAAM_CRYPTO_STATEMENT_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/crypto/hash.h"
#include "schuilnaam/rc.h"

/* Verify `signature` (a CMS or PKCS7 PEM block, at most 1 MiB) over exactly the bytes of `text`, by
 * one signer whose certificate comes with it and leads to a certificate in `authorities` (PEM).
 * ret: SHA-256 of the signer's certificate (DER), as a credential is registered by.
 * RC_INPUT_TEXT: not such a signature, or authorities that cannot be read; RC_AUTH_CREDENTIAL: it
 * does not verify, has no signer or several, or its certificate is not trusted or not in date;
 * RC_INTERNAL_MEMORY. ret is zeros on failure. Any thread. */
SCHUIL_RC schuil_statement_verify(struct bytes text, struct bytes signature,
                                  struct bytes authorities, uint8_t ret[HASH_LEN]);

#endif
