/* SPDX-License-Identifier: Apache-2.0 */
/* The verb issue: attributes to temporary pseudonyms. Here the first half, up to one job for each
 * pseudonym (jobs.c runs them): normalise what the types need, once a record, and encode x; for
 * reversible types keep the value, or take what the provider sealed itself.
 *
 * Records are independent: one that fails leaves the others alone, and
 * within a record an attribute that fails stops only the types that need it.
 * Source: PROTOCOL sections 2, 3, 4.1 and 5. */
#include "attributes/identity.h"
#include "pseudonyms/text.h"
#include "pseudonyms/token.h"
#include "verbs/work.h"

enum value_state { VALUE_UNTRIED, VALUE_GOOD, VALUE_BAD };

/* One preparation. It lies in the arena, for the values in it are wiped with the arena; as wiping
 * costs a lone record more than its normalising, it is no larger than it must be. */
struct issue {
    struct work *work;
    const struct attribute *attributes;
    struct normaliser normaliser;
    struct root_ref root;
    uint32_t bound_domain;
    bool has_points, has_seals; /* jobs that use the root key, the source key */
    bool is_used[LIMIT_ATTRIBUTE_COUNT];
    /* of the record under way */
    uint8_t states[LIMIT_ATTRIBUTE_COUNT]; /* enum value_state */
    struct canonical *values;              /* of each attribute of the catalogue */
    uint8_t x[LIMIT_IDENTITY_LEN];
};

static int64_t day_of(int64_t now_us)
{
    return now_us / (INT64_C(86400) * 1000000);
}

static void mark_used(struct issue *issue)
{
    const struct work *work = issue->work;
    for (size_t c = 0; c < work->type_count; c++) {
        for (size_t i = 0; i < work->types[c]->part_count; i++)
            issue->is_used[work->types[c]->parts[i].attribute] = true;
    }
}

/* The keys to issue with. RC_BUSY_KEYS: there are none. */
static SCHUIL_RC keys_find(struct issue *issue)
{
    struct work *work = issue->work;
    struct transport_ref transport;
    ENSURE(schuil_key_root_active(work->snapshot, &issue->root), RC_BUSY_KEYS);
    ENSURE(schuil_key_transport_newest(work->snapshot, &transport), RC_BUSY_KEYS);
    work->transport = transport.key;
    work->transport_number = transport.number;
    work->root_epoch = issue->root.epoch;
    (void)schuil_key_source_active(work->snapshot, work->connection->provider, &work->source);
    work->addressee = work->registry->number;
    work->provider = work->connection->provider;
    work->life_hours = work->connection->life_hours;
    return SCHUIL_OK;
}

static SCHUIL_RC issue_begin(struct work *work, struct issue **ret)
{
    struct issue *issue = schuil_arena_take(work->arena, sizeof *issue);
    ENSURE(issue != NULL, RC_INTERNAL_MEMORY);
    issue->work = work;
    size_t attribute_count;
    issue->attributes = schuil_attributes(work->snapshot, &attribute_count);
    issue->values = schuil_arena_take_many(work->arena, attribute_count, sizeof issue->values[0]);
    ENSURE(issue->values != NULL, RC_INTERNAL_MEMORY);
    issue->normaliser.today_days = day_of(work->now_us);
    issue->normaliser.allows_test_persons = work->registry->allows_test_persons;
    issue->bound_domain = work->domain->is_bound ? work->domain->number : 0;
    TRY(keys_find(issue));
    mark_used(issue);
    *ret = issue;
    return SCHUIL_OK;
}

/* An attribute that is not there: told once, and not beside what is already told of it (a value
 * that was no string). */
static SCHUIL_RC value_missing(struct issue *issue, uint32_t record, struct bytes code)
{
    if (work_has_entry(issue->work, record, code))
        return SCHUIL_OK;
    return schuil_work_diagnose(issue->work, record, DIAG_ATTRIBUTE_MISSING, code);
}

static SCHUIL_RC value_try(struct issue *issue, uint32_t record, uint16_t attribute)
{
    struct work *work = issue->work;
    const struct attribute *a = &issue->attributes[attribute];
    struct bytes value = work->values[work_cell(work, attribute, record)];
    issue->states[attribute] = VALUE_BAD;
    if (value.data == NULL)
        return value_missing(issue, record, bytes_text(a->code));
    enum schuil_diagnostic found =
        normalise(&issue->normaliser, a->kind, value, &issue->values[attribute]);
    if (found != DIAG_NONE)
        return schuil_work_diagnose(work, record, found, bytes_text(a->code));
    issue->states[attribute] = VALUE_GOOD;
    return SCHUIL_OK;
}

/* Try every value that a type needs, so that all diagnostics are told at once. */
static SCHUIL_RC values_try(struct issue *issue, uint32_t record, const struct ptype *type,
                            bool *ret_are_good)
{
    *ret_are_good = true;
    for (size_t i = 0; i < type->part_count; i++) {
        uint16_t attribute = type->parts[i].attribute;
        if (issue->states[attribute] == VALUE_UNTRIED)
            TRY(value_try(issue, record, attribute));
        *ret_are_good = *ret_are_good && issue->states[attribute] == VALUE_GOOD;
    }
    return SCHUIL_OK;
}

static SCHUIL_RC bytes_keep(struct work *work, struct bytes in, struct bytes *ret)
{
    uint8_t *kept = schuil_arena_take(work->arena, in.len);
    ENSURE(kept != NULL, RC_INTERNAL_MEMORY);
    memcpy(kept, in.data, in.len);
    *ret = bytes_of(kept, in.len);
    return SCHUIL_OK;
}

static SCHUIL_RC identity_keep(struct issue *issue, const struct ptype *type, struct bytes *ret)
{
    struct writer x = writer_over(issue->x, sizeof issue->x);
    identity_put(type, issue->attributes, issue->values, issue->bound_domain, &x);
    ENSURE(!x.is_full, RC_INTERNAL);
    return bytes_keep(issue->work, writer_bytes(&x), ret);
}

static SCHUIL_RC point_prepare(struct issue *issue, uint32_t record, uint16_t column)
{
    struct work *work = issue->work;
    const struct ptype *type = work->types[column];
    bool are_good;
    struct job *job;
    TRY(values_try(issue, record, type, &are_good));
    if (!are_good)
        return SCHUIL_OK;
    TRY(work_add_job(work, record, column, text_temporary_len(type->tref, TOKEN_LEN), &job));
    job->scalar = issue->root.key;
    issue->has_points = true;
    return identity_keep(issue, type, &job->input);
}

/* ---- reversible types ---- */

static enum reversible_form form_of(const struct work *work)
{
    return work->connection->is_salted ? REVERSIBLE_SALTED : REVERSIBLE_SAME;
}

static SCHUIL_RC carrier_job(struct work *work, uint32_t record, uint16_t column, size_t box_len,
                             struct job **ret)
{
    size_t len = text_temporary_len(work->types[column]->tref, carrier_len(box_len));
    TRY(work_add_job(work, record, column, len, ret));
    (*ret)->reversible.form = (uint8_t)form_of(work);
    return SCHUIL_OK;
}

/* Whether a text of the provider's own making is what it would deliver here. The box is its own
 * affair: nobody here can open it. */
static bool sealed_is_good(const struct work *work, const struct ptype *type, struct bytes text,
                           struct reversible_text *ret)
{
    return schuil_is_ok(schuil_reversible_parse(text, ret)) && ret->form == form_of(work) &&
           bytes_equal(ret->tref, bytes_text(type->tref)) &&
           bytes_equal(ret->domain, bytes_text(work->domain->code)) &&
           ret->provider == work->connection->provider;
}

static SCHUIL_RC sealed_prepare(struct work *work, uint32_t record, uint16_t column,
                                struct bytes sealed)
{
    const struct ptype *type = work->types[column];
    struct reversible_text text;
    struct job *job;
    if (work->values[work_cell(work, type->parts[0].attribute, record)].data != NULL)
        return schuil_work_diagnose(work, record, DIAG_SEALED_BESIDE, bytes_text(type->tref));
    if (!sealed_is_good(work, type, sealed, &text))
        return schuil_work_diagnose(work, record, DIAG_SEALED_REFUSED, bytes_text(type->tref));
    TRY(carrier_job(work, record, column, text.box_len, &job));
    job->kind = JOB_CARRY;
    job->generation = text.generation;
    return bytes_keep(work, bytes_of(text.box, text.box_len), &job->input);
}

static SCHUIL_RC value_prepare(struct issue *issue, uint32_t record, uint16_t column)
{
    struct work *work = issue->work;
    const struct ptype *type = work->types[column];
    const struct attribute *attribute = &issue->attributes[type->parts[0].attribute];
    const struct canonical *value = &issue->values[type->parts[0].attribute];
    bool are_good;
    struct job *job;
    TRY(values_try(issue, record, type, &are_good));
    if (!are_good)
        return SCHUIL_OK;
    if (work->source.key == NULL)
        return schuil_work_diagnose(work, record, DIAG_SOURCE_KEY_ABSENT, bytes_text(type->tref));
    size_t box_len = schuil_reversible_box_len(form_of(work), attribute->code, value->len);
    TRY(carrier_job(work, record, column, box_len, &job));
    job->kind = JOB_SEAL;
    job->reversible.source = work->source.key;
    job->generation = work->source.generation;
    issue->has_seals = true;
    return bytes_keep(work, canonical_bytes(value), &job->input);
}

static SCHUIL_RC pseudonym_prepare(struct issue *issue, uint32_t record, uint16_t column)
{
    const struct ptype *type = issue->work->types[column];
    struct bytes sealed = work_sealed(issue->work, column, record);
    if (type->normaliser != NORMALISER_VERSION)
        return schuil_work_diagnose(issue->work, record, DIAG_TYPE_NOT_SUPPORTED,
                                    bytes_text(type->tref));
    if (type->kind == PTYPE_IRREVERSIBLE)
        return point_prepare(issue, record, column);
    return sealed.data != NULL ? sealed_prepare(issue->work, record, column, sealed)
                               : value_prepare(issue, record, column);
}

static SCHUIL_RC unused_tell(struct issue *issue, uint32_t record)
{
    struct work *work = issue->work;
    for (uint16_t a = 0; a < work->attribute_count; a++) {
        bool is_there = work->values[work_cell(work, a, record)].data != NULL;
        if (is_there && !issue->is_used[a])
            TRY(schuil_work_diagnose(work, record, DIAG_ATTRIBUTE_UNUSED,
                                     bytes_text(issue->attributes[a].code)));
    }
    return SCHUIL_OK;
}

static SCHUIL_RC record_prepare(struct issue *issue, uint32_t record)
{
    struct work *work = issue->work;
    if (!work->records[record].is_object)
        return schuil_work_diagnose(work, record, DIAG_RECORD_SHAPE, bytes_text(""));
    memset(issue->states, VALUE_UNTRIED, sizeof issue->states);
    for (uint16_t c = 0; c < work->type_count; c++)
        TRY(pseudonym_prepare(issue, record, c));
    return unused_tell(issue, record);
}

SCHUIL_RC schuil_issue_prepare(struct work *work)
{
    struct issue *issue;
    TRY(schuil_normaliser_check());
    TRY(issue_begin(work, &issue));
    TRY(work_take_jobs(work, (size_t)work->type_count * work->record_count));
    for (uint32_t r = 0; r < work->record_count; r++)
        TRY(record_prepare(issue, r));
    if (work->job_count == 0)
        return SCHUIL_OK;
    if (issue->has_points)
        TRY(work_add_key(work, issue->root.number));
    if (issue->has_seals)
        TRY(work_add_key(work, work->source.number));
    return work_add_key(work, work->transport_number);
}
