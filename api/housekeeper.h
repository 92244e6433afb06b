/* SPDX-License-Identifier: Apache-2.0 */
/* What a serving process does by itself now and then: next months' partitions, and a checkpoint of
 * the audit chains each day. A thread of its own, as both may wait for the database or a disk.
 * Several processes on one database do it too; that does no harm. */
#ifndef SCHUIL_API_HOUSEKEEPER_H
#define SCHUIL_API_HOUSEKEEPER_H

#include "service_state.h"

struct housekeeper;
/* Starts its thread, which looks at once and then each hour. The keeper must have a snapshot. */
SCHUIL_RC housekeeper_new(struct service *service, struct housekeeper **ret);
/* Ends the thread, after what it is doing. NULL is fine. */
void housekeeper_free(struct housekeeper *h);

#endif
