/* SPDX-License-Identifier: Apache-2.0 */
/* What making and checking a manifest share. */
#ifndef ENGINE_KEYS_MANIFEST_H
#define ENGINE_KEYS_MANIFEST_H

#include "schuilnaam/engine/keys.h"

#define MANIFEST_LABEL "schuilnaam/v1/manifest"

/* Rows by strictly ascending number: RC_STORE_DATA. */
SCHUIL_RC rows_check_ascending(const struct key_row *rows, size_t count);
/* The bytes under the mac, malloc'ed for the caller to free; NULL on failure. */
SCHUIL_RC manifest_body(const struct key_row *rows, size_t count, enum compartment c,
                        uint64_t counter, uint8_t **ret_body, size_t *ret_body_len);

#endif
