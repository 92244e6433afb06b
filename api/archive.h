/* SPDX-License-Identifier: Apache-2.0 */
/* A month of the audit trail moved from the database to a signed file. */
#ifndef SCHUIL_API_ARCHIVE_H
#define SCHUIL_API_ARCHIVE_H

#include "service_state.h"

struct archive_order {
    const char *month; /* YYYY-MM */
    const char *path;  /* of the file; must not exist */
    audit_finding_fn *on_finding;
    /* what came of it */
    uint64_t events, findings;
    char finding[512]; /* what went wrong, or "" */
};

/* Write the month's events to the file and take them out of the database. First the whole trail is
 * verified, and the month's events once more as they are written: a damaged one is not archived,
 * and on_finding told why. `owner` is a session as the schema's owner. RC_CONFLICT_STATE: too
 * early, or damaged (findings > 0); RC_CONFLICT_EXISTS; RC_ABSENT: no events; RC_INPUT_VALUE: no
 * month; RC_CONFIG_FILE; RC_STORE_*. Unless ok nothing is gone; after a failure of the last step
 * the file may be there. */
SCHUIL_RC archive_month(struct service *service, struct store_session *owner,
                        struct archive_order *order);

#endif
