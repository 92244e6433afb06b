/* SPDX-License-Identifier: Apache-2.0 */
/* Policy under a signature: the rows read and hashed, the signature checked, and made anew by each
 * change. What is hashed and signed is engine/policy/dump.c's; which tables and columns,
 * policy_columns.def's.
 *
 *   change: begin (lock, read, verify what is there) -> the change -> end (read again, sign)
 *   load:   check (read, verify with the key that the configuration names)
 *
 * Beside the signature lie the hashes of the single rows. They are not signed: they only serve to
 * name a row once it is known that something differs.
 *
 * Invariant: policy is signed anew only when what was there had verified, so that a change never
 * blesses what somebody else altered. Source: PROTOCOL section 6. */
#ifndef STORE_POLICY_MANIFEST_H
#define STORE_POLICY_MANIFEST_H

#include "pg.h"
#include "schuilnaam/engine/policy_dump.h"

struct policy_rows {
    uint8_t digest[HASH_LEN]; /* of the dump */
    uint8_t *list;            /* of the rows' own hashes; malloc'ed */
    size_t list_len;
};

struct policy_manifest {
    bool exists;
    uint64_t counter;
    uint8_t signature[ED25519_SIGNATURE_LEN];
    uint8_t *list;
    size_t list_len;
};

void policy_rows_done(struct policy_rows *rows);
void policy_manifest_done(struct policy_manifest *manifest);
#define POLICY_ROWS __attribute__((cleanup(policy_rows_done))) struct policy_rows
#define POLICY_MANIFEST __attribute__((cleanup(policy_manifest_done))) struct policy_manifest

/* All policy as it is now, within the open transaction. Done by the caller, whatever the result. */
SCHUIL_RC policy_rows_read(struct store_session *s, struct policy_rows *ret);
SCHUIL_RC policy_manifest_read(struct store_session *s, bool is_locked,
                               struct policy_manifest *ret);
/* RC_CONFIG_POLICY: absent, not signed by this key, or a row differs, which finding (cap bytes)
 * names: "policy: connection 17 was altered". "" when all is well. */
SCHUIL_RC policy_manifest_check(const struct policy_manifest *manifest,
                                const struct policy_rows *rows, const uint8_t public_key[32],
                                char *finding, size_t cap);

#define POLICY_MANIFEST_FILE "policy" /* of the highest counter seen */
/* RC_CONFIG_MANIFEST_OLD: this host has seen a higher counter, or the same with another signature.
 * ret_is_newer: it is to be kept. No directory: nothing was seen. */
SCHUIL_RC policy_seen_check(const char *directory, const struct policy_manifest *manifest,
                            bool *ret_is_newer, char *finding, size_t cap);

/* A change of policy, within the open transaction. Only one is under way at a time. begin: as
 * check, and as seen_check, so that no change gives an older policy that was put back a counter
 * that passes; the session's message holds the finding. end: signs when something differs by now.
 */
struct policy_change {
    struct store_session *session;
    const struct signing_pair *pair;
    uint64_t counter;
    uint8_t digest[HASH_LEN];
};
SCHUIL_RC policy_change_begin(struct policy_change *change, struct store_session *s,
                              const struct signing_pair *pair, const char *directory);
/* The first: nothing is there to be verified. RC_CONFLICT_EXISTS: but there is. */
SCHUIL_RC policy_change_begin_empty(struct policy_change *change, struct store_session *s,
                                    const struct signing_pair *pair);
SCHUIL_RC policy_change_end(struct policy_change *change);
/* Sign what is there with this counter, whatever was signed before. For accepting it on purpose. */
SCHUIL_RC policy_manifest_raise(struct store_session *s, const struct signing_pair *pair,
                                uint64_t counter);

#endif
