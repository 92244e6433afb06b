/* SPDX-License-Identifier: Apache-2.0 */
/* Sources: Prometheus text exposition format 0.0.4. */
#include "metrics.h"

#include <sys/resource.h>

#include "schuilnaam/crypto/group.h"

static const int statuses[METRIC_STATUS_COUNT - 1] = {200, 201, 400, 403, 404, 405, 408, 409,
                                                      413, 415, 422, 429, 500, 503, 202};
static const int64_t audit_bounds_us[METRIC_BUCKET_COUNT] = {
    500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 1000000, 5000000};
static const int64_t turn_bounds[METRIC_BUCKET_COUNT] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 1024};

static uint64_t value(const metric *m)
{
    return atomic_load_explicit(m, memory_order_relaxed);
}

static size_t status_index(int status)
{
    for (size_t i = 0; i < METRIC_STATUS_COUNT - 1; i++)
        if (statuses[i] == status)
            return i;
    return METRIC_STATUS_COUNT - 1;
}

void metrics_request(struct metrics *m, size_t route, int status)
{
    if (route < METRIC_ROUTE_CAP)
        metric_add(&m->requests[route][status_index(status)], 1);
}

static void diagnostics_count(const struct work *work, uint32_t counts[DIAG_COUNT])
{
    for (uint32_t i = 0; i < work->record_count; i++)
        for (const struct diagnostic_entry *e = work->records[i].first; e != NULL; e = e->next)
            if (e->row < DIAG_COUNT)
                counts[e->row]++;
}

void metrics_work(struct metrics *m, const struct work *work)
{
    uint32_t counts[DIAG_COUNT] = {0};
    diagnostics_count(work, counts);
    for (size_t i = 0; i < DIAG_COUNT; i++)
        if (counts[i] > 0)
            metric_add(&m->diagnostics[i], counts[i]);
    metric_add(&m->records[work->verb], work->record_count);
    metric_add(&m->pseudonyms[work->verb], work->made_count);
}

static void observe(struct histogram *h, const int64_t *bounds, int64_t sample)
{
    size_t i = 0;
    while (i < METRIC_BUCKET_COUNT && sample > bounds[i])
        i++;
    metric_add(&h->buckets[i], 1);
    metric_add(&h->sum, sample > 0 ? (uint64_t)sample : 0);
}

void metrics_audit_latency(struct metrics *m, int64_t us)
{
    observe(&m->audit_us, audit_bounds_us, us);
}

void metrics_turn(struct metrics *m, size_t events)
{
    observe(&m->turn_size, turn_bounds, (int64_t)events);
}

/* ---- text ---- */

static void head_put(struct out *out, const char *name, const char *type, const char *help)
{
    out_format(out, "# HELP schuilnaam_%s %s\n# TYPE schuilnaam_%s %s\n", name, help, name, type);
}

static void single_put(struct out *out, const char *name, const char *type, const char *help,
                       double number)
{
    head_put(out, name, type, help);
    out_format(out, "schuilnaam_%s %.17g\n", name, number);
}

static void requests_put(const struct metrics *m, const char *const *names, size_t count,
                         struct out *out)
{
    head_put(out, "requests_total", "counter", "Requests answered, by operation and status.");
    for (size_t r = 0; r < count && r < METRIC_ROUTE_CAP; r++)
        for (size_t s = 0; s < METRIC_STATUS_COUNT; s++) {
            uint64_t n = value(&m->requests[r][s]);
            if (n > 0)
                out_format(out, "schuilnaam_requests_total{operation=\"%s\",status=\"%d\"} %llu\n",
                           names[r], s < METRIC_STATUS_COUNT - 1 ? statuses[s] : 0,
                           (unsigned long long)n);
        }
}

static void verbs_put(const metric m[WORK_VERB_COUNT], const char *name, const char *help,
                      struct out *out)
{
    static const char *const verbs[WORK_VERB_COUNT] = {[WORK_ISSUE] = "issue",
                                                       [WORK_TRANSLATE] = "translate",
                                                       [WORK_ROTATE] = "rotate",
                                                       [WORK_REVERSE] = "reverse",
                                                       [WORK_LINK] = "link"};
    head_put(out, name, "counter", help);
    for (size_t i = 0; i < WORK_VERB_COUNT; i++)
        out_format(out, "schuilnaam_%s{verb=\"%s\"} %llu\n", name, verbs[i],
                   (unsigned long long)value(&m[i]));
}

static void quotas_put(const metric m[QUOTA_KIND_COUNT], const char *name, const char *help,
                       struct out *out)
{
    head_put(out, name, "counter", help);
    for (int kind = 0; kind < QUOTA_KIND_COUNT; kind++)
        out_format(out, "schuilnaam_%s{kind=\"%s\"} %llu\n", name,
                   schuil_quota_kind_name((enum quota_kind)kind),
                   (unsigned long long)value(&m[kind]));
}

static void diagnostics_put(const struct metrics *m, struct out *out)
{
    head_put(out, "diagnostics_total", "counter", "Diagnostics given, by code.");
    for (size_t i = 0; i < DIAG_COUNT; i++) {
        const struct diagnostic_row *row = schuil_diagnostic((enum schuil_diagnostic)i);
        uint64_t n = value(&m->diagnostics[i]);
        if (n > 0)
            out_format(out, "schuilnaam_diagnostics_total{code=\"%u\",name=\"%s\"} %llu\n",
                       (unsigned)row->code, row->name, (unsigned long long)n);
    }
}

static void histogram_put(const struct histogram *h, const int64_t *bounds, double unit,
                          const char *name, const char *help, struct out *out)
{
    uint64_t total = 0;
    head_put(out, name, "histogram", help);
    for (size_t i = 0; i < METRIC_BUCKET_COUNT; i++) {
        total += value(&h->buckets[i]);
        out_format(out, "schuilnaam_%s_bucket{le=\"%g\"} %llu\n", name, (double)bounds[i] * unit,
                   (unsigned long long)total);
    }
    total += value(&h->buckets[METRIC_BUCKET_COUNT]);
    out_format(out,
               "schuilnaam_%s_bucket{le=\"+Inf\"} %llu\nschuilnaam_%s_sum %.17g\n"
               "schuilnaam_%s_count %llu\n",
               name, (unsigned long long)total, name, (double)value(&h->sum) * unit, name,
               (unsigned long long)total);
}

static void gauges_put(const struct metric_gauges *g, struct out *out)
{
    struct rusage usage;
    single_put(out, "pool_queue_depth", "gauge", "Tasks that wait for the pool.",
               (double)g->pool_depth);
    single_put(out, "connections", "gauge", "Connections open.", (double)g->connections);
    single_put(out, "snapshot_age_seconds", "gauge",
               "Since the database last confirmed policy and keys; negative: never.",
               g->snapshot_age_s);
    single_put(out, "policy_counter", "gauge", "Policy counter in use.",
               (double)g->snapshot_counter);
    single_put(out, "clock_difference_seconds", "gauge", "This server's clock less the database's.",
               g->clock_difference_s);
    head_put(out, "group_kernel_info", "gauge", "1 for the kernel that computes in the group.");
    out_format(out, "schuilnaam_group_kernel_info{name=\"%s\"} 1\n", schuil_group_kernel());
    single_put(out, "workers", "gauge", "Worker threads.", (double)g->workers);
    single_put(out, "workers_ready", "gauge", "Workers that can write their audit chain.",
               (double)g->workers_ready);
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return;
    single_put(out, "memory_peak_bytes", "gauge", "Largest resident size so far.",
               (double)usage.ru_maxrss * 1024.0);
    single_put(out, "cpu_seconds_total", "counter", "Processor time used.",
               (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                   (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
}

static void audit_put(const struct metrics *m, struct out *out)
{
    head_put(out, "audit_transactions_total", "counter", "Audit transactions, by outcome.");
    out_format(out,
               "schuilnaam_audit_transactions_total{outcome=\"committed\"} %llu\n"
               "schuilnaam_audit_transactions_total{outcome=\"failed\"} %llu\n"
               "schuilnaam_audit_transactions_total{outcome=\"unknown\"} %llu\n",
               (unsigned long long)value(&m->audit_committed),
               (unsigned long long)value(&m->audit_failed),
               (unsigned long long)value(&m->audit_unknown));
    histogram_put(&m->audit_us, audit_bounds_us, 1e-6, "audit_commit_seconds",
                  "Latency of an audit transaction.", out);
    histogram_put(&m->turn_size, turn_bounds, 1, "turn_events",
                  "Audit events written in one transaction.", out);
}

void metrics_write(const struct metrics *m, const struct metric_gauges *gauges,
                   const char *const *route_names, size_t route_count, struct out *out)
{
    requests_put(m, route_names, route_count, out);
    verbs_put(m->records, "records_total", "Records asked.", out);
    verbs_put(m->pseudonyms, "pseudonyms_total", "Pseudonyms made.", out);
    quotas_put(m->quota_refused, "quota_refused_total", "Requests refused by a quota, by kind.",
               out);
    quotas_put(m->quota_alarms, "quota_alarms_total",
               "Alarms at half of a day's quota that this process told, by kind.", out);
    diagnostics_put(m, out);
    head_put(out, "reloads_total", "counter", "Times that settings or files were read again.");
    out_format(out,
               "schuilnaam_reloads_total{outcome=\"ok\"} %llu\n"
               "schuilnaam_reloads_total{outcome=\"failed\"} %llu\n",
               (unsigned long long)value(&m->reloads_done),
               (unsigned long long)value(&m->reloads_failed));
    single_put(out, "reload_failed", "gauge",
               "1 while the last reload was refused and the old is in use.",
               (double)value(&m->reload_is_failed));
    single_put(out, "rewrap_due", "gauge",
               "1 while keys that were destroyed can still be had with the wrapping key in use.",
               (double)value(&m->rewrap_is_due));
    single_put(out, "connections_refused_total", "counter",
               "Connections refused as their organisation had too many.",
               (double)value(&m->connections_refused));
    single_put(out, "slices_total", "counter", "Slices of large requests that the pool ran.",
               (double)value(&m->slices));
    single_put(out, "gathered_runs_total", "counter", "Runs over gathered small requests.",
               (double)value(&m->gathered_runs));
    single_put(out, "gathered_elements_total", "counter", "Elements in those runs.",
               (double)value(&m->gathered_elements));
    audit_put(m, out);
    gauges_put(gauges, out);
}
