/* SPDX-License-Identifier: Apache-2.0 */
/* What is computed from the domain keys when they are loaded, so that no request inverts a secret
 * outside guarded memory. Source: PROTOCOL sections 4.4 and 4.5. */
#ifndef ENGINE_KEYS_STEPS_H
#define ENGINE_KEYS_STEPS_H

#include "snapshot_private.h"

/* Bytes of the slab that keyring_steps may take for these rows. */
size_t keyring_steps_len(const struct key_table *table);
/* Make keys->domain_active, their inverses, and the quotients of each generation and the next that
 * is there. The
 * slab is still open. RC_STORE_DATA: two active keys of one domain and generation.
 * RC_CRYPTO_SCALAR, RC_INTERNAL_MEMORY. */
SCHUIL_RC keyring_steps(struct keyring *keys);

#endif
