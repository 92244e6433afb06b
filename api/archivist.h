/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the audit trail back for operators: pages of exports, and reports. A thread and a database
 * session (database.auditor) of its own, so that a long report holds up neither requests nor
 * changes; the server's role stays one that cannot read an event. */
#ifndef SCHUIL_API_ARCHIVIST_H
#define SCHUIL_API_ARCHIVIST_H

#include "request.h"

struct archivist;
SCHUIL_RC archivist_new(struct service *service, struct archivist **ret);
/* Do run(service, session, r) on the archivist's thread, then write r->event in the operate chain
 * and answer what r holds. Ends in an answer in any case. The worker's thread. */
void archivist_run(struct archivist *a, struct request *r,
                   SCHUIL_RC (*run)(struct service *service, struct store_session *session,
                                    struct request *r));
/* After the workers have ended. NULL is fine. */
void archivist_free(struct archivist *a);

#endif
