/* SPDX-License-Identifier: Apache-2.0 */
/* What a snapshot and its builder are made of. For engine/snapshot.c, engine/policy, engine/keys
 * and pseudonyms/final.c only; everybody else goes through
 * include/schuilnaam/engine/{snapshot,policy}.h. */
#ifndef ENGINE_SNAPSHOT_PRIVATE_H
#define ENGINE_SNAPSHOT_PRIVATE_H

#include <stdatomic.h>

#include "policy/table.h"
#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/engine/snapshot.h"

enum { FINDING_CAP = 256 };

/* One key that is open. The secret lies in the slab. */
struct key_slot {
    uint32_t number, scope, epoch, generation;
    enum key_purpose purpose;
    enum key_state state;
    unsigned copies;              /* bit 1 << enum compartment: there is a copy there */
    const void *secret;           /* schuil_purpose_len bytes */
    const struct scalar *inverse; /* of an active domain key, in the slab; else NULL */
    /* Of an active domain key, where a later generation has one of the same epoch: that one, and
     * the quotients next / this and this / next, in the slab. Else NULL. */
    const struct key_slot *next;
    const struct scalar *up, *down;
};

struct policy {
    struct table rotations, linkages;
    struct table organisations, credentials, domains, registries, connections, quotas, mandates;
    struct table attributes; /* in the order they came: a recipe names them by position */
    struct table types;
    /* made at sealing */
    struct view organisation_by_number, organisation_by_code;
    struct view credential_by_number, credential_by_fingerprint;
    struct view credential_by_id; /* form, issuer, OIN or URA */
    struct view mandate_by_pair;  /* processor, then principal: those that have not ended */
    struct view domain_by_number, domain_by_code;
    struct view rotation_by_domain;
    struct view linkage_by_number, linkage_by_pair; /* by_pair: those that have not ended */
    struct view registry_by_number, registry_by_code;
    struct view connection_by_number, connection_by_pair; /* by_pair: those that have not ended */
    struct view quota_by_subject;                         /* kind, then subject */
    struct view attribute_by_code;
    struct view type_by_number, type_by_tref;
};

struct keyring {
    struct slab *slab;  /* NULL: no keys; read-only once all are in */
    struct table slots; /* struct key_slot */
    struct view by_number;
    struct view by_place;      /* purpose, scope, generation, epoch, number */
    struct view domain_active; /* active domain keys that translate holds, by scope, generation */
    /* Active ones with the copy their use asks for, or NULL. */
    const struct key_slot *root;      /* of the highest epoch */
    const struct key_slot *transport; /* of the highest number */
    const struct key_slot *audit;     /* of the first compartment that has one */
    /* Of their seeds, in the slab; NULL as audit and policy are. */
    const struct signing_pair *audit_pair, *policy_pair;
    const struct key_slot *policy; /* of the highest number */
    uint32_t highest;              /* key number, any purpose and state */
};

struct siv_template;

/* The templates of finals, for each domain and type two places: of the active generation, and of
 * the one that the domain is being rotated to. One is made when it is first needed, by whichever
 * thread; then it stays until the snapshot goes. */
struct final_templates {
    _Atomic(struct siv_template *) *places; /* [domain row][type row][2]; NULL: not made yet */
    size_t count;
};

struct snapshot {
    atomic_uint references;
    uint64_t counter;
    struct policy policy;
    struct keyring keys;
    struct final_templates finals;
};

struct snapshot_builder {
    struct snapshot *snapshot;
    char finding[FINDING_CAP];
};

void policy_init(struct policy *policy);
/* Make the views; refuse duplicates and names of what is not there. */
SCHUIL_RC policy_seal(struct policy *policy);
void policy_done(struct policy *policy);
/* engine/policy/rotation.c, linkage.c: their part of sealing. */
SCHUIL_RC rotations_seal(struct policy *policy);
SCHUIL_RC linkages_seal(struct policy *policy);

void keyring_init(struct keyring *keys);
void keyring_done(struct keyring *keys);

/* Empty places for the domains and types of a policy. RC_INTERNAL_MEMORY: there are none. */
SCHUIL_RC final_templates_init(struct final_templates *finals, const struct policy *policy);
/* Cleanse and free what was made. */
void final_templates_done(struct final_templates *finals);

#endif
