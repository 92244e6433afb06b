/* SPDX-License-Identifier: Apache-2.0 */
/* A change of keys within one transaction: rows, wrapped copies, and the manifests made anew. All
 * key changes of an installation are serialised by one advisory lock.
 *
 *   begin (lock, read, verify the manifests that are there) -> make, replace, ... -> end
 * (manifests)
 *
 * Invariant: manifests are made anew only over rows that the old ones verified, so that a change
 * never blesses what somebody else altered. */
#ifndef STORE_KEY_CHANGE_H
#define STORE_KEY_CHANGE_H

#include "keys_read.h"
#include "schuilnaam/engine/admin.h"

struct key_change {
    struct store_session *session;
    const struct wrapping_ring *ring;    /* opens */
    const struct wrapping_ref *wrapping; /* of it: wraps what is made */
    struct key_set set;
    struct manifest_key manifest_keys[COMPARTMENT_COUNT]; /* issue and translate */
};

/* Take the lock that serialises all key changes, until the open transaction ends; taking it twice
 * is fine. Whoever may change policy and keys in one transaction takes it first, as a key change
 * holds it when it comes to the policy counter. */
SCHUIL_RC key_change_lock(struct store_session *s);
/* The lowest epoch or generation that may be given now, beside being higher than those of the rows:
 * after a restore, others were given that no row tells of. */
SCHUIL_RC key_change_numbers_from(struct key_change *change, uint32_t *ret);
/* Open the change inside the open transaction. RC_CONFIG_MANIFEST, RC_CONFIG_KEY_ROW: the session's
 * message names the row. Whatever the result, done. */
SCHUIL_RC key_change_begin(struct key_change *change, const struct admin_context *context);
/* For an installation without keys: nothing to verify yet. */
SCHUIL_RC key_change_begin_empty(struct key_change *change, const struct admin_context *context);
/* Make an active key. row: purpose, scope, epoch, generation, home; the rest is filled. key NULL:
 * it is drawn, else adopted (RC_CRYPTO_SCALAR, RC_INPUT_LENGTH). ret_key: NULL, or
 * schuil_purpose_len bytes, the caller's to wipe. */
SCHUIL_RC key_change_make(struct key_change *change, struct key_row *row, const struct bytes *key,
                          const char *reason, uint8_t *ret_key);
/* The same in the state, and with the planned destruction, that the row tells. */
SCHUIL_RC key_change_make_as(struct key_change *change, struct key_row *row,
                             const struct bytes *key, const char *reason, uint8_t *ret_key);
/* The same, pre-active: it waits until it may be used. */
SCHUIL_RC key_change_prepare(struct key_change *change, struct key_row *row,
                             const struct bytes *key, const char *reason, uint8_t *ret_key);
/* The bytes of row `index` from a compartment's copy; ret has schuil_purpose_len bytes, the
 * caller's to wipe. RC_CONFIG_KEY_ROW: the session's message names the row. */
SCHUIL_RC key_change_open(struct key_change *change, size_t index, enum compartment c,
                          uint8_t *ret);

/* What becomes of a key. */
struct key_fate {
    enum key_state state;        /* destroyed: its copies go as well */
    uint64_t destruction_time_s; /* planned, unix seconds; 0: none */
    bool may_be_in_flight;       /* destroyed: requests that began before may name it for a while */
};
/* RC_CONFLICT_STATE: key_states.def has no such change. */
SCHUIL_RC key_change_fate(struct key_change *change, size_t index, const struct key_fate *fate,
                          const char *reason);
/* Destroy one compartment's copy of row `index`; the other goes on. */
SCHUIL_RC key_change_copy_destroy(struct key_change *change, size_t index, enum compartment c);
/* Change the state of row `index` of the set, no request being under way with it. A planned
 * destruction stays planned. */
SCHUIL_RC key_change_state(struct key_change *change, size_t index, enum key_state state,
                           const char *reason);
/* New manifests, counter + 1, for the compartments whose manifest differs by now. */
SCHUIL_RC key_change_end(struct key_change *change);
/* The manifest of c anew with this counter, which must be above its own (issue and translate). For
 * accepting an older state on purpose. */
SCHUIL_RC key_change_raise(struct key_change *change, enum compartment c, uint64_t counter);
void key_change_done(struct key_change *change);
#define KEY_CHANGE __attribute__((cleanup(key_change_done))) struct key_change

/* The active key of a purpose and scope with the highest generation and epoch. false: none. */
bool key_change_find(const struct key_change *change, enum key_purpose purpose, uint32_t scope,
                     size_t *ret_index);

#endif
