/* SPDX-License-Identifier: Apache-2.0 */
/* See times.h. */
#include "times.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double times_now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

bool times_options(int argc, char **argv, bool *ret_is_json, bool *ret_is_smoke)
{
    *ret_is_json = *ret_is_smoke = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            *ret_is_json = true;
        } else if (strcmp(argv[i], "--smoke") == 0) {
            *ret_is_smoke = true;
        } else {
            fprintf(stderr, "usage: %s [--json] [--smoke]\n", argv[0]);
            return false;
        }
    }
    return true;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double percentile(const struct times_row *row, size_t run_count, unsigned percent)
{
    return row->ns[(run_count - 1) * percent / 100];
}

void times_print(bool is_json, const char *unit, size_t n, const struct times_row *rows,
                 size_t run_count)
{
    if (!is_json)
        printf("%-40s %10s %10s %10s\n", unit, "p10", "p50", "p90");
    for (size_t k = 0; k < n; k++) {
        qsort(rows[k].ns, run_count, sizeof rows[k].ns[0], by_size);
        double p10 = percentile(&rows[k], run_count, 10), p50 = percentile(&rows[k], run_count, 50);
        double p90 = percentile(&rows[k], run_count, 90);
        if (is_json)
            printf("%s\"%s\": {\"p10\": %.1f, \"p50\": %.1f, \"p90\": %.1f}", k == 0 ? "{" : ",\n ",
                   rows[k].name, p10, p50, p90);
        else
            printf("%-40s %10.1f %10.1f %10.1f\n", rows[k].text, p10, p50, p90);
    }
    if (is_json)
        printf("}\n");
}
