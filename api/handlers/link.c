/* SPDX-License-Identifier: Apache-2.0 */
/* POST linkages/{linkage}/pseudonyms: a source registry's finals in, temporary pseudonyms for the
 * research registry out. What is asked is counted in the transaction of the event. */
#include <stdio.h>

#include "flow.h"
#include "quota.h"

/* Decimal, as the text forms have it; 0: it is none. */
static uint32_t number_of(struct bytes text)
{
    uint64_t number = 0;
    if (text.len == 0 || text.len > 10 || text.data[0] == '0')
        return 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return 0;
        number = number * 10 + (uint64_t)(text.data[i] - '0');
    }
    return number > INT32_MAX ? 0 : (uint32_t)number;
}

static SCHUIL_RC detail_make(struct request *r, uint32_t number)
{
    enum { CAP = 32 };
    char *detail = schuil_arena_take(r->arena, CAP);
    ENSURE(detail != NULL, RC_INTERNAL_MEMORY);
    snprintf(detail, CAP, "{\"linkage\":%u}", number);
    r->effect = detail;
    return SCHUIL_OK;
}

/* Types are public, so one that does not exist is told before permission is asked. */
static SCHUIL_RC link_read(struct request *r)
{
    const struct linkage *linkage;
    const struct registry *source;
    TRY(json_batch_translate_head(&r->batch, &r->detail));
    TRY(schuil_work_new(r->arena, WORK_LINK, r->snapshot, (uint32_t)r->batch.record_count,
                        &r->work));
    struct work *work = r->work;
    TRY(json_batch_translate_records(&r->batch, work));
    TRY(schuil_policy_may_link(r->snapshot, r->who.organisation->number, number_of(r->params[0]),
                               work->types, work->type_count, r->now_us, &linkage, &source));
    work->linkage = linkage;
    work->registry = source;
    work->domain = schuil_domain_by_number(r->snapshot, source->domain);
    work->now_us = r->now_us;
    TRY(detail_make(r, linkage->number));
    return quota_need(r, QUOTA_LINK, linkage->number);
}

static const struct flow link = {
    .event = AUDIT_LINK, .has_quota = true, .read = link_read, .prepare = schuil_link_prepare};

void handle_link(struct request *r)
{
    flow_begin(r, &link);
}
