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

/* Rows handed to the builder are copied. Any order; duplicates are refused at sealing, and so is a
 * row that names an organisation, domain, registry or type that is not there. RC_STORE_DATA: a row
 * that cannot be (a number of 0, a code outside its alphabet, an unknown kind): the builder is as
 * it was. RC_INTERNAL_MEMORY. Connections that have ended may be handed over too: no look-up finds
 * them. */
struct snapshot_builder;
SCHUIL_RC schuil_snapshot_builder_new(struct snapshot_builder **ret);
SCHUIL_RC schuil_snapshot_add_organisation(struct snapshot_builder *b,
                                           const struct organisation *o);
SCHUIL_RC schuil_snapshot_add_credential(struct snapshot_builder *b, const struct credential *c);
SCHUIL_RC schuil_snapshot_add_domain(struct snapshot_builder *b, const struct domain *d);
/* A domain has at most one; a bound domain none; `from` is the domain's active generation. */
SCHUIL_RC schuil_snapshot_add_rotation(struct snapshot_builder *b, const struct rotation *r);
SCHUIL_RC schuil_snapshot_add_registry(struct snapshot_builder *b, const struct registry *r);
SCHUIL_RC schuil_snapshot_add_connection(struct snapshot_builder *b, const struct connection *c);
/* At most one mandate of a pair that has not ended: two are refused at sealing. */
SCHUIL_RC schuil_snapshot_add_mandate(struct snapshot_builder *b, const struct mandate *m);
/* Linkages that have ended may be handed over too. Sealing refuses one that has not ended between
 * registries of one domain or of a bound one, a second one of its pair, and one beside a connection
 * of the source's organisation with the research registry. */
SCHUIL_RC schuil_snapshot_add_linkage(struct snapshot_builder *b, const struct linkage *l);
/* RC_STORE_DATA besides: QUOTA_ISSUE, or a quota below 0. Sealing refuses a subject that is not
 * there; linkages are not looked at. */
SCHUIL_RC schuil_snapshot_add_quota(struct snapshot_builder *b, const struct quota *q);
/* kind names as in PROTOCOL section 2 ("bsn", "date", ...). Attributes before types. */
SCHUIL_RC schuil_snapshot_add_attribute(struct snapshot_builder *b, struct bytes code,
                                        struct bytes kind);
/* recipe as text, "GN,VL:1,GD,G". RC_STORE_DATA: not a legal recipe of the catalogue. */
SCHUIL_RC schuil_snapshot_add_ptype(struct snapshot_builder *b, struct bytes code, uint16_t version,
                                    uint16_t number, struct bytes kind, uint16_t normaliser,
                                    struct bytes recipe, bool is_quasi);
/* Once per builder. compartments: those that this process serves, bit 1 << enum compartment, at
 * least one (RC_INTERNAL); copies in others are as if they were not there. Of those: verify the
 * manifests (issue and translate have one) over the rows, each with the one active manifest key of
 * its compartment, open every copy that is left into the slab, check each
 * key (scalar range, public part, both copies alike), and, with translate, repeat the self-test of
 * a refresh over all epochs that live: s_{D,g,e} * K_e is one element for each D and g. Refused
 * besides: two keys that are not destroyed with the same purpose, scope, epoch and generation, for
 * root, domain, domain-seal and source. RC_CONFIG_WRAPPING (a copy names a wrapping key that the
 * ring does not have), RC_CONFIG_KEY_ROW, RC_CONFIG_MANIFEST, RC_CONFIG_MANIFEST_OLD,
 * RC_CONFIG_SELFTEST, RC_STORE_DATA (rows not ascending), RC_CONFIG_MEMLOCK, RC_INTERNAL_MEMORY.
 * *ret_finding names the row or manifest ("key 7, compartment translate: ..."), "" when all is
 * well: it lies in the builder and holds no key bytes. Without this call a snapshot has no keys:
 * every key look-up finds none. */
SCHUIL_RC schuil_snapshot_add_keys(struct snapshot_builder *b, const struct key_table *table,
                                   const struct wrapping_ring *ring, unsigned compartments,
                                   const char **ret_finding);
/* Ends the builder, also on failure. counter: the policy counter this snapshot shows. *ret has one
 * reference, the caller's; NULL on failure. RC_STORE_DATA: a duplicate, or a name of what is not
 * there. */
SCHUIL_RC schuil_snapshot_seal(struct snapshot_builder *b, uint64_t counter, struct snapshot **ret);
/* For a builder that is not sealed. Wipes its keys. NULL is fine. */
void schuil_snapshot_builder_free(struct snapshot_builder *b);

/* Any thread. The last unref wipes the keys and frees. */
struct snapshot *schuil_snapshot_ref(struct snapshot *s);
void schuil_snapshot_unref(struct snapshot *s); /* NULL is fine */
uint64_t schuil_snapshot_counter(const struct snapshot *s);

/* Keys. NULL or false: absent or destroyed, or not in a state that allows the use; outputs are then
 * zeros. Borrowed from the snapshot. root and transport_newest: active. The others open what
 * exists: active, translate-only, and pre-active, as another process may have taken it in use
 * already (a domain key as the state of the one before it allows). ret_number may be NULL. */
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
/* By number, to open with. */
const struct transport_key *schuil_key_transport(const struct snapshot *s, uint32_t number);
uint32_t schuil_key_highest(const struct snapshot *s); /* highest key number known, any purpose */
const struct scalar *schuil_key_domain(const struct snapshot *s, uint32_t domain,
                                       uint32_t generation, uint32_t epoch, uint32_t *ret_number);
/* s_{D,g,c}^-1 of the active key; ret_epoch is its epoch c. */
const struct scalar *schuil_key_domain_inverse(const struct snapshot *s, uint32_t domain,
                                               uint32_t generation, uint32_t *ret_number,
                                               uint32_t *ret_epoch);
/* s_{D,to,c} / s_{D,from,c} of the active keys, c the epoch of both: what turns the points of one
 * generation into the other's. No third one lies between the two. ret_numbers: of the keys. */
const struct scalar *schuil_key_domain_step(const struct snapshot *s, uint32_t domain,
                                            uint32_t from, uint32_t to, uint32_t ret_numbers[2]);
const struct siv_key *schuil_key_domain_seal(const struct snapshot *s, uint32_t domain,
                                             uint32_t generation, uint32_t *ret_number);
/* A provider's source keys, in the issue compartment: the active one of the highest generation, to
 * seal with; any by generation, to open with (active or translate-only). */
struct source_ref {
    const struct source_key *key;
    uint32_t number, generation;
};
bool schuil_key_source_active(const struct snapshot *s, uint32_t organisation,
                              struct source_ref *ret);
const struct source_key *schuil_key_source(const struct snapshot *s, uint32_t organisation,
                                           uint32_t generation, uint32_t *ret_number);
const struct signing_pair *schuil_key_audit(const struct snapshot *s);  /* first one served */
const struct signing_pair *schuil_key_policy(const struct snapshot *s); /* of operate */

#endif
