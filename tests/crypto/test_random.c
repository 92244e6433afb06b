/* SPDX-License-Identifier: Apache-2.0 */
/* The door to randomness, with a kernel that interrupts, answers in pieces, and fails. The calls to
 * getrandom are replaced at link time. */
#include <errno.h>
#include <sys/random.h>

#include "unit.h"

#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/keywrap.h"

enum kernel { KERNEL_REAL, KERNEL_PIECES, KERNEL_FAILS, KERNEL_FAILS_LATE, KERNEL_ZERO_ONCE };

static enum kernel kernel;
static unsigned call_count;

ssize_t __real_getrandom(void *data, size_t len, unsigned flags);
ssize_t __wrap_getrandom(void *data, size_t len, unsigned flags);

static ssize_t pieces(void *data, size_t len)
{
    if (call_count % 2 == 1) {
        errno = EINTR;
        return -1;
    }
    memset(data, 0x11, len < 3 ? len : 3);
    return len < 3 ? (ssize_t)len : 3;
}

static ssize_t fails_after(unsigned good_count, void *data, size_t len)
{
    if (call_count > good_count) {
        errno = ENOSYS;
        return -1;
    }
    memset(data, 0x22, len / 2);
    return (ssize_t)(len / 2);
}

ssize_t __wrap_getrandom(void *data, size_t len, unsigned flags)
{
    call_count++;
    switch (kernel) {
    case KERNEL_PIECES:
        return pieces(data, len);
    case KERNEL_FAILS:
        return fails_after(0, data, len);
    case KERNEL_FAILS_LATE:
        return fails_after(1, data, len);
    case KERNEL_ZERO_ONCE:
        if (call_count == 1) {
            memset(data, 0, len);
            return (ssize_t)len;
        }
        break;
    case KERNEL_REAL:
        break;
    }
    return __real_getrandom(data, len, flags);
}

static void set_kernel(enum kernel next)
{
    kernel = next;
    call_count = 0;
}

static int back_to_real(void **state)
{
    (void)state;
    set_kernel(KERNEL_REAL);
    return 0;
}

static void two_draws_differ(void **state)
{
    uint8_t a[32];
    uint8_t b[32];

    (void)state;
    assert_ok(schuil_random(a, sizeof a));
    assert_ok(schuil_random(b, sizeof b));
    assert_memory_not_equal(a, b, sizeof a);
    assert_ok(schuil_random(NULL, 0));
}

static void an_interrupted_draw_in_pieces_fills_everything(void **state)
{
    uint8_t data[32] = {0};

    (void)state;
    set_kernel(KERNEL_PIECES);
    assert_ok(schuil_random(data, sizeof data));
    assert_all(data, 0x11, sizeof data);
    assert_int_equal(call_count, 22);
}

static void a_failed_draw_leaves_zeros(void **state)
{
    uint8_t data[32];

    (void)state;
    set_kernel(KERNEL_FAILS);
    memset(data, 0xaa, sizeof data);
    assert_rc(schuil_random(data, sizeof data), RC_INTERNAL_RANDOM);
    assert_zeros(data, sizeof data);
}

static void a_draw_that_fails_half_way_leaves_zeros(void **state)
{
    uint8_t data[32];

    (void)state;
    set_kernel(KERNEL_FAILS_LATE);
    memset(data, 0xaa, sizeof data);
    assert_rc(schuil_random(data, sizeof data), RC_INTERNAL_RANDOM);
    assert_zeros(data, sizeof data);
}

static void a_scalar_without_randomness_is_zeros(void **state)
{
    struct scalar s;

    (void)state;
    set_kernel(KERNEL_FAILS_LATE);
    memset(&s, 0xaa, sizeof s);
    assert_rc(schuil_scalar_random(&s), RC_INTERNAL_RANDOM);
    assert_zeros(&s, sizeof s);
}

static void a_zero_scalar_is_drawn_again(void **state)
{
    struct scalar s;

    (void)state;
    set_kernel(KERNEL_ZERO_ONCE);
    assert_ok(schuil_scalar_random(&s));
    assert_int_equal(call_count, 2);
    assert_ok(schuil_scalar_check(&s));
}

static void wrapping_without_randomness_leaves_zeros(void **state)
{
    const struct wrapping_key wrapping = {{1}};
    const struct wrap_context context = {"w", 1, "root", 0, 1, 1, "issue"};
    const uint8_t key[32] = {2};
    uint8_t wrapped[32 + WRAP_OVERHEAD];

    (void)state;
    set_kernel(KERNEL_FAILS);
    memset(wrapped, 0xaa, sizeof wrapped);
    assert_rc(schuil_key_wrap(&wrapping, &context, bytes_of(key, sizeof key), wrapped),
              RC_INTERNAL_RANDOM);
    assert_zeros(wrapped, sizeof wrapped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(two_draws_differ, back_to_real),
        cmocka_unit_test_teardown(an_interrupted_draw_in_pieces_fills_everything, back_to_real),
        cmocka_unit_test_teardown(a_failed_draw_leaves_zeros, back_to_real),
        cmocka_unit_test_teardown(a_draw_that_fails_half_way_leaves_zeros, back_to_real),
        cmocka_unit_test_teardown(a_scalar_without_randomness_is_zeros, back_to_real),
        cmocka_unit_test_teardown(a_zero_scalar_is_drawn_again, back_to_real),
        cmocka_unit_test_teardown(wrapping_without_randomness_leaves_zeros, back_to_real),
    };

    return cmocka_run_group_tests(tests, crypto_setup, NULL);
}
