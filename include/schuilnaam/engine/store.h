/* SPDX-License-Identifier: Apache-2.0 */
/* The store port: what the service needs of a database. Implemented by engine/store over libpq.
 * Two halves: the asynchronous audit store (one per worker, stepped by its loop, never blocks), and
 * the synchronous session (keeper, admin jobs, subcommands), where every wait has a deadline. */
#ifndef SCHUILNAAM_ENGINE_STORE_H
#define SCHUILNAAM_ENGINE_STORE_H

#include "schuilnaam/engine/audit_proof.h"
#include "schuilnaam/engine/keys.h"
#include "schuilnaam/engine/snapshot.h"

/* ---- asynchronous: audit events of a turn ---- */
struct audit_store;
enum store_want { STORE_WANT_NONE = 0, STORE_WANT_READ = 1, STORE_WANT_WRITE = 2 };
enum store_state { STORE_CONNECTING, STORE_IDLE, STORE_BUSY, STORE_DOWN };
enum store_outcome { STORE_NOTHING, STORE_COMMITTED, STORE_FAILED, STORE_OUTCOME_UNKNOWN };

SCHUIL_RC schuil_audit_store_new(const char *conninfo, struct audit_store **ret);
void schuil_audit_store_free(struct audit_store *s);
/* Begin (again) to connect; allowed in DOWN. now_us: monotonic clock in every call. */
void schuil_audit_store_connect(struct audit_store *s, int64_t now_us);
int schuil_audit_store_fd(const struct audit_store *s); /* -1: none; may change on connect */
enum store_want schuil_audit_store_want(const struct audit_store *s);
int64_t schuil_audit_store_deadline(const struct audit_store *s); /* monotonic us; 0: none */
enum store_state schuil_audit_store_state(const struct audit_store *s);
/* Drive on readiness or deadline. Reports the end of a submitted transaction at most once. A
 * deadline passed or a lost connection gives UNKNOWN (if a transaction was out) and DOWN. */
enum store_outcome schuil_audit_store_step(struct audit_store *s, int64_t now_us);
/* Why the transaction that FAILED last was refused: RC_CONFLICT_ROTATION by the effect of an event
 * in it (the declaration of a rotation that is not under way); RC_LIMIT_LINKAGE: what was asked
 * would pass a linkage's count limit; RC_STORE_REFUSED for any other cause. */
struct schuil_rc schuil_audit_store_refusal(const struct audit_store *s);
/* One transaction: n rows (1 .. LIMIT_AUDIT_ROW_COUNT), one INSERT, one sync. IDLE only. */
SCHUIL_RC schuil_audit_store_submit(struct audit_store *s, const struct audit_row *rows, size_t n,
                                    int64_t now_us);

/* ---- synchronous, with deadlines ---- */
struct store_session;
/* On failure *ret is NULL (no memory) or a closed session that only tells why: every call on it
 * answers RC_STORE_AWAY, and it is the caller's to close like any other. A deadline that passes or
 * a connection that breaks closes a session for good. One thread at a time. */
SCHUIL_RC schuil_store_open(const char *conninfo, struct store_session **ret);
void schuil_store_close(struct store_session *s);
/* Whether the connection still stands, as far as this side can tell without asking the database: a
 * session that the database ended while nobody used it is found here, before a call is lost on it.
 * Never blocks. NULL: false. */
bool schuil_store_is_open(struct store_session *s);
/* The database's own words about the last failure, for operators' eyes: holds no values. */
const char *schuil_store_message(const struct store_session *s);

struct store_state_row {
    uint64_t policy_counter;
    uint64_t manifest_counters[COMPARTMENT_COUNT];
    int64_t clock_us; /* the database's clock */
    uint32_t schema_version;
};
SCHUIL_RC schuil_store_read_state(struct store_session *s, struct store_state_row *ret);
/* LISTEN, and wait up to timeout_us for a notification; *ret_notified. wake_fd: -1 or a descriptor
 * that ends the wait when readable. */
SCHUIL_RC schuil_store_listen(struct store_session *s);
SCHUIL_RC schuil_store_wait(struct store_session *s, int wake_fd, int64_t timeout_us,
                            bool *ret_notified);

/* A serving process among those on this database: one row, that it renews itself. */
struct store_process {
    uint8_t id[16];    /* random, for the life of the process */
    unsigned roles;    /* bit 1 << enum compartment */
    const char *label; /* host and process number, for people */
};
/* Tell that this process lives (for LIMIT_LEASE_S) and has loaded `loaded`; outside a transaction.
 * *ret_was_live false: its row was absent or too old, so who asked for loaded counters may have
 * missed it: read the state once more before the snapshot is used. */
SCHUIL_RC schuil_store_process_renew(struct store_session *s, const struct store_process *p,
                                     const struct store_state_row *loaded, bool *ret_was_live);
/* A clean end: it counts as live no longer. */
SCHUIL_RC schuil_store_process_end(struct store_session *s, const struct store_process *p);
/* How many live processes with the role of compartment c have not yet loaded its manifest of
 * `counter`. issue and translate only (RC_INPUT_VALUE). */
SCHUIL_RC schuil_store_processes_behind(struct store_session *s, enum compartment c,
                                        uint64_t counter, uint64_t *ret_count);

struct quota_table; /* process-wide cells by kind and subject */
struct quota_table *schuil_quota_table_new(void);
void schuil_quota_table_free(struct quota_table *t);
/* The cell of a subject, made when it is first asked for; NULL: no memory. Any thread, no lock. */
struct quota_cell *schuil_quota_table_cell(struct quota_table *t, enum quota_kind kind,
                                           uint32_t subject);

struct snapshot_source {
    const struct wrapping_ring *ring; /* NULL: the policy alone, no keys (a sealed server) */
    unsigned compartments;            /* whose keys are loaded, bit 1 << enum compartment */
    const uint8_t *policy_key;        /* 32 bytes: the public key that policy must be signed with */
    const char *state_directory;      /* local manifest counters; NULL: do not keep (subcommands) */
    struct quota_table *quotas;       /* NULL: none */
};
/* Read all in one repeatable-read transaction, build, verify, keep the counters, seal.
 * ret_finding (cap bytes) names what was refused. */
SCHUIL_RC schuil_store_load(struct store_session *s, const struct snapshot_source *source,
                            struct snapshot **ret, char *ret_finding, size_t finding_cap);
struct quota_want {
    enum quota_kind kind;
    uint32_t subject, day;
    int64_t quota; /* within this, or the database's of now if that is lower */
    uint64_t least, want;
};
/* Reserve up to `want` records (at least `least`) of a subject's day; *ret_got 0: the quota is
 * reached. *ret_alarm: half of it has been reserved, and the caller is the one to write so into the
 * audit trail; then it calls schuil_store_alarm_told. If it does not within a minute another is
 * asked. RC_STORE_REFUSED besides: no such subject. */
SCHUIL_RC schuil_store_reserve(struct store_session *s, const struct quota_want *want,
                               uint64_t *ret_got, bool *ret_alarm);
SCHUIL_RC schuil_store_alarm_told(struct store_session *s, enum quota_kind kind, uint32_t subject,
                                  uint32_t day);
/* Records of a subject's day that were reserved so far, by all processes; 0 if none. */
SCHUIL_RC schuil_store_usage(struct store_session *s, enum quota_kind kind, uint32_t subject,
                             uint32_t day, uint64_t *ret_reserved);
/* fsync, synchronous_commit, full_page_writes, encoding, schema version, TimeZone...;
 * the finding names the first that is unsafe. RC_CONFIG_DATABASE, RC_STORE_SCHEMA. */
SCHUIL_RC schuil_store_check_settings(struct store_session *s, char *ret_finding, size_t cap);
/* Apply missing migrations as the owner. on_step(name) is told each. */
SCHUIL_RC schuil_store_migrate(struct store_session *s, void (*on_step)(const char *name));
/* Make partitions of this month and the next ones where they are missing; *ret_made.
 * RC_STORE_REFUSED too when the events are locked for longer than half a second: try again later.
 */
SCHUIL_RC schuil_store_partitions(struct store_session *s, uint64_t *ret_made);
/* Heads of all chains as JSON text for CHAIN_START (bounded by cap). */
SCHUIL_RC schuil_store_audit_heads(struct store_session *s, char *ret, size_t cap);
/* ---- the trail read back: as the auditor or the owner (the server's role may not read events:
 * RC_STORE_REFUSED) ---- */
/* The public audit keys that the database holds. RC_LIMIT_SIZE, RC_STORE_DATA. */
SCHUIL_RC schuil_store_audit_keys(struct store_session *s, struct audit_keys *ret);
/* Feed the trail with archives, heads and every event, and end it. */
SCHUIL_RC schuil_store_audit_verify(struct store_session *s, struct audit_trail *trail);
/* One event; *ret_is_enough: go no further than this one. */
typedef SCHUIL_RC audit_walk_fn(void *arg, const struct audit_entry *entry, bool *ret_is_enough);
/* The events of from_us <= time < to_us after the place `after`, in the order (chain, i), until
 * on_entry has had enough: `next` is then the last one's place. The statement's runs are filled
 * (schuil_audit_statement_done, also after a failure). RC_STORE_DATA: the trail is damaged. */
SCHUIL_RC schuil_store_audit_page(struct store_session *s, struct audit_statement *statement,
                                  audit_walk_fn *on_entry, void *arg);
/* What the events of from_us <= time < to_us add up to; NULL: of any registry, organisation. */
struct audit_report {
    int64_t from_us, to_us;
    const char *registry, *organisation;
};
/* section, event, organisation, onBehalfOf, registry, outcome, reason as text or NULL; calls,
 * asked, made, failed as decimals or NULL. */
enum { AUDIT_REPORT_CELLS = 11 };
typedef void audit_report_fn(void *arg, const char *const cells[AUDIT_REPORT_CELLS]);
/* RC_STORE_REFUSED: it took longer than LIMIT_AUDIT_REPORT_S. *ret_is_whole: no more than
 * LIMIT_AUDIT_REPORT_COUNT rows. */
SCHUIL_RC schuil_store_audit_report(struct store_session *s, const struct audit_report *report,
                                    audit_report_fn *on_row, void *arg, bool *ret_is_whole);
/* The heads of all chains as runs from 1. As the server's role too. */
SCHUIL_RC schuil_store_audit_runs(struct store_session *s, struct audit_statement *statement);

#endif
