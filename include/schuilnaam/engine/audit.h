/* SPDX-License-Identifier: Apache-2.0 */
/* Audit events, their bodies and chains. Source: PROTOCOL section 7. */
#ifndef SCHUILNAAM_ENGINE_AUDIT_H
#define SCHUILNAAM_ENGINE_AUDIT_H

#include "schuilnaam/crypto/hash.h"
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
    uint32_t key_numbers[64];
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
    const char *cells[AUDIT_COL_COUNT]; /* PostgreSQL text forms; memory is the caller's arena */
};

struct arena;
/* A new chain of 16 random bytes. */
SCHUIL_RC schuil_audit_chain_new(struct audit_chain *ret);
/* Turn n events into rows: cells, links, the last one signed. The chain is advanced in *next only;
 * commit it (copy) when the transaction is known to be committed. Rows live in the arena. */
SCHUIL_RC schuil_audit_make(const struct audit_chain *chain, const struct audit_event *events,
                            size_t n, const struct signing_seed *seed, struct arena *arena,
                            struct audit_row *ret_rows, struct audit_chain *ret_next);
/* The link of one row from its cells in *protocol form* (times as decimal microseconds, lists as
 * LVs: see audit/event.c) and the signed head message; used by make and by the verifier. */
struct audit_cell {
    bool is_null;
    struct bytes value;
};
SCHUIL_RC schuil_audit_link(const uint8_t chain[16], const uint8_t previous[HASH_LEN], uint64_t i,
                            const struct audit_cell cells[AUDIT_COL_COUNT], uint8_t ret[HASH_LEN]);
bool schuil_audit_head_verify(const uint8_t chain[16], uint64_t i, const uint8_t link[HASH_LEN],
                              const uint8_t public_key[ED25519_PUBLIC_LEN],
                              const uint8_t signature[ED25519_SIGNATURE_LEN]);

#endif
