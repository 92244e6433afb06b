/* SPDX-License-Identifier: Apache-2.0 */
/* The group against RFC 9496 and RFC 9497 (mode 0x01), against the second implementation, and
 * against its own laws; and every refusal that the protocol asks. */
#include <stdlib.h>

#include "unit.h"

#include "schuilnaam/crypto/group.h"

/* l, little-endian: RFC 9496 section 4.4. */
static const struct scalar order = {{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                                     0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                     0,    0,    0,    0,    0,    0,    0,    0,
                                     0,    0,    0,    0,    0,    0,    0,    0x10}};
static const struct scalar one = {{1}};

static struct scalar small_scalar(uint8_t value)
{
    return (struct scalar){{value}};
}

static struct scalar order_plus(int difference)
{
    struct scalar s = order;

    s.b[0] = (uint8_t)(s.b[0] + difference);
    return s;
}

static struct element element_from(const json_t *hex)
{
    static struct vector_bytes bytes;
    struct element e;

    assert_int_equal(vector_hex_text(json_string_value(hex), &bytes).len, sizeof e.b);
    memcpy(e.b, bytes.b, sizeof e.b);
    return e;
}

static struct element random_element(void)
{
    struct scalar s;
    struct element e;

    assert_ok(schuil_scalar_random(&s));
    assert_ok(schuil_group_base(&s, &e));
    return e;
}

static struct element hash_one(struct bytes input)
{
    struct element h;
    bool is_good = false;

    assert_ok(schuil_group_hash(1, &input, &h, &is_good));
    assert_true(is_good);
    return h;
}

static struct element multiply_one(const struct element *e, const struct scalar *s)
{
    struct element product;
    bool is_good = false;

    assert_ok(schuil_group_multiply(1, e, s, &product, &is_good));
    assert_true(is_good);
    return product;
}

/* --- RFC 9496 --- */

static void multiples_of_the_base_point_are_the_rfcs(void **state)
{
    json_t *root = vector_file("rfc9496.json");
    const json_t *list = vector_member(vector_member(root, "multiples_of_base"), "encodings");
    struct element base = element_from(json_array_get(list, 1));

    (void)state;
    assert_int_equal(json_array_size(list), 16);
    for (uint8_t i = 1; i < 16; i++) {
        struct scalar s = small_scalar(i);
        struct element want = element_from(json_array_get(list, i));
        struct element got;
        bool is_good = false;

        assert_ok(schuil_group_base(&s, &got));
        assert_memory_equal(&got, &want, sizeof want);
        got = multiply_one(&base, &s);
        assert_memory_equal(&got, &want, sizeof want);
        schuil_group_check(1, &want, &is_good);
        assert_true(is_good);
    }
    json_decref(root);
}

static void encodings_that_the_rfc_refuses_are_refused(void **state)
{
    json_t *root = vector_file("rfc9496.json");
    size_t i;
    const json_t *one_case;

    (void)state;
    json_array_foreach(vector_member(vector_member(root, "refused"), "cases"), i, one_case)
    {
        struct element bad = element_from(vector_member(one_case, "encoding"));
        struct element got = random_element();
        bool is_good = true;

        schuil_group_check(1, &bad, &is_good);
        assert_false(is_good);
        is_good = true;
        assert_ok(schuil_group_multiply(1, &bad, &one, &got, &is_good));
        assert_false(is_good);
        assert_zeros(&got, sizeof got);
    }
    assert_int_equal(i, 29);
    json_decref(root);
}

/* libsodium 1.0.18 takes these: 255 bits of a good encoding, and the 256th set. */
static void an_encoding_with_its_highest_bit_set_is_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct element bad = random_element();
        struct element got = random_element();
        bool is_good = true;

        bad.b[31] |= 0x80;
        schuil_group_check(1, &bad, &is_good);
        assert_false(is_good);
        is_good = true;
        assert_ok(schuil_group_multiply(1, &bad, &one, &got, &is_good));
        assert_false(is_good);
        assert_zeros(&got, sizeof got);
    }
}

/* --- RFC 9497 --- */

static void the_rfcs_blinded_and_evaluated_elements_come_out(void **state)
{
    static struct vector_bytes input;
    json_t *root = vector_file("rfc9497.json");
    struct scalar key;
    size_t i;
    size_t j;
    const json_t *one_case;
    const json_t *item;
    size_t count = 0;

    (void)state;
    vector_hex_exact(root, "private_key", &key, sizeof key);
    json_array_foreach(vector_member(root, "cases"), i, one_case)
        json_array_foreach(vector_member(one_case, "elements"), j, item)
    {
        struct scalar blind;
        struct element want_blinded;
        struct element want_evaluated;

        vector_hex_exact(item, "blind", &blind, sizeof blind);
        vector_hex_exact(item, "blinded", &want_blinded, sizeof want_blinded);
        vector_hex_exact(item, "evaluated", &want_evaluated, sizeof want_evaluated);
        struct element h = hash_one(vector_hex(item, "input", &input));
        struct element blinded = multiply_one(&h, &blind);
        assert_memory_equal(&blinded, &want_blinded, sizeof blinded);
        struct element evaluated = multiply_one(&blinded, &key);
        assert_memory_equal(&evaluated, &want_evaluated, sizeof evaluated);
        count++;
    }
    assert_int_equal(count, 4);
    json_decref(root);
}

static void the_rfcs_public_key_comes_out(void **state)
{
    json_t *root = vector_file("rfc9497.json");
    struct scalar key;
    struct element want;
    struct element got;

    (void)state;
    vector_hex_exact(root, "private_key", &key, sizeof key);
    vector_hex_exact(root, "public_key", &want, sizeof want);
    assert_ok(schuil_group_base(&key, &got));
    assert_memory_equal(&got, &want, sizeof want);
    json_decref(root);
}

static void unblinding_gives_back_the_unblinded_product(void **state)
{
    struct scalar blind;
    struct scalar unblind;
    struct scalar key;

    (void)state;
    assert_ok(schuil_scalar_random(&blind));
    assert_ok(schuil_scalar_random(&key));
    assert_ok(schuil_scalar_invert(&blind, &unblind));
    struct element h = hash_one(bytes_text("any"));
    struct element direct = multiply_one(&h, &key);
    struct element e = multiply_one(&h, &blind);
    e = multiply_one(&e, &key);
    e = multiply_one(&e, &unblind);
    assert_memory_equal(&e, &direct, sizeof e);
}

/* --- the second implementation --- */

static void h_of_x_is_the_second_implementations(void **state)
{
    static struct vector_bytes x;
    json_t *root = vector_file("identity.json");
    size_t i;
    const json_t *one_case;

    (void)state;
    json_array_foreach(vector_member(root, "cases"), i, one_case)
    {
        struct element want;

        vector_hex_exact(one_case, "h", &want, sizeof want);
        struct element got = hash_one(vector_hex(one_case, "x", &x));
        assert_memory_equal(&got, &want, sizeof want);
    }
    assert_true(i >= 10);
    json_decref(root);
}

static void q_and_p_are_the_second_implementations(void **state)
{
    static struct vector_bytes x;
    json_t *root = vector_file("finals.json");
    size_t i;
    const json_t *one_case;

    (void)state;
    json_array_foreach(vector_member(root, "finals"), i, one_case)
    {
        struct scalar k;
        struct scalar s;
        struct scalar product;
        struct element want_q;
        struct element want_p;

        vector_hex_exact(one_case, "k", &k, sizeof k);
        vector_hex_exact(one_case, "s", &s, sizeof s);
        vector_hex_exact(one_case, "q", &want_q, sizeof want_q);
        vector_hex_exact(one_case, "p", &want_p, sizeof want_p);
        struct element h = hash_one(vector_hex(one_case, "x", &x));
        struct element q = multiply_one(&h, &k);
        assert_memory_equal(&q, &want_q, sizeof q);
        struct element p = multiply_one(&q, &s);
        assert_memory_equal(&p, &want_p, sizeof p);
        assert_ok(schuil_scalar_multiply(&k, &s, &product));
        p = multiply_one(&h, &product);
        assert_memory_equal(&p, &want_p, sizeof p);
    }
    assert_true(i >= 50);
    json_decref(root);
}

/* --- batches --- */

enum { BATCH = 40 };

static void a_batch_hashes_as_its_members_alone(void **state)
{
    char texts[BATCH][8];
    struct bytes inputs[BATCH];
    struct element got[BATCH];
    bool is_good[BATCH];

    (void)state;
    for (size_t i = 0; i < BATCH; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "x%zu", i);
        inputs[i] = bytes_text(texts[i]);
    }
    inputs[3] = bytes_of(NULL, 0);
    assert_ok(schuil_group_hash(BATCH, inputs, got, is_good));
    for (size_t i = 0; i < BATCH; i++) {
        struct element alone = hash_one(inputs[i]);
        assert_true(is_good[i]);
        assert_memory_equal(&got[i], &alone, sizeof alone);
    }
}

static void a_bad_element_in_a_batch_leaves_the_others_alone(void **state)
{
    struct element elements[BATCH];
    struct element got[BATCH];
    bool is_good[BATCH];
    bool is_checked[BATCH];
    struct scalar s;

    (void)state;
    assert_ok(schuil_scalar_random(&s));
    for (size_t i = 0; i < BATCH; i++)
        elements[i] = random_element();
    memset(&elements[0], 0, sizeof elements[0]); /* the identity */
    memset(&elements[17], 0xff, sizeof elements[17]);
    elements[BATCH - 1].b[0] ^= 1; /* negative */
    assert_ok(schuil_group_multiply(BATCH, elements, &s, got, is_good));
    schuil_group_check(BATCH, elements, is_checked);
    for (size_t i = 0; i < BATCH; i++) {
        bool want = i != 0 && i != 17 && i != BATCH - 1;
        assert_int_equal(is_good[i], want);
        assert_int_equal(is_checked[i], want);
        if (!want) {
            assert_zeros(&got[i], sizeof got[i]);
            continue;
        }
        struct element alone = multiply_one(&elements[i], &s);
        assert_memory_equal(&got[i], &alone, sizeof alone);
    }
}

static void a_batch_may_be_multiplied_in_place(void **state)
{
    struct element elements[3] = {random_element(), {{0}}, random_element()};
    struct element got[3];
    bool is_good[3];
    struct scalar s;

    (void)state;
    assert_ok(schuil_scalar_random(&s));
    assert_ok(schuil_group_multiply(3, elements, &s, got, is_good));
    assert_ok(schuil_group_multiply(3, elements, &s, elements, is_good));
    assert_memory_equal(elements, got, sizeof got);
    assert_true(is_good[0] && !is_good[1] && is_good[2]);
}

static void an_empty_batch_is_fine(void **state)
{
    (void)state;
    assert_ok(schuil_group_hash(0, NULL, NULL, NULL));
    assert_ok(schuil_group_multiply(0, NULL, &one, NULL, NULL));
    schuil_group_check(0, NULL, NULL);
}

static void an_input_too_long_refuses_the_batch_and_leaves_zeros(void **state)
{
    static const uint8_t data[UINT16_MAX + 1];
    struct bytes inputs[2] = {bytes_of(data, 5), bytes_of(data, UINT16_MAX)};
    struct element got[2];
    bool is_good[2];

    (void)state;
    assert_ok(schuil_group_hash(2, inputs, got, is_good));
    assert_true(is_good[0] && is_good[1]);
    inputs[1].len++;
    assert_rc(schuil_group_hash(2, inputs, got, is_good), RC_INPUT_LENGTH);
    assert_zeros(got, sizeof got);
    assert_false(is_good[0] || is_good[1]);
}

/* --- scalars --- */

static void scalars_are_refused_from_zero_and_from_the_order_on(void **state)
{
    const struct scalar zero = {{0}};
    struct scalar largest = order_plus(-1);
    struct scalar past = order_plus(1);
    struct scalar all;
    struct scalar doubled = order;

    (void)state;
    memset(&all, 0xff, sizeof all);
    doubled.b[31] |= 0x80; /* libsodium drops the highest bit */
    assert_ok(schuil_scalar_check(&one));
    assert_ok(schuil_scalar_check(&largest));
    assert_rc(schuil_scalar_check(&zero), RC_CRYPTO_SCALAR);
    assert_rc(schuil_scalar_check(&order), RC_CRYPTO_SCALAR);
    assert_rc(schuil_scalar_check(&past), RC_CRYPTO_SCALAR);
    assert_rc(schuil_scalar_check(&doubled), RC_CRYPTO_SCALAR);
    assert_rc(schuil_scalar_check(&all), RC_CRYPTO_SCALAR);
    for (unsigned bit = 253; bit < 256; bit++) {
        struct scalar high = one;
        high.b[31] = (uint8_t)(1U << (bit - 248));
        assert_rc(schuil_scalar_check(&high), RC_CRYPTO_SCALAR);
    }
}

static void a_refused_scalar_refuses_everything_and_leaves_zeros(void **state)
{
    const struct scalar bad[] = {{{0}}, order, order_plus(1)};
    struct element elements[2] = {random_element(), random_element()};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct element got[2] = {elements[0], elements[1]};
        bool is_good[2] = {true, true};
        struct scalar product = one;

        assert_rc(schuil_group_multiply(2, elements, &bad[i], got, is_good), RC_CRYPTO_SCALAR);
        assert_zeros(got, sizeof got);
        assert_false(is_good[0] || is_good[1]);
        got[0] = elements[0];
        assert_rc(schuil_group_base(&bad[i], &got[0]), RC_CRYPTO_SCALAR);
        assert_zeros(&got[0], sizeof got[0]);
        assert_rc(schuil_scalar_multiply(&bad[i], &one, &product), RC_CRYPTO_SCALAR);
        assert_zeros(&product, sizeof product);
        product = one;
        assert_rc(schuil_scalar_multiply(&one, &bad[i], &product), RC_CRYPTO_SCALAR);
        assert_zeros(&product, sizeof product);
        product = one;
        assert_rc(schuil_scalar_invert(&bad[i], &product), RC_CRYPTO_SCALAR);
        assert_zeros(&product, sizeof product);
    }
}

static void small_products_are_right_and_wrap_at_the_order(void **state)
{
    struct scalar three = small_scalar(3);
    struct scalar seven = small_scalar(7);
    struct scalar want = small_scalar(21);
    struct scalar minus_one = order_plus(-1);
    struct scalar got;

    (void)state;
    assert_ok(schuil_scalar_multiply(&three, &seven, &got));
    assert_memory_equal(&got, &want, sizeof got);
    assert_ok(schuil_scalar_multiply(&minus_one, &minus_one, &got));
    assert_memory_equal(&got, &one, sizeof got);
    assert_ok(schuil_scalar_invert(&minus_one, &got));
    assert_memory_equal(&got, &minus_one, sizeof got);
}

static void a_scalar_times_its_inverse_is_one_also_in_place(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        struct scalar a;
        struct scalar b;

        assert_ok(schuil_scalar_random(&a));
        assert_ok(schuil_scalar_check(&a));
        b = a;
        assert_ok(schuil_scalar_invert(&b, &b));
        assert_ok(schuil_scalar_multiply(&a, &b, &a));
        assert_memory_equal(&a, &one, sizeof a);
    }
}

static void refreshing_both_factors_keeps_the_product(void **state)
{
    struct scalar k;
    struct scalar s;
    struct scalar r;
    struct scalar before;
    struct scalar after;

    (void)state;
    assert_ok(schuil_scalar_random(&k));
    assert_ok(schuil_scalar_random(&s));
    assert_ok(schuil_scalar_random(&r));
    assert_ok(schuil_scalar_multiply(&k, &s, &before));
    assert_ok(schuil_scalar_multiply(&r, &k, &k));
    assert_ok(schuil_scalar_invert(&r, &r));
    assert_ok(schuil_scalar_multiply(&r, &s, &s));
    assert_ok(schuil_scalar_multiply(&k, &s, &after));
    assert_memory_equal(&before, &after, sizeof before);
}

/* --- evaluating: hashing and multiplying in one call --- */

enum { EVALUATED = 19 };

static void evaluating_equals_hashing_then_multiplying(void **state)
{
    struct bytes inputs[EVALUATED];
    char texts[EVALUATED][8];
    struct element got[EVALUATED], want[EVALUATED];
    bool is_good[EVALUATED];
    struct scalar s;

    (void)state;
    assert_ok(schuil_scalar_random(&s));
    for (size_t i = 0; i < EVALUATED; i++) {
        snprintf(texts[i], sizeof texts[i], "x%zu", i);
        inputs[i] = bytes_text(texts[i]);
        struct element h = hash_one(inputs[i]);
        want[i] = multiply_one(&h, &s);
    }
    for (size_t n = 0; n <= EVALUATED; n++) {
        memset(got, 0, sizeof got);
        assert_ok(schuil_group_evaluate(n, inputs, &s, got, is_good));
        assert_memory_equal(got, want, n * sizeof got[0]);
        for (size_t i = 0; i < n; i++)
            assert_true(is_good[i]);
    }
}

static void evaluating_refuses_a_bad_scalar_and_leaves_zeros(void **state)
{
    const struct bytes inputs[] = {bytes_text("a"), bytes_text("b")};
    struct element got[2] = {random_element(), random_element()};
    bool is_good[2] = {true, true};
    const struct scalar zero = {{0}};

    (void)state;
    assert_rc(schuil_group_evaluate(2, inputs, &zero, got, is_good), RC_CRYPTO_SCALAR);
    assert_zeros(got, sizeof got);
    assert_false(is_good[0] || is_good[1]);
}

static void the_kernel_in_use_passes_its_selftest(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_ok(schuil_group_selftest());
}

/* A kernel that was asked for and cannot run here: nothing is tested, and that is said. */
static bool is_kernel_absent(void)
{
    const char *name = getenv("SCHUILNAAM_KERNEL");

    if (name == NULL || strcmp(name, "ifma") != 0 ||
        schuil_rc_name(schuil_crypto_init()) != schuil_rc_name(schuil_rc(RC_CONFIG_KERNEL)))
        return false;
    printf("skipped: no AVX-512 IFMA on this machine\n");
    return true;
}

static int group_setup(void **state)
{
    const char *name = getenv("SCHUILNAAM_KERNEL");

    if (crypto_setup(state) != 0)
        return -1;
    return name == NULL || strcmp(name, schuil_group_kernel()) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multiples_of_the_base_point_are_the_rfcs),
        cmocka_unit_test(encodings_that_the_rfc_refuses_are_refused),
        cmocka_unit_test(an_encoding_with_its_highest_bit_set_is_refused),
        cmocka_unit_test(the_rfcs_blinded_and_evaluated_elements_come_out),
        cmocka_unit_test(the_rfcs_public_key_comes_out),
        cmocka_unit_test(unblinding_gives_back_the_unblinded_product),
        cmocka_unit_test(h_of_x_is_the_second_implementations),
        cmocka_unit_test(q_and_p_are_the_second_implementations),
        cmocka_unit_test(a_batch_hashes_as_its_members_alone),
        cmocka_unit_test(a_bad_element_in_a_batch_leaves_the_others_alone),
        cmocka_unit_test(a_batch_may_be_multiplied_in_place),
        cmocka_unit_test(an_empty_batch_is_fine),
        cmocka_unit_test(an_input_too_long_refuses_the_batch_and_leaves_zeros),
        cmocka_unit_test(scalars_are_refused_from_zero_and_from_the_order_on),
        cmocka_unit_test(a_refused_scalar_refuses_everything_and_leaves_zeros),
        cmocka_unit_test(small_products_are_right_and_wrap_at_the_order),
        cmocka_unit_test(a_scalar_times_its_inverse_is_one_also_in_place),
        cmocka_unit_test(refreshing_both_factors_keeps_the_product),
        cmocka_unit_test(the_kernel_in_use_passes_its_selftest),
        cmocka_unit_test(evaluating_equals_hashing_then_multiplying),
        cmocka_unit_test(evaluating_refuses_a_bad_scalar_and_leaves_zeros),
    };

    if (is_kernel_absent())
        return 0;
    return cmocka_run_group_tests(tests, group_setup, NULL);
}
