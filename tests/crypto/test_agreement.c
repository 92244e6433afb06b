/* SPDX-License-Identifier: Apache-2.0 */
/* Agreement between compartments, against the second implementation (tests/vectors). */
#include "unit.h"

#include "schuilnaam/crypto/agreement.h"
#include "schuilnaam/crypto/group.h"

struct case_keys {
    struct agreement a;
    struct pair_key pair;
    struct agreement_key translate, issue;
};

static void take(const json_t *object, const char *key, void *ret, size_t len)
{
    struct vector_bytes bytes;
    assert_int_equal(vector_hex(object, key, &bytes).len, len);
    memcpy(ret, bytes.b, len);
}

static struct case_keys keys_of(const json_t *c)
{
    struct case_keys k = {.a = {.purpose = vector_text(c, "purpose"),
                                .number = (uint32_t)vector_number(c, "number")}};
    take(c, "translate_public", k.a.translate_public, 32);
    take(c, "issue_public", k.a.issue_public, 32);
    take(c, "pair", k.pair.b, 32);
    take(c, "translate_key", k.translate.b, 32);
    take(c, "issue_key", k.issue.b, 32);
    return k;
}

static void assert_mac(const struct case_keys *k, const char *side, const json_t *c,
                       const char *wanted)
{
    uint8_t mac[HASH_LEN], want[HASH_LEN];
    take(c, wanted, want, sizeof want);
    schuil_agreement_mac(&k->a, &k->pair, side, mac);
    assert_memory_equal(mac, want, sizeof mac);
}

static void both_sides_get_what_the_second_implementation_gets(void **state)
{
    json_t *file = vector_file("agreement.json");
    const json_t *cases = vector_member(file, "cases");
    (void)state;
    assert_true(json_array_size(cases) >= 3);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        struct case_keys k = keys_of(c);
        struct agreement_secret one, other, want;
        struct scalar r, want_r;
        assert_mac(&k, "translate", c, "translate_mac");
        assert_mac(&k, "issue", c, "issue_mac");
        take(c, "secret", want.b, sizeof want.b);
        take(c, "scalar", want_r.b, sizeof want_r.b);
        assert_ok(schuil_agreement_secret(&k.a, &k.pair, &k.translate, k.a.issue_public, &one));
        assert_ok(schuil_agreement_secret(&k.a, &k.pair, &k.issue, k.a.translate_public, &other));
        assert_memory_equal(one.b, want.b, sizeof want.b);
        assert_memory_equal(other.b, want.b, sizeof want.b);
        assert_ok(schuil_scalar_reduce(one.b, &r));
        assert_memory_equal(r.b, want_r.b, sizeof r.b);
    }
    json_decref(file);
}

static void drawn_keys_agree_and_whatever_differs_shows(void **state)
{
    struct agreement a = {.purpose = "refresh", .number = 3}, other;
    struct agreement_key translate, issue;
    struct pair_key pair = {{1}}, another = {{2}};
    struct agreement_secret one, two;
    uint8_t mac[HASH_LEN], differs[HASH_LEN];
    (void)state;
    assert_ok(schuil_agreement_draw(&translate, a.translate_public));
    assert_ok(schuil_agreement_draw(&issue, a.issue_public));
    assert_ok(schuil_agreement_secret(&a, &pair, &translate, a.issue_public, &one));
    assert_ok(schuil_agreement_secret(&a, &pair, &issue, a.translate_public, &two));
    assert_memory_equal(one.b, two.b, sizeof one.b);
    assert_ok(schuil_agreement_secret(&a, &another, &issue, a.translate_public, &two));
    assert_memory_not_equal(one.b, two.b, sizeof one.b);
    schuil_agreement_mac(&a, &pair, "issue", mac);
    schuil_agreement_mac(&a, &pair, "translate", differs);
    assert_memory_not_equal(mac, differs, sizeof mac);
    schuil_agreement_mac(&a, &another, "issue", differs);
    assert_memory_not_equal(mac, differs, sizeof mac);
    for (int i = 0; i < 4; i++) {
        other = a;
        other.purpose = i == 0 ? "transport" : other.purpose;
        other.number += i == 1;
        other.translate_public[31] ^= i == 2;
        other.issue_public[0] ^= i == 3;
        schuil_agreement_mac(&other, &pair, "issue", differs);
        assert_memory_not_equal(mac, differs, sizeof mac);
    }
}

/* RFC 7748 section 6.1: the points of small order, whose result is all zeros. */
static void a_point_of_small_order_is_refused(void **state)
{
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    };
    struct agreement a = {.purpose = "refresh", .number = 3};
    struct agreement_key key;
    struct pair_key pair = {{1}};
    struct vector_bytes point;
    struct agreement_secret secret;
    (void)state;
    assert_ok(schuil_agreement_draw(&key, a.translate_public));
    for (size_t i = 0; i < COUNT_OF(points); i++) {
        memset(secret.b, 0xaa, sizeof secret.b);
        vector_hex_text(points[i], &point);
        assert_rc(schuil_agreement_secret(&a, &pair, &key, point.b, &secret), RC_CRYPTO);
        assert_zeros(secret.b, sizeof secret.b);
    }
}

static void the_scalar_zero_is_refused(void **state)
{
    static const uint8_t zero[64] = {0};
    struct scalar r;
    (void)state;
    assert_rc(schuil_scalar_reduce(zero, &r), RC_CRYPTO_SCALAR);
    assert_zeros(r.b, sizeof r.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_get_what_the_second_implementation_gets),
        cmocka_unit_test(drawn_keys_agree_and_whatever_differs_shows),
        cmocka_unit_test(a_point_of_small_order_is_refused),
        cmocka_unit_test(the_scalar_zero_is_refused),
    };
    return cmocka_run_group_tests(tests, crypto_setup, NULL);
}
