/* SPDX-License-Identifier: Apache-2.0 */
/* What the micro-benchmarks of several rows share: their options, the clock, percentiles, printing.
 */
#ifndef BENCH_TIMES_H
#define BENCH_TIMES_H

#include <stdbool.h>
#include <stddef.h>

/* One row: name is its key in JSON, text stands in the table; ns are the runs' figures. */
struct times_row {
    const char *name, *text;
    double *ns;
};

/* CPU time of this thread. */
double times_now_ns(void);
/* [--json] [--smoke]; false, and a usage line, for anything else. */
bool times_options(int argc, char **argv, bool *ret_is_json, bool *ret_is_smoke);
/* Sorts each row's runs and prints p10, p50 and p90. unit: what the figures count. */
void times_print(bool is_json, const char *unit, size_t n, const struct times_row *rows,
                 size_t run_count);

#endif
