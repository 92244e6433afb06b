/* SPDX-License-Identifier: Apache-2.0 */
/* See kept_chain.h. */
#include "kept_chain.h"

#include <stdlib.h>

#include "keeper.h"
#include "log.h"
#include "rewrap.h"
#include "wrapping/wrapping.h"

enum { HEADS_CAP = 1 << 20 };

struct audit_event kept_chain_event(const struct kept_chain *kept, enum audit_event_id id,
                                    const char *detail)
{
    return (struct audit_event){.time_us = clock_wall_us(),
                                .id = id,
                                .outcome = "ok",
                                .role = "system",
                                .access = kept->access,
                                .compartment = kept->service->compartment,
                                .process = kept->service->process,
                                .detail = detail};
}

static SCHUIL_RC chain_start(struct kept_chain *kept, const struct admin_context *context,
                             char *heads)
{
    TRY(schuil_store_audit_heads(kept->kept.session, heads, HEADS_CAP));
    TRY(schuil_audit_chain_new(&kept->chain));
    struct audit_event event = kept_chain_event(kept, AUDIT_CHAIN_START, heads);
    struct admin_context start = *context;
    start.event = &event;
    return schuil_admin_audit(&start, &event);
}

static SCHUIL_RC chain_need(struct kept_chain *kept, const struct admin_context *context)
{
    if (kept->has_chain)
        return SCHUIL_OK;
    char *heads = malloc(HEADS_CAP);
    ENSURE(heads != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = chain_start(kept, context, heads);
    free(heads);
    kept->has_chain = schuil_is_ok(rc);
    return rc;
}

SCHUIL_RC kept_chain_context(struct kept_chain *kept, const struct snapshot *snapshot,
                             const struct audit_event *event, struct admin_context *ret)
{
    struct service *s = kept->service;
    TRY(kept_session_need(&kept->kept, s->settings.database));
    kept->ring = wrapping_hold(s->wrapping);
    kept->door = (struct wrapping_door){.next = rewrap_next, .arg = kept};
    *ret = (struct admin_context){.session = kept->kept.session,
                                  .ring = kept->ring,
                                  .wrapping = &kept->door,
                                  .state_directory = s->settings.state_directory,
                                  .longest_life_hours = (uint32_t)s->settings.life_longest,
                                  .chain = &kept->chain,
                                  .audit_pair = schuil_key_audit(snapshot),
                                  .policy_pair = schuil_key_policy(snapshot),
                                  .event = event};
    ENSURE(ret->audit_pair != NULL, RC_BUSY_SNAPSHOT);
    return chain_need(kept, ret);
}

void kept_chain_outcome(struct kept_chain *kept, struct schuil_rc rc)
{
    wrapping_release(kept->ring);
    wrapping_release(kept->next_ring);
    kept->ring = kept->next_ring = NULL;
    bool has_failed = schuil_rc_class(rc) == RC_CLASS_STORE;
    atomic_store(&kept->failed_us, has_failed ? clock_mono_us() : 0);
    if (!has_failed)
        return;
    struct log_field fields[] = {log_text("result", schuil_rc_name(rc)),
                                 log_text("database", schuil_store_message(kept->kept.session))};
    log_write(LOG_LEVEL_WARNING, kept->log_name, fields, 2);
    if (rc.code == RC_STORE_UNKNOWN)
        kept->has_chain = false;
    kept_session_end(&kept->kept);
}

bool kept_chain_is_ready(const struct kept_chain *kept)
{
    int64_t failed_us = atomic_load(&kept->failed_us);
    return failed_us == 0 || atomic_load(&kept->service->confirmed_us) > failed_us;
}

static SCHUIL_RC end_write(struct kept_chain *kept, const struct snapshot *snapshot)
{
    struct admin_context context;
    struct audit_event event = kept_chain_event(kept, AUDIT_CHAIN_END, NULL);
    TRY(kept_chain_context(kept, snapshot, &event, &context));
    return schuil_admin_audit(&context, &event);
}

void kept_chain_end(struct kept_chain *kept)
{
    if (kept->has_chain && kept->service->keeper != NULL) {
        struct snapshot *snapshot = keeper_snapshot(kept->service->keeper);
        kept_chain_outcome(kept, end_write(kept, snapshot));
        schuil_snapshot_unref(snapshot);
        kept->has_chain = false;
    }
    kept_session_end(&kept->kept);
}
