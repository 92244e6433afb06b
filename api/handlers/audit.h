/* SPDX-License-Identifier: Apache-2.0 */
/* /admin/v1/audit/...: what an operator asks of the trail. */
#ifndef SCHUIL_API_HANDLERS_AUDIT_H
#define SCHUIL_API_HANDLERS_AUDIT_H

#include "request.h"

/* Of one request; in its arena. */
struct audit_query {
    SCHUIL_RC (*run)(struct service *service, struct store_session *session, struct request *r);
    int64_t from_us, to_us;
    struct audit_place after;
    const char *registry, *organisation; /* NULL: any */
    uint64_t count;                      /* events, or rows, of the answer */
};

#endif
