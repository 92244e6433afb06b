/* SPDX-License-Identifier: Apache-2.0 */
/* A request's work: columns of values, diagnostics by record, jobs. See schuilnaam/engine/work.h.
 */
#include "verbs/work.h"

static SCHUIL_RC values_take(struct work *work)
{
    size_t count;
    schuil_attributes(work->snapshot, &count);
    ENSURE(count <= LIMIT_ATTRIBUTE_COUNT, RC_LIMIT_SIZE);
    work->attribute_count = (uint16_t)count;
    work->values =
        schuil_arena_take_many(work->arena, count * work->record_count, sizeof *work->values);
    ENSURE(work->values != NULL, RC_INTERNAL_MEMORY);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_work_new(struct arena *arena, enum work_verb verb, struct snapshot *snapshot,
                          uint32_t record_count, struct work **ret)
{
    *ret = NULL;
    ENSURE(record_count <= LIMIT_RECORD_COUNT, RC_INPUT_RECORDS);
    struct work *work = schuil_arena_take(arena, sizeof *work);
    ENSURE(work != NULL, RC_INTERNAL_MEMORY);
    work->verb = verb;
    work->arena = arena;
    work->snapshot = snapshot;
    work->record_count = record_count;
    work->records = schuil_arena_take_many(arena, record_count, sizeof *work->records);
    ENSURE(work->records != NULL, RC_INTERNAL_MEMORY);
    for (uint32_t i = 0; i < record_count; i++)
        work->records[i].is_object = true;
    if (verb == WORK_ISSUE)
        TRY(values_take(work));
    *ret = work;
    return SCHUIL_OK;
}

/* Room for one more column: doubled when 0, 1, 2, 4 or 8 are full, so that few columns cost little.
 */
static SCHUIL_RC texts_grow(struct work *work)
{
    size_t count = work->type_count;
    if ((count & (count - 1)) != 0)
        return SCHUIL_OK;
    size_t column_len = work->record_count * sizeof *work->texts;
    struct bytes *texts =
        schuil_arena_take_many(work->arena, count == 0 ? 1 : 2 * count, column_len);
    ENSURE(texts != NULL, RC_INTERNAL_MEMORY);
    if (count > 0 && column_len > 0)
        memcpy(texts, work->texts, count * column_len);
    work->texts = texts;
    return SCHUIL_OK;
}

SCHUIL_RC schuil_work_column(struct work *work, struct bytes tref, uint16_t *ret_column)
{
    const struct ptype *type = schuil_ptype_by_tref(work->snapshot, tref);
    ENSURE(type != NULL, RC_INPUT_TYPE_UNKNOWN);
    for (uint16_t c = 0; c < work->type_count; c++) {
        if (work->types[c] == type) {
            *ret_column = c;
            return SCHUIL_OK;
        }
    }
    ENSURE(work->type_count < LIMIT_TYPE_COUNT, RC_LIMIT_SIZE);
    TRY(texts_grow(work));
    *ret_column = work->type_count;
    work->types[work->type_count++] = type;
    return SCHUIL_OK;
}

void schuil_work_set_value(struct work *work, uint32_t record, uint16_t attribute, struct bytes v)
{
    work->values[work_cell(work, attribute, record)] = v;
}

void schuil_work_set_text(struct work *work, uint32_t record, uint16_t column, struct bytes text)
{
    work->texts[work_cell(work, column, record)] = text;
}

/* Room for what providers sealed, made when the first comes. */
static SCHUIL_RC sealed_take(struct work *work)
{
    if (work->sealed != NULL)
        return SCHUIL_OK;
    size_t cells = (size_t)work->type_count * work->record_count;
    work->sealed = schuil_arena_take_many(work->arena, cells, sizeof *work->sealed);
    ENSURE(work->sealed != NULL, RC_INTERNAL_MEMORY);
    return SCHUIL_OK;
}

static uint16_t column_of(const struct work *work, const struct ptype *type)
{
    uint16_t c = 0;
    while (c < work->type_count && work->types[c] != type)
        c++;
    return c;
}

SCHUIL_RC schuil_work_set_sealed(struct work *work, uint32_t record, struct bytes tref,
                                 struct bytes text)
{
    const struct ptype *type = schuil_ptype_by_tref(work->snapshot, tref);
    ENSURE(type != NULL, RC_INPUT_TYPE_UNKNOWN);
    uint16_t column = column_of(work, type);
    if (text.data == NULL)
        return schuil_work_diagnose(work, record, DIAG_VALUE_SHAPE, tref);
    if (column == work->type_count)
        return schuil_work_diagnose(work, record, DIAG_SEALED_UNUSED, tref);
    if (type->kind != PTYPE_REVERSIBLE)
        return schuil_work_diagnose(work, record, DIAG_SEALED_REFUSED, tref);
    TRY(sealed_take(work));
    work->sealed[work_cell(work, column, record)] = text;
    return SCHUIL_OK;
}

/* A field is told only when it has the form of a code or tref: anything else could be a value that
 * stands in the wrong place. */
static void field_copy(struct bytes field, char ret[LIMIT_TREF_LEN + 1])
{
    if (field.len > LIMIT_TREF_LEN)
        return;
    for (size_t i = 0; i < field.len; i++) {
        uint8_t c = field.data[i];
        bool is_letter = c >= 'A' && c <= 'Z';
        if (!is_letter && (i == 0 || ((c < '0' || c > '9') && c != '.')))
            return;
    }
    if (field.len > 0)
        memcpy(ret, field.data, field.len);
}

static bool entry_equal(const struct diagnostic_entry *a, const struct diagnostic_entry *b)
{
    return a->row == b->row && strcmp(a->field, b->field) == 0;
}

SCHUIL_RC schuil_work_diagnose(struct work *work, uint32_t record, enum schuil_diagnostic d,
                               struct bytes field)
{
    struct record *r = &work->records[record];
    struct diagnostic_entry wanted = {.row = (uint16_t)d};
    size_t count = 0;
    field_copy(field, wanted.field);
    r->has_error = r->has_error || schuil_diagnostic_is_error(d);
    for (const struct diagnostic_entry *e = r->first; e != NULL; e = e->next, count++) {
        if (entry_equal(e, &wanted))
            return SCHUIL_OK;
    }
    if (count == LIMIT_DIAGNOSTIC_COUNT)
        return SCHUIL_OK;
    struct diagnostic_entry *entry = schuil_arena_take(work->arena, sizeof *entry);
    ENSURE(entry != NULL, RC_INTERNAL_MEMORY);
    *entry = wanted;
    if (r->last != NULL)
        r->last->next = entry;
    else
        r->first = entry;
    r->last = entry;
    return SCHUIL_OK;
}

bool work_has_entry(const struct work *work, uint32_t record, struct bytes field)
{
    const struct diagnostic_entry *e = work->records[record].first;
    while (e != NULL && !bytes_equal(bytes_text(e->field), field))
        e = e->next;
    return e != NULL;
}

SCHUIL_RC work_take_jobs(struct work *work, size_t max)
{
    size_t cells = (size_t)work->type_count * work->record_count;
    work->jobs = schuil_arena_take_many(work->arena, max, sizeof *work->jobs);
    work->job_of = schuil_arena_take_many(work->arena, cells, sizeof *work->job_of);
    ENSURE(work->jobs != NULL && work->job_of != NULL, RC_INTERNAL_MEMORY);
    work->job_count = 0;
    return SCHUIL_OK;
}

SCHUIL_RC work_add_job(struct work *work, uint32_t record, uint16_t column, size_t text_len,
                       struct job **ret)
{
    return work_add_job_in(work, work->job_of, record, column, text_len, ret);
}

SCHUIL_RC work_add_job_in(struct work *work, uint32_t *job_of, uint32_t record, uint16_t column,
                          size_t text_len, struct job **ret)
{
    struct job *job = &work->jobs[work->job_count];
    job->text = schuil_arena_take(work->arena, text_len);
    ENSURE(job->text != NULL, RC_INTERNAL_MEMORY);
    job->text_len = (uint16_t)text_len;
    job->type = work->types[column];
    job->record = record;
    job->column = column;
    job->work = work;
    work->job_count++;
    job_of[work_cell(work, column, record)] = work->job_count;
    *ret = job;
    return SCHUIL_OK;
}

size_t work_text_count(const struct work *work)
{
    size_t count = 0, cells = (size_t)work->type_count * work->record_count;
    for (size_t i = 0; i < cells; i++)
        count += work->texts[i].data != NULL ? 1 : 0;
    return count;
}

uint64_t schuil_work_asked(const struct work *work)
{
    return work->verb == WORK_LINK ? work_text_count(work) : work->record_count;
}

SCHUIL_RC work_add_key(struct work *work, uint32_t number)
{
    for (uint16_t i = 0; i < work->key_count; i++) {
        if (work->key_numbers[i] == number)
            return SCHUIL_OK;
    }
    ENSURE(work->key_count < LIMIT_KEY_NUMBER_COUNT, RC_LIMIT_SIZE);
    work->key_numbers[work->key_count++] = number;
    return SCHUIL_OK;
}

/* A pseudonym that held no element, or a reversible one that does not open, was made by nobody we
 * know; anything else is ours. */
static enum schuil_diagnostic job_diagnostic(const struct work *work, const struct job *job)
{
    static const uint16_t refusals[WORK_VERB_COUNT] = {[WORK_ISSUE] = DIAG_RECORD_INTERNAL,
                                                       [WORK_TRANSLATE] = DIAG_TOKEN_REFUSED,
                                                       [WORK_ROTATE] = DIAG_FINAL_REFUSED,
                                                       [WORK_REVERSE] = DIAG_REVERSAL_REFUSED};
    return job->is_refused ? (enum schuil_diagnostic)refusals[work->verb] : DIAG_RECORD_INTERNAL;
}

struct bytes schuil_work_value(const struct work *work, uint32_t record, uint16_t attribute)
{
    for (uint16_t c = 0; work->job_count > 0 && c < work->type_count; c++) {
        uint32_t place = work->job_of[work_cell(work, c, record)];
        const struct job *job = place == 0 ? NULL : &work->jobs[place - 1];
        if (job != NULL && job->is_ok && job->type->parts[0].attribute == attribute)
            return bytes_of(job->text, job->text_len);
    }
    return (struct bytes){0};
}

/* Two pseudonyms of one record that hold different values of one attribute: the first is told. */
static SCHUIL_RC values_compare(struct work *work, const struct job *job)
{
    uint16_t attribute = job->type->parts[0].attribute;
    struct bytes first = schuil_work_value(work, job->record, attribute);
    if (first.len == job->text_len && schuil_ct_equal(first.data, job->text, first.len))
        return SCHUIL_OK;
    return schuil_work_diagnose(work, job->record, DIAG_REVERSAL_DIFFERENT,
                                bytes_text(job->type->tref));
}

SCHUIL_RC schuil_work_finish(struct work *work)
{
    work->made_count = 0;
    work->error_count = 0;
    for (uint32_t i = 0; i < work->job_count; i++) {
        const struct job *job = &work->jobs[i];
        if (job->is_ok && work->verb == WORK_REVERSE)
            TRY(values_compare(work, job));
        if (job->is_ok)
            work->made_count++;
        else
            TRY(schuil_work_diagnose(work, job->record, job_diagnostic(work, job),
                                     bytes_text(job->type->tref)));
    }
    for (uint32_t i = 0; i < work->record_count; i++)
        work->error_count += work->records[i].has_error ? 1 : 0;
    return SCHUIL_OK;
}
