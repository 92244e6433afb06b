/* SPDX-License-Identifier: Apache-2.0 */
/* POST final-pseudonyms/rotations: finals of one generation in, those of the next out, while the
 * domain is being rotated; and .../completion: the registry declares that it holds no other. */
#include <stdio.h>

#include "flow.h"
#include "quota.h"

static SCHUIL_RC rotate_read(struct request *r)
{
    const struct registry *registry;
    TRY(json_batch_translate_head(&r->batch, &r->detail));
    TRY(schuil_work_new(r->arena, WORK_ROTATE, r->snapshot, (uint32_t)r->batch.record_count,
                        &r->work));
    TRY(json_batch_translate_records(&r->batch, r->work));
    TRY(schuil_policy_may_rotate(r->snapshot, r->who.organisation->number, r->params[0], NULL,
                                 &registry));
    r->work->registry = registry;
    r->work->domain = schuil_domain_by_number(r->snapshot, registry->domain);
    r->work->now_us = r->now_us;
    return quota_need(r, QUOTA_ROTATE, registry->number);
}

static const struct flow rotate = {.event = AUDIT_ROTATE,
                                   .has_quota = true,
                                   .read = rotate_read,
                                   .prepare = schuil_rotate_prepare};

void handle_rotate(struct request *r)
{
    flow_begin(r, &rotate);
}

/* ---- completion ---- */

/* {"generation": 2}: the one that all finals of the registry are of by now. */
static SCHUIL_RC generation_take(struct request *r, uint32_t *ret)
{
    TRY(json_in_parse(exchange_body(r->x), &r->root, &r->detail));
    const json_t *value = json_object_get(r->root, "generation");
    r->detail = "the body must be an object with an integer generation, and nothing else";
    ENSURE(json_object_size(r->root) == 1 && json_is_integer(value), RC_INPUT_SHAPE);
    json_int_t number = json_integer_value(value);
    ENSURE(number >= 1 && number <= INT32_MAX, RC_INPUT_SHAPE);
    *ret = (uint32_t)number;
    r->detail = NULL;
    return SCHUIL_OK;
}

static SCHUIL_RC completion_event(struct request *r, const struct registry *registry,
                                  const struct rotation *rotation, uint32_t generation)
{
    enum { CAP = 64 };
    char *detail = schuil_arena_take(r->arena, CAP);
    ENSURE(detail != NULL, RC_INTERNAL_MEMORY);
    snprintf(detail, CAP, "{\"rotation\":%u,\"generation\":%u}", rotation->number, generation);
    request_event(r, AUDIT_ROTATION_COMPLETE);
    r->event.registry = registry->code;
    r->event.detail = r->effect = detail;
    return SCHUIL_OK;
}

static SCHUIL_RC completion_read(struct request *r)
{
    const struct registry *registry;
    uint32_t generation;
    TRY(generation_take(r, &generation));
    TRY(schuil_policy_may_rotate(r->snapshot, r->who.organisation->number, r->params[0], NULL,
                                 &registry));
    const struct rotation *rotation = schuil_rotation_of(r->snapshot, registry->domain);
    ENSURE(rotation != NULL, RC_INTERNAL);
    r->detail = "generation: not the one that finals are carried over to";
    ENSURE(generation == (rotation->is_aborting ? rotation->from : rotation->to),
           RC_CONFLICT_STATE);
    r->detail = NULL;
    out_format(&r->out, "{\"registry\":\"%s\",\"generation\":%u,\"complete\":true}", registry->code,
               generation);
    return completion_event(r, registry, rotation, generation);
}

void handle_rotation_complete(struct request *r)
{
    struct schuil_rc rc = completion_read(r);
    if (!schuil_is_ok(rc)) {
        request_fail(r, rc, 0, r->detail);
        return;
    }
    request_audit(r);
}
