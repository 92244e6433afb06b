/* SPDX-License-Identifier: Apache-2.0 */
/* The dump of policy that operate signs and every server verifies: what is hashed, in which order,
 * and the signature over it. Pure: rows come from whoever reads them.
 *
 *     dump = for each table: LV(name) || U32(rows) || row ...
 *     row  = U16(columns) || for each column: 0x00 (null), or 0x01 || U32(length) || bytes
 *     signature = Ed25519 over LV("schuilnaam/v1/policy") || U64(counter) || BLAKE2b-256(dump)
 *
 * Source: PROTOCOL section 6; the row is the body of section 7. */
#ifndef SCHUILNAAM_ENGINE_POLICY_DUMP_H
#define SCHUILNAAM_ENGINE_POLICY_DUMP_H

#include "schuilnaam/crypto/hash.h"

struct policy_dump {
    struct hash_state all, row;
};

/* In this order: begin, then for each table: table, then for each of its rows: row, its cells,
 * row_end; at last end. Names and values of up to 65,535 and 2^32-1 bytes; all borrowed. */
void schuil_policy_dump_begin(struct policy_dump *dump);
void schuil_policy_dump_table(struct policy_dump *dump, const char *name, uint32_t row_count);
void schuil_policy_dump_row(struct policy_dump *dump, uint16_t column_count);
void schuil_policy_dump_null(struct policy_dump *dump);
void schuil_policy_dump_value(struct policy_dump *dump, struct bytes value);
/* ret: the hash of this row alone, to tell later which one differs. */
void schuil_policy_dump_row_end(struct policy_dump *dump, uint8_t ret[HASH_LEN]);
void schuil_policy_dump_end(struct policy_dump *dump, uint8_t ret[HASH_LEN]);

/* RC_INTERNAL: ret is zeros. */
SCHUIL_RC schuil_policy_sign(const struct signing_pair *pair, uint64_t counter,
                             const uint8_t digest[HASH_LEN], uint8_t ret[ED25519_SIGNATURE_LEN]);
bool schuil_policy_verify(const uint8_t public_key[ED25519_PUBLIC_LEN], uint64_t counter,
                          const uint8_t digest[HASH_LEN],
                          const uint8_t signature[ED25519_SIGNATURE_LEN]);

#endif
