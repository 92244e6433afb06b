/* SPDX-License-Identifier: Apache-2.0 */
/* engine/keys/refresh.c: both factors change, their product and every final do not. */
#include "engine_unit.h"
#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/engine/refresh.h"

static struct scalar r, root, domain;

static int setup(void **state)
{
    (void)state;
    bool is_good = schuil_is_ok(schuil_crypto_init()) && schuil_is_ok(schuil_scalar_random(&r)) &&
                   schuil_is_ok(schuil_scalar_random(&root)) &&
                   schuil_is_ok(schuil_scalar_random(&domain));
    return is_good ? 0 : -1;
}

static void refreshed(struct scalar *ret_root, struct scalar *ret_domain)
{
    assert_ok(schuil_refresh_root(&r, &root, ret_root));
    assert_ok(schuil_refresh_domain(&r, &domain, ret_domain));
}

static void both_keys_change(void **state)
{
    struct scalar new_root, new_domain;
    (void)state;
    refreshed(&new_root, &new_domain);
    assert_memory_not_equal(&new_root, &root, sizeof root);
    assert_memory_not_equal(&new_domain, &domain, sizeof domain);
}

static void a_final_s_point_stays_to_the_byte(void **state)
{
    struct scalar new_root, new_domain;
    struct element before, after;
    const struct bytes x = bytes_text("an identity");
    bool is_ok;
    (void)state;
    refreshed(&new_root, &new_domain);
    assert_ok(schuil_group_evaluate(1, &x, &root, &before, &is_ok));
    assert_ok(schuil_group_multiply(1, &before, &domain, &before, &is_ok));
    assert_ok(schuil_group_evaluate(1, &x, &new_root, &after, &is_ok));
    assert_ok(schuil_group_multiply(1, &after, &new_domain, &after, &is_ok));
    assert_memory_equal(&before, &after, sizeof before);
}

static void the_self_test_takes_good_pairs_and_refuses_others(void **state)
{
    struct scalar new_root, new_domain, other;
    struct element public_part, new_public_part;
    (void)state;
    refreshed(&new_root, &new_domain);
    assert_ok(schuil_group_base(&root, &public_part));
    assert_ok(schuil_group_base(&new_root, &new_public_part));
    const struct refresh_pair before = {&domain, public_part.b};
    struct refresh_pair after = {&new_domain, new_public_part.b};
    assert_ok(schuil_refresh_test(&before, &after));
    assert_ok(schuil_scalar_random(&other));
    after.domain = &other;
    assert_rc(schuil_refresh_test(&before, &after), RC_CONFIG_SELFTEST);
    after = (struct refresh_pair){&new_domain, public_part.b};
    assert_rc(schuil_refresh_test(&before, &after), RC_CONFIG_SELFTEST);
    static const uint8_t none[32];
    after = (struct refresh_pair){&new_domain, none};
    assert_rc(schuil_refresh_test(&before, &after), RC_CONFIG_SELFTEST);
}

static void scalars_that_cannot_be_leave_zeros(void **state)
{
    static const struct scalar zero;
    struct scalar ret;
    (void)state;
    memset(&ret, 0xff, sizeof ret);
    assert_rc(schuil_refresh_root(&zero, &root, &ret), RC_CRYPTO_SCALAR);
    assert_memory_equal(&ret, &zero, sizeof ret);
    memset(&ret, 0xff, sizeof ret);
    assert_rc(schuil_refresh_domain(&zero, &domain, &ret), RC_CRYPTO_SCALAR);
    assert_memory_equal(&ret, &zero, sizeof ret);
    memset(&ret, 0xff, sizeof ret);
    assert_rc(schuil_refresh_domain(&r, &zero, &ret), RC_CRYPTO_SCALAR);
    assert_memory_equal(&ret, &zero, sizeof ret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_keys_change),
        cmocka_unit_test(a_final_s_point_stays_to_the_byte),
        cmocka_unit_test(the_self_test_takes_good_pairs_and_refuses_others),
        cmocka_unit_test(scalars_that_cannot_be_leave_zeros),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
