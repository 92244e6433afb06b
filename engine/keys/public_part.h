/* SPDX-License-Identifier: Apache-2.0 */
/* The range check and the public part of a key: what adopting and loading have in common. */
#ifndef ENGINE_KEYS_PUBLIC_PART_H
#define ENGINE_KEYS_PUBLIC_PART_H

#include "schuilnaam/engine/keys.h"

/* Check the range of a key of this purpose (schuil_purpose_len bytes) and make its public part:
 * 32 bytes for root, audit and policy, else *ret_len 0 and zeros. RC_CRYPTO_SCALAR: zeros. */
SCHUIL_RC key_public_part(enum key_purpose purpose, const uint8_t *key, uint8_t ret[32],
                          uint8_t *ret_len);

#endif
