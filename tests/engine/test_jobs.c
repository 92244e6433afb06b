/* SPDX-License-Identifier: Apache-2.0 */
/* Running jobs: works gathered, and each call below that can fail. The calls of crypto are replaced
 * at link time (--wrap), to count and to fail them. */
#include <pthread.h>
#include <stdatomic.h>

#include "engine_unit.h"
#include "fixture_work.h"
#include "schuilnaam/crypto/aead.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/memory.h"

SCHUIL_RC __real_schuil_random(void *ret_data, size_t len);
SCHUIL_RC __wrap_schuil_random(void *ret_data, size_t len);
SCHUIL_RC __real_schuil_siv_template_new(const struct siv_key *key, struct bytes ad,
                                         struct siv_template **ret);
SCHUIL_RC __wrap_schuil_siv_template_new(const struct siv_key *key, struct bytes ad,
                                         struct siv_template **ret);
SCHUIL_RC __real_schuil_group_evaluate(size_t n, const struct bytes *inputs,
                                       const struct scalar *scalar, struct element *ret,
                                       bool *ret_ok);
SCHUIL_RC __wrap_schuil_group_evaluate(size_t n, const struct bytes *inputs,
                                       const struct scalar *scalar, struct element *ret,
                                       bool *ret_ok);
SCHUIL_RC __real_schuil_group_multiply(size_t n, const struct element *elements,
                                       const struct scalar *scalar, struct element *ret,
                                       bool *ret_ok);
SCHUIL_RC __wrap_schuil_group_multiply(size_t n, const struct element *elements,
                                       const struct scalar *scalar, struct element *ret,
                                       bool *ret_ok);

static struct {
    atomic_size_t random, template, multiply, multiplied;
    bool fails_random, fails_template;
} calls;

SCHUIL_RC __wrap_schuil_random(void *ret_data, size_t len)
{
    calls.random++;
    if (!calls.fails_random)
        return __real_schuil_random(ret_data, len);
    memset(ret_data, 0, len);
    return schuil_rc(RC_INTERNAL_RANDOM);
}

SCHUIL_RC __wrap_schuil_siv_template_new(const struct siv_key *key, struct bytes ad,
                                         struct siv_template **ret)
{
    calls.template ++;
    if (!calls.fails_template)
        return __real_schuil_siv_template_new(key, ad, ret);
    *ret = NULL;
    return schuil_rc(RC_INTERNAL_MEMORY);
}

SCHUIL_RC __wrap_schuil_group_multiply(size_t n, const struct element *elements,
                                       const struct scalar *scalar, struct element *ret,
                                       bool *ret_ok)
{
    calls.multiply++;
    calls.multiplied += n;
    return __real_schuil_group_multiply(n, elements, scalar, ret, ret_ok);
}

SCHUIL_RC __wrap_schuil_group_evaluate(size_t n, const struct bytes *inputs,
                                       const struct scalar *scalar, struct element *ret,
                                       bool *ret_ok)
{
    calls.multiply++;
    calls.multiplied += n;
    return __real_schuil_group_evaluate(n, inputs, scalar, ret, ret_ok);
}

static struct fixture_work f;

static int setup(void **state)
{
    (void)state;
    fixture_work_init(&f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_work_done(&f);
    return 0;
}

static int calm(void **state)
{
    (void)state;
    memset(&calls, 0, sizeof calls);
    return 0;
}

static struct work *issue_prepared(uint32_t provider, const char *registry, uint32_t count)
{
    struct work *work = fixture_issue(&f, provider, registry, count, "A,C");
    for (uint32_t r = 0; r < count; r++) {
        fixture_person(work, r, "999900006");
        fixture_person(work, r, NULL);
    }
    assert_ok(schuil_issue_prepare(work));
    assert_int_equal(work->job_count, 2 * count);
    return work;
}

static struct work *translate_prepared(const struct work *issued, const char *registry)
{
    struct work *work = fixture_translate(&f, registry, issued->record_count);
    for (uint32_t r = 0; r < issued->record_count; r++) {
        for (uint16_t c = 0; c < issued->type_count; c++) {
            const struct job *job = &issued->jobs[issued->job_of[c * issued->record_count + r] - 1];
            uint16_t column;
            assert_ok(schuil_work_column(work, bytes_text(job->type->tref), &column));
            schuil_work_set_text(work, r, column, bytes_of(job->text, job->text_len));
        }
    }
    assert_ok(schuil_translate_prepare(work));
    return work;
}

/* All jobs of the works, dealt one by one: no two neighbours are of one work. */
static size_t deal(struct work *const *works, size_t work_count, struct job **ret)
{
    size_t count = 0;
    for (uint32_t i = 0, found = 1; found > 0; i++) {
        found = 0;
        for (size_t w = 0; w < work_count; w++) {
            if (i >= works[w]->job_count)
                continue;
            ret[count++] = &works[w]->jobs[i];
            found = 1;
        }
    }
    return count;
}

static void works_with_different_scalars_are_gathered(void **state)
{
    struct work *first = issue_prepared(1, "REG1", 3), *second = issue_prepared(1, "REG2", 2);
    struct job *jobs[64];
    (void)state;
    fixture_run(first);
    fixture_run(second);
    struct work *mixed[] = {translate_prepared(first, "REG1"), translate_prepared(second, "REG2"),
                            issue_prepared(2, "REG1", 2), issue_prepared(1, "REG2", 4)};
    memset(&calls, 0, sizeof calls);
    size_t count = deal(mixed, COUNT_OF(mixed), jobs);
    assert_int_equal(count, 6 + 4 + 4 + 8);
    assert_ok(schuil_jobs_run(jobs, count));
    assert_int_equal(calls.multiply, 3); /* s of REG1, s of REG2, k */
    assert_int_equal(calls.multiplied, count);
    assert_int_equal(calls.random, 1);
    assert_int_equal(calls.template, 4); /* two types in two domains */
    for (size_t w = 0; w < COUNT_OF(mixed); w++) {
        assert_ok(schuil_work_finish(mixed[w]));
        assert_int_equal(mixed[w]->made_count, mixed[w]->job_count);
        assert_int_equal(mixed[w]->error_count, 0);
    }
    char *p1 = fixture_made(mixed[0], 0, 0), *p2 = fixture_made(mixed[0], 2, 0);
    char *p3 = fixture_made(mixed[1], 0, 0), *t = fixture_made(mixed[3], 3, 1);
    assert_string_equal(p1, p2);
    assert_memory_equal(p1, "P-A-REG1-1-", 11);
    assert_memory_equal(p3, "P-A-REG2-1-", 11);
    assert_memory_equal(t, "T-C-", 4);
    free(p1);
    free(p2);
    free(p3);
    free(t);
}

static void many_jobs_go_in_slices(void **state)
{
    struct work *issue = issue_prepared(1, "REG1", 300);
    (void)state;
    fixture_run(issue);
    assert_int_equal(issue->made_count, 600);
    assert_int_equal(calls.multiplied, 600);
    assert_true(calls.multiply <= 600 / LIMIT_SLICE_COUNT + 3);
    assert_int_equal(calls.random, calls.multiply);
    struct work *translate = translate_prepared(issue, "REG1");
    fixture_run(translate);
    assert_int_equal(translate->made_count, 600);
}

static void a_template_is_made_once_for_a_snapshot(void **state)
{
    (void)state;
    fixture_work_load(&f);
    struct work *issue = issue_prepared(1, "REG1", 2);
    fixture_run(issue);
    for (int i = 0; i < 3; i++) {
        struct work *translate = translate_prepared(issue, "REG1");
        fixture_run(translate);
        assert_int_equal(translate->made_count, 4);
        assert_int_equal(calls.template, 2);
    }
    fixture_work_load(&f);
    issue = issue_prepared(1, "REG1", 2);
    fixture_run(issue);
    fixture_run(translate_prepared(issue, "REG1"));
    assert_int_equal(calls.template, 4);
}

enum { THREAD_COUNT = 4 };

/* Of its own: jobs to run, and whether they ran. */
struct runner {
    struct job *jobs[2];
    bool is_good;
};

static void *jobs_run(void *argument)
{
    struct runner *runner = argument;
    runner->is_good = schuil_is_ok(schuil_jobs_run(runner->jobs, 2));
    return NULL;
}

static void threads_that_need_the_same_template_agree(void **state)
{
    struct runner runners[THREAD_COUNT] = {0};
    struct work *works[THREAD_COUNT];
    pthread_t threads[THREAD_COUNT];
    (void)state;
    for (int round = 0; round < 20; round++) {
        fixture_work_load(&f);
        struct work *issue = issue_prepared(1, "REG1", 1);
        fixture_run(issue);
        for (size_t i = 0; i < THREAD_COUNT; i++) {
            works[i] = translate_prepared(issue, "REG1");
            runners[i].jobs[0] = &works[i]->jobs[0];
            runners[i].jobs[1] = &works[i]->jobs[1];
        }
        for (size_t i = 0; i < THREAD_COUNT; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, jobs_run, &runners[i]), 0);
        for (size_t i = 0; i < THREAD_COUNT; i++)
            assert_int_equal(pthread_join(threads[i], NULL), 0);
        for (size_t i = 0; i < THREAD_COUNT; i++) {
            assert_true(runners[i].is_good && runners[i].jobs[0]->is_ok);
            assert_memory_equal(runners[i].jobs[0]->text, runners[0].jobs[0]->text,
                                runners[0].jobs[0]->text_len);
            assert_memory_equal(runners[i].jobs[1]->text, runners[0].jobs[1]->text,
                                runners[0].jobs[1]->text_len);
        }
    }
}

static void a_part_of_a_works_jobs_may_run_alone(void **state)
{
    struct work *work = issue_prepared(1, "REG1", 2);
    struct job *jobs[] = {&work->jobs[3], &work->jobs[1]};
    (void)state;
    assert_ok(schuil_jobs_run(jobs, 2));
    assert_true(work->jobs[1].is_ok && work->jobs[3].is_ok);
    assert_false(work->jobs[0].is_ok || work->jobs[2].is_ok);
    assert_ok(schuil_jobs_run(NULL, 0));
}

static void without_randomness_nothing_is_made(void **state)
{
    struct work *work = issue_prepared(1, "REG1", 1);
    struct job *jobs[] = {&work->jobs[0], &work->jobs[1]};
    (void)state;
    calls.fails_random = true;
    assert_rc(schuil_jobs_run(jobs, 2), RC_INTERNAL_RANDOM);
    calls.fails_random = false;
    assert_false(work->jobs[0].is_ok || work->jobs[1].is_ok);
    assert_true(schuil_ct_is_zero(work->jobs[0].text, work->jobs[0].text_len));
    assert_ok(schuil_work_finish(work));
    assert_true(fixture_has_entry(work, 0, DIAG_RECORD_INTERNAL, "A"));
    assert_int_equal(work->made_count, 0);
    assert_int_equal(work->error_count, 1);
}

static void a_seal_that_fails_is_ours_and_not_the_callers(void **state)
{
    (void)state;
    fixture_work_load(&f); /* no template is made yet */
    struct work *issue = issue_prepared(1, "REG1", 1);
    fixture_run(issue);
    struct work *work = translate_prepared(issue, "REG1");
    calls.fails_template = true;
    fixture_run(work);
    calls.fails_template = false;
    assert_true(fixture_has_entry(work, 0, DIAG_RECORD_INTERNAL, "A"));
    assert_true(fixture_has_entry(work, 0, DIAG_RECORD_INTERNAL, "C"));
    assert_int_equal(work->made_count, 0);
    fixture_run(work); /* jobs may run again */
    assert_int_equal(work->made_count, 2);
}

static struct work *reversible_prepared(uint32_t count)
{
    struct work *work = fixture_issue(&f, 1, "REG1", count, "A,R");
    for (uint32_t r = 0; r < count; r++) {
        fixture_person(work, r, "999900006");
        fixture_value(work, r, "LID", "0042");
    }
    assert_ok(schuil_issue_prepare(work));
    assert_int_equal(work->job_count, 2 * count);
    return work;
}

static void jobs_without_arithmetic_run_beside_the_others(void **state)
{
    struct work *mixed[] = {reversible_prepared(3), issue_prepared(2, "REG1", 2)};
    struct job *jobs[16];
    (void)state;
    memset(&calls, 0, sizeof calls);
    size_t count = deal(mixed, COUNT_OF(mixed), jobs);
    assert_ok(schuil_jobs_run(jobs, count));
    assert_int_equal(calls.multiplied, count - 3);
    assert_int_equal(calls.template, 1); /* for the three of one request */
    assert_int_equal(calls.random, 2);   /* nonces of each slice */
    for (size_t w = 0; w < COUNT_OF(mixed); w++) {
        assert_ok(schuil_work_finish(mixed[w]));
        assert_int_equal(mixed[w]->made_count, mixed[w]->job_count);
    }
    struct work *translate = translate_prepared(mixed[0], "REG1");
    fixture_run(translate);
    assert_int_equal(translate->made_count, 6);
}

static void a_reversible_seal_that_fails_fails_its_own_jobs_only(void **state)
{
    struct work *work = reversible_prepared(1);
    struct job *jobs[] = {&work->jobs[0], &work->jobs[1]};
    (void)state;
    calls.fails_template = true;
    fixture_run(work);
    calls.fails_template = false;
    assert_true(fixture_has_entry(work, 0, DIAG_RECORD_INTERNAL, "R"));
    assert_int_equal(work->made_count, 1);
    calls.fails_random = true;
    assert_rc(schuil_jobs_run(jobs, 2), RC_INTERNAL_RANDOM);
    calls.fails_random = false;
    assert_false(work->jobs[0].is_ok || work->jobs[1].is_ok);
}

static void an_opening_that_we_fail_is_no_refusal(void **state)
{
    struct work *issue = reversible_prepared(1);
    (void)state;
    fixture_run(issue);
    struct work *translate = translate_prepared(issue, "REG1");
    fixture_run(translate);
    char *text = fixture_made(translate, 0, 1);
    struct work *work = fixture_reverse(&f, 1, "REG1", 1);
    fixture_text(work, 0, "R", text);
    assert_ok(schuil_reverse_prepare(work));
    calls.fails_template = true;
    fixture_run(work);
    calls.fails_template = false;
    assert_true(fixture_has_entry(work, 0, DIAG_RECORD_INTERNAL, "R"));
    assert_int_equal(fixture_entry_count(work, 0), 1);
    fixture_run(work); /* jobs may run again */
    assert_int_equal(work->made_count, 1);
    free(text);
}

static void a_bad_scalar_fails_its_own_jobs_only(void **state)
{
    struct work *bad = issue_prepared(1, "REG1", 1), *good = issue_prepared(2, "REG1", 1);
    static const struct scalar zero;
    struct job *jobs[] = {&bad->jobs[0], &good->jobs[0], &bad->jobs[1], &good->jobs[1]};
    (void)state;
    bad->jobs[0].scalar = bad->jobs[1].scalar = &zero;
    assert_ok(schuil_jobs_run(jobs, 4));
    assert_false(bad->jobs[0].is_ok || bad->jobs[1].is_ok);
    assert_true(good->jobs[0].is_ok && good->jobs[1].is_ok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(works_with_different_scalars_are_gathered, calm),
        cmocka_unit_test_setup(many_jobs_go_in_slices, calm),
        cmocka_unit_test_setup(a_template_is_made_once_for_a_snapshot, calm),
        cmocka_unit_test_setup(threads_that_need_the_same_template_agree, calm),
        cmocka_unit_test_setup(a_part_of_a_works_jobs_may_run_alone, calm),
        cmocka_unit_test_setup(without_randomness_nothing_is_made, calm),
        cmocka_unit_test_setup(a_seal_that_fails_is_ours_and_not_the_callers, calm),
        cmocka_unit_test_setup(jobs_without_arithmetic_run_beside_the_others, calm),
        cmocka_unit_test_setup(a_reversible_seal_that_fails_fails_its_own_jobs_only, calm),
        cmocka_unit_test_setup(an_opening_that_we_fail_is_no_refusal, calm),
        cmocka_unit_test_setup(a_bad_scalar_fails_its_own_jobs_only, calm),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
