/* SPDX-License-Identifier: Apache-2.0 */
/* bench_engine: what the engine's own work costs for one record of one type, C.
 *
 *     bench_engine [--json] [--smoke]
 *
 * The group's two calls are replaced at link time by copies (--wrap), so what is left is the
 * engine with its seals, texts and look-ups; the group has its own benchmark, and the hash of x is
 * part of it there. Each scenario goes the whole way, issue and then translate, and each phase of
 * it is timed; nanoseconds of CPU per record as p10, p50 and p90 of the runs. The installation is
 * that of the engine's tests. It judges nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine_unit.h"
#include "fixture_work.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/memory.h"

enum { RUN_COUNT = 301, SMOKE_RUN_COUNT = 3, RECORD_MAX = 1000, WORK_MAX = 64 };

SCHUIL_RC __wrap_schuil_group_evaluate(size_t n, const struct bytes *inputs,
                                       const struct scalar *scalar, struct element *ret,
                                       bool *ret_ok);
SCHUIL_RC __real_schuil_group_multiply(size_t n, const struct element *elements,
                                       const struct scalar *scalar, struct element *ret,
                                       bool *ret_ok);
SCHUIL_RC __wrap_schuil_group_multiply(size_t n, const struct element *elements,
                                       const struct scalar *scalar, struct element *ret,
                                       bool *ret_ok);

static bool is_left_out; /* not while the keys are loaded: that multiplies too, to test them */

/* The end of x plays the element. */
SCHUIL_RC __wrap_schuil_group_evaluate(size_t n, const struct bytes *inputs,
                                       const struct scalar *scalar, struct element *ret,
                                       bool *ret_ok)
{
    (void)scalar;
    for (size_t i = 0; i < n; i++) {
        memcpy(ret[i].b, inputs[i].data + inputs[i].len - sizeof ret[i].b, sizeof ret[i].b);
        ret_ok[i] = true;
    }
    return SCHUIL_OK;
}

SCHUIL_RC __wrap_schuil_group_multiply(size_t n, const struct element *elements,
                                       const struct scalar *scalar, struct element *ret,
                                       bool *ret_ok)
{
    if (!is_left_out)
        return __real_schuil_group_multiply(n, elements, scalar, ret, ret_ok);
    memmove(ret, elements, n * sizeof *ret);
    for (size_t i = 0; i < n; i++)
        ret_ok[i] = true;
    return SCHUIL_OK;
}

/* How records come: so many requests of so many records, run by so many jobs at a time. */
static const struct scenario {
    const char *name;
    uint32_t work_count, record_count;
    size_t slice_count;
} scenarios[] = {
    {"lone", WORK_MAX, 1, 1},
    {"gathered", WORK_MAX, 1, WORK_MAX},
    {"batch", 1, RECORD_MAX, LIMIT_SLICE_COUNT},
};

enum phase {
    ISSUE_PREPARE,
    ISSUE_RUN,
    TRANSLATE_PREPARE,
    TRANSLATE_RUN,
    BOTH_FINISH, /* counts, and the arena wiped */
    PHASE_COUNT
};

static const char *const phase_names[PHASE_COUNT] = {
    "issue_prepare", "issue_run", "translate_prepare", "translate_run", "both_finish",
};

enum { SCENARIO_COUNT = sizeof scenarios / sizeof scenarios[0] };

static struct fixture_work fixture;
static double times_ns[SCENARIO_COUNT][PHASE_COUNT][RUN_COUNT];

static double now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static struct work *issue_new(const struct scenario *s)
{
    struct work *work = fixture_issue(&fixture, 1, "REG1", s->record_count, "C");

    for (uint32_t r = 0; r < s->record_count; r++) {
        fixture_value(work, r, "GD", "19930515");
        fixture_value(work, r, "G", "M");
        fixture_value(work, r, "PC", "1234AA");
    }
    return work;
}

static struct work *translate_new(const struct scenario *s, const struct work *issued)
{
    struct work *work = fixture_translate(&fixture, "REG1", s->record_count);
    uint16_t column;

    assert_ok(schuil_work_column(work, bytes_text("C"), &column));
    for (uint32_t r = 0; r < s->record_count; r++)
        schuil_work_set_text(work, r, column,
                             bytes_of(issued->jobs[r].text, issued->jobs[r].text_len));
    return work;
}

static void run(const struct scenario *s, struct work *const *works)
{
    static struct job *jobs[RECORD_MAX];
    size_t count = 0;

    for (uint32_t w = 0; w < s->work_count; w++)
        for (uint32_t i = 0; i < works[w]->job_count; i++)
            jobs[count++] = &works[w]->jobs[i];
    for (size_t i = 0; i < count; i += s->slice_count)
        assert_ok(
            schuil_jobs_run(jobs + i, count - i < s->slice_count ? count - i : s->slice_count));
}

static void need_all(const struct scenario *s, struct work *const *works)
{
    for (uint32_t w = 0; w < s->work_count; w++) {
        assert_ok(schuil_work_finish(works[w]));
        assert_int_equal(works[w]->made_count, s->record_count);
    }
}

/* One verb of a scenario: its two phases into ret. */
static void verb_measure(const struct scenario *s, struct work *const *works,
                         SCHUIL_RC (*prepare)(struct work *), double ret[2])
{
    double begin = now_ns();

    for (uint32_t w = 0; w < s->work_count; w++)
        assert_ok(prepare(works[w]));
    ret[0] = now_ns() - begin;
    begin = now_ns();
    run(s, works);
    ret[1] = now_ns() - begin;
}

static void scenario_measure(const struct scenario *s, double ret[PHASE_COUNT])
{
    struct work *issues[WORK_MAX];
    struct work *translates[WORK_MAX];

    for (uint32_t w = 0; w < s->work_count; w++)
        issues[w] = issue_new(s);
    verb_measure(s, issues, schuil_issue_prepare, ret + ISSUE_PREPARE);
    for (uint32_t w = 0; w < s->work_count; w++)
        translates[w] = translate_new(s, issues[w]);
    verb_measure(s, translates, schuil_translate_prepare, ret + TRANSLATE_PREPARE);
    double begin = now_ns();
    need_all(s, issues);
    need_all(s, translates);
    schuil_arena_reset(fixture.arena);
    ret[BOTH_FINISH] = now_ns() - begin;
    for (size_t p = 0; p < PHASE_COUNT; p++)
        ret[p] /= (double)s->work_count * s->record_count;
}

static void run_all(size_t run_count)
{
    for (size_t r = 0; r < run_count; r++)
        for (size_t s = 0; s < SCENARIO_COUNT; s++) {
            double got[PHASE_COUNT];
            scenario_measure(&scenarios[s], got);
            for (size_t p = 0; p < PHASE_COUNT; p++)
                times_ns[s][p][r] = got[p];
        }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static void print_one(bool is_json, size_t s, size_t p, size_t run_count)
{
    const double *ns = times_ns[s][p];
    double p10 = ns[(run_count - 1) / 10];
    double p50 = ns[(run_count - 1) / 2];
    double p90 = ns[(run_count - 1) * 9 / 10];

    if (is_json)
        printf("%s\"%s_%s\": {\"p10\": %.1f, \"p50\": %.1f, \"p90\": %.1f}",
               s + p == 0 ? "{" : ",\n ", scenarios[s].name, phase_names[p], p10, p50, p90);
    else
        printf("%-10s %-20s %10.0f %10.0f %10.0f\n", scenarios[s].name, phase_names[p], p10, p50,
               p90);
}

static void print_all(bool is_json, size_t run_count)
{
    for (size_t s = 0; s < SCENARIO_COUNT; s++)
        for (size_t p = 0; p < PHASE_COUNT; p++) {
            qsort(times_ns[s][p], run_count, sizeof(double), by_size);
            print_one(is_json, s, p, run_count);
        }
    if (is_json)
        printf("}\n");
}

int main(int argc, char **argv)
{
    bool is_json = false;
    bool is_smoke = false;

    for (int i = 1; i < argc; i++) {
        is_json |= strcmp(argv[i], "--json") == 0;
        is_smoke |= strcmp(argv[i], "--smoke") == 0;
    }
    if (argc != 1 + is_json + is_smoke) {
        fprintf(stderr, "usage: bench_engine [--json] [--smoke]\n");
        return 64;
    }
    size_t run_count = is_smoke ? SMOKE_RUN_COUNT : RUN_COUNT;
    assert_ok(schuil_crypto_init());
    fixture_work_init(&fixture);
    is_left_out = true;
    run_all(run_count);
    print_all(is_json, run_count);
    fixture_work_done(&fixture);
    return 0;
}
