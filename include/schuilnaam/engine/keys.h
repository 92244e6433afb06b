/* SPDX-License-Identifier: Apache-2.0 */
/* Key rows and manifests as the database holds them. Source: PROTOCOL section 6. */
#ifndef SCHUILNAAM_ENGINE_KEYS_H
#define SCHUILNAAM_ENGINE_KEYS_H

#include "schuilnaam/crypto/hash.h"
#include "schuilnaam/crypto/keywrap.h"
#include "schuilnaam/engine/wrapping.h"

enum compartment {
    COMPARTMENT_ISSUE,
    COMPARTMENT_TRANSLATE,
    COMPARTMENT_OPERATE,
    COMPARTMENT_COUNT
};
enum key_purpose {
    PURPOSE_ROOT,
    PURPOSE_DOMAIN,
    PURPOSE_DOMAIN_SEAL,
    PURPOSE_SOURCE,
    PURPOSE_TRANSPORT,
    PURPOSE_PAIR,
    PURPOSE_MANIFEST,
    PURPOSE_AUDIT,
    PURPOSE_POLICY,
    PURPOSE_COUNT
};
enum key_state {
#define KEY_STATE(state, name, works, opens, text) KEY_##state,
#include "schuilnaam/key_states.def"
    KEY_STATE_COUNT
};

const char *schuil_compartment_name(enum compartment c); /* "issue", "translate", "operate" */
const char *schuil_purpose_name(enum key_purpose p);     /* "domain-seal", ... */
const char *schuil_key_state_name(enum key_state s);     /* "translate-only", ... */
/* What a key in this state may do, by the table key_states.def: make what is new (issue, seal,
 * sign); open and translate what was made before. */
bool schuil_key_state_works(enum key_state s);
bool schuil_key_state_opens(enum key_state s);
/* Whether a key may go from one state to the other; staying is allowed but for what is destroyed.
 */
bool schuil_key_state_may_become(enum key_state from, enum key_state to);
size_t schuil_purpose_len(enum key_purpose p); /* 32 or 64 bytes */
/* Whether keys of this purpose may have a copy there. Manifest and audit keys belong to one
 * compartment each, so for them this says which compartments can have one: see key_row.home. */
bool schuil_purpose_in(enum key_purpose p, enum compartment c);
/* false: no such name. */
bool schuil_purpose_parse(struct bytes name, enum key_purpose *ret);
bool schuil_key_state_parse(struct bytes name, enum key_state *ret);
bool schuil_compartment_parse(struct bytes name, enum compartment *ret);

struct key_row {
    uint32_t number;
    enum key_purpose purpose;
    uint32_t scope, epoch, generation;
    enum key_state state;
    uint64_t destruction_time_s; /* planned; 0: none */
    uint8_t public_part[32];
    uint8_t public_len; /* 0 or 32 */
    /* Manifest and audit keys: the enum compartment that the one copy is made for, set by who makes
     * the row. Other purposes: not looked at (-1 by custom). Rows that were loaded need not set it:
     * their copies tell. */
    int8_t home;
    struct {
        bool exists;  /* a key_copy row is there (it has or had a copy) */
        uint16_t len; /* 0: destroyed */
        uint8_t wrapped[WRAPPED_LEN_MAX];
        char wrapping_name[WRAPPING_NAME_LEN + 1];
    } copies[COMPARTMENT_COUNT];
};

struct manifest_row {
    bool exists;
    uint64_t counter;
    const uint8_t *body; /* the bytes under the mac, borrowed */
    size_t body_len;
    uint8_t mac[HASH_LEN];
};

struct key_table {
    size_t count; /* rows by ascending number */
    const struct key_row *rows;
    struct manifest_row manifests[COMPARTMENT_COUNT]; /* issue and translate only */
    /* highest (counter, mac) seen locally; counter 0: none. */
    struct {
        uint64_t counter;
        uint8_t mac[HASH_LEN];
    } seen[COMPARTMENT_COUNT];
};

/* Draw a new key of row->purpose into ret (schuil_purpose_len bytes; scalars in range and not
 * zero); fills row->public_part and public_len: K_e = k_e * G for root, the Ed25519 public key for
 * audit and policy, length 0 for the others. RC_INTERNAL_RANDOM, RC_CRYPTO: ret and public part
 * zeros. */
SCHUIL_RC schuil_key_draw(struct key_row *row, uint8_t *ret);
/* The same for bytes that were imported. RC_INPUT_LENGTH: not the purpose's length;
 * RC_CRYPTO_SCALAR: a root or domain key that is zero or not canonical. The public part is
 * zeroed on failure. */
SCHUIL_RC schuil_key_adopt(struct key_row *row, struct bytes key);
/* Make the row's copies: one for each compartment the purpose belongs to (manifest and audit:
 * row->home only), all others emptied. row->number, scope, epoch and generation must be final: they
 * are bound into the copies. RC_INPUT_LENGTH (key, or a wrapping name of more than 63 bytes or
 * none), RC_INPUT_VALUE (home), or what wrapping gave: no copy is left. */
SCHUIL_RC schuil_key_wrap_copies(struct key_row *row, struct bytes key,
                                 const struct wrapping_ref *wrapping);
/* The same for one copy that is there already, under another wrapping key: the others stay as they
 * are. RC_INPUT_LENGTH, RC_INPUT_VALUE (no copy there), or what wrapping gave: the copy is as it
 * was. */
SCHUIL_RC schuil_key_rewrap_copy(struct key_row *row, enum compartment c, struct bytes key,
                                 const struct wrapping_ref *wrapping);
/* Open one copy into ret (ret_len = schuil_purpose_len) with the ring's key of the name that the
 * copy bears. RC_CONFIG_WRAPPING: the ring has none of that name. RC_CONFIG_KEY_ROW: no copy, or
 * one that does not open as this row's. ret is zeros then. */
SCHUIL_RC schuil_key_unwrap_copy(const struct key_row *row, enum compartment c,
                                 const struct wrapping_ring *ring, uint8_t *ret, size_t ret_len);

/* The bytes under the mac for one compartment and their mac. Rows by ascending number
 * (RC_STORE_DATA otherwise); which of them count is decided here, so all rows are handed over.
 * *ret_body is malloc'ed and the caller's to free; NULL on failure. issue and translate only
 * (RC_INPUT_VALUE). */
SCHUIL_RC schuil_manifest_make(const struct key_row *rows, size_t count, enum compartment c,
                               uint64_t counter, const struct manifest_key *key, uint8_t **ret_body,
                               size_t *ret_body_len, uint8_t ret_mac[HASH_LEN]);
/* Verify a stored manifest and compare it with the rows; finding (cap bytes, NUL-terminated, no key
 * bytes) names the key or the manifest that differs, "" when all is well.
 * RC_CONFIG_MANIFEST: absent, mac or counter altered, a row removed, added or altered.
 * RC_CONFIG_MANIFEST_OLD: a counter below table->seen, or the same with another mac. */
SCHUIL_RC schuil_manifest_check(const struct key_table *table, enum compartment c,
                                const struct manifest_key *key, char *finding, size_t finding_cap);
/* Only whether its counter is below the one seen, which takes no key: a database that was put back
 * may lie under a wrapping key that is not here any more, and the counter says why. Nothing is
 * vouched for. RC_CONFIG_MANIFEST_OLD, finding as above. */
SCHUIL_RC schuil_manifest_age(const struct key_table *table, enum compartment c, char *finding,
                              size_t finding_cap);

#endif
