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

/* Once per process, before anything else here. RC_INTERNAL_RANDOM when there is no randomness. */
SCHUIL_RC schuil_crypto_init(void);

/* The one door to randomness: len bytes into ret_data. RC_INTERNAL_RANDOM: ret_data is zeros. */
SCHUIL_RC schuil_random(void *ret_data, size_t len);

struct slab;
/* A slab of cap bytes (1 .. 64 MiB). RC_CONFIG_MEMLOCK when it cannot be locked: *ret_slab NULL. */
SCHUIL_RC schuil_slab_new(size_t cap, struct slab **ret_slab);
/* The next len bytes, 16-byte aligned, zeroed; NULL when they do not fit or it is sealed. */
void *schuil_slab_take(struct slab *slab, size_t len);
/* Make the slab read-only. Taking is over. */
SCHUIL_RC schuil_slab_seal(struct slab *slab);
/* Wipe and free. NULL is fine. */
void schuil_slab_free(struct slab *slab);

#endif
