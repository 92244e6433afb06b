/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 against RFC 8032 section 7.1 (TEST 1 to 3), and what verification must refuse. */
#include "unit.h"

#include "schuilnaam/crypto/hash.h"

static const struct {
    const char *seed;
    const char *public_key;
    const char *message;
    const char *signature;
} rfc8032[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

static void hex_into(const char *hex, void *ret, size_t len)
{
    static struct vector_bytes bytes;

    assert_int_equal(vector_hex_text(hex, &bytes).len, len);
    memcpy(ret, bytes.b, len);
}

static void the_figures_of_the_rfc_come_out(void **state)
{
    static struct vector_bytes message;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rfc8032); i++) {
        struct signing_seed seed;
        struct signing_pair pair;
        uint8_t want_public[ED25519_PUBLIC_LEN];
        uint8_t want[ED25519_SIGNATURE_LEN];
        uint8_t public_key[ED25519_PUBLIC_LEN];
        uint8_t signature[ED25519_SIGNATURE_LEN];
        struct bytes text = vector_hex_text(rfc8032[i].message, &message);

        hex_into(rfc8032[i].seed, &seed, sizeof seed);
        hex_into(rfc8032[i].public_key, want_public, sizeof want_public);
        hex_into(rfc8032[i].signature, want, sizeof want);
        schuil_ed25519_public(&seed, public_key);
        assert_memory_equal(public_key, want_public, sizeof public_key);
        schuil_ed25519_pair(&seed, &pair);
        assert_ok(schuil_ed25519_sign(&pair, text, signature));
        assert_memory_equal(signature, want, sizeof signature);
        assert_true(schuil_ed25519_verify(public_key, text, signature));
    }
}

static void each_changed_bit_is_refused(void **state)
{
    const struct signing_seed seed = {{7}};
    struct signing_pair pair;
    uint8_t message[] = "head of a chain";
    struct bytes text = bytes_of(message, sizeof message);
    uint8_t public_key[ED25519_PUBLIC_LEN];
    uint8_t signature[ED25519_SIGNATURE_LEN];

    (void)state;
    schuil_ed25519_public(&seed, public_key);
    schuil_ed25519_pair(&seed, &pair);
    assert_ok(schuil_ed25519_sign(&pair, text, signature));
    for (size_t bit = 0; bit < 8 * sizeof signature; bit++) {
        signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(schuil_ed25519_verify(public_key, text, signature));
        signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t bit = 0; bit < 8 * sizeof message; bit++) {
        message[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(schuil_ed25519_verify(public_key, text, signature));
        message[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_false(
        schuil_ed25519_verify(public_key, bytes_of(message, sizeof message - 1), signature));
    assert_true(schuil_ed25519_verify(public_key, text, signature));
}

static void another_key_is_refused(void **state)
{
    const struct signing_seed seed = {{7}};
    struct signing_pair pair;
    const struct signing_seed other = {{8}};
    uint8_t public_key[ED25519_PUBLIC_LEN];
    uint8_t signature[ED25519_SIGNATURE_LEN];

    (void)state;
    schuil_ed25519_public(&other, public_key);
    schuil_ed25519_pair(&seed, &pair);
    assert_ok(schuil_ed25519_sign(&pair, bytes_text("m"), signature));
    assert_false(schuil_ed25519_verify(public_key, bytes_text("m"), signature));
}

/* The neutral point as public key, R the same and S zero: without a check on the key's order this
 * verifies for every message. */
static void a_public_key_of_small_order_is_refused(void **state)
{
    const uint8_t neutral[ED25519_PUBLIC_LEN] = {1};
    const uint8_t signature[ED25519_SIGNATURE_LEN] = {1};

    (void)state;
    assert_false(schuil_ed25519_verify(neutral, bytes_text("any"), signature));
}

/* S + l verifies where S is not checked: one signature would have two forms. */
static void a_second_half_that_is_not_reduced_is_refused(void **state)
{
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                                      0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    const struct signing_seed seed = {{7}};
    struct signing_pair pair;
    uint8_t public_key[ED25519_PUBLIC_LEN];
    uint8_t signature[ED25519_SIGNATURE_LEN];
    unsigned carry = 0;

    (void)state;
    schuil_ed25519_public(&seed, public_key);
    schuil_ed25519_pair(&seed, &pair);
    assert_ok(schuil_ed25519_sign(&pair, bytes_text("m"), signature));
    for (size_t i = 0; i < 32; i++) {
        carry += signature[32 + i] + (unsigned)order[i];
        signature[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_int_equal(carry, 0);
    assert_false(schuil_ed25519_verify(public_key, bytes_text("m"), signature));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_figures_of_the_rfc_come_out),
        cmocka_unit_test(each_changed_bit_is_refused),
        cmocka_unit_test(another_key_is_refused),
        cmocka_unit_test(a_public_key_of_small_order_is_refused),
        cmocka_unit_test(a_second_half_that_is_not_reduced_is_refused),
    };

    return cmocka_run_group_tests(tests, crypto_setup, NULL);
}
