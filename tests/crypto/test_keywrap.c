/* SPDX-License-Identifier: Apache-2.0 */
/* Keys at rest: bound to each field of their row, to the wrapping key, and to their length. */
#include "unit.h"

#include "schuilnaam/crypto/aead.h"
#include "schuilnaam/crypto/keywrap.h"

static const struct wrapping_key wrapping = {{1, 2, 3}};
static const struct wrap_context row = {"wk-1", 7, "domain", 3, 2, 1, "translate"};

static void wrap(const struct wrap_context *context, size_t len, uint8_t *ret_key,
                 uint8_t ret_wrapped[WRAPPED_LEN_MAX])
{
    assert_ok(schuil_random(ret_key, len));
    assert_ok(schuil_key_wrap(&wrapping, context, bytes_of(ret_key, len), ret_wrapped));
}

static void keys_of_both_lengths_come_back(void **state)
{
    (void)state;
    for (size_t len = 32; len <= 64; len += 32) {
        uint8_t key[64];
        uint8_t back[64];
        uint8_t wrapped[WRAPPED_LEN_MAX];

        wrap(&row, len, key, wrapped);
        assert_ok(
            schuil_key_unwrap(&wrapping, &row, bytes_of(wrapped, len + WRAP_OVERHEAD), back, len));
        assert_memory_equal(back, key, len);
    }
}

/* The associated data written out by hand: PROTOCOL section 6. */
static void the_form_is_the_protocols(void **state)
{
    static const char ad[] = "\0\x12schuilnaam/v1/wrap"
                             "\0\4wk-1"
                             "\0\0\0\7"
                             "\0\6domain"
                             "\0\0\0\3"
                             "\0\0\0\2"
                             "\0\0\0\1"
                             "\0\11translate";
    struct transport_key same;
    uint8_t key[32];
    uint8_t back[32];
    uint8_t wrapped[WRAPPED_LEN_MAX];

    (void)state;
    memcpy(&same, &wrapping, sizeof same);
    wrap(&row, sizeof key, key, wrapped);
    assert_ok(schuil_xchacha_open(&same, wrapped, bytes_of(ad, sizeof ad - 1),
                                  bytes_of(wrapped + XCHACHA_NONCE_LEN, 32 + XCHACHA_TAG_LEN),
                                  back));
    assert_memory_equal(back, key, sizeof key);
}

static void wrapping_twice_gives_two_results(void **state)
{
    const uint8_t key[32] = {5};
    uint8_t first[32 + WRAP_OVERHEAD];
    uint8_t second[32 + WRAP_OVERHEAD];

    (void)state;
    assert_ok(schuil_key_wrap(&wrapping, &row, bytes_of(key, sizeof key), first));
    assert_ok(schuil_key_wrap(&wrapping, &row, bytes_of(key, sizeof key), second));
    assert_memory_not_equal(first, second, XCHACHA_NONCE_LEN);
    assert_memory_not_equal(first + XCHACHA_NONCE_LEN, second + XCHACHA_NONCE_LEN, 32);
}

static void a_key_copied_to_another_row_does_not_unwrap(void **state)
{
    struct wrap_context others[] = {row, row, row, row, row, row, row};
    uint8_t key[32];
    uint8_t back[32];
    uint8_t wrapped[WRAPPED_LEN_MAX];

    (void)state;
    others[0].wrapping_name = "wk-2";
    others[1].number = 8;
    others[2].purpose = "root";
    others[3].scope = 4;
    others[4].epoch = 3;
    others[5].generation = 2;
    others[6].compartment = "issue";
    wrap(&row, sizeof key, key, wrapped);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        memset(back, 0xaa, sizeof back);
        assert_rc(schuil_key_unwrap(&wrapping, &others[i], bytes_of(wrapped, 32 + WRAP_OVERHEAD),
                                    back, sizeof back),
                  RC_CRYPTO);
        assert_zeros(back, sizeof back);
    }
}

static void each_changed_bit_is_refused_and_leaves_zeros(void **state)
{
    uint8_t key[32];
    uint8_t back[32];
    uint8_t wrapped[WRAPPED_LEN_MAX];
    struct bytes whole = bytes_of(wrapped, 32 + WRAP_OVERHEAD);

    (void)state;
    wrap(&row, sizeof key, key, wrapped);
    for (size_t bit = 0; bit < 8 * whole.len; bit++) {
        wrapped[bit / 8] ^= (uint8_t)(1U << bit % 8);
        memset(back, 0xaa, sizeof back);
        assert_rc(schuil_key_unwrap(&wrapping, &row, whole, back, sizeof back), RC_CRYPTO);
        assert_zeros(back, sizeof back);
        wrapped[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_ok(schuil_key_unwrap(&wrapping, &row, whole, back, sizeof back));
}

static void another_wrapping_key_does_not_unwrap(void **state)
{
    const struct wrapping_key other = {{1, 2, 4}};
    uint8_t key[32];
    uint8_t back[32];
    uint8_t wrapped[WRAPPED_LEN_MAX];

    (void)state;
    wrap(&row, sizeof key, key, wrapped);
    assert_rc(
        schuil_key_unwrap(&other, &row, bytes_of(wrapped, 32 + WRAP_OVERHEAD), back, sizeof back),
        RC_CRYPTO);
    assert_zeros(back, sizeof back);
}

static void a_length_that_does_not_fit_is_refused_and_leaves_zeros(void **state)
{
    uint8_t key[32];
    uint8_t back[64];
    uint8_t wrapped[WRAPPED_LEN_MAX];

    (void)state;
    wrap(&row, sizeof key, key, wrapped);
    for (size_t len = 0; len <= sizeof wrapped; len++)
        for (size_t ret_len = 0; ret_len <= sizeof back; ret_len += 16) {
            bool is_right = len == 32 + WRAP_OVERHEAD && ret_len == 32;
            memset(back, 0xaa, sizeof back);
            assert_rc(schuil_key_unwrap(&wrapping, &row, bytes_of(wrapped, len), back, ret_len),
                      is_right ? RC_OK : RC_CRYPTO);
            if (!is_right)
                assert_zeros(back, ret_len);
            assert_all(back + ret_len, 0xaa, sizeof back - ret_len);
        }
}

static void a_key_of_another_length_is_not_wrapped(void **state)
{
    const uint8_t key[65] = {0};
    uint8_t wrapped[WRAPPED_LEN_MAX + 1];

    (void)state;
    memset(wrapped, 0xaa, sizeof wrapped);
    for (size_t len = 0; len <= sizeof key; len++)
        if (len != 32 && len != 64)
            assert_rc(schuil_key_wrap(&wrapping, &row, bytes_of(key, len), wrapped),
                      RC_INPUT_LENGTH);
    assert_all(wrapped, 0xaa, sizeof wrapped);
}

static void a_context_too_long_is_refused_and_leaves_zeros(void **state)
{
    char name[600];
    struct wrap_context context = row;
    const uint8_t key[32] = {1};
    uint8_t wrapped[32 + WRAP_OVERHEAD];
    uint8_t back[32];

    (void)state;
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    context.wrapping_name = name;
    memset(wrapped, 0xaa, sizeof wrapped);
    assert_rc(schuil_key_wrap(&wrapping, &context, bytes_of(key, sizeof key), wrapped),
              RC_INPUT_LENGTH);
    assert_zeros(wrapped, sizeof wrapped);
    memset(back, 0xaa, sizeof back);
    assert_rc(schuil_key_unwrap(&wrapping, &context, bytes_of(wrapped, sizeof wrapped), back,
                                sizeof back),
              RC_CRYPTO);
    assert_zeros(back, sizeof back);
    name[380] = '\0'; /* with the other texts less than 400 */
    assert_ok(schuil_key_wrap(&wrapping, &context, bytes_of(key, sizeof key), wrapped));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_both_lengths_come_back),
        cmocka_unit_test(the_form_is_the_protocols),
        cmocka_unit_test(wrapping_twice_gives_two_results),
        cmocka_unit_test(a_key_copied_to_another_row_does_not_unwrap),
        cmocka_unit_test(each_changed_bit_is_refused_and_leaves_zeros),
        cmocka_unit_test(another_wrapping_key_does_not_unwrap),
        cmocka_unit_test(a_length_that_does_not_fit_is_refused_and_leaves_zeros),
        cmocka_unit_test(a_key_of_another_length_is_not_wrapped),
        cmocka_unit_test(a_context_too_long_is_refused_and_leaves_zeros),
    };

    return cmocka_run_group_tests(tests, crypto_setup, NULL);
}
