/* SPDX-License-Identifier: Apache-2.0 */
/* One line on standard error that is written over again, on a terminal only. */
#ifndef SCHUILNAAM_CLIENT_PROGRESS_H
#define SCHUILNAAM_CLIENT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool is_shown; /* standard error is a terminal */
    int64_t begin_ms, last_ms;
};

void progress_begin(struct progress *progress);
void progress_show(struct progress *progress, size_t record_count, size_t error_count);
void progress_end(struct progress *progress);

#endif
