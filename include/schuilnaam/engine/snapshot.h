/* SPDX-License-Identifier: Apache-2.0 */
/* A snapshot: policy, catalogue, types and unwrapped keys at one moment, immutable once sealed and
 * counted by references. Its keys lie in one guarded slab. Building is single-threaded; reading
 * needs no lock. */
#ifndef SCHUILNAAM_ENGINE_SNAPSHOT_H
#define SCHUILNAAM_ENGINE_SNAPSHOT_H

#include "schuilnaam/crypto/secret.h"
#include "schuilnaam/engine/keys.h"
#include "schuilnaam/engine/policy.h"

struct snapshot;

/* Rows handed to the builder are copied. Any order; duplicates are refused at sealing. */
struct snapshot_builder;
SCHUIL_RC schuil_snapshot_builder_new(struct snapshot_builder **ret);
SCHUIL_RC schuil_snapshot_add_organisation(struct snapshot_builder *b,
                                           const struct organisation *o);
SCHUIL_RC schuil_snapshot_add_credential(struct snapshot_builder *b, const struct credential *c);
SCHUIL_RC schuil_snapshot_add_domain(struct snapshot_builder *b, const struct domain *d);
SCHUIL_RC schuil_snapshot_add_registry(struct snapshot_builder *b, const struct registry *r);
SCHUIL_RC schuil_snapshot_add_connection(struct snapshot_builder *b, const struct connection *c);
/* kind names as in PROTOCOL section 2 ("bsn", "date", ...). Attributes before types. */
SCHUIL_RC schuil_snapshot_add_attribute(struct snapshot_builder *b, struct bytes code,
                                        struct bytes kind);
/* recipe as text, "GN,VL:1,GD,G". RC_STORE_DATA: not a legal recipe of the catalogue. */
SCHUIL_RC schuil_snapshot_add_ptype(struct snapshot_builder *b, struct bytes code, uint16_t version,
                                    uint16_t number, struct bytes kind, uint16_t normaliser,
                                    struct bytes recipe, bool is_quasi);
/* Verify the manifests of both compartments over the rows, unwrap what this process may use into
 * the slab, check each key (scalar range, K_e = k_e * G). On failure *ret_finding names the row or
 * manifest ("key 7, compartment translate: ..."): a static or caller-visible buffer of the builder.
 */
SCHUIL_RC schuil_snapshot_add_keys(struct snapshot_builder *b, const struct key_table *table,
                                   const struct wrapping_key *wrapping, const char *wrapping_name,
                                   const char **ret_finding);
/* Ends the builder, also on failure. counter: the policy counter this snapshot shows. */
SCHUIL_RC schuil_snapshot_seal(struct snapshot_builder *b, uint64_t counter, struct snapshot **ret);
void schuil_snapshot_builder_free(struct snapshot_builder *b);

struct snapshot *schuil_snapshot_ref(struct snapshot *s);
void schuil_snapshot_unref(struct snapshot *s); /* NULL is fine */
uint64_t schuil_snapshot_counter(const struct snapshot *s);

/* Keys. NULL: absent or destroyed, or not in a state that allows the use. Borrowed. */
struct root_ref {
    const struct scalar *key;
    uint32_t number, epoch;
};
struct transport_ref {
    const struct transport_key *key;
    uint32_t number;
};
bool schuil_key_root_active(const struct snapshot *s, struct root_ref *ret);
/* The newest active one, to issue with. */
bool schuil_key_transport_newest(const struct snapshot *s, struct transport_ref *ret);
/* By number, to open with (active or translate-only). */
const struct transport_key *schuil_key_transport(const struct snapshot *s, uint32_t number);
uint32_t schuil_key_highest(const struct snapshot *s); /* highest key number known, any purpose */
const struct scalar *schuil_key_domain(const struct snapshot *s, uint32_t domain,
                                       uint32_t generation, uint32_t epoch, uint32_t *ret_number);
const struct siv_key *schuil_key_domain_seal(const struct snapshot *s, uint32_t domain,
                                             uint32_t generation, uint32_t *ret_number);
const struct signing_seed *schuil_key_audit(const struct snapshot *s); /* first compartment's */

#endif
