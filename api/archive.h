/* SPDX-License-Identifier: Apache-2.0 */
/* A month of the audit trail moved from the database to a signed file. */
#ifndef SCHUIL_API_ARCHIVE_H
#define SCHUIL_API_ARCHIVE_H

#include "service_state.h"

/* Write the month's events to path (which must not exist) and take them out of the database. First
 * the whole trail is verified, and the month's events once more as they are written: a damaged one
 * is not archived, and on_finding told why. `owner` is a session as the schema's owner.
 * *ret_events. RC_CONFLICT_STATE: too early, or damaged (*ret_findings > 0); RC_CONFLICT_EXISTS;
 * RC_ABSENT: no events; RC_INPUT_VALUE: no month; RC_CONFIG_FILE; RC_STORE_*. Unless ok nothing is
 * gone; after a failure of the last step the file may be there. */
SCHUIL_RC archive_month(struct service *service, struct store_session *owner, const char *month,
                        const char *path, audit_finding_fn *on_finding, uint64_t *ret_events,
                        uint64_t *ret_findings, char *ret_finding, size_t cap);

#endif
