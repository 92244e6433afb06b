/* SPDX-License-Identifier: Apache-2.0 */
/* The orders of a keyring's views, and the choice of the keys to work with. */
#ifndef ENGINE_KEYS_KEY_COMPARE_H
#define ENGINE_KEYS_KEY_COMPARE_H

#include "snapshot_private.h"

table_compare key_number_compare;
/* purpose, scope, generation; then epoch, except for domain-seal, which outlives epochs. Finds in
 * the view of key_order_compare, which goes on with the number. */
table_compare key_place_compare, key_order_compare;
/* scope, generation: of domain keys that are active. */
table_compare key_generation_compare;
/* Purposes of which one place holds one key. */
bool key_is_single(const struct key_slot *slot);
/* Point root, transport and audit at the keys to work with. */
void keyring_choose(struct keyring *keys);

#endif
