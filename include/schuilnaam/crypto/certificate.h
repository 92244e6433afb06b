/* SPDX-License-Identifier: Apache-2.0 */
/* The fingerprint that a credential is registered by: SHA-256 of the certificate's DER form. */
#ifndef SCHUILNAAM_CRYPTO_CERTIFICATE_H
#define SCHUILNAAM_CRYPTO_CERTIFICATE_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/crypto/hash.h"
#include "schuilnaam/rc.h"

/* pem: text with a CERTIFICATE block, at most 1 MiB; the first one counts (a chain has the leaf
 * first), other text and blocks around it are passed over. RC_INPUT_TEXT: no block that holds a
 * whole certificate and nothing after it; ret is zeros. Any thread. Source: RFC 7468, RFC 5280. */
SCHUIL_RC schuil_certificate_fingerprint(struct bytes pem, uint8_t ret[HASH_LEN]);

#endif
