/* SPDX-License-Identifier: Apache-2.0 */
/* A server whose wrapping key is split: until enough shares are entered it answers the health
 * listener, and on listen.admin nothing but unsealing. Who may enter a share is decided as always,
 * by certificate and policy; policy is signed, and its public key is in the configuration. */
#ifndef SCHUIL_API_SEALED_H
#define SCHUIL_API_SEALED_H

#include "service_state.h"

struct event_base;
/* Serve on listen.admin until the keys are there and loaded (service_load), or the service drains.
 * On the thread of the control loop, whose base it runs; loading blocks it, for as long as the
 * database may take. A database that is away, or rows that need another wrapping key: told in the
 * log, and tried again. */
SCHUIL_RC sealed_serve(struct service *s, struct event_base *base, char *ret_finding, size_t cap);

#endif
