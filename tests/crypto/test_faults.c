/* SPDX-License-Identifier: Apache-2.0 */
/* The room when the machine fails it: each allocation of OpenSSL's in turn, our own allocations,
 * the memory lock. Each scenario runs once clean, then once for each allocation that it makes; an
 * output is then right, or zeros (or absent) with a result that is not ok.
 *
 * Leaks are not looked for here: OpenSSL 3.0 itself leaks when a copy of a context fails half-way.
 */
#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "unit.h"

#include "expand.h"
#include "schuilnaam/crypto/aead.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/hash.h"

const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libcrypto.so";
}

/* Counts down at each allocation of OpenSSL's; the one that reaches zero fails. Never at 0. */
static size_t fail_at;
static size_t seen_count;

static bool is_failing(void)
{
    return ++seen_count == fail_at;
}

static void *faulty_malloc(size_t len, const char *file, int line)
{
    (void)file;
    (void)line;
    return is_failing() ? NULL : malloc(len);
}

static void *faulty_realloc(void *data, size_t len, const char *file, int line)
{
    (void)file;
    (void)line;
    return is_failing() ? NULL : realloc(data, len);
}

static void faulty_free(void *data, const char *file, int line)
{
    (void)file;
    (void)line;
    free(data);
}

static bool lock_fails;
static bool advice_fails;
static bool calloc_fails;

int __real_mlock(const void *data, size_t len);
int __wrap_mlock(const void *data, size_t len);
int __wrap_mlock(const void *data, size_t len)
{
    if (!lock_fails)
        return __real_mlock(data, len);
    errno = ENOMEM;
    return -1;
}

int __real_madvise(void *data, size_t len, int advice);
int __wrap_madvise(void *data, size_t len, int advice);
int __wrap_madvise(void *data, size_t len, int advice)
{
    if (!advice_fails)
        return __real_madvise(data, len, advice);
    errno = EINVAL;
    return -1;
}

void *__real_calloc(size_t count, size_t len);
void *__wrap_calloc(size_t count, size_t len);
void *__wrap_calloc(size_t count, size_t len)
{
    return calloc_fails ? NULL : __real_calloc(count, len);
}

/* --- scenarios: true when the result was ok; each checks its outputs itself --- */

enum { OUT_LEN = 96 };

static bool is_right(struct schuil_rc rc, const uint8_t *got, const uint8_t *want, size_t len)
{
    if (schuil_is_ok(rc)) {
        assert_memory_equal(got, want, len);
        return true;
    }
    assert_zeros(got, len);
    return false;
}

static bool expand(uint8_t want[OUT_LEN])
{
    uint8_t got[OUT_LEN];

    memset(got, 0xaa, sizeof got);
    struct schuil_rc rc =
        schuil_expand_message_xmd(bytes_text("m"), bytes_text("d"), got, sizeof got);
    if (fail_at == 0)
        memcpy(want, got, sizeof got);
    return is_right(rc, got, want, sizeof got);
}

static bool expand_one_by_one(uint8_t want[OUT_LEN])
{
    const struct bytes messages[1] = {bytes_text("1")};
    uint8_t got[EXPAND_MANY_LEN];

    memset(got, 0xaa, sizeof got);
    struct schuil_rc rc = expand_each(1, messages, bytes_text("d"), got);
    if (fail_at == 0)
        memcpy(want, got, sizeof got);
    return is_right(rc, got, want, sizeof got);
}

static bool hkdf(uint8_t want[OUT_LEN])
{
    uint8_t got[OUT_LEN];

    memset(got, 0xaa, sizeof got);
    struct schuil_rc rc = schuil_hkdf_sha512(bytes_text("ikm"), bytes_text("salt"),
                                             bytes_text("info"), got, sizeof got);
    if (fail_at == 0)
        memcpy(want, got, sizeof got);
    return is_right(rc, got, want, sizeof got);
}

static struct siv_template *shared_siv;

static bool siv_seal(uint8_t want[OUT_LEN])
{
    const uint8_t plain[OUT_LEN - SIV_TAG_LEN] = {5};
    uint8_t got[OUT_LEN];

    memset(got, 0xaa, sizeof got);
    struct schuil_rc rc = schuil_siv_seal(shared_siv, bytes_of(plain, sizeof plain), got);
    if (fail_at == 0)
        memcpy(want, got, sizeof got);
    return is_right(rc, got, want, sizeof got);
}

static bool siv_seal_many(uint8_t want[OUT_LEN])
{
    const uint8_t plains[2][OUT_LEN / 2 - SIV_TAG_LEN] = {{5}, {6}};
    uint8_t got[OUT_LEN];

    memset(got, 0xaa, sizeof got);
    struct schuil_rc rc = schuil_siv_seal_many(shared_siv, 2, plains[0], sizeof plains[0], got);
    if (fail_at == 0)
        memcpy(want, got, sizeof got);
    return is_right(rc, got, want, sizeof got);
}

static bool siv_open(uint8_t want[OUT_LEN])
{
    const uint8_t plain[OUT_LEN - SIV_TAG_LEN] = {5};
    uint8_t got[OUT_LEN];

    memset(got, 0xaa, sizeof got);
    struct schuil_rc rc = schuil_siv_open(shared_siv, bytes_of(want, OUT_LEN), got);
    return is_right(rc, got, plain, sizeof plain);
}

static bool siv_template(uint8_t want[OUT_LEN])
{
    const struct siv_key key = {{9}};
    struct siv_template *siv = (struct siv_template *)8;
    struct schuil_rc rc = schuil_siv_template_new(&key, bytes_text("ad"), &siv);

    (void)want;
    assert_int_equal(siv != NULL, schuil_is_ok(rc));
    schuil_siv_template_free(siv);
    return schuil_is_ok(rc);
}

/* Run a scenario clean, then with each of its allocations failing. */
static void run_with_faults(bool (*scenario)(uint8_t want[OUT_LEN]), uint8_t want[OUT_LEN])
{
    size_t failed_count = 0;

    fail_at = 0;
    assert_true(scenario(want)); /* the first run may fetch things that are kept */
    seen_count = 0;
    assert_true(scenario(want));
    size_t allocation_count = seen_count;
    assert_true(allocation_count > 0);
    for (size_t i = 1; i <= allocation_count; i++) {
        fail_at = i;
        seen_count = 0;
        failed_count += !scenario(want);
    }
    fail_at = 0;
    assert_true(failed_count > 0);
    assert_true(scenario(want)); /* and it works again */
}

static void expanding_survives_each_failed_allocation(void **state)
{
    uint8_t want[OUT_LEN];

    (void)state;
    run_with_faults(expand, want);
    run_with_faults(expand_one_by_one, want);
}

static void deriving_survives_each_failed_allocation(void **state)
{
    uint8_t want[OUT_LEN];

    (void)state;
    run_with_faults(hkdf, want);
}

static void making_a_template_survives_each_failed_allocation(void **state)
{
    uint8_t want[OUT_LEN];

    (void)state;
    run_with_faults(siv_template, want);
}

static void sealing_and_opening_survive_each_failed_allocation(void **state)
{
    const struct siv_key key = {{9}};
    uint8_t box[OUT_LEN];

    (void)state;
    assert_ok(schuil_siv_template_new(&key, bytes_text("ad"), &shared_siv));
    run_with_faults(siv_seal, box);
    run_with_faults(siv_open, box);
    run_with_faults(siv_seal_many, box);
    schuil_siv_template_free(shared_siv);
}

static void no_memory_for_a_template_or_slab_is_a_result(void **state)
{
    const struct siv_key key = {{9}};
    struct siv_template *siv = (struct siv_template *)8;
    struct slab *slab = (struct slab *)8;

    (void)state;
    calloc_fails = true;
    struct schuil_rc siv_rc = schuil_siv_template_new(&key, bytes_text("ad"), &siv);
    struct schuil_rc slab_rc = schuil_slab_new(64, &slab);
    calloc_fails = false;
    assert_rc(siv_rc, RC_INTERNAL_MEMORY);
    assert_null(siv);
    assert_rc(slab_rc, RC_INTERNAL_MEMORY);
    assert_null(slab);
}

static void a_failed_lock_refuses_the_slab(void **state)
{
    struct slab *slab = (struct slab *)8;

    (void)state;
    lock_fails = true;
    struct schuil_rc rc = schuil_slab_new(64, &slab);
    lock_fails = false;
    assert_rc(rc, RC_CONFIG_MEMLOCK);
    assert_null(slab);
}

static void pages_that_stay_in_core_dumps_refuse_the_slab(void **state)
{
    struct slab *slab = (struct slab *)8;

    (void)state;
    advice_fails = true;
    struct schuil_rc rc = schuil_slab_new(64, &slab);
    advice_fails = false;
    assert_rc(rc, RC_CONFIG_MEMLOCK);
    assert_null(slab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expanding_survives_each_failed_allocation),
        cmocka_unit_test(deriving_survives_each_failed_allocation),
        cmocka_unit_test(making_a_template_survives_each_failed_allocation),
        cmocka_unit_test(sealing_and_opening_survive_each_failed_allocation),
        cmocka_unit_test(no_memory_for_a_template_or_slab_is_a_result),
        cmocka_unit_test(a_failed_lock_refuses_the_slab),
        cmocka_unit_test(pages_that_stay_in_core_dumps_refuse_the_slab),
    };

    /* Before OpenSSL allocates anything. */
    if (CRYPTO_set_mem_functions(faulty_malloc, faulty_realloc, faulty_free) != 1)
        return 1;
    return cmocka_run_group_tests(tests, crypto_setup, NULL);
}
