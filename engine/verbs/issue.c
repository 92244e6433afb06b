/* SPDX-License-Identifier: Apache-2.0 */
/* The verb issue: attributes to temporary pseudonyms. Here the first half, up to one job for each
 * pseudonym (jobs.c runs them): normalise what the types need, once a record, and encode x.
 *
 * Irreversible types only. Records are independent: one that fails leaves the others alone, and
 * within a record an attribute that fails stops only the types that need it.
 * Source: PROTOCOL sections 2, 3 and 4.1. */
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
    bool is_used[LIMIT_ATTRIBUTE_COUNT];
    /* of the record under way */
    uint8_t states[LIMIT_ATTRIBUTE_COUNT]; /* enum value_state */
    struct canonical *values;              /* of each attribute of the catalogue */
    uint8_t x[LIMIT_IDENTITY_LEN];
};

static bool is_supported(const struct ptype *type)
{
    return type->kind == PTYPE_IRREVERSIBLE && type->normaliser == NORMALISER_VERSION;
}

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

static SCHUIL_RC identity_keep(struct issue *issue, const struct ptype *type, struct bytes *ret)
{
    struct writer x = writer_over(issue->x, sizeof issue->x);
    identity_put(type, issue->attributes, issue->values, issue->bound_domain, &x);
    ENSURE(!x.is_full, RC_INTERNAL);
    uint8_t *kept = schuil_arena_take(issue->work->arena, x.len);
    ENSURE(kept != NULL, RC_INTERNAL_MEMORY);
    memcpy(kept, x.data, x.len);
    *ret = bytes_of(kept, x.len);
    return SCHUIL_OK;
}

static SCHUIL_RC pseudonym_prepare(struct issue *issue, uint32_t record, uint16_t column)
{
    struct work *work = issue->work;
    const struct ptype *type = work->types[column];
    bool are_good;
    struct job *job;
    if (!is_supported(type))
        return schuil_work_diagnose(work, record, DIAG_TYPE_NOT_SUPPORTED, bytes_text(type->tref));
    TRY(values_try(issue, record, type, &are_good));
    if (!are_good)
        return SCHUIL_OK;
    TRY(work_add_job(work, record, column, text_temporary_len(type->tref, TOKEN_LEN), &job));
    job->scalar = issue->root.key;
    return identity_keep(issue, type, &job->input);
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
    TRY(work_add_key(work, issue->root.number));
    return work_add_key(work, work->transport_number);
}
