/* SPDX-License-Identifier: Apache-2.0 */
/* POST final-pseudonyms: temporary pseudonyms in, the registry's final ones out. */
#include "flow.h"

/* The keys of `pseudonyms` name types; one that does not exist refuses the request, and is told
 * before permission is asked, as in issue. */
static SCHUIL_RC translate_read(struct request *r)
{
    const struct registry *registry;
    TRY(json_batch_translate_head(&r->batch, &r->detail));
    TRY(schuil_work_new(r->arena, WORK_TRANSLATE, r->snapshot, (uint32_t)r->batch.record_count,
                        &r->work));
    TRY(json_batch_translate_records(&r->batch, r->work));
    TRY(schuil_policy_may_translate(r->snapshot, r->who.organisation->number, r->params[0], NULL,
                                    &registry));
    r->work->registry = registry;
    r->work->domain = schuil_domain_by_number(r->snapshot, registry->domain);
    r->work->now_us = r->now_us;
    return SCHUIL_OK;
}

static const struct flow translate = {.event = AUDIT_TRANSLATE,
                                      .has_quota = false,
                                      .read = translate_read,
                                      .prepare = schuil_translate_prepare};

void handle_translate(struct request *r)
{
    flow_begin(r, &translate);
}
