/* SPDX-License-Identifier: Apache-2.0 */
/* Administration: policy and keys read and changed by operators. One table of nouns and fields
 * (engine/store/admin_nouns.c) drives the SQL, the JSON of /admin/v1, and the OpenAPI page. A
 * change, its manifest, the rise of the counter, and its audit event are one transaction. */
#ifndef SCHUILNAAM_ENGINE_ADMIN_H
#define SCHUILNAAM_ENGINE_ADMIN_H

#include "schuilnaam/engine/store.h"

enum admin_type { ADMIN_TEXT, ADMIN_NUMBER, ADMIN_BOOL, ADMIN_LIST, ADMIN_TIME, ADMIN_SECRET };
/* ADMIN_LIST: texts joined by commas; ADMIN_TIME: RFC 3339 UTC; ADMIN_SECRET: taken, never shown.
 */
/* ADMIN_REQUIRED holds where CREATE is set, and for the fields of an action. */
enum admin_flag { ADMIN_REQUIRED = 1, ADMIN_CREATE = 2, ADMIN_CHANGE = 4, ADMIN_SHOW = 8 };

struct admin_field {
    const char *name; /* JSON key and column of answers */
    enum admin_type type;
    unsigned flags;
    const char *text; /* for people and OpenAPI */
};

struct admin_noun {
    const char *name;   /* "organisations" */
    const char *single; /* "organisation" */
    const char *key;    /* the field that names one: "code" or "number" */
    enum audit_event_id event;
    const struct admin_field *fields; /* ends with name NULL */
    bool can_create, can_change;
    const char *text;
};
/* Ends with name NULL. */
const struct admin_noun *schuil_admin_nouns(void);

/* What can be done to a noun beside list, show, create and change (engine/store/admin_actions.c):
 * POST /admin/v1/{noun}/{action}, or /admin/v1/{noun}/{id}/{action} where has_id. */
struct admin_action {
    const char *noun; /* "keys" */
    const char *name; /* "import" */
    bool has_id;      /* it is done to one of them */
    bool is_read;     /* it changes nothing: audited as ADMIN_READ */
    bool makes;       /* a row is made: 201 */
    bool goes_on;     /* it only begins something: keys refresh, see schuil_refresh_status */
    enum audit_event_id event;
    const struct admin_field *fields; /* taken; ends with name NULL */
    const struct admin_field *answer; /* of one row; NULL: those of the noun that are shown */
    const char *text;
};
/* The one at a place in the table; NULL: past its end. */
const struct admin_action *schuil_admin_action(size_t index);

enum admin_verb { ADMIN_DO_LIST, ADMIN_DO_SHOW, ADMIN_DO_CREATE, ADMIN_DO_CHANGE, ADMIN_DO_ACTION };

struct admin_value {
    const char *name;
    const char *text; /* NULL: null; numbers decimal, booleans "true"/"false" */
};

struct admin_call {
    const struct admin_noun *noun;
    enum admin_verb verb;
    const struct admin_action *action; /* ACTION only */
    const char *id;                    /* SHOW, CHANGE, an action that has one */
    size_t value_count;
    const struct admin_value *values;
};

bool schuil_admin_is_read(const struct admin_call *call); /* it changes nothing */
bool schuil_admin_makes(const struct admin_call *call);   /* what it answers is new: 201 */

/* The fields that a call takes, and those of its answer: of either list only the ones with a flag
 * that is asked for, in order (0: all). */
struct admin_fields {
    const struct admin_field *list; /* ends with name NULL; NULL: none */
    unsigned flag;
};
struct admin_fields schuil_admin_taken(const struct admin_call *call);
struct admin_fields schuil_admin_shown(const struct admin_call *call);
/* The next field of a list from *index on, which is moved past it; NULL: no more. */
const struct admin_field *schuil_admin_field_next(const struct admin_fields *fields, size_t *index);

struct admin_rows; /* an answer; its cells are those of schuil_admin_shown in order */
size_t schuil_admin_row_count(const struct admin_rows *rows);
const char *schuil_admin_cell(const struct admin_rows *rows, size_t row, size_t shown_field);
void schuil_admin_rows_free(struct admin_rows *rows);

/* Where wrapping keys come from, outside the database. */
struct wrapping_door {
    /* See to it that there is a key newer than `current`, made here only if can_make; *ret_ring has
     * it last, and stays until the job's end. RC_CONFLICT_WRAPPING, RC_CONFIG_*. */
    SCHUIL_RC(*next)
    (void *arg, const char *current, bool can_make, const struct wrapping_ring **ret_ring);
    void *arg;
};

struct admin_context {
    struct store_session *session;
    const struct wrapping_ring *ring;
    uint32_t longest_life_hours; /* of a temporary pseudonym, by this installation's settings */
    const struct wrapping_door *wrapping; /* NULL: no rewrap */
    const char *state_directory; /* what this host has seen; nothing is changed on top of an older
                                    state. NULL: no state is older */
    struct audit_chain *chain;   /* of the operate worker; advanced on commit */
    const struct signing_pair *audit_pair;
    const struct signing_pair
        *policy_pair;           /* of operate; each change of policy is signed with it */
    uint32_t operator_number;   /* who calls; 0: the service itself, which needs no second */
    uint32_t approval_hours;    /* how long a call waits for a second operator */
    const char *approvals_also; /* names of approvals.def beside those that always hold, or NULL */
    const struct audit_event *event; /* prototype: who, where, request; id, outcome, status,
                                        detail and key_numbers are filled here */
};
/* Run one call. ret_field: the static name of the field at fault, or NULL. Also writes the audit
 * event of reads (ADMIN_READ) and of refused changes. Results: ok, RC_INPUT_SHAPE / RC_INPUT_VALUE
 * (field), RC_ABSENT, RC_CONFLICT_*, RC_STORE_*; after STORE_UNKNOWN the caller begins a new chain.
 */
SCHUIL_RC schuil_admin_run(const struct admin_context *context, const struct admin_call *call,
                           struct admin_rows **ret, const char **ret_field);

/* Whether the answer says that the call waits for a second operator; its cells are then those of
 * schuil_admin_asked. */
bool schuil_admin_is_waiting(const struct admin_rows *rows);
struct admin_fields schuil_admin_asked(void);
/* Whether some row of approvals.def is about this call (noun, verb, action). */
bool schuil_approval_may_wait(const struct admin_call *call);
/* Names of approvals.def, parted by commas. RC_CONFIG_SETTING: ret_wrong (cap bytes) has the first
 * that is none. */
SCHUIL_RC schuil_approval_names_check(const char *list, char *ret_wrong, size_t cap);

/* bootstrap: first operator with its certificate's fingerprint, catalogue, types A, B, C (and R),
 * root epoch 1, audit keys of three compartments, manifest keys of issue and translate, the policy
 * key; manifests and policy signed with counter 1. ret_policy_key: its public part, which each
 * server's configuration must name; untouched on failure. RC_CONFLICT_EXISTS when it was done
 * before. */
SCHUIL_RC schuil_admin_bootstrap(const struct admin_context *context, const char *operator_name,
                                 const uint8_t fingerprint[32],
                                 uint8_t ret_policy_key[ED25519_PUBLIC_LEN]);
/* A month of events taken out of the database, as the owner (context->session). month: YYYY-MM.
 * begin opens a transaction and notes the month's runs; RC_INPUT_VALUE, RC_CONFLICT_STATE: it has
 * not ended 31 days ago, RC_CONFLICT_EXISTS, RC_ABSENT: no events, RC_STORE_DATA: damaged; *ret
 * then holds nothing and no transaction is open. walk gives its events. commit puts the signed text
 * (with a zero at its end) in their place, writes the event TRAIL_ARCHIVE and drops them; or
 * nothing of that, and the transaction is over. abort ends it before. */
SCHUIL_RC schuil_store_archive_begin(struct store_session *s, const char *month,
                                     struct audit_statement *ret);
SCHUIL_RC schuil_store_archive_walk(struct store_session *s,
                                    const struct audit_statement *statement,
                                    audit_walk_fn *on_entry, void *arg);
SCHUIL_RC schuil_store_archive_commit(const struct admin_context *context, const char *month,
                                      struct bytes statement, uint64_t events);
void schuil_store_archive_abort(struct store_session *s);
/* An old wrapping key under which no row is wrapped any more, the oldest first, after `skip`
 * others;
 * "" when there is none. */
SCHUIL_RC schuil_admin_wrapping_retiring(struct store_session *s,
                                         char ret_name[WRAPPING_NAME_LEN + 1], size_t skip);
/* Nothing is left of it outside: it has ended, with an audit event, in one transaction. After
 * STORE_UNKNOWN the caller begins a new chain. */
SCHUIL_RC schuil_admin_wrapping_end(const struct admin_context *context, const char *name);
/* One audit event outside a change, in its own transaction (operate chain: start, end, refusals).
 */
SCHUIL_RC schuil_admin_audit(const struct admin_context *context, const struct audit_event *event);

#endif
