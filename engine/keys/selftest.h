/* SPDX-License-Identifier: Apache-2.0 */
/* The self-test of a refresh, repeated at every load. */
#ifndef ENGINE_KEYS_SELFTEST_H
#define ENGINE_KEYS_SELFTEST_H

#include "snapshot_private.h"

/* For every domain D and generation g: s_{D,g,e} * K_e is one element for all epochs e that live
 * (whose domain key is not destroyed). Needs keys->by_place. RC_CONFIG_SELFTEST: *ret_number is the
 * domain key whose product differs, or whose epoch has no root row with a public part. */
SCHUIL_RC keyring_selftest(const struct keyring *keys, const struct key_table *table,
                           uint32_t *ret_number);

#endif
