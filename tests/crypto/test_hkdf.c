/* SPDX-License-Identifier: Apache-2.0 */
/* HKDF against RFC 5869 A.1 to A.3, the second implementation, and Wycheproof (Apache-2.0). */
#include "unit.h"

#include "schuilnaam/crypto/hash.h"

static struct schuil_rc hkdf_call(bool is_sha512, struct bytes ikm, struct bytes salt,
                                  struct bytes info, uint8_t *ret, size_t ret_len)
{
    if (is_sha512)
        return schuil_hkdf_sha512(ikm, salt, info, ret, ret_len);
    return schuil_hkdf_sha256(ikm, salt, info, ret, ret_len);
}

/* RFC 5869 appendix A.1, A.2, A.3 (SHA-256). */
static const struct {
    const char *ikm;
    const char *salt;
    const char *info;
    const char *okm;
} rfc5869[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
     "f0f1f2f3f4f5f6f7f8f9",
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
     "34007208d5b887185865"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
     "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
     "404142434445464748494a4b4c4d4e4f",
     "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
     "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
     "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
     "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
     "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
     "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
     "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
     "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
     "cc30c58179ec3e87c14c01d5c1f3434f1d87"},
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
     "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
     "9d201395faa4b61a96c8"},
};

static void the_figures_of_the_rfc_come_out(void **state)
{
    static struct vector_bytes ikm;
    static struct vector_bytes salt;
    static struct vector_bytes info;
    static struct vector_bytes okm;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rfc5869); i++) {
        uint8_t got[128];
        struct bytes want = vector_hex_text(rfc5869[i].okm, &okm);

        assert_ok(schuil_hkdf_sha256(vector_hex_text(rfc5869[i].ikm, &ikm),
                                     vector_hex_text(rfc5869[i].salt, &salt),
                                     vector_hex_text(rfc5869[i].info, &info), got, want.len));
        assert_memory_equal(got, want.data, want.len);
    }
}

/* One case of a file; the members have the same names in ours and in Wycheproof's. */
static void check_case(const json_t *one, bool is_sha512, bool is_valid)
{
    static struct vector_bytes ikm;
    static struct vector_bytes salt;
    static struct vector_bytes info;
    static struct vector_bytes okm;
    static uint8_t got[VECTOR_LEN_MAX];
    size_t size = vector_number(one, "size");

    memset(got, 0xaa, sizeof got);
    struct schuil_rc rc =
        hkdf_call(is_sha512, vector_hex(one, "ikm", &ikm), vector_hex(one, "salt", &salt),
                  vector_hex(one, "info", &info), got, size);
    if (!is_valid) {
        assert_rc(rc, RC_INPUT_LENGTH);
        assert_all(got, 0xaa, sizeof got);
        return;
    }
    assert_ok(rc);
    assert_int_equal(vector_hex(one, "okm", &okm).len, size);
    assert_memory_equal(got, okm.b, size);
    assert_all(got + size, 0xaa, sizeof got - size);
}

static void the_second_implementations_answers_come_out(void **state)
{
    json_t *root = vector_file("hkdf_sha512.json");
    size_t i;
    const json_t *one;

    (void)state;
    json_array_foreach(vector_member(root, "cases"), i, one) check_case(one, true, true);
    assert_true(i >= 3);
    json_decref(root);
}

static void run_wycheproof(const char *name, bool is_sha512, size_t want_count)
{
    json_t *root = vector_file_shared(name);
    size_t count = 0;
    size_t i;
    size_t j;
    const json_t *group;
    const json_t *one;

    if (root == NULL)
        skip();
    json_array_foreach(vector_member(root, "testGroups"), i, group)
        json_array_foreach(vector_member(group, "tests"), j, one)
    {
        check_case(one, is_sha512, strcmp(vector_text(one, "result"), "valid") == 0);
        count++;
    }
    assert_int_equal(count, want_count);
    printf("%s: %zu cases\n", name, count);
    json_decref(root);
}

static void wycheproofs_sha512_cases_hold(void **state)
{
    (void)state;
    run_wycheproof("wycheproof-hkdf_sha512_test.json", true, 83);
}

static void wycheproofs_sha256_cases_hold(void **state)
{
    (void)state;
    run_wycheproof("wycheproof-hkdf_sha256_test.json", false, 86);
}

static void lengths_out_of_range_are_refused_and_touch_nothing(void **state)
{
    static const uint8_t info[HKDF_INFO_LEN_MAX + 1];
    static uint8_t got[255 * 64 + 1];
    struct bytes none = bytes_of(NULL, 0);
    struct bytes ikm = bytes_text("ikm");

    (void)state;
    memset(got, 0xaa, sizeof got);
    for (int is_sha512 = 0; is_sha512 < 2; is_sha512++) {
        size_t most = is_sha512 != 0 ? 255 * 64 : 255 * 32;
        assert_rc(hkdf_call(is_sha512, ikm, none, none, got, 0), RC_INPUT_LENGTH);
        assert_rc(hkdf_call(is_sha512, ikm, none, none, got, most + 1), RC_INPUT_LENGTH);
        assert_rc(hkdf_call(is_sha512, ikm, none, bytes_of(info, sizeof info), got, 64),
                  RC_INPUT_LENGTH);
        assert_all(got, 0xaa, sizeof got);
    }
    assert_ok(schuil_hkdf_sha512(ikm, none, bytes_of(info, HKDF_INFO_LEN_MAX), got, 64));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_figures_of_the_rfc_come_out),
        cmocka_unit_test(the_second_implementations_answers_come_out),
        cmocka_unit_test(wycheproofs_sha512_cases_hold),
        cmocka_unit_test(wycheproofs_sha256_cases_hold),
        cmocka_unit_test(lengths_out_of_range_are_refused_and_touch_nothing),
    };

    return cmocka_run_group_tests(tests, crypto_setup, NULL);
}
