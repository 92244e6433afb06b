/* SPDX-License-Identifier: Apache-2.0 */
/* Policy as the server holds it: immutable, part of a snapshot. Built by the store through
 * schuil_snapshot_builder (snapshot.h), sorted and indexed when the snapshot is sealed; every
 * look-up is a binary search or a hash on public numbers and codes. */
#ifndef SCHUILNAAM_ENGINE_POLICY_H
#define SCHUILNAAM_ENGINE_POLICY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "schuilnaam/bytes.h"
#include "schuilnaam/engine/explanation.h"
#include "schuilnaam/limits.h"
#include "schuilnaam/rc.h"

struct snapshot;

enum attribute_kind {
    KIND_BSN,
    KIND_DATE,
    KIND_SEX,
    KIND_POSTCODE,
    KIND_NUMBER,
    KIND_NAME,
    KIND_TEXT
};

/* As catalogues name them: "bsn", "date", ... find: false, and *ret KIND_BSN, for no such kind. */
const char *schuil_attribute_kind_name(enum attribute_kind kind);
bool schuil_attribute_kind_find(struct bytes name, enum attribute_kind *ret);

struct attribute {
    char code[LIMIT_FIELD_CODE_LEN + 1];
    enum attribute_kind kind;
    uint16_t index; /* position in the catalogue, 0 .. attribute_count - 1 */
};

struct recipe_part {
    uint16_t attribute; /* index in the catalogue */
    char reduction[4];  /* "", "Y", "YM", "4", "1" .. "64" */
};

enum ptype_kind { PTYPE_IRREVERSIBLE, PTYPE_REVERSIBLE };

struct ptype {
    char code[LIMIT_FIELD_CODE_LEN + 1];
    char tref[LIMIT_TREF_LEN + 1];
    uint16_t version;
    uint16_t number;
    uint16_t normaliser;
    enum ptype_kind kind;
    bool is_quasi;
    uint8_t part_count;
    struct recipe_part parts[LIMIT_RECIPE_COUNT];
};

enum entity_state { STATE_ACTIVE, STATE_SUSPENDED, STATE_ENDED };

struct organisation {
    uint32_t number;
    char code[LIMIT_CODE_LEN + 1];
    enum entity_state state;
};

/* What TLS has proved of a client's certificate. */
struct client_certificate {
    uint8_t fingerprint[32]; /* SHA-256 of it */
    bool has_issuer; /* it was issued by another certificate: issuer is that one's SHA-256 */
    uint8_t issuer[32];
    char oin[LIMIT_OIN_LEN + 1]; /* subject serialNumber; "": none, or not of an OIN's form */
    char ura[LIMIT_URA_LEN + 1]; /* of the UZI register's otherName; "": none */
    int64_t end_us;              /* notAfter, since 1970 UTC */
};

enum credential_form { CREDENTIAL_FINGERPRINT, CREDENTIAL_OIN, CREDENTIAL_URA };

struct credential {
    uint32_t number;
    enum credential_form form;
    uint8_t fingerprint[32];    /* SHA-256 of the certificate; OIN, URA: of its issuer's */
    char id[LIMIT_OIN_LEN + 1]; /* the OIN or URA; "" for FINGERPRINT */
    uint32_t organisation;      /* number, or 0 */
    uint32_t operator_number;   /* number, or 0 */
    int64_t valid_from_us, valid_until_us; /* INT64_MAX: open */
    enum entity_state state;
};

struct domain {
    uint32_t number;
    char code[LIMIT_CODE_LEN + 1];
    bool is_bound;
    uint32_t generation; /* the active one */
};

/* A rotation of a domain that has not ended: two generations of its keys are there. Source:
 * PROTOCOL section 4.4. */
struct rotation {
    uint32_t number;
    uint32_t domain;   /* number */
    uint32_t from, to; /* generations: the domain's active one, and a later one */
    bool is_aborting;  /* finals go back from `to` to `from` */
};

enum registry_state { REGISTRY_ANNOUNCED, REGISTRY_LISTED, REGISTRY_ENDED };

struct registry {
    uint32_t number;
    char code[LIMIT_CODE_LEN + 1];
    uint32_t organisation; /* number */
    uint32_t domain;       /* number */
    enum registry_state state;
    bool allows_test_persons;
};

/* Kinds of call with a quota of their own. Its subject is a connection (issue, blind, reverse), a
 * registry (rotate, evaluate) or a linkage (link): a number of that table. */
enum quota_kind {
    QUOTA_ISSUE,
    QUOTA_BLIND,
    QUOTA_REVERSE,
    QUOTA_ROTATE,
    QUOTA_LINK,
    QUOTA_EVALUATE,
    QUOTA_KIND_COUNT
};

/* Records a UTC day; subject 0: for all that have no row of their own. Not for QUOTA_ISSUE, whose
 * quota is its connection's. */
struct quota {
    enum quota_kind kind;
    uint32_t subject;
    int64_t per_day;
};

/* Quota of one kind and subject in this process: (day << 40 | records left of the blocks reserved).
 * Outlives snapshots; owned by the process's quota table. */
struct quota_cell {
    enum quota_kind kind;
    uint32_t subject;
    _Atomic uint64_t day_left;
    _Atomic int64_t quota; /* the quota that these blocks were reserved within */
};

struct connection {
    uint32_t number;
    uint32_t provider; /* organisation number */
    uint32_t registry; /* registry number */
    int64_t valid_from_us, valid_until_us;
    int64_t quota_day; /* records a UTC day */
    uint32_t life_hours;
    bool is_blind;
    bool is_salted; /* reversible pseudonyms of this connection are salted */
    enum entity_state state;
    bool allows_both_ends; /* one may act for provider and registry: an operator gave a reason */
    uint16_t type_count;
    uint16_t types[LIMIT_TYPE_COUNT]; /* type numbers */
    struct quota_cell *quota;         /* of QUOTA_ISSUE; NULL outside a serving process */
};

/* Finals of one registry's domain may be carried into another, the research registry. Source:
 * PROTOCOL section 4.5. How many values it may carry in all is counted in the database. */
struct linkage {
    uint32_t number;
    uint32_t source, research; /* registry numbers */
    int64_t valid_from_us, valid_until_us;
    uint32_t life_hours; /* of a temporary pseudonym */
    enum entity_state state;
    uint16_t type_count;
    uint16_t types[LIMIT_TYPE_COUNT]; /* type numbers */
};

/* A processor may act for a principal, as provider and as registry. */
struct mandate {
    uint32_t number;
    uint32_t processor, principal; /* organisation numbers */
    int64_t valid_from_us, valid_until_us;
    enum entity_state state;
    bool allows_both_ends;
};

/* Look-ups: NULL when absent. Results are borrowed from the snapshot. */
const struct organisation *schuil_organisation_by_number(const struct snapshot *s, uint32_t number);
const struct organisation *schuil_organisation_by_code(const struct snapshot *s, struct bytes code);
const struct credential *schuil_credential_find(const struct snapshot *s,
                                                const uint8_t fingerprint[32]);
/* The credential of a certificate: by its fingerprint, else by issuer and OIN, else by issuer and
 * URA. The first that is registered decides, in force or not. */
const struct credential *schuil_credential_match(const struct snapshot *s,
                                                 const struct client_certificate *certificate);
const struct registry *schuil_registry_by_code(const struct snapshot *s, struct bytes code);
const struct registry *schuil_registry_by_number(const struct snapshot *s, uint32_t number);
const struct domain *schuil_domain_by_number(const struct snapshot *s, uint32_t number);
/* The rotation of a domain that has not ended, or NULL. */
const struct rotation *schuil_rotation_of(const struct snapshot *s, uint32_t domain);
const struct linkage *schuil_linkage_by_number(const struct snapshot *s, uint32_t number);
/* Whether what a linkage brought from an organisation's registries into this one is not to be
 * translated now. Where one of two such linkages is suspended all is: a temporary pseudonym does
 * not tell which of them made it. */
bool schuil_linkage_is_stopped(const struct snapshot *s, uint32_t organisation, uint32_t research);
/* The one connection of the pair that is not ended, or NULL. */
const struct connection *schuil_connection_find(const struct snapshot *s, uint32_t provider,
                                                uint32_t registry);
const struct ptype *schuil_ptype_by_tref(const struct snapshot *s, struct bytes tref);
const struct ptype *schuil_ptype_by_number(const struct snapshot *s, uint16_t number);
const struct attribute *schuil_attribute_by_code(const struct snapshot *s, struct bytes code);
const struct attribute *schuil_attributes(const struct snapshot *s, size_t *ret_count);
const struct ptype *schuil_ptypes(const struct snapshot *s, size_t *ret_count);

/* Whether the credential is in force at now_us (state, dates). */
bool schuil_credential_is_good(const struct credential *c, int64_t now_us);
const struct credential *schuil_credential_by_number(const struct snapshot *s, uint32_t number);
/* One of an organisation's credentials: one in force at now_us if there is such a one. NULL: none.
 * Walks over all; not for the way of a request. */
const struct credential *schuil_credential_of(const struct snapshot *s, uint32_t organisation,
                                              int64_t now_us);

/* What follows gives a verdict, and notes in `why` what it looked at (explanation.h; NULL: notes
 * nothing). */
/* May this credential be called with at now_us? RC_AUTH_CREDENTIAL: not in force, or its
 * organisation is not active. What only TLS knows of the certificate is not looked at. */
SCHUIL_RC schuil_policy_may_call(const struct snapshot *s, const struct credential *c,
                                 int64_t now_us, struct explanation *why);
/* May this provider's organisation issue these types to this registry now? RC_AUTH_PERMISSION, one
 * and the same for all: no such organisation or not active, no such registry, no connection, not in
 * force, registry not listed, a type not in the connection. Outputs are NULL on failure. */
SCHUIL_RC schuil_policy_may_issue(const struct snapshot *s, uint32_t provider,
                                  struct bytes registry_code, const struct ptype *const *types,
                                  size_t type_count, int64_t now_us, struct explanation *why,
                                  const struct registry **ret_registry,
                                  const struct connection **ret_connection);
/* May this provider's organisation have its own reversible pseudonyms of this registry opened now?
 * As may_issue, but in whatever state the registry is, and whatever types the connection has now:
 * patients must be found again after deliveries have ended. */
SCHUIL_RC schuil_policy_may_reverse(const struct snapshot *s, uint32_t provider,
                                    struct bytes registry_code, int64_t now_us,
                                    struct explanation *why, const struct registry **ret_registry,
                                    const struct connection **ret_connection);
/* May this organisation translate for this registry? RC_AUTH_PERMISSION, one and the same for all:
 * no such registry, another's, ended, or the organisation is not active. An announced registry
 * passes: its temporaries get a diagnostic. *ret_registry is NULL on failure. */
SCHUIL_RC schuil_policy_may_translate(const struct snapshot *s, uint32_t organisation,
                                      struct bytes registry_code, struct explanation *why,
                                      const struct registry **ret_registry);
/* May this organisation carry finals of its registry over, or say that it has? As may_translate,
 * and RC_CONFLICT_ROTATION: the domain is not being rotated. */
SCHUIL_RC schuil_policy_may_rotate(const struct snapshot *s, uint32_t organisation,
                                   struct bytes registry_code, struct explanation *why,
                                   const struct registry **ret_registry);
/* May this organisation see the registry's parameters? RC_AUTH_PERMISSION: there is no such
 * registry, or it is another's and there is no connection that has not ended. *ret_connection is
 * NULL where it sees its own registry, and on failure. */
SCHUIL_RC schuil_policy_may_see(const struct snapshot *s, uint32_t organisation,
                                struct bytes registry_code, struct explanation *why,
                                const struct registry **ret_registry,
                                const struct connection **ret_connection);

/* May `processor` act for the organisation of this code now? RC_AUTH_PERMISSION, one and the same
 * for all: no such organisation or not active, no mandate, not in force. */
SCHUIL_RC schuil_policy_may_act(const struct snapshot *s, uint32_t processor,
                                struct bytes principal, int64_t now_us, struct explanation *why,
                                const struct organisation **ret_principal);
/* RC_AUTH_PERMISSION: acting for `principal` at this registry, the processor would stand at both
 * ends of a connection to it (as principal's provider or registry, and for the other end, by a
 * mandate that is not ended or because it is that end), and nobody gave a reason. A registry that
 * does not exist is no concern of this. */
SCHUIL_RC schuil_policy_one_end(const struct snapshot *s, uint32_t processor, uint32_t principal,
                                struct bytes registry_code, int64_t now_us,
                                struct explanation *why);
/* May this organisation carry finals of these types over by this linkage now? RC_AUTH_PERMISSION,
 * one and the same for all: no such linkage, not in force, another's registry, one of the two
 * registries not open, a type not in the linkage, or the organisation is not active. Outputs are
 * NULL on failure. */
SCHUIL_RC schuil_policy_may_link(const struct snapshot *s, uint32_t organisation, uint32_t number,
                                 const struct ptype *const *types, size_t type_count,
                                 int64_t now_us, const struct linkage **ret_linkage,
                                 const struct registry **ret_source);

/* As the database and metrics name it: "issue", "blind", ... */
const char *schuil_quota_kind_name(enum quota_kind kind);
/* false: no such kind. *ret is then QUOTA_KIND_COUNT. */
bool schuil_quota_kind_find(struct bytes name, enum quota_kind *ret);
/* Records that a subject may ask in a UTC day; 0 when there is no such subject, or nothing says how
 * many. Only `subject` is looked at: whether the caller may ask at all is permission.c's. */
int64_t schuil_quota_per_day(const struct snapshot *s, enum quota_kind kind, uint32_t subject);

/* Take count records of today's quota. true: taken. false: the blocks held do not suffice; ask the
 * keeper to reserve more, then try again. day = days since 1970 UTC. Lock free, any thread. */
bool schuil_quota_take(struct quota_cell *cell, uint32_t day, uint64_t count);
/* Add a reserved block of that day. What is left of another day is dropped: a block is good for its
 * day only. */
void schuil_quota_add(struct quota_cell *cell, uint32_t day, uint64_t count);

#endif
