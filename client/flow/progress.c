/* SPDX-License-Identifier: Apache-2.0 */
/* The line for people who wait. */
#include "flow/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { SHOW_EACH_MS = 200 };

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void progress_begin(struct progress *progress)
{
    progress->is_shown = isatty(STDERR_FILENO) == 1;
    progress->begin_ms = now_ms();
    progress->last_ms = progress->begin_ms;
}

void progress_show(struct progress *progress, size_t record_count, size_t error_count)
{
    int64_t now = now_ms();
    if (!progress->is_shown || now - progress->last_ms < SHOW_EACH_MS)
        return;
    progress->last_ms = now;
    fprintf(stderr, "\r%zu records, %zu with errors, %lld a second\033[K", record_count,
            error_count, (long long)record_count * 1000 / (long long)(now - progress->begin_ms));
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->is_shown)
        fputs("\r\033[K", stderr);
}
