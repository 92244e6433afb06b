/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE2b-256 (RFC 7693), SHA-256 (FIPS 180-4; fingerprints), HKDF (RFC 5869), Ed25519 (RFC 8032).
 * Inputs are borrowed. Any thread, after schuil_crypto_init. */
#ifndef SCHUILNAAM_CRYPTO_HASH_H
#define SCHUILNAAM_CRYPTO_HASH_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/crypto/secret.h"
#include "schuilnaam/rc.h"

enum {
    HASH_LEN = 32,
    HKDF_INFO_LEN_MAX = 1024, /* bytes; what OpenSSL 3.0 takes for certain */
    ED25519_PUBLIC_LEN = 32,
    ED25519_SIGNATURE_LEN = 64,
};

/* Unkeyed BLAKE2b-256 of the n parts joined (n may be 0, parts may be empty). The borders between
 * parts leave no trace: encode lengths where they matter. */
void schuil_blake2b(size_t n, const struct bytes *parts, uint8_t ret[HASH_LEN]);

/* Unkeyed BLAKE2b-256 of what comes piece by piece: begin, put any number of times, end. The state
 * is the caller's and stays where it is; end wipes it, after which it may be begun again. */
enum { HASH_STATE_ALIGN = 64 };
struct hash_state {
    /* libsodium's crypto_generichash_blake2b_state, at the first address within that is a multiple
     * of 64: an _Alignas of that size is not kept on the stack that AddressSanitizer makes up. */
    uint8_t b[384 + HASH_STATE_ALIGN - 1];
};
void schuil_hash_begin(struct hash_state *state);
void schuil_hash_put(struct hash_state *state, struct bytes data);
void schuil_hash_end(struct hash_state *state, uint8_t ret[HASH_LEN]);

/* Keyed BLAKE2b-256 of the n parts joined: a mac. Compare it with schuil_ct_equal. */
void schuil_blake2b_keyed(const struct manifest_key *key, size_t n, const struct bytes *parts,
                          uint8_t ret[HASH_LEN]);

/* SHA-256 of data, for fingerprints of public things. */
void schuil_sha256(struct bytes data, uint8_t ret[HASH_LEN]);

/* HKDF, extract then expand.
 * ikm       any length, secret.
 * salt      any length; empty counts as zeros, as the RFC says.
 * info      0 .. HKDF_INFO_LEN_MAX bytes.
 * ret_len   1 .. 255 hash lengths (16,320 bytes with SHA-512, 8,160 with SHA-256).
 * Results   ok; RC_INPUT_LENGTH (info or ret_len): ret is untouched; RC_INTERNAL: ret is zeros. */
SCHUIL_RC schuil_hkdf_sha512(struct bytes ikm, struct bytes salt, struct bytes info, uint8_t *ret,
                             size_t ret_len);
SCHUIL_RC schuil_hkdf_sha256(struct bytes ikm, struct bytes salt, struct bytes info, uint8_t *ret,
                             size_t ret_len);

/* The public key of a seed. Constant time in the seed. */
void schuil_ed25519_public(const struct signing_seed *seed, uint8_t ret[ED25519_PUBLIC_LEN]);

/* What signs: the seed and its public key. Made once for a key, as it costs as much as a signature.
 * The caller's to keep in guarded memory and to wipe. Constant time in the seed. */
void schuil_ed25519_pair(const struct signing_seed *seed, struct signing_pair *ret);

/* The public half, which is no secret. */
void schuil_ed25519_pair_public(const struct signing_pair *pair, uint8_t ret[ED25519_PUBLIC_LEN]);

/* Sign message (any length): the same signature each time. Constant time in the pair, which
 * schuil_ed25519_pair made: halves that do not belong together would give the seed away.
 * Results   ok; RC_INTERNAL: ret is zeros. */
SCHUIL_RC schuil_ed25519_sign(const struct signing_pair *pair, struct bytes message,
                              uint8_t ret[ED25519_SIGNATURE_LEN]);

/* True when the signature is that key's over message. Refused too: a public key of small order or
 * not canonical, and a signature whose second half is not reduced. All inputs are public. */
bool schuil_ed25519_verify(const uint8_t public_key[ED25519_PUBLIC_LEN], struct bytes message,
                           const uint8_t signature[ED25519_SIGNATURE_LEN]);

#endif
