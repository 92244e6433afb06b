/* SPDX-License-Identifier: Apache-2.0 */
/* The verb reverse: a provider's reversible pseudonyms back to its own values. Here the first half:
 * take each text apart and make one job for it (reversible_jobs.c runs them).
 *
 * Every refusal is one and the same diagnostic and takes the same way: what is not the caller's, or
 * has no key, is opened all the same, under a key of the caller's own or a decoy, and refused
 * whatever comes out. Not evened out: reading a text of another length.
 * Source: PROTOCOL section 5. */
#include "schuilnaam/engine/reversible.h"
#include "verbs/work.h"

/* One text, with what it is to be opened by. */
struct opening {
    struct reversible_text text;
    const struct source_key *key;
    uint32_t key_number; /* 0: a decoy */
    uint32_t generation;
};

static bool is_ours(const struct work *work, const struct ptype *type,
                    const struct reversible_text *text)
{
    return bytes_equal(text->tref, bytes_text(type->tref)) &&
           bytes_equal(text->domain, bytes_text(work->domain->code)) &&
           text->provider == work->connection->provider;
}

/* The caller's newest key, or zeros, for what cannot be right. */
static void decoy_set(const struct work *work, struct opening *o)
{
    static const struct source_key zeros;
    o->key = work->source.key != NULL ? work->source.key : &zeros;
    o->generation = work->source.key != NULL ? work->source.generation : 1;
    o->key_number = 0;
}

static void opening_make(struct work *work, const struct ptype *type, struct bytes text,
                         struct opening *ret)
{
    uint32_t number;
    bool is_good =
        schuil_is_ok(schuil_reversible_parse(text, &ret->text)) && is_ours(work, type, &ret->text);
    const struct source_key *key = schuil_key_source(work->snapshot, work->connection->provider,
                                                     ret->text.generation, &number);
    decoy_set(work, ret);
    if (is_good && key != NULL) {
        ret->key = key;
        ret->key_number = number;
        ret->generation = ret->text.generation;
    }
    work->needs_reload |= is_good && ret->text.generation > work->source.generation;
    if (ret->text.box_len == 0)
        ret->text.box_len = REVERSIBLE_BOX_LEN_LEAST; /* not read: zeros */
}

static SCHUIL_RC job_make(struct work *work, uint32_t record, uint16_t column,
                          const struct opening *o)
{
    struct job *job;
    uint8_t *box = schuil_arena_take(work->arena, o->text.box_len);
    ENSURE(box != NULL, RC_INTERNAL_MEMORY);
    memcpy(box, o->text.box, o->text.box_len);
    TRY(work_add_job(work, record, column, LIMIT_CANONICAL_LEN, &job));
    job->kind = JOB_OPEN;
    job->input = bytes_of(box, o->text.box_len);
    job->reversible.source = o->key;
    job->generation = o->generation;
    job->reversible.is_decoy = o->key_number == 0;
    job->reversible.form = o->text.form == REVERSIBLE_SALTED ? REVERSIBLE_SALTED : REVERSIBLE_SAME;
    return o->key_number == 0 ? SCHUIL_OK : work_add_key(work, o->key_number);
}

static SCHUIL_RC text_prepare(struct work *work, uint32_t record, uint16_t column)
{
    const struct ptype *type = work->types[column];
    struct opening opening;
    if (type->kind != PTYPE_REVERSIBLE)
        return schuil_work_diagnose(work, record, DIAG_TYPE_NOT_SUPPORTED, bytes_text(type->tref));
    opening_make(work, type, work->texts[work_cell(work, column, record)], &opening);
    return job_make(work, record, column, &opening);
}

static SCHUIL_RC record_prepare(struct work *work, uint32_t record)
{
    size_t text_count = 0;
    if (!work->records[record].is_object)
        return schuil_work_diagnose(work, record, DIAG_RECORD_SHAPE, bytes_text(""));
    for (uint16_t c = 0; c < work->type_count; c++) {
        if (work->texts[work_cell(work, c, record)].data == NULL)
            continue;
        text_count++;
        TRY(text_prepare(work, record, c));
    }
    if (text_count == 0 && !work->records[record].has_error)
        return schuil_work_diagnose(work, record, DIAG_REVERSAL_EMPTY, bytes_text(""));
    return SCHUIL_OK;
}

SCHUIL_RC schuil_reverse_prepare(struct work *work)
{
    (void)schuil_key_source_active(work->snapshot, work->connection->provider, &work->source);
    work->needs_reload = false;
    TRY(work_take_jobs(work, work_text_count(work)));
    for (uint32_t r = 0; r < work->record_count; r++)
        TRY(record_prepare(work, r));
    return SCHUIL_OK;
}
