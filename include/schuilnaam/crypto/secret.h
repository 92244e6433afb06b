/* SPDX-License-Identifier: Apache-2.0 */
/* Secret types. Each kind of key has a type of its own, so two keys of one size cannot be swapped
 * without a compiler error, and a wiping clean-up: declare a local as
 *     SECRET(scalar) blind;
 * and every return wipes it. No secret type has a print function. */
#ifndef SCHUILNAAM_CRYPTO_SECRET_H
#define SCHUILNAAM_CRYPTO_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Overwrite len bytes (0 is fine) with zeros; never optimised away. Any thread. */
void schuil_wipe(void *data, size_t len);

/* True when a and b (len bytes each, 0 is fine) are the same. The time depends on len only. */
bool schuil_ct_equal(const void *a, const void *b, size_t len);

/* True when all len bytes are zero; also for no bytes. The time depends on len only. */
bool schuil_ct_is_zero(const void *data, size_t len);

/* Declares struct name { uint8_t b[size]; } and its clean-up name_wipe(). */
#define SECRET_TYPE(name, size)                                                                    \
    struct name {                                                                                  \
        uint8_t b[size];                                                                           \
    };                                                                                             \
    static inline void name##_wipe(struct name *secret)                                            \
    {                                                                                              \
        schuil_wipe(secret, sizeof *secret);                                                       \
    }

SECRET_TYPE(scalar, 32)        /* little-endian, canonical, not zero once checked */
SECRET_TYPE(element, 32)       /* canonical ristretto255 encoding; H(x), Q and P are secret */
SECRET_TYPE(siv_key, 64)       /* AES-256-SIV */
SECRET_TYPE(transport_key, 32) /* XChaCha20-Poly1305 */
SECRET_TYPE(source_key, 64)
SECRET_TYPE(wrapping_key, 32)
SECRET_TYPE(manifest_key, 32) /* keyed BLAKE2b */
SECRET_TYPE(signing_seed, 32) /* Ed25519 */
SECRET_TYPE(signing_pair, 64) /* the same with its public key, ready to sign */

/* A local secret that is wiped when it leaves its scope, by whichever way. */
#define SECRET(name) __attribute__((cleanup(name##_wipe))) struct name

#endif
