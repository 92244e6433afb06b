/* SPDX-License-Identifier: Apache-2.0 */
/* The two clocks, in microseconds. The engine is told the time; only api reads it. */
#ifndef SCHUIL_API_CLOCK_H
#define SCHUIL_API_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_read_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Microseconds since 1970 UTC. */
static inline int64_t clock_wall_us(void)
{
    return clock_read_us(CLOCK_REALTIME);
}

/* Microseconds that never go back. */
static inline int64_t clock_mono_us(void)
{
    return clock_read_us(CLOCK_MONOTONIC);
}

#endif
