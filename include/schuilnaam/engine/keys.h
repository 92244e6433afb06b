/* SPDX-License-Identifier: Apache-2.0 */
/* Key rows and manifests as the database holds them. Source: PROTOCOL section 6. */
#ifndef SCHUILNAAM_ENGINE_KEYS_H
#define SCHUILNAAM_ENGINE_KEYS_H

#include "schuilnaam/crypto/hash.h"
#include "schuilnaam/crypto/keywrap.h"

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
    KEY_PRE_ACTIVE,
    KEY_ACTIVE,
    KEY_TRANSLATE_ONLY,
    KEY_SUSPENDED,
    KEY_COMPROMISED,
    KEY_DESTROYED,
    KEY_STATE_COUNT
};

const char *schuil_compartment_name(enum compartment c); /* "issue", "translate", "operate" */
const char *schuil_purpose_name(enum key_purpose p);     /* "domain-seal", ... */
const char *schuil_key_state_name(enum key_state s);     /* "translate-only", ... */
size_t schuil_purpose_len(enum key_purpose p);           /* 32 or 64 bytes */
bool schuil_purpose_in(enum key_purpose p, enum compartment c); /* has a copy there */
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
    struct {
        bool exists;  /* a key_copy row is there (it has or had a copy) */
        uint16_t len; /* 0: destroyed */
        uint8_t wrapped[WRAPPED_LEN_MAX];
        char wrapping_name[64];
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

/* Draw a new key of a purpose, checked (scalars in range, not zero) into ret (schuil_purpose_len
 * bytes); fills row->public_part/public_len for root, audit and policy. */
SCHUIL_RC schuil_key_draw(struct key_row *row, uint8_t *ret);
/* The same for bytes that were imported: check range, compute the public part. RC_CRYPTO_SCALAR. */
SCHUIL_RC schuil_key_adopt(struct key_row *row, struct bytes key);
/* Wrap into every compartment the purpose belongs to. row->number must be final. */
SCHUIL_RC schuil_key_wrap_copies(struct key_row *row, struct bytes key,
                                 const struct wrapping_key *wrapping, const char *wrapping_name);
SCHUIL_RC schuil_key_unwrap_copy(const struct key_row *row, enum compartment c,
                                 const struct wrapping_key *wrapping, const char *wrapping_name,
                                 uint8_t *ret, size_t ret_len);

/* The bytes under the mac for one compartment and their mac. Rows by ascending number. *ret_body is
 * malloc'ed, the caller frees. */
SCHUIL_RC schuil_manifest_make(const struct key_row *rows, size_t count, enum compartment c,
                               uint64_t counter, const struct manifest_key *key, uint8_t **ret_body,
                               size_t *ret_body_len, uint8_t ret_mac[HASH_LEN]);
/* Compare a stored manifest with the rows; finding (cap bytes, NUL-terminated) names the key or the
 * manifest that differs. */
SCHUIL_RC schuil_manifest_check(const struct key_table *table, enum compartment c,
                                const struct manifest_key *key, char *finding, size_t finding_cap);

#endif
