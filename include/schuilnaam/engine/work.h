/* SPDX-License-Identifier: Apache-2.0 */
/* The batch and the verbs issue and translate.
 *
 *   api: JSON -> batch (columns)         schuil_batch_new, put values
 *   engine: prepare                      diagnostics, canonical bytes, one element job per
 * pseudonym engine: schuil_jobs_run on slices    any thread; jobs of several requests may be
 * gathered engine: finish                       counts, warnings, per-record checks api: batch ->
 * JSON
 *
 * Pure: no I/O, no clock (now is an argument); memory comes from the request's arena. */
#ifndef SCHUILNAAM_ENGINE_WORK_H
#define SCHUILNAAM_ENGINE_WORK_H

#include "schuilnaam/arena.h"
#include "schuilnaam/engine/diagnostic.h"
#include "schuilnaam/engine/policy.h"
#include "schuilnaam/engine/snapshot.h"

/* One element on its way: input x or Q to text. Fixed size; the hot loop touches nothing else. */
struct job {
    struct bytes input;     /* issue: x. translate: unused */
    struct element element; /* translate: Q from the payload; then working space */
    const struct ptype *type;
    uint32_t record;
    uint16_t column;             /* which of the batch's types */
    bool is_ok;                  /* set by run: a pseudonym was made */
    const struct scalar *scalar; /* k_e or s_{D,g,e}: jobs are grouped by it */
    const struct work *work;     /* what the run needs of its request */
    char *text;                  /* arena, text_cap bytes; filled by run */
    uint16_t text_len;
};

enum work_verb { WORK_ISSUE, WORK_TRANSLATE };

struct diagnostic_entry {
    struct diagnostic_entry *next;  /* of the same record */
    uint16_t row;                   /* enum schuil_diagnostic */
    char field[LIMIT_TREF_LEN + 1]; /* attribute code or tref, "" if none */
};

struct record {
    struct diagnostic_entry *first, *last;
    uint32_t provider; /* translate: organisation number from the payloads; 0 none */
    bool has_error;
    bool is_object; /* api: false when the JSON record was no object */
};

/* One request's work. Filled by the api (upper part), then by prepare. */
struct work {
    enum work_verb verb;
    struct arena *arena;
    struct snapshot *snapshot; /* borrowed; the request holds the reference */
    const struct registry *registry;
    const struct domain *domain;
    const struct connection *connection; /* issue only */
    int64_t now_us;                      /* wall clock, microseconds since 1970 UTC */
    uint32_t record_count;
    struct record *records; /* record_count */
    uint16_t type_count;    /* issue: the types asked. translate: columns seen */
    const struct ptype *types[LIMIT_TYPE_COUNT];
    struct bytes *values; /* issue: [attribute index][record]; data NULL: absent */
    uint16_t attribute_count;
    struct bytes *texts; /* translate: [column][record]; data NULL: absent */
    /* made by prepare */
    uint32_t job_count;
    struct job *jobs;
    uint32_t *job_of;         /* [column][record]: job index + 1; 0 none */
    bool needs_reload;        /* translate: a transport key number above the highest */
    bool is_confirmed; /* set by the api: the database confirmed this snapshot after the request
                          came, so such a number is an unknown key and asks for no reload */
    uint64_t made_count;      /* by finish */
    uint32_t error_count;     /* records with at least one error; by finish */
    uint32_t key_numbers[64]; /* keys used, distinct, for the audit event; by prepare */
    uint16_t key_count;
    const struct transport_key *transport; /* issue: to seal with */
    uint32_t transport_number, root_epoch;
};

/* Make an empty work for record_count records (1 .. LIMIT_RECORD_COUNT; 0 is allowed: an empty
 * answer). issue: types given. translate: columns are added by schuil_work_column. */
SCHUIL_RC schuil_work_new(struct arena *arena, enum work_verb verb, struct snapshot *snapshot,
                          uint32_t record_count, struct work **ret);
/* translate: the column of a type, added when new. RC_INPUT_TYPE_UNKNOWN, RC_LIMIT_SIZE. */
SCHUIL_RC schuil_work_column(struct work *work, struct bytes tref, uint16_t *ret_column);
void schuil_work_set_value(struct work *work, uint32_t record, uint16_t attribute, struct bytes v);
void schuil_work_set_text(struct work *work, uint32_t record, uint16_t column, struct bytes text);
/* Add a diagnostic to a record; sets has_error by the row's severity. */
SCHUIL_RC schuil_work_diagnose(struct work *work, uint32_t record, enum schuil_diagnostic d,
                               struct bytes field);

/* Normalise and encode (issue) or parse and open (translate): makes the jobs. */
SCHUIL_RC schuil_issue_prepare(struct work *work);
SCHUIL_RC schuil_translate_prepare(struct work *work);
/* Run jobs, which may belong to several works: group arithmetic one call a scalar, then seal and
 * write text. Any thread; works themselves are only read. Failure of a single job: is_ok false. */
SCHUIL_RC schuil_jobs_run(struct job *const *jobs, size_t count);
/* Count, and turn failed jobs into diagnostics. */
SCHUIL_RC schuil_work_finish(struct work *work);

#endif
