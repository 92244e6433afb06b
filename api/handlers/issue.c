/* SPDX-License-Identifier: Apache-2.0 */
/* POST temporary-pseudonyms: a provider's records in, temporary pseudonyms out. */
#include "flow.h"

/* Types are public, so one that does not exist is told as such before permission is asked. */
static SCHUIL_RC issue_read(struct request *r)
{
    const struct registry *registry;
    const struct connection *connection;
    TRY(json_batch_issue_head(&r->batch, r->snapshot, &r->detail));
    TRY(schuil_policy_may_issue(r->snapshot, r->who.organisation->number, r->params[0],
                                r->batch.types, r->batch.type_count, r->now_us, NULL, &registry,
                                &connection));
    TRY(schuil_work_new(r->arena, WORK_ISSUE, r->snapshot, (uint32_t)r->batch.record_count,
                        &r->work));
    struct work *work = r->work;
    work->registry = registry;
    work->domain = schuil_domain_by_number(r->snapshot, registry->domain);
    work->connection = connection;
    r->quota = (struct quota_ref){.cell = connection->quota, .per_day = connection->quota_day};
    work->now_us = r->now_us;
    work->type_count = r->batch.type_count;
    memcpy(work->types, r->batch.types, sizeof work->types);
    return json_batch_issue_records(&r->batch, work);
}

static const struct flow issue = {
    .event = AUDIT_ISSUE, .has_quota = true, .read = issue_read, .prepare = schuil_issue_prepare};

void handle_issue(struct request *r)
{
    flow_begin(r, &issue);
}
