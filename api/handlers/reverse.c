/* SPDX-License-Identifier: Apache-2.0 */
/* POST reversals: a provider's own reversible pseudonyms in, its own values out, for a reason. */
#include "flow.h"
#include "quota.h"

/* The reason as the audit event takes it. */
static SCHUIL_RC reason_keep(struct request *r)
{
    char *reason = schuil_arena_take(r->arena, r->batch.reason.len + 1);
    ENSURE(reason != NULL, RC_INTERNAL_MEMORY);
    memcpy(reason, r->batch.reason.data, r->batch.reason.len);
    r->reason = reason;
    return SCHUIL_OK;
}

static SCHUIL_RC reverse_read(struct request *r)
{
    const struct registry *registry;
    const struct connection *connection;
    TRY(json_batch_reverse_head(&r->batch, &r->detail));
    TRY(schuil_work_new(r->arena, WORK_REVERSE, r->snapshot, (uint32_t)r->batch.record_count,
                        &r->work));
    TRY(json_batch_translate_records(&r->batch, r->work));
    TRY(auth_itself(&r->who, NULL));
    TRY(schuil_policy_may_reverse(r->snapshot, r->who.organisation->number, r->params[0], r->now_us,
                                  NULL, &registry, &connection));
    r->work->registry = registry;
    r->work->domain = schuil_domain_by_number(r->snapshot, registry->domain);
    r->work->connection = connection;
    r->work->now_us = r->now_us;
    TRY(quota_need(r, QUOTA_REVERSE, connection->number));
    return reason_keep(r);
}

static const struct flow reverse = {.event = AUDIT_REVERSE,
                                    .has_quota = true,
                                    .read = reverse_read,
                                    .prepare = schuil_reverse_prepare};

void handle_reverse(struct request *r)
{
    flow_begin(r, &reverse);
}
