/* SPDX-License-Identifier: Apache-2.0 */
/* See carry.h. Source: PROTOCOL sections 4, 4.2, 4.4 and 4.5. */
#include "verbs/carry.h"

#include "pseudonyms/final.h"
#include "pseudonyms/text.h"
#include "pseudonyms/token.h"

static const struct carry_way *way_find(const struct carry *carry, uint32_t generation)
{
    for (size_t i = 0; i < carry->way_count; i++)
        if (carry->ways[i].generation == generation)
            return &carry->ways[i];
    return NULL;
}

/* What cannot be read stays zeros, and is opened like the rest under the first way's template. */
static SCHUIL_RC text_open(const struct carry *carry, const struct ptype *type, struct bytes text,
                           struct element *ret, const struct carry_way **ret_way)
{
    const struct work *work = carry->work;
    uint8_t box[FINAL_LEN];
    uint32_t generation;
    const struct siv_template *siv;
    bool is_read = final_read(text, type, work->domain, box, &generation);
    const struct carry_way *way = is_read ? way_find(carry, generation) : NULL;
    *ret_way = NULL;
    TRY(final_template_find(work->snapshot, work->domain, type,
                            way != NULL ? generation : carry->ways[0].generation, &siv));
    if (final_open(siv, box, ret))
        *ret_way = way;
    return SCHUIL_OK;
}

static size_t made_len(const struct carry *carry, const char *tref)
{
    if (carry->generation == 0)
        return text_temporary_len(tref, TOKEN_LEN);
    return text_final_len(tref, carry->work->domain->code, carry->generation, FINAL_LEN);
}

static SCHUIL_RC job_add(const struct carry *carry, uint32_t record, uint16_t column,
                         const struct carry_way *way, const struct element *point)
{
    struct job *job;
    TRY(work_add_job(carry->work, record, column, made_len(carry, carry->work->types[column]->tref),
                     &job));
    job->element = *point;
    job->scalar = way->scalar;
    job->generation = carry->generation;
    return SCHUIL_OK;
}

static SCHUIL_RC text_prepare(const struct carry *carry, uint32_t record, uint16_t column,
                              struct bytes text)
{
    const struct carry_way *way;
    const struct ptype *type = carry->work->types[column];
    SECRET(element) point;
    TRY(text_open(carry, type, text, &point, &way));
    if (way == NULL)
        return schuil_work_diagnose(carry->work, record, DIAG_FINAL_REFUSED,
                                    bytes_text(type->tref));
    return job_add(carry, record, column, way, &point);
}

static SCHUIL_RC record_prepare(const struct carry *carry, uint32_t record)
{
    struct work *work = carry->work;
    size_t text_count = 0;
    if (!work->records[record].is_object)
        return schuil_work_diagnose(work, record, DIAG_RECORD_SHAPE, bytes_text(""));
    for (uint16_t c = 0; c < work->type_count; c++) {
        struct bytes text = work->texts[work_cell(work, c, record)];
        if (text.data == NULL)
            continue;
        text_count++;
        TRY(text_prepare(carry, record, c, text));
    }
    if (text_count == 0 && !work->records[record].has_error)
        return schuil_work_diagnose(work, record, DIAG_FINAL_MISSING, bytes_text(""));
    return SCHUIL_OK;
}

SCHUIL_RC carry_prepare(const struct carry *carry)
{
    struct work *work = carry->work;
    TRY(work_take_jobs(work, work_text_count(work)));
    for (uint32_t r = 0; r < work->record_count; r++)
        TRY(record_prepare(carry, r));
    return SCHUIL_OK;
}
