/* SPDX-License-Identifier: Apache-2.0 */
/* Audit events, their bodies and chains. Source: PROTOCOL section 7. */
#ifndef SCHUILNAAM_ENGINE_AUDIT_H
#define SCHUILNAAM_ENGINE_AUDIT_H

#include "schuilnaam/crypto/hash.h"
#include "schuilnaam/limits.h"
#include "schuilnaam/rc.h"

enum audit_event_id {
#define AUDIT_EVENT(number, name, text) AUDIT_##name,
#include "schuilnaam/audit_events.def"
#undef AUDIT_EVENT
    AUDIT_EVENT_COUNT
};

uint16_t schuil_audit_number(enum audit_event_id id);
const char *schuil_audit_name(enum audit_event_id id);

/* The columns of an event's body, in documented order. Text pointers NULL: null. All borrowed. */
enum audit_column {
#define AUDIT_COLUMN(name, sqltype) AUDIT_COL_##name,
#include "schuilnaam/audit_columns.def"
#undef AUDIT_COLUMN
    AUDIT_COL_COUNT
};

struct audit_event {
    int64_t time_us;
    enum audit_event_id id;
    const char *outcome; /* "ok", "refused", "failed" */
    int status;          /* HTTP; 0: null */
    const char *organisation;
    uint32_t credential; /* 0: null */
    const char *behalf;
    const char *role;
    const char *access;
    const char *source;
    const char *registry;
    size_t type_count; /* 0: null */
    const char *types[16];
    bool has_counts; /* asked, made, failed */
    int64_t asked, made, failed;
    size_t key_count; /* 0: null */
    uint32_t key_numbers[LIMIT_KEY_NUMBER_COUNT];
    const char *request;
    const char *compartment;
    const char *process;
    const char *reason;
    const char *detail;
};

struct audit_chain {
    uint8_t chain[16];
    uint64_t i; /* of the last event, 0: none */
    uint8_t link[HASH_LEN];
};

/* One row as the database takes it: cells[] as text, NULL: null. */
struct audit_row {
    uint8_t chain[16];
    uint64_t i;
    uint8_t link[HASH_LEN];
    bool is_signed;
    uint8_t signature[ED25519_SIGNATURE_LEN];
    /* What the INSERT takes, memory of the arena: text as it is; integers as decimal text; lists as
     * PostgreSQL array literals ({"A","C.2"}, {7,12}); but `time` as decimal microseconds since
     * 1970 UTC, which the INSERT turns into a timestamptz without loss by
     *     timestamptz 'epoch' + $n::bigint * interval '1 microsecond'
     * and a reader turns back by (extract(epoch from time) * 1000000)::bigint. */
    const char *cells[AUDIT_COL_COUNT];
};

struct arena;
/* A new chain of 16 random bytes. */
SCHUIL_RC schuil_audit_chain_new(struct audit_chain *ret);
/* Turn n events (1 .. LIMIT_AUDIT_ROW_COUNT) into ret_rows[0 .. n-1]: cells, links, the last one
 * signed. `chain` is not changed: the caller copies *ret_next over it when the transaction is known
 * to be committed, and makes the rows again from `chain` after one that failed. Texts must be UTF-8
 * and are copied neither into the arena nor into the rows: events and their texts must live as long
 * as the rows. RC_INPUT_LENGTH (n, or more types or key numbers than fit), RC_INTERNAL_MEMORY
 * (arena full), RC_CRYPTO: *ret_next is untouched and ret_rows are worthless. */
SCHUIL_RC schuil_audit_make(const struct audit_chain *chain, const struct audit_event *events,
                            size_t n, const struct signing_pair *pair, struct arena *arena,
                            struct audit_row *ret_rows, struct audit_chain *ret_next);
/* One column in protocol form: times as decimal microseconds, lists as their elements' LVs, the
 * rest as in the row. */
struct audit_cell {
    bool is_null;
    struct bytes value; /* up to 2^32-1 bytes */
};
/* What the body makes of a list: its elements' LVs, written to w, from the array as PostgreSQL
 * prints it ({A,C.2}, {"a \"b\"",c}, {}). One dimension, no null elements. RC_STORE_DATA: not such
 * an array; what was written is then worthless. For the verifier; a full writer shows in w. */
SCHUIL_RC schuil_audit_list(struct bytes array, struct writer *w);
/* link_i of the chain from link_{i-1} (zeros for i = 1) and the body; used by make and by the
 * verifier. RC_INPUT_LENGTH: a cell that is too long. */
SCHUIL_RC schuil_audit_link(const uint8_t chain[16], const uint8_t previous[HASH_LEN], uint64_t i,
                            const struct audit_cell cells[AUDIT_COL_COUNT], uint8_t ret[HASH_LEN]);
/* The signature of an event that ended its transaction. */
bool schuil_audit_head_verify(const uint8_t chain[16], uint64_t i, const uint8_t link[HASH_LEN],
                              const uint8_t public_key[ED25519_PUBLIC_LEN],
                              const uint8_t signature[ED25519_SIGNATURE_LEN]);

#endif
