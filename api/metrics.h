/* SPDX-License-Identifier: Apache-2.0 */
/* Counters for machines, told as Prometheus text. Any thread adds; the health listener reads.
 * Counters are relaxed: they carry no other data. No label holds a value from a request. */
#ifndef SCHUIL_API_METRICS_H
#define SCHUIL_API_METRICS_H

#include <stdatomic.h>

#include "schuilnaam/engine/work.h"
#include "json/out.h"

enum { METRIC_ROUTE_CAP = 192, METRIC_STATUS_COUNT = 16, METRIC_BUCKET_COUNT = 10 };

typedef _Atomic uint64_t metric;

struct histogram {
    metric buckets[METRIC_BUCKET_COUNT + 1]; /* the last: above all bounds */
    metric sum;
};

struct metrics {
    metric requests[METRIC_ROUTE_CAP][METRIC_STATUS_COUNT];
    metric records[WORK_VERB_COUNT], pseudonyms[WORK_VERB_COUNT];
    metric diagnostics[DIAG_COUNT];
    metric quota_refused[QUOTA_KIND_COUNT], quota_alarms[QUOTA_KIND_COUNT];
    metric reloads_done, reloads_failed;
    metric rewrap_is_due;    /* 1: destroyed keys can still be had with the wrapping key */
    metric reload_is_failed; /* 1: the last one was refused, and the old is in use */
    metric connections_refused;
    metric slices;
    metric gathered_elements, gathered_runs;
    metric audit_committed, audit_failed, audit_unknown;
    struct histogram audit_us;  /* latency of an audit transaction */
    struct histogram turn_size; /* events in an audit transaction */
};

static inline void metric_add(metric *m, uint64_t n)
{
    atomic_fetch_add_explicit(m, n, memory_order_relaxed);
}

/* What is measured at the moment of reading. */
struct metric_gauges {
    size_t pool_depth;
    int64_t connections;
    double snapshot_age_s; /* since the database last confirmed it; negative: never */
    double clock_difference_s;
    uint64_t snapshot_counter;
    size_t workers_ready, workers;
};

void metrics_request(struct metrics *m, size_t route, int status);
/* A finished work: records, pseudonyms, diagnostics. */
void metrics_work(struct metrics *m, const struct work *work);
void metrics_audit_latency(struct metrics *m, int64_t us);
void metrics_turn(struct metrics *m, size_t events);
/* route_names: operation ids, in the order of the numbers given to metrics_request. */
void metrics_write(const struct metrics *m, const struct metric_gauges *gauges,
                   const char *const *route_names, size_t route_count, struct out *out);

#endif
