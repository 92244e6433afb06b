/* SPDX-License-Identifier: Apache-2.0 */
/* The pool's queue, and large requests in slices. */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../engine/engine_unit.h"
#include "../engine/fixture_work.h"
#include "inbox.h"
#include "pool.h"

struct probe {
    struct task task;
    sem_t *started, *may_end;
    atomic_int *count;
};

static void on_probe(struct task *task)
{
    struct probe *p = CONTAINER(task, struct probe, task);
    sem_post(p->started);
    sem_wait(p->may_end);
    atomic_fetch_add(p->count, 1);
}

static void a_full_queue_refuses_and_all_taken_tasks_run(void **state)
{
    struct pool *pool;
    sem_t started, may_end;
    atomic_int count = 0;
    struct probe probes[4];
    (void)state;
    sem_init(&started, 0, 0);
    sem_init(&may_end, 0, 0);
    assert_ok(pool_new(1, 2, &pool));
    for (size_t i = 0; i < COUNT_OF(probes); i++)
        probes[i] = (struct probe){{.run = on_probe}, &started, &may_end, &count};
    assert_ok(pool_push(pool, &probes[0].task));
    sem_wait(&started); /* the one thread is busy: the others wait */
    assert_ok(pool_push(pool, &probes[1].task));
    assert_ok(pool_push(pool, &probes[2].task));
    assert_rc(pool_push(pool, &probes[3].task), RC_BUSY_QUEUE);
    assert_int_equal(pool_depth(pool), 2);
    for (int i = 0; i < 3; i++)
        sem_post(&may_end);
    pool_free(pool); /* runs what waits */
    assert_int_equal(atomic_load(&count), 3);
    sem_destroy(&started);
    sem_destroy(&may_end);
}

struct niceness {
    struct task task;
    sem_t told;
    int nice;
};

static void on_niceness(struct task *task)
{
    struct niceness *n = CONTAINER(task, struct niceness, task);
    n->nice = getpriority(PRIO_PROCESS, (id_t)gettid());
    sem_post(&n->told);
}

static void large_requests_stand_behind_the_workers(void **state)
{
    struct pool *pool;
    struct niceness n = {.task.run = on_niceness};
    (void)state;
    sem_init(&n.told, 0, 0);
    assert_ok(pool_new(1, 1, &pool));
    assert_ok(pool_push(pool, &n.task));
    sem_wait(&n.told);
    int ours = getpriority(PRIO_PROCESS, (id_t)gettid());
    assert_true(n.nice > ours || ours > 9); /* nobody is nicer than 19 */
    pool_free(pool);
    sem_destroy(&n.told);
}

/* The C library's, played: how often somebody gave way. */
static atomic_uint_fast64_t yield_count;

int sched_yield(void)
{
    atomic_fetch_add(&yield_count, 1);
    return 0;
}

static sem_t slices_done;

static void on_slices(struct slices *slices)
{
    (void)slices;
    sem_post(&slices_done);
}

static void jobs_run_sliced(size_t threads, size_t tickets, uint32_t records, uint64_t expected)
{
    struct fixture_work f;
    struct pool *pool;
    _Atomic uint64_t slice_count = 0;
    fixture_work_init(&f);
    fixture_work_load(&f);
    struct work *work = fixture_issue(&f, 1, "REG1", records, "A");
    for (uint32_t i = 0; i < records; i++)
        fixture_value(work, i, "BSN", "999900006");
    assert_ok(schuil_issue_prepare(work));
    struct job **jobs = calloc(work->job_count, sizeof *jobs);
    struct slices *slices = calloc(1, sizeof *slices);
    for (uint32_t i = 0; i < work->job_count; i++)
        jobs[i] = &work->jobs[i];
    assert_ok(pool_new(threads, 8, &pool));
    *slices = (struct slices){.pool = pool,
                              .jobs = jobs,
                              .job_count = work->job_count,
                              .on_done = on_slices,
                              .slice_counter = &slice_count};
    sem_init(&slices_done, 0, 0);
    atomic_store(&yield_count, 0);
    assert_ok(slices_start(slices, tickets));
    sem_wait(&slices_done);
    pool_free(pool);
    assert_int_equal(sem_trywait(&slices_done), -1); /* told once */
    assert_int_equal(atomic_load(&slice_count), expected);
    assert_int_equal(atomic_load(&yield_count), expected); /* after each slice */
    assert_int_equal(atomic_load(&slices->failed), RC_OK);
    assert_ok(schuil_work_finish(work));
    assert_int_equal(work->made_count, records);
    free(slices);
    free(jobs);
    fixture_work_done(&f);
}

static void every_element_is_made_and_each_slice_gives_way(void **state)
{
    (void)state;
    jobs_run_sliced(3, 3, 64 * 5 + 1, 6);
    jobs_run_sliced(1, 4, 64, 1);
    jobs_run_sliced(2, 64, 1, 1);
    jobs_run_sliced(2, 2, 129, 3);
}

struct note {
    struct task task;
    int number;
};

static int notes_seen[3];
static size_t note_count;

static void on_note(struct task *task)
{
    notes_seen[note_count++] = CONTAINER(task, struct note, task)->number;
}

static void an_inbox_keeps_the_order(void **state)
{
    struct inbox inbox;
    struct note notes[3];
    (void)state;
    assert_ok(inbox_init(&inbox));
    inbox_run(&inbox); /* nothing there: returns */
    for (int i = 0; i < 3; i++) {
        notes[i] = (struct note){{.run = on_note}, i};
        inbox_post(&inbox, &notes[i].task);
    }
    inbox_run(&inbox);
    assert_int_equal(note_count, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(notes_seen[i], i);
    inbox_done(&inbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_queue_refuses_and_all_taken_tasks_run),
        cmocka_unit_test(large_requests_stand_behind_the_workers),
        cmocka_unit_test(every_element_is_made_and_each_slice_gives_way),
        cmocka_unit_test(an_inbox_keeps_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
