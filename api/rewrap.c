/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrap.h"

#include "log.h"
#include "wrapping/wrapping.h"

enum { FINDING_CAP = 512 };

static void told(const char *name, struct schuil_rc rc, const char *finding)
{
    struct log_field fields[] = {log_text("wrapping", name), log_text("result", schuil_rc_name(rc)),
                                 log_text("finding", finding)};
    log_write(LOG_LEVEL_WARNING, "rewrap", fields, 3);
}

SCHUIL_RC rewrap_next(void *arg, const char *current, bool can_make,
                      const struct wrapping_ring **ret_ring)
{
    struct kept_chain *kept = arg;
    struct wrapping *wrapping = kept->service->wrapping;
    char finding[FINDING_CAP] = "";
    struct schuil_rc rc = wrapping_next(wrapping, current, can_make, finding, sizeof finding);
    if (!schuil_is_ok(rc)) {
        told(current, rc, finding);
        return rc;
    }
    wrapping_release(kept->next_ring);
    *ret_ring = kept->next_ring = wrapping_hold(wrapping);
    return rc;
}

/* Not ours (another process's), not writable, or with people: it keeps retiring. */
static SCHUIL_RC one_end(struct kept_chain *kept, const struct admin_context *context,
                         const char *name, bool *ret_is_ended)
{
    char finding[FINDING_CAP] = "";
    struct schuil_rc rc =
        wrapping_end(kept->service->wrapping, name, ret_is_ended, finding, sizeof finding);
    if (rc.code != RC_ABSENT && !schuil_is_ok(rc))
        told(name, rc, finding);
    if (!*ret_is_ended)
        return SCHUIL_OK;
    struct audit_event event = kept_chain_event(kept, AUDIT_WRAPPING_END, NULL);
    struct admin_context own = *context;
    own.event = &event;
    return schuil_admin_wrapping_end(&own, name);
}

SCHUIL_RC rewrap_old_end(struct kept_chain *kept, const struct admin_context *context)
{
    char name[WRAPPING_NAME_LEN + 1];
    for (size_t left = 0; left < WRAPPING_RING_CAP;) {
        bool is_ended = false;
        TRY(schuil_admin_wrapping_retiring(context->session, name, left));
        if (name[0] == '\0')
            return SCHUIL_OK;
        TRY(one_end(kept, context, name, &is_ended));
        left += is_ended ? 0 : 1;
    }
    return SCHUIL_OK;
}
