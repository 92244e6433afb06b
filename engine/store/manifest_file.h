/* SPDX-License-Identifier: Apache-2.0 */
/* The local file of a manifest: the highest counter this host has seen, and its mac, so that an
 * older database put back in place is noticed. One line: counter, a space, 64 hex digits. */
#ifndef STORE_MANIFEST_FILE_H
#define STORE_MANIFEST_FILE_H

#include "schuilnaam/engine/keys.h"

/* No file: counter 0. RC_CONFIG_MANIFEST: not such a file, or it cannot be read; the finding names
 * it. */
SCHUIL_RC manifest_file_read(const char *directory, enum compartment c, uint64_t *ret_counter,
                             uint8_t ret_mac[HASH_LEN], char *finding, size_t cap);
/* Durable when it returns ok: temporary file, fsync, rename, fsync of the directory. */
SCHUIL_RC manifest_file_write(const char *directory, enum compartment c, uint64_t counter,
                              const uint8_t mac[HASH_LEN], char *finding, size_t cap);

#endif
