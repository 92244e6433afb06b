/* SPDX-License-Identifier: Apache-2.0 */
/* The batch and the verbs issue, translate, rotate, link and reverse.
 *
 *   api: JSON -> batch (columns)         schuil_work_new, set values or texts
 *   engine: prepare                      diagnostics, canonical bytes, a job for each pseudonym
 *   engine: schuil_jobs_run on slices    any thread; jobs of several requests may be gathered
 *   engine: finish                       counts, diagnostics of what failed
 *   api: batch -> JSON
 *
 * Pure: no I/O, no clock (now is an argument); memory comes from the request's arena. */
#ifndef SCHUILNAAM_ENGINE_WORK_H
#define SCHUILNAAM_ENGINE_WORK_H

#include "schuilnaam/arena.h"
#include "schuilnaam/engine/diagnostic.h"
#include "schuilnaam/engine/policy.h"
#include "schuilnaam/engine/snapshot.h"

/* What a job does. Points: irreversible types, issue and translate. Seal, carry, open: reversible
 * types, see engine/verbs/reversible_jobs.c. */
enum job_kind { JOB_POINT, JOB_SEAL, JOB_CARRY, JOB_OPEN };

/* One pseudonym on its way. Fixed size; the hot loop touches nothing else. */
struct job {
    struct bytes input; /* issue: x, canonical value or box. translate, reverse: box */
    union {
        struct element element; /* JOB_POINT, translate: Q. rotate, link: P. Then working space */
        struct {
            const struct source_key *source; /* JOB_SEAL, JOB_OPEN; borrowed from the snapshot */
            uint8_t form;                    /* enum reversible_form */
            bool is_decoy;                   /* refused, whatever comes out */
        } reversible;
    };
    const struct ptype *type;
    uint32_t record;
    uint16_t column;     /* which of the batch's types */
    bool is_ok;          /* set by run: a pseudonym was made */
    bool is_refused;     /* set by run: the input was no group element, or does not open */
    uint32_t generation; /* of the final, or of the source key; JOB_POINT of issue: unused */
    const struct scalar
        *scalar; /* JOB_POINT: k_e, s_{D,g,e}, a quotient, an inverse: jobs are grouped by it */
    const struct work *work; /* what the run needs of its request */
    char *text;              /* arena, text_cap bytes; filled by run */
    uint16_t text_len;       /* JOB_OPEN: of the value, once run */
    uint8_t kind;            /* enum job_kind */
};

enum work_verb {
    WORK_ISSUE,
    WORK_TRANSLATE,
    WORK_ROTATE,
    WORK_LINK,
    WORK_REVERSE,
    WORK_VERB_COUNT
};

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
    const struct connection *connection; /* issue, reverse */
    const struct linkage *linkage;       /* link only; registry and domain are then the source's */
    int64_t now_us;                      /* wall clock, microseconds since 1970 UTC */
    uint32_t record_count;
    struct record *records; /* record_count */
    uint16_t type_count;    /* issue: the types asked. Else: columns seen */
    const struct ptype *types[LIMIT_TYPE_COUNT];
    struct bytes *values; /* issue: [attribute index][record]; data NULL: absent */
    uint16_t attribute_count;
    struct bytes *texts;  /* all but issue: [column][record]; data NULL: absent */
    struct bytes *sealed; /* issue: [column][record]; NULL: none was sent */
    /* made by prepare */
    uint32_t job_count;
    struct job *jobs;
    uint32_t *job_of;     /* [column][record]: job index + 1; 0 none */
    uint32_t *new_job_of; /* translate while the domain is being rotated: the same, of the next
                             generation's finals; else NULL */
    bool needs_reload;    /* a transport key, or a source key's generation, above the highest */
    uint64_t made_count;  /* by finish */
    uint32_t error_count; /* records with at least one error; by finish */
    /* keys used, distinct, for the audit event; by prepare */
    uint32_t key_numbers[LIMIT_KEY_NUMBER_COUNT];
    uint16_t key_count;
    /* issue, link: what temporary pseudonyms are sealed with, and what they say; by prepare */
    const struct transport_key *transport;
    uint32_t transport_number, root_epoch;
    struct source_ref source; /* issue, reverse: the provider's active one; key NULL: none */
    uint32_t addressee, provider, life_hours; /* registry and organisation numbers */
};

/* Make an empty work in the arena, which it keeps: values or texts absent, records objects.
 * record_count  0 .. LIMIT_RECORD_COUNT; 0 makes an empty answer. RC_INPUT_RECORDS: more.
 * snapshot      borrowed; its catalogue gives the columns of values.
 * Before prepare the caller sets registry, domain, now_us and, for issue, connection, types and
 * type_count. For the other verbs the columns are added by schuil_work_column.
 * RC_INTERNAL_MEMORY: the arena is at its cap; *ret is NULL. */
SCHUIL_RC schuil_work_new(struct arena *arena, enum work_verb verb, struct snapshot *snapshot,
                          uint32_t record_count, struct work **ret);
/* All but issue: the column of a type, added when new. RC_INPUT_TYPE_UNKNOWN; RC_LIMIT_SIZE: more
 * than LIMIT_TYPE_COUNT columns; RC_INTERNAL_MEMORY. */
SCHUIL_RC schuil_work_column(struct work *work, struct bytes tref, uint16_t *ret_column);
/* issue: a reversible pseudonym that the provider made itself, for one of the types asked. Borrowed
 * as values are; data NULL: what was sent is no string. What cannot be taken becomes a diagnostic
 * of the record. RC_INPUT_TYPE_UNKNOWN; RC_INTERNAL_MEMORY. */
SCHUIL_RC schuil_work_set_sealed(struct work *work, uint32_t record, struct bytes tref,
                                 struct bytes text);
/* Borrowed until the work is done with; data must not be NULL, also for an empty string. The
 * indexes must be good: no check. */
void schuil_work_set_value(struct work *work, uint32_t record, uint16_t attribute, struct bytes v);
void schuil_work_set_text(struct work *work, uint32_t record, uint16_t column, struct bytes text);
/* Add a diagnostic to a record; sets has_error by the row's severity. One that is there already is
 * not told twice, and past LIMIT_DIAGNOSTIC_COUNT none is told. A field is told only when it has
 * the form of a code or tref, else "": a name that is none may be a value in the wrong place.
 * RC_INTERNAL_MEMORY. */
SCHUIL_RC schuil_work_diagnose(struct work *work, uint32_t record, enum schuil_diagnostic d,
                               struct bytes field);

/* Normalise and encode: makes the jobs. Diagnostics of the records are no failures. Besides what
 * the caller told: RECORD_SHAPE for a record that is no object; an absent attribute of which
 * nothing is told yet is missing; types that this verb does not make are told by record.
 * RC_BUSY_KEYS: no active root or transport key. RC_CONFIG_SELFTEST: see schuil_normaliser_check.
 * RC_INTERNAL_MEMORY. After a failure the work is good for nothing. One thread, the arena's owner.
 */
SCHUIL_RC schuil_issue_prepare(struct work *work);
/* Parse and open: makes the jobs. needs_reload is set when a text names a transport key above the
 * highest known; the diagnostics then stand as if that key did not exist, which is right once the
 * snapshot has been confirmed after the request came; before that, throw the work away and prepare
 * anew with a newer snapshot. A record's provider is set when at least one of its texts has a job.
 * While the domain is being rotated each text has a second job, of the next generation, found by
 * new_job_of; not once an abort has begun, so that nothing more must be translated back.
 * RC_LIMIT_SIZE: more than LIMIT_KEY_NUMBER_COUNT keys. RC_INTERNAL_MEMORY. */
SCHUIL_RC schuil_translate_prepare(struct work *work);
/* Open finals of the generation that the domain's rotation leads from, to be sealed as those of the
 * one that it leads to. RC_CONFLICT_ROTATION: no rotation of the domain is under way. RC_BUSY_KEYS:
 * its keys are not there. RC_INTERNAL_MEMORY. */
SCHUIL_RC schuil_rotate_prepare(struct work *work);
/* Take apart: makes the jobs, one for each text of a reversible type, good or not (engine/verbs/
 * reverse.c tells why). connection: whose provider asks. needs_reload, results: as translate's. */
SCHUIL_RC schuil_reverse_prepare(struct work *work);
/* Open finals of the source registry's domain, to be sealed as temporary pseudonyms for the
 * research registry: the same persons', and equal to nobody's final. RC_BUSY_KEYS,
 * RC_INTERNAL_MEMORY. */
SCHUIL_RC schuil_link_prepare(struct work *work);
/* What is asked, as quotas and audit count it: records; for link the values, i.e. the texts. */
uint64_t schuil_work_asked(const struct work *work);
/* Run jobs, which may belong to several works and verbs: gathered by scalar, one call of the group
 * for up to LIMIT_SLICE_COUNT, then seal and write text (text_len characters, no terminator).
 * Any thread; works and snapshots are only read; two threads may run different jobs of one work at
 * a time. A single job that fails: is_ok false, and the others go on. RC_INTERNAL_RANDOM,
 * RC_INTERNAL_MEMORY, RC_INTERNAL: jobs not yet run have is_ok false. */
SCHUIL_RC schuil_jobs_run(struct job *const *jobs, size_t count);
/* reverse: the value of a record for an attribute of the catalogue, canonical, from the first text
 * that opened to one; data NULL: none. After the jobs have run. */
struct bytes schuil_work_value(const struct work *work, uint32_t record, uint16_t attribute);
/* After all jobs have run: count, and turn failed jobs into diagnostics. RC_INTERNAL_MEMORY. May be
 * called again. */
SCHUIL_RC schuil_work_finish(struct work *work);

/* For the start of a process: the Unicode tables that are linked are those of 15.0, which the
 * normaliser is defined by. RC_CONFIG_SELFTEST: they are not; then issue makes nothing, so that a
 * library update never moves a pseudonym. */
SCHUIL_RC schuil_normaliser_check(void);

#endif
