/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE2b-256 (RFC 7693), HKDF-SHA-512 (RFC 5869), SHA-256 (fingerprints), Ed25519 (RFC 8032). */
#ifndef SCHUILNAAM_CRYPTO_HASH_H
#define SCHUILNAAM_CRYPTO_HASH_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/crypto/secret.h"
#include "schuilnaam/rc.h"

enum {
    HASH_LEN = 32,
    HKDF_INFO_LEN_MAX = 1024, /* bytes; what OpenSSL 3.0 takes */
    ED25519_PUBLIC_LEN = 32,
    ED25519_SIGNATURE_LEN = 64,
};

/* Unkeyed BLAKE2b-256 of the n parts joined. */
void schuil_blake2b(size_t n, const struct bytes *parts, uint8_t ret[HASH_LEN]);
/* Keyed BLAKE2b-256 of the n parts joined. */
void schuil_blake2b_keyed(const struct manifest_key *key, size_t n, const struct bytes *parts,
                          uint8_t ret[HASH_LEN]);
/* SHA-256 of data. */
void schuil_sha256(struct bytes data, uint8_t ret[HASH_LEN]);
/* HKDF-SHA-512; ret_len 1 .. 255*64 (RC_INPUT_LENGTH); failure wipes ret. */
SCHUIL_RC schuil_hkdf_sha512(struct bytes ikm, struct bytes salt, struct bytes info, uint8_t *ret,
                             size_t ret_len);
SCHUIL_RC schuil_hkdf_sha256(struct bytes ikm, struct bytes salt, struct bytes info, uint8_t *ret,
                             size_t ret_len);

/* Ed25519 from a seed. */
void schuil_ed25519_public(const struct signing_seed *seed, uint8_t ret[ED25519_PUBLIC_LEN]);
SCHUIL_RC schuil_ed25519_sign(const struct signing_seed *seed, struct bytes message,
                              uint8_t ret[ED25519_SIGNATURE_LEN]);
bool schuil_ed25519_verify(const uint8_t public_key[ED25519_PUBLIC_LEN], struct bytes message,
                           const uint8_t signature[ED25519_SIGNATURE_LEN]);

#endif
