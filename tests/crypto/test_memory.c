/* SPDX-License-Identifier: Apache-2.0 */
/* The guarded slab. What ends a process, and what a user without privileges may not lock, is tried
 * in a child. Sanitizers replace mlock by nothing: there those tests skip (test_faults.c makes the
 * lock fail in every build). */
#include <grp.h>
#include <signal.h>
#include <sodium.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#include "schuilnaam/limits.h"

enum { NOBODY = 65534 };

/* Run a step in a child; its exit status, or -1 when it did not leave by itself. */
static int in_child(int (*step)(void))
{
    pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit none = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &none);
        (void)signal(SIGSEGV, SIG_DFL); /* cmocka would go on with the next test */
        (void)signal(SIGABRT, SIG_DFL);
        _exit(step());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void what_is_taken_is_zeroed_aligned_and_apart(void **state)
{
    struct slab *slab = NULL;

    (void)state;
    assert_ok(schuil_slab_new(100, &slab)); /* rounded up to 112 */
    uint8_t *a = schuil_slab_take(slab, 33);
    uint8_t *b = schuil_slab_take(slab, 64);
    assert_non_null(a);
    assert_ptr_equal(b, a + 48);
    assert_int_equal((uintptr_t)a % 16, 0);
    assert_zeros(a, 33);
    assert_zeros(b, 64);
    assert_null(schuil_slab_take(slab, 1));
    schuil_slab_free(slab);
}

static void taking_nothing_or_too_much_changes_nothing(void **state)
{
    struct slab *slab = NULL;

    (void)state;
    assert_ok(schuil_slab_new(64, &slab));
    assert_null(schuil_slab_take(slab, 0));
    assert_null(schuil_slab_take(slab, 65));
    assert_null(schuil_slab_take(slab, SIZE_MAX));
    assert_non_null(schuil_slab_take(slab, 64));
    schuil_slab_free(slab);
    schuil_slab_free(NULL);
}

static void a_size_out_of_range_is_refused(void **state)
{
    struct slab *slab = (struct slab *)8;

    (void)state;
    assert_rc(schuil_slab_new(0, &slab), RC_INPUT_LENGTH);
    assert_null(slab);
    slab = (struct slab *)8;
    assert_rc(schuil_slab_new((size_t)LIMIT_MEMORY_SLAB_LEN + 1, &slab), RC_INPUT_LENGTH);
    assert_null(slab);
}

static void a_sealed_slab_can_be_read_and_gives_nothing_more(void **state)
{
    struct slab *slab = NULL;

    (void)state;
    assert_ok(schuil_slab_new(64, &slab));
    uint8_t *key = schuil_slab_take(slab, 32);
    assert_non_null(key);
    memset(key, 9, 32);
    assert_ok(schuil_slab_seal(slab));
    assert_all(key, 9, 32);
    assert_null(schuil_slab_take(slab, 16));
    schuil_slab_free(slab);
}

static int write_when_sealed(void)
{
    struct slab *slab = NULL;

    if (!schuil_is_ok(schuil_slab_new(64, &slab)))
        return 0;
    volatile uint8_t *key = schuil_slab_take(slab, 32);
    if (key == NULL || !schuil_is_ok(schuil_slab_seal(slab)))
        return 0;
    key[0] = 1;
    return 0;
}

static int write_past_end(void)
{
    struct slab *slab = NULL;

    if (!schuil_is_ok(schuil_slab_new(64, &slab)))
        return 0;
    volatile uint8_t *all = schuil_slab_take(slab, 64);
    if (all != NULL)
        all[64] = 1;
    return 0;
}

static int write_before_start(void)
{
    struct slab *slab = NULL;

    if (!schuil_is_ok(schuil_slab_new(64, &slab)))
        return 0;
    volatile uint8_t *all = schuil_slab_take(slab, 64);
    if (all != NULL)
        all[-1] ^= 1;
    schuil_slab_free(slab); /* finds the damaged canary */
    return 0;
}

static void a_write_to_a_sealed_slab_or_outside_it_ends_the_process(void **state)
{
    (void)state;
    assert_int_not_equal(in_child(write_when_sealed), 0);
    assert_int_not_equal(in_child(write_past_end), 0);
    assert_int_not_equal(in_child(write_before_start), 0);
}

/* Whether the mapping of an address has a flag of /proc/self/smaps: "lo" locked, "dd" left out of
 * core dumps. */
static bool has_flag(const void *address, const char *flag)
{
    FILE *smaps = fopen("/proc/self/smaps", "r");
    char line[512];
    bool is_inside = false;
    bool is_set = false;

    assert_non_null(smaps);
    while (fgets(line, sizeof line, smaps) != NULL) {
        unsigned long first = 0;
        unsigned long last = 0;
        if (sscanf(line, "%lx-%lx ", &first, &last) == 2)
            is_inside = (uintptr_t)address >= first && (uintptr_t)address < last;
        else if (is_inside && strncmp(line, "VmFlags:", 8) == 0)
            is_set = strstr(line, flag) != NULL;
    }
    (void)fclose(smaps);
    return is_set;
}

static void every_page_is_locked_and_left_out_of_core_dumps(void **state)
{
    enum { CAP = 3 * 4096 + 16 };
    struct slab *slab = NULL;

    (void)state;
    assert_ok(schuil_slab_new(CAP, &slab));
    const uint8_t *all = schuil_slab_take(slab, CAP);
    assert_non_null(all);
    for (size_t at = 0; at < CAP; at += 16) {
        assert_true(has_flag(all + at, " dd"));
        if (!IS_SANITIZED)
            assert_true(has_flag(all + at, " lo"));
        at += 1000;
    }
    assert_false(has_flag(&slab, " dd"));
    schuil_slab_free(slab);
}

/* Become a user without the privilege to lock as much as it likes; false when impossible. */
static bool become_nobody(rlim_t lock_len)
{
    const struct rlimit limit = {lock_len, lock_len};

    if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0)
        return false;
    if (getuid() != 0)
        return true;
    return setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0;
}

enum { STEP_GOOD = 40, STEP_NO_SETUP, STEP_LIBSODIUM, STEP_LARGE, STEP_SMALL };

static int lock_as_nobody(void)
{
    struct slab *slab = (struct slab *)8;

    if (!become_nobody(32 << 10))
        return STEP_NO_SETUP;
    void *unlocked = sodium_malloc(1 << 20);
    if (unlocked == NULL)
        return STEP_LIBSODIUM; /* it succeeds, without the lock: why we ask again */
    sodium_free(unlocked);
    struct schuil_rc rc = schuil_slab_new(1 << 20, &slab);
    if (rc.code != RC_CONFIG_MEMLOCK || slab != NULL)
        return STEP_LARGE;
    if (!schuil_is_ok(schuil_slab_new(4096, &slab)))
        return STEP_SMALL; /* what fits the limit is locked */
    schuil_slab_free(slab);
    return STEP_GOOD;
}

static void a_user_past_the_memlock_limit_gets_no_slab(void **state)
{
    (void)state;
    if (IS_SANITIZED) {
        printf("skipped: mlock does nothing under a sanitizer\n");
        skip();
    }
    assert_int_equal(in_child(lock_as_nobody), STEP_GOOD);
}

static int lock_nothing_as_nobody(void)
{
    struct slab *slab = NULL;

    if (!become_nobody(0))
        return STEP_NO_SETUP;
    return schuil_slab_new(16, &slab).code == RC_CONFIG_MEMLOCK ? STEP_GOOD : STEP_SMALL;
}

static void a_user_who_may_lock_nothing_gets_no_slab(void **state)
{
    (void)state;
    if (IS_SANITIZED) {
        printf("skipped: mlock does nothing under a sanitizer\n");
        skip();
    }
    assert_int_equal(in_child(lock_nothing_as_nobody), STEP_GOOD);
}

static void starting_up_again_is_harmless(void **state)
{
    (void)state;
    assert_ok(schuil_crypto_init());
    assert_ok(schuil_crypto_init());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_is_zeroed_aligned_and_apart),
        cmocka_unit_test(taking_nothing_or_too_much_changes_nothing),
        cmocka_unit_test(a_size_out_of_range_is_refused),
        cmocka_unit_test(a_sealed_slab_can_be_read_and_gives_nothing_more),
        cmocka_unit_test(a_write_to_a_sealed_slab_or_outside_it_ends_the_process),
        cmocka_unit_test(every_page_is_locked_and_left_out_of_core_dumps),
        cmocka_unit_test(a_user_past_the_memlock_limit_gets_no_slab),
        cmocka_unit_test(a_user_who_may_lock_nothing_gets_no_slab),
        cmocka_unit_test(starting_up_again_is_harmless),
    };

    return cmocka_run_group_tests(tests, crypto_setup, NULL);
}
