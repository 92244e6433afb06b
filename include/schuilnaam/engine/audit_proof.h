/* SPDX-License-Identifier: Apache-2.0 */
/* Proving the audit trail: public keys noted outside the database, signed lists of heads
 * (statements), one event as a line of an export, and the verifier. All of it is pure: who reads
 * rows or files feeds it. Formats: docs/protocol.md, "Audit: statements and exports". */
#ifndef SCHUILNAAM_ENGINE_AUDIT_PROOF_H
#define SCHUILNAAM_ENGINE_AUDIT_PROOF_H

#include "schuilnaam/engine/audit.h"
#include "schuilnaam/engine/keys.h"

enum { CHAIN_ID_LEN = 16, AUDIT_KEY_CAP = 64 };

/* ---- public audit keys ---- */

struct audit_key {
    enum compartment compartment;
    uint8_t public_part[ED25519_PUBLIC_LEN];
};

struct audit_keys {
    size_t count;
    struct audit_key keys[AUDIT_KEY_CAP];
};

/* Bytes that a key file of AUDIT_KEY_CAP keys takes at most. */
enum { AUDIT_KEYS_TEXT_CAP = 64 + AUDIT_KEY_CAP * 80 };

/* RC_LIMIT_SIZE: AUDIT_KEY_CAP keys are there already. One that is there is not added again. */
SCHUIL_RC schuil_audit_keys_add(struct audit_keys *keys, const struct audit_key *key);
bool schuil_audit_keys_have(const struct audit_keys *keys, const struct audit_key *key);
/* The file form: a head line, then `compartment hex` lines. A full writer shows in w. */
void schuil_audit_keys_write(const struct audit_keys *keys, struct writer *w);
/* RC_INPUT_FILE: not such a file, or no key in it; *ret is then empty. */
SCHUIL_RC schuil_audit_keys_read(struct bytes text, struct audit_keys *ret);

/* ---- statements: signed lists of runs of chains ---- */

enum audit_statement_kind { STATEMENT_CHECKPOINT, STATEMENT_EXPORT, STATEMENT_ARCHIVE };

/* Events first .. last of one chain, all of them: `before` is the link of event first - 1 (zeros
 * for 1), `link` that of event last. */
struct audit_run {
    uint8_t chain[CHAIN_ID_LEN];
    uint64_t first;
    uint8_t before[HASH_LEN];
    uint64_t last;
    uint8_t link[HASH_LEN];
};

/* A place in the order (chain, i). All zero: before everything. */
struct audit_place {
    uint8_t chain[CHAIN_ID_LEN];
    uint64_t i;
};

struct audit_statement {
    enum audit_statement_kind kind;
    enum compartment compartment; /* whose audit key signed it */
    int64_t time_us;              /* when it was made */
    int64_t from_us, to_us;       /* events of from <= time < to */
    struct audit_place after;     /* an export's page: what comes after this place ... */
    struct audit_place next;      /* ... up to this one; all zero: up to the end */
    size_t run_count;
    struct audit_run *runs; /* by ascending (chain, first); none overlap */
    uint8_t signature[ED25519_SIGNATURE_LEN];
};

enum { AUDIT_STATEMENT_HEAD_CAP = 640, AUDIT_STATEMENT_RUN_CAP = 224 };
static inline size_t schuil_audit_statement_cap(size_t run_count)
{
    return AUDIT_STATEMENT_HEAD_CAP + run_count * AUDIT_STATEMENT_RUN_CAP;
}

/* Write the text of a statement and its signature, made with the pair, into w (which has at least
 * schuil_audit_statement_cap bytes left). RC_INTERNAL: did not fit, or not signed. */
SCHUIL_RC schuil_audit_statement_write(const struct audit_statement *statement,
                                       const struct signing_pair *pair, struct writer *w);
/* Read a text; the runs are the caller's to free by schuil_audit_statement_done. Says nothing about
 * the signature. RC_INPUT_FILE: not such a text, to the last byte; RC_INTERNAL_MEMORY: *ret holds
 * nothing. What was read would be written as the same bytes. */
SCHUIL_RC schuil_audit_statement_read(struct bytes text, struct audit_statement *ret);
void schuil_audit_statement_done(struct audit_statement *statement);
/* Whether a key of its compartment signed this text, which `statement` was read from. */
bool schuil_audit_statement_is_signed(struct bytes text, const struct audit_statement *statement,
                                      const struct audit_keys *keys);

/* ---- one event ---- */

/* An event as the verifier takes it: cells in protocol form, borrowed. */
struct audit_entry {
    uint8_t chain[CHAIN_ID_LEN];
    uint64_t i;
    uint8_t link[HASH_LEN];
    bool is_signed;
    uint8_t signature[ED25519_SIGNATURE_LEN];
    bool is_unreadable; /* a cell is nothing that an event can hold; cells are then not looked at */
    struct audit_cell cells[AUDIT_COL_COUNT];
};

/* The entry as one JSON line of an export, with its line feed. RC_STORE_DATA: a cell that no event
 * has (a time that is none, bytes that are no number); a full writer shows in w. */
SCHUIL_RC schuil_audit_line_write(const struct audit_entry *entry, struct writer *w);
/* Bytes that the line of an entry takes at most. */
size_t schuil_audit_line_cap(const struct audit_entry *entry);
/* Read a line (without its line feed). Cells borrow from text and scratch, which needs
 * 2 * text.len + 64 bytes. Strict: what was read would be written as the same bytes.
 * RC_INPUT_FILE: not such a line. */
SCHUIL_RC schuil_audit_line_read(struct bytes text, struct writer scratch, struct audit_entry *ret);

/* A statement as a line of an export: {"statement":"..."} and a line feed; and its text from the
 * line without it, into scratch (text.len bytes). RC_INPUT_FILE: another line. */
void schuil_audit_statement_line_write(struct bytes statement, struct writer *w);
SCHUIL_RC schuil_audit_statement_line_read(struct bytes text, struct writer scratch,
                                           struct bytes *ret);

/* ---- the verifier ---- */

enum audit_finding_kind {
#define AUDIT_FINDING(name, damage, text) FINDING_##name,
#include "schuilnaam/audit_findings.def"
#undef AUDIT_FINDING
    FINDING_COUNT
};

struct audit_finding {
    enum audit_finding_kind kind;
    uint8_t chain[CHAIN_ID_LEN];
    uint64_t i;         /* the first event that is not as it was */
    uint64_t number;    /* the text's second number */
    const char *source; /* who said so, or NULL */
};

/* "CHANGED", for programs. */
const char *schuil_audit_finding_name(enum audit_finding_kind kind);
/* For people. */
void schuil_audit_finding_text(const struct audit_finding *finding, char *ret, size_t cap);

struct audit_counts {
    uint64_t chains, events, archived, findings;
};

struct audit_trail;
typedef void audit_finding_fn(void *arg, const struct audit_finding *finding);

/* Memory grows with what is claimed and archived (some 64 and 104 bytes for each head or run), not
 * with the events. `keys` is copied. RC_INTERNAL_MEMORY. */
SCHUIL_RC schuil_audit_trail_new(const struct audit_keys *keys, audit_finding_fn *on_finding,
                                 void *arg, struct audit_trail **ret);
void schuil_audit_trail_free(struct audit_trail *trail);
/* First everything that is known from elsewhere. source: static text, told in findings. */
SCHUIL_RC schuil_audit_trail_claim(struct audit_trail *trail, const uint8_t chain[CHAIN_ID_LEN],
                                   uint64_t i, const uint8_t link[HASH_LEN], const char *source);
/* The heads that a chain's first event names in its detail. Text of another form is passed over: if
 * the event was changed, its link shows it. */
SCHUIL_RC schuil_audit_trail_heads(struct audit_trail *trail, struct bytes detail);
/* A signed text: a checkpoint becomes claims, an archive stands in for its events. name: told in
 * the finding when it does not verify. */
SCHUIL_RC schuil_audit_trail_statement(struct audit_trail *trail, struct bytes text,
                                       const char *name);
/* Instead of all that: the events to come are those of a page of an export, or an archive. */
SCHUIL_RC schuil_audit_trail_page(struct audit_trail *trail, const struct audit_statement *page);
/* Then the events, in ascending order of (chain, i). */
SCHUIL_RC schuil_audit_trail_event(struct audit_trail *trail, const struct audit_entry *entry);
/* No more events: what is still missing is told. */
SCHUIL_RC schuil_audit_trail_end(struct audit_trail *trail);
/* A finding of the feeder's own. */
void schuil_audit_trail_tell(struct audit_trail *trail, const struct audit_finding *finding);
struct audit_counts schuil_audit_trail_counts(const struct audit_trail *trail);

/* ---- a file of an export or an archive: statement, its events, statement, ... ---- */

struct audit_pages;
/* RC_INTERNAL_MEMORY. Findings about lines bear the line's number as i. Memory: that of one page's
 * list and of the longest line. */
SCHUIL_RC schuil_audit_pages_new(const struct audit_keys *keys, audit_finding_fn *on_finding,
                                 void *arg, struct audit_pages **ret);
void schuil_audit_pages_free(struct audit_pages *pages);
/* The next line, without its line feed. */
SCHUIL_RC schuil_audit_pages_line(struct audit_pages *pages, struct bytes line);
/* No more lines. */
SCHUIL_RC schuil_audit_pages_end(struct audit_pages *pages);
struct audit_counts schuil_audit_pages_counts(const struct audit_pages *pages);
/* The span and kind that the first statement names; false: there was none. */
bool schuil_audit_pages_span(const struct audit_pages *pages, struct audit_statement *ret);

#endif
