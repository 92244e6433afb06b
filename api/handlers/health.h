/* SPDX-License-Identifier: Apache-2.0 */
/* The listener for machines, on the control thread. It reads what is atomic, so it never waits. */
#ifndef SCHUIL_API_HANDLERS_HEALTH_H
#define SCHUIL_API_HANDLERS_HEALTH_H

#include "service_state.h"

struct event_base;
/* *ret is an edge on listen.health; ret_finding tells what failed. */
SCHUIL_RC health_listen(struct service *service, struct event_base *base, struct edge **ret,
                        char *ret_finding, size_t cap);

#endif
