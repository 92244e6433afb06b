/* SPDX-License-Identifier: Apache-2.0 */
/* The local file of a manifest: the highest counter this host has seen, and its mac or signature,
 * so that an older database put back in place is noticed. One line: counter, a space, hex digits.
 */
#ifndef STORE_MANIFEST_FILE_H
#define STORE_MANIFEST_FILE_H

#include "schuilnaam/engine/keys.h"

enum { MANIFEST_PROOF_LEN_MAX = ED25519_SIGNATURE_LEN };

/* name: "issue", "translate" or "policy"; proof: the mac (HASH_LEN) or signature, proof_len bytes.
 * No file: counter 0. RC_CONFIG_MANIFEST: not such a file, or it cannot be read; the finding names
 * it. */
SCHUIL_RC manifest_file_read(const char *directory, const char *name, uint64_t *ret_counter,
                             uint8_t *ret_proof, size_t proof_len, char *finding, size_t cap);
/* Durable when it returns ok: temporary file, fsync, rename, fsync of the directory. */
SCHUIL_RC manifest_file_write(const char *directory, const char *name, uint64_t counter,
                              struct bytes proof, char *finding, size_t cap);

#endif
