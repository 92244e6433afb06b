/* SPDX-License-Identifier: Apache-2.0 */
/* A rewrap that goes by itself: whether one is due, and one transaction of it.
 *
 *   BEGIN -> the steward's lock -> still due? -> rewrap_run -> its audit event -> COMMIT
 *
 * It is looked up again under the lock before any key is opened: another process may have moved all
 * keys meanwhile, to a wrapping key that this one has yet to load. Source: PROTOCOL section 6. */
#include <stdio.h>

#include "key_life.h"
#include "rewrap.h"

static const char REASON[] = "by itself: destroyed keys must not be had from old pages or backups";

static SCHUIL_RC due_read(struct store_session *s, const char *name, bool *ret)
{
    PG_RESULT *r = NULL;
    TRY(pg_query(s, "SELECT rewrap_is_due($1)", 1, &name, &r));
    *ret = PQntuples(r) == 1 && PQgetvalue(r, 0, 0)[0] == 't';
    return SCHUIL_OK;
}

SCHUIL_RC schuil_rewrap_look(struct store_session *s, const struct wrapping_ring *ring,
                             enum rewrap_need *ret)
{
    bool is_due = false, is_one_host;
    *ret = REWRAP_NOT_DUE;
    for (size_t i = 0; i < ring->count && !is_due; i++)
        TRY(due_read(s, ring->refs[i].name, &is_due));
    if (!is_due)
        return SCHUIL_OK;
    TRY(rewrap_is_one_host(s, &is_one_host));
    *ret = is_one_host ? REWRAP_DUE : REWRAP_FOR_PEOPLE;
    return SCHUIL_OK;
}

static SCHUIL_RC event_write(const struct admin_context *context, const struct rewrap_result *done,
                             struct audit_chain *ret_next)
{
    struct audit_event event = admin_event(context);
    char detail[2 * WRAPPING_NAME_LEN + 32];
    snprintf(detail, sizeof detail, "{\"from\":\"%s\",\"to\":\"%s\"}", done->from, done->to);
    event.id = AUDIT_KEY_REWRAP;
    event.reason = REASON;
    event.detail = detail;
    event.key_count = 1;
    event.key_numbers[0] = done->manifest_key;
    return admin_audit_write(context, context->audit_pair, &event, 1, ret_next);
}

/* RC_BUSY_SERVICE: it is not for us to do. */
static SCHUIL_RC transaction_run(const struct admin_context *context)
{
    bool is_ours;
    enum rewrap_need need;
    struct rewrap_result done;
    struct audit_chain next;
    TRY(pg_do(context->session, "BEGIN", 0, NULL));
    TRY(steward_lock(context->session, &is_ours));
    ENSURE(is_ours, RC_BUSY_SERVICE);
    TRY(schuil_rewrap_look(context->session, context->ring, &need));
    ENSURE(need == REWRAP_DUE, RC_BUSY_SERVICE);
    TRY(rewrap_run(context, &done));
    TRY(event_write(context, &done, &next));
    TRY(pg_commit(context->session));
    *context->chain = next;
    return SCHUIL_OK;
}

SCHUIL_RC schuil_rewrap_step(const struct admin_context *context, bool *ret_is_done)
{
    struct schuil_rc rc = transaction_run(context);
    *ret_is_done = schuil_is_ok(rc);
    if (*ret_is_done)
        return SCHUIL_OK;
    pg_rollback(context->session);
    return rc.code == RC_BUSY_SERVICE ? SCHUIL_OK : rc;
}
