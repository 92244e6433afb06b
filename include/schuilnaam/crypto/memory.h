/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up, randomness, and guarded memory.
 *
 * A slab is one guarded allocation (guard pages, canary, locked against swapping, left out of core
 * dumps) that holds all keys of a snapshot. One slab and not one allocation a key: past the memlock
 * limit libsodium's allocation succeeds without the lock. A lock that fails refuses the slab. */
#ifndef SCHUILNAAM_CRYPTO_MEMORY_H
#define SCHUILNAAM_CRYPTO_MEMORY_H

#include <stddef.h>

#include "schuilnaam/rc.h"

/* Make the room ready: libsodium's set-up, OpenSSL's algorithms fetched and kept, the group's
 * kernel chosen: the one that the environment variable SCHUILNAAM_KERNEL names (portable, ifma),
 * else the fastest that runs here. Results   ok; RC_INTERNAL_RANDOM (the kernel gives no
 * randomness); RC_INTERNAL (OpenSSL's configuration lacks SHA-512, AES-256-SIV, -ECB or HKDF);
 * RC_CONFIG_KERNEL (no such kernel, or this machine cannot run it). The first thread, before any
 * other thread starts and before anything else of this room is called; again is harmless. */
SCHUIL_RC schuil_crypto_init(void);

/* The one door to randomness: fill ret_data with len bytes from the kernel's generator.
 * len       any, 0 too. One call for a batch of nonces costs less than one for each.
 * Results   ok; RC_INTERNAL_RANDOM: ret_data is zeros.
 * Any thread, also before schuil_crypto_init. Waits only while the kernel's generator is not yet
 * seeded, early after boot. Source: getrandom(2). */
SCHUIL_RC schuil_random(void *ret_data, size_t len);

/* A slab belongs to one thread until it is sealed; afterwards any number may read what was taken.
 */
struct slab;

/* Make a slab.
 * cap       1 .. LIMIT_MEMORY_SLAB_LEN bytes, rounded up to a multiple of 16; all of it zeros.
 * ret_slab  owned by the caller, for schuil_slab_free; NULL on failure.
 * Results   ok; RC_INPUT_LENGTH (cap); RC_INTERNAL_MEMORY; RC_CONFIG_MEMLOCK (the pages could not
 *           be locked or kept out of core dumps: the limit is too low). */
SCHUIL_RC schuil_slab_new(size_t cap, struct slab **ret_slab);

/* The next len bytes of the slab, aligned to 16 and zeroed, lent until the slab is freed. Each
 * taking uses len rounded up to a multiple of 16. NULL when len is 0, when they do not fit, or when
 * the slab is sealed; the slab is then unchanged. */
void *schuil_slab_take(struct slab *slab, size_t len);

/* Make the slab read-only: a write to it ends the process from here on, and nothing can be taken.
 * Results   ok; RC_INTERNAL_MEMORY: the slab stays writable and unsealed. */
SCHUIL_RC schuil_slab_seal(struct slab *slab);

/* Wipe, unlock and free, sealed or not; what was taken is gone. NULL is fine. A damaged canary ends
 * the process: somebody wrote outside the slab. */
void schuil_slab_free(struct slab *slab);

#endif
