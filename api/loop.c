/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"

#include <event2/event.h>

struct event_base *loop_new(void)
{
    return event_base_new();
}
