/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE2b-256 and SHA-256. BLAKE2b figures: "abc" and empty, keyed (00 01 .. 1f) and not, made with
 * Python's hashlib, which is another implementation. SHA-256: FIPS 180-4's examples. */
#include "unit.h"

#include "schuilnaam/crypto/hash.h"

static void assert_hash(const uint8_t got[HASH_LEN], const char *want_hex)
{
    static struct vector_bytes want;

    assert_int_equal(vector_hex_text(want_hex, &want).len, HASH_LEN);
    assert_memory_equal(got, want.b, HASH_LEN);
}

static struct manifest_key counting_key(void)
{
    struct manifest_key key;

    for (uint8_t i = 0; i < sizeof key.b; i++)
        key.b[i] = i;
    return key;
}

static void blake2b_gives_known_answers(void **state)
{
    struct bytes abc = bytes_text("abc");
    uint8_t got[HASH_LEN];

    (void)state;
    schuil_blake2b(1, &abc, got);
    assert_hash(got, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    schuil_blake2b(0, NULL, got);
    assert_hash(got, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

static void keyed_blake2b_gives_known_answers(void **state)
{
    struct manifest_key key = counting_key();
    struct bytes abc = bytes_text("abc");
    uint8_t got[HASH_LEN];

    (void)state;
    schuil_blake2b_keyed(&key, 1, &abc, got);
    assert_hash(got, "d63a32d3e44738d7907f964316c241adaba0abfeabc32349677578a15a203f7f");
    schuil_blake2b_keyed(&key, 0, NULL, got);
    assert_hash(got, "4e51e7a913fc80137da52880fecca175bf81e117d5c68126dc2774033517ea0d");
}

static void parts_are_joined_and_empty_ones_count_for_nothing(void **state)
{
    const struct bytes parts[] = {bytes_text("a"), bytes_of(NULL, 0), bytes_text("bc"),
                                  bytes_text("")};
    struct manifest_key key = counting_key();
    uint8_t got[HASH_LEN];

    (void)state;
    schuil_blake2b(COUNT_OF(parts), parts, got);
    assert_hash(got, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    schuil_blake2b_keyed(&key, COUNT_OF(parts), parts, got);
    assert_hash(got, "d63a32d3e44738d7907f964316c241adaba0abfeabc32349677578a15a203f7f");
}

static void a_state_gives_what_the_parts_give(void **state)
{
    struct hash_state hash;
    uint8_t got[HASH_LEN];

    (void)state;
    for (int round = 0; round < 2; round++) { /* a state that ended can be begun again */
        schuil_hash_begin(&hash);
        schuil_hash_put(&hash, bytes_text("a"));
        schuil_hash_put(&hash, bytes_of(NULL, 0));
        schuil_hash_put(&hash, bytes_text("bc"));
        schuil_hash_end(&hash, got);
        assert_hash(got, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
        assert_true(schuil_ct_is_zero(&hash, sizeof hash));
    }
}

static void another_key_gives_another_mac(void **state)
{
    struct bytes abc = bytes_text("abc");
    uint8_t first[HASH_LEN];
    uint8_t second[HASH_LEN];

    (void)state;
    for (size_t i = 0; i < 32; i++) {
        struct manifest_key key = counting_key();
        schuil_blake2b_keyed(&key, 1, &abc, first);
        key.b[i] ^= 1;
        schuil_blake2b_keyed(&key, 1, &abc, second);
        assert_memory_not_equal(first, second, HASH_LEN);
    }
}

static void sha256_gives_known_answers(void **state)
{
    uint8_t got[HASH_LEN];

    (void)state;
    schuil_sha256(bytes_text("abc"), got);
    assert_hash(got, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    schuil_sha256(bytes_of(NULL, 0), got);
    assert_hash(got, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blake2b_gives_known_answers),
        cmocka_unit_test(keyed_blake2b_gives_known_answers),
        cmocka_unit_test(parts_are_joined_and_empty_ones_count_for_nothing),
        cmocka_unit_test(a_state_gives_what_the_parts_give),
        cmocka_unit_test(another_key_gives_another_mac),
        cmocka_unit_test(sha256_gives_known_answers),
    };

    return cmocka_run_group_tests(tests, crypto_setup, NULL);
}
