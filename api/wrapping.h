/* SPDX-License-Identifier: Apache-2.0 */
/* The wrapping key from its file: exactly 32 bytes, readable by its owner only. */
#ifndef SCHUIL_API_WRAPPING_H
#define SCHUIL_API_WRAPPING_H

#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/crypto/secret.h"

/* Read into the slab. RC_CONFIG_FILE (absent, or not 32 bytes), RC_CONFIG_MODE, RC_CONFIG_MEMLOCK;
 * ret_finding names the file. */
SCHUIL_RC wrapping_read(const char *path, struct slab *slab, const struct wrapping_key **ret,
                        char *ret_finding, size_t cap);
/* Draw a new one into a new file of mode 0600. RC_CONFLICT_EXISTS: the file is there. */
SCHUIL_RC wrapping_make(const char *path, char *ret_finding, size_t cap);

#endif
