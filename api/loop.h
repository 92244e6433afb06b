/* SPDX-License-Identifier: Apache-2.0 */
/* How every event loop of the server is made. Not the events in it. */
#ifndef SCHUIL_API_LOOP_H
#define SCHUIL_API_LOOP_H

struct event_base;

/* A loop for one thread: no locks. NULL: no memory, or no descriptor. */
struct event_base *loop_new(void);

#endif
