/* SPDX-License-Identifier: Apache-2.0 */
/* The way of one batch request, the same for every verb:
 *
 *   read      body -> tree -> types, permission, batch     loop, or pool when the body is large
 *   quota     taken, or asked of the clerk                 loop
 *   prepare   values -> elements                           loop, or pool when it is large
 *   run       elements -> pseudonyms                       gathered with others, or in slices
 *   finish    counts, JSON                                 loop, or pool when it is large
 *   audit     the event is committed, the answer leaves    loop
 *
 * A step hands the request on and touches it no more. */
#ifndef SCHUIL_API_FLOW_H
#define SCHUIL_API_FLOW_H

#include "request.h"

struct flow {
    enum audit_event_id event;
    bool has_quota;
    /* Permission checked, r->work made and filled; r->quota named if it has one. Any thread. */
    SCHUIL_RC (*read)(struct request *r);
    SCHUIL_RC (*prepare)(struct work *work);
};

/* Begin; r is admitted. */
void flow_begin(struct request *r, const struct flow *flow);
/* Begin again with the newest snapshot: the database has confirmed it since r came. */
void flow_again(struct request *r);
/* Run the jobs of several small requests in one call, and finish each. */
void flow_gathered(struct request *first, size_t job_count);

#endif
