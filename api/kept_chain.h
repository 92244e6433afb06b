/* SPDX-License-Identifier: Apache-2.0 */
/* The audit chain of a thread that changes policy or keys one transaction after another, with the
 * database session that it writes through. Session and chain are begun when they are needed, begun
 * anew after they were lost, and ended cleanly. One thread, but for kept_chain_is_ready. */
#ifndef SCHUIL_API_KEPT_CHAIN_H
#define SCHUIL_API_KEPT_CHAIN_H

#include "kept_session.h"
#include "schuilnaam/engine/admin.h"
#include "service_state.h"

struct kept_chain {
    struct service *service;
    const char *access;   /* access point of its own events: "admin", "steward" */
    const char *log_name; /* of the line that tells a failure */
    struct kept_session kept;
    struct audit_chain chain;
    bool has_chain;
    const struct wrapping_ring *ring;      /* held by the change under way; NULL: none */
    const struct wrapping_ring *next_ring; /* with the key that a rewrap moves to; NULL: none */
    struct wrapping_door door;
    _Atomic int64_t failed_us; /* monotonic: when the store failed last; 0: it serves */
};

/* An event of this process itself, not of somebody who called. detail is borrowed. */
struct audit_event kept_chain_event(const struct kept_chain *kept, enum audit_event_id id,
                                    const char *detail);
/* Fill ret for one change; event and snapshot must live as long as it (the signing pair is the
 * snapshot's). RC_BUSY_SNAPSHOT: the snapshot has no audit key; RC_STORE_*: no session, or no
 * chain. */
SCHUIL_RC kept_chain_context(struct kept_chain *kept, const struct snapshot *snapshot,
                             const struct audit_event *event, struct admin_context *ret);
/* Tell how the change ended, always: after a lost connection the session is opened anew, after an
 * unknown outcome the chain is begun anew. */
void kept_chain_outcome(struct kept_chain *kept, struct schuil_rc rc);
/* A failure holds only until the keeper hears of the database again. Any thread. */
bool kept_chain_is_ready(const struct kept_chain *kept);
/* Write CHAIN_END if there is a chain, and close the session. */
void kept_chain_end(struct kept_chain *kept);

#endif
