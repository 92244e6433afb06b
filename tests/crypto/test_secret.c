/* SPDX-License-Identifier: Apache-2.0 */
/* Wiping and comparing. A local secret is looked at when its clean-up has run. */
#include "unit.h"

#include "schuilnaam/crypto/secret.h"

static void wiping_zeroes_exactly_the_bytes_named(void **state)
{
    uint8_t data[8];

    (void)state;
    memset(data, 7, sizeof data);
    schuil_wipe(data + 2, 4);
    schuil_wipe(data, 0);
    schuil_wipe(NULL, 0);
    assert_all(data, 7, 2);
    assert_zeros(data + 2, 4);
    assert_all(data + 6, 7, 2);
}

static void comparing_notices_each_bit(void **state)
{
    uint8_t a[32];
    uint8_t b[32];

    (void)state;
    memset(a, 0x5a, sizeof a);
    memcpy(b, a, sizeof b);
    assert_true(schuil_ct_equal(a, b, sizeof a));
    for (unsigned bit = 0; bit < 8 * sizeof a; bit++) {
        b[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(schuil_ct_equal(a, b, sizeof a));
        b[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_true(schuil_ct_equal(a, "other", 0));
}

static void a_single_bit_is_not_zero(void **state)
{
    uint8_t data[33] = {0};

    (void)state;
    assert_true(schuil_ct_is_zero(data, sizeof data));
    assert_true(schuil_ct_is_zero(NULL, 0));
    for (unsigned bit = 0; bit < 8 * sizeof data; bit++) {
        data[bit / 8] = (uint8_t)(1U << bit % 8);
        assert_false(schuil_ct_is_zero(data, sizeof data));
        data[bit / 8] = 0;
    }
}

static const struct siv_key *seen;
static unsigned wiped_count;

/* A clean-up of the test's own that looks at what the real one leaves. */
static void observed_wipe(struct siv_key *key)
{
    siv_key_wipe(key);
    seen = key;
    for (size_t i = 0; i < sizeof key->b; i++)
        if (key->b[i] != 0)
            return;
    wiped_count++;
}

static int leave(int way)
{
    __attribute__((cleanup(observed_wipe))) struct siv_key key;

    memset(&key, 0xff, sizeof key);
    if (way == 0)
        return key.b[3];
    for (;;)
        if (way > 0)
            return way;
}

static void every_return_wipes_a_secret_local(void **state)
{
    (void)state;
    wiped_count = 0;
    assert_int_equal(leave(0), 0xff);
    assert_int_equal(leave(5), 5);
    assert_non_null(seen);
    assert_int_equal(wiped_count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wiping_zeroes_exactly_the_bytes_named),
        cmocka_unit_test(comparing_notices_each_bit),
        cmocka_unit_test(a_single_bit_is_not_zero),
        cmocka_unit_test(every_return_wipes_a_secret_local),
    };

    return cmocka_run_group_tests(tests, crypto_setup, NULL);
}
