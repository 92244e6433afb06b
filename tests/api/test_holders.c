/* SPDX-License-Identifier: Apache-2.0 */
/* api/holders.c: the cap of connections, alone and under several threads (run it with tsan). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "holders.h"

static void each_organisation_has_its_cap(void **state)
{
    struct holders *h = holders_new();
    void *owners[4], *other;
    (void)state;
    assert_non_null(h);
    for (size_t i = 0; i < 4; i++)
        assert_true(holders_enter(h, 7, 4, &owners[i]));
    assert_false(holders_enter(h, 7, 4, &other));
    assert_null(other);
    assert_true(holders_enter(h, 7 + 1024, 4, &other)); /* the same list, another one */
    holders_leave(other);
    holders_leave(owners[0]);
    assert_true(holders_enter(h, 7, 4, &owners[0]));
    assert_false(holders_enter(h, 7, 2, &other)); /* a lowered cap lets those stay */
    for (size_t i = 0; i < 4; i++)
        holders_leave(owners[i]);
    assert_false(holders_enter(h, 7, 0, &other));
    assert_true(holders_enter(h, 7, 1, &other));
    holders_leave(other);
    holders_free(h);
    holders_free(NULL);
}

enum { THREAD_COUNT = 4, ROUNDS = 20000, CAP = 3 };

struct racer {
    pthread_t thread;
    struct holders *holders;
    _Atomic int *inside;
    int entered;
    bool was_over;
};

static void *race(void *arg)
{
    struct racer *r = arg;
    for (int i = 0; i < ROUNDS; i++) {
        void *owner;
        if (!holders_enter(r->holders, (uint32_t)(i % 2), CAP, &owner))
            continue;
        r->entered++;
        r->was_over |= atomic_fetch_add(&r->inside[i % 2], 1) >= CAP;
        atomic_fetch_sub(&r->inside[i % 2], 1);
        holders_leave(owner);
    }
    return NULL;
}

static void threads_never_pass_the_cap_and_leave_nothing_behind(void **state)
{
    _Atomic int inside[2] = {0};
    struct racer racers[THREAD_COUNT] = {{0}};
    struct holders *h = holders_new();
    void *owners[CAP], *other;
    (void)state;
    for (size_t i = 0; i < THREAD_COUNT; i++) {
        racers[i].holders = h;
        racers[i].inside = inside;
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    for (size_t i = 0; i < THREAD_COUNT; i++) {
        assert_int_equal(pthread_join(racers[i].thread, NULL), 0);
        assert_false(racers[i].was_over);
        assert_true(racers[i].entered > 0);
    }
    for (size_t i = 0; i < CAP; i++)
        assert_true(holders_enter(h, 1, CAP, &owners[i]));
    assert_false(holders_enter(h, 1, CAP, &other));
    holders_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_organisation_has_its_cap),
        cmocka_unit_test(threads_never_pass_the_cap_and_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
