/* SPDX-License-Identifier: Apache-2.0 */
/* XChaCha20-Poly1305 against the second implementation's temporary pseudonyms and Wycheproof
 * (Apache-2.0). Wycheproof's cases with a nonce that is not 24 bytes (all to be refused) are out of
 * the interface: the type of the nonce says 24; they are counted. */
#include "unit.h"

#include "schuilnaam/crypto/aead.h"

enum { HEADER_LEN = 16, BODY_LEN = 40, TEMPORARY_LEN = 96 };

static const struct transport_key key = {{1, 2, 3}};
static const uint8_t nonce[XCHACHA_NONCE_LEN] = {4, 5, 6};

static void temporary_pseudonyms_are_the_second_implementations(void **state)
{
    json_t *root = vector_file("finals.json");
    size_t i;
    const json_t *one;

    (void)state;
    json_array_foreach(vector_member(root, "temporaries"), i, one)
    {
        struct transport_key transport;
        uint8_t want[TEMPORARY_LEN];
        uint8_t body[BODY_LEN];
        uint8_t box[BODY_LEN + XCHACHA_TAG_LEN];
        struct writer w = writer_over(body, sizeof body);
        uint8_t q[32];

        vector_hex_exact(one, "transport_key", &transport, sizeof transport);
        vector_hex_exact(one, "bytes", want, sizeof want);
        vector_hex_exact(one, "q", q, sizeof q);
        put_u32(&w, (uint32_t)vector_number(one, "provider"));
        put_u32(&w, (uint32_t)vector_number(one, "epoch"));
        put_bytes(&w, bytes_of(q, sizeof q));
        assert_ok(schuil_xchacha_seal(&transport, want + HEADER_LEN, bytes_of(want, HEADER_LEN),
                                      writer_bytes(&w), box));
        assert_memory_equal(box, want + HEADER_LEN + XCHACHA_NONCE_LEN, sizeof box);
    }
    assert_true(i >= 30);
    json_decref(root);
}

/* --- Wycheproof --- */

static void check_valid(const struct transport_key *k, const uint8_t *n, struct bytes ad,
                        struct bytes plain, struct bytes box)
{
    static uint8_t got[VECTOR_LEN_MAX];

    assert_int_equal(box.len, plain.len + XCHACHA_TAG_LEN);
    assert_ok(schuil_xchacha_seal(k, n, ad, plain, got));
    assert_memory_equal(got, box.data, box.len);
    assert_ok(schuil_xchacha_open(k, n, ad, box, got));
    assert_memory_equal(got, plain.data, plain.len);
}

static void check_case(const json_t *one)
{
    static struct vector_bytes ad;
    static struct vector_bytes plain;
    static struct vector_bytes ct;
    static struct vector_bytes tag;
    static uint8_t box[VECTOR_LEN_MAX];
    static uint8_t got[VECTOR_LEN_MAX];
    struct transport_key k;
    uint8_t n[XCHACHA_NONCE_LEN];
    struct writer w = writer_over(box, sizeof box);

    vector_hex_exact(one, "key", &k, sizeof k);
    vector_hex_exact(one, "iv", n, sizeof n);
    put_bytes(&w, vector_hex(one, "ct", &ct));
    put_bytes(&w, vector_hex(one, "tag", &tag));
    struct bytes aad = vector_hex(one, "aad", &ad);
    if (strcmp(vector_text(one, "result"), "valid") == 0) {
        check_valid(&k, n, aad, vector_hex(one, "msg", &plain), writer_bytes(&w));
        return;
    }
    memset(got, 0xaa, sizeof got);
    assert_rc(schuil_xchacha_open(&k, n, aad, writer_bytes(&w), got), RC_CRYPTO);
    assert_zeros(got, ct.len);
    assert_all(got + ct.len, 0xaa, sizeof got - ct.len);
}

static void wycheproofs_cases_hold(void **state)
{
    json_t *root = vector_file_shared("wycheproof-xchacha20_poly1305_test.json");
    size_t done_count = 0;
    size_t out_count = 0;
    size_t i;
    size_t j;
    const json_t *group;
    const json_t *one;

    (void)state;
    if (root == NULL)
        skip();
    json_array_foreach(vector_member(root, "testGroups"), i, group)
        json_array_foreach(vector_member(group, "tests"), j, one)
    {
        if (vector_number(group, "ivSize") != 8 * XCHACHA_NONCE_LEN) {
            out_count++;
            continue;
        }
        check_case(one);
        done_count++;
    }
    printf("wycheproof-xchacha20_poly1305: %zu cases, %zu with another nonce length out\n",
           done_count, out_count);
    assert_int_equal(done_count + out_count, 315);
    assert_int_equal(done_count, 306);
    json_decref(root);
}

/* --- promises --- */

static void each_changed_bit_is_refused_and_leaves_zeros(void **state)
{
    uint8_t ad[] = "header";
    uint8_t plain[] = "a secret of this length";
    uint8_t box[sizeof plain + XCHACHA_TAG_LEN];
    uint8_t got[sizeof plain];

    (void)state;
    assert_ok(schuil_xchacha_seal(&key, nonce, bytes_of(ad, sizeof ad),
                                  bytes_of(plain, sizeof plain), box));
    for (size_t bit = 0; bit < 8 * sizeof box; bit++) {
        box[bit / 8] ^= (uint8_t)(1U << bit % 8);
        memset(got, 0xaa, sizeof got);
        assert_rc(schuil_xchacha_open(&key, nonce, bytes_of(ad, sizeof ad),
                                      bytes_of(box, sizeof box), got),
                  RC_CRYPTO);
        assert_zeros(got, sizeof got);
        box[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t bit = 0; bit < 8 * sizeof ad; bit++) {
        ad[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_rc(schuil_xchacha_open(&key, nonce, bytes_of(ad, sizeof ad),
                                      bytes_of(box, sizeof box), got),
                  RC_CRYPTO);
        ad[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_ok(
        schuil_xchacha_open(&key, nonce, bytes_of(ad, sizeof ad), bytes_of(box, sizeof box), got));
    assert_memory_equal(got, plain, sizeof plain);
}

static void another_key_or_nonce_is_refused(void **state)
{
    const struct transport_key other_key = {{1, 2, 4}};
    const uint8_t other_nonce[XCHACHA_NONCE_LEN] = {[23] = 1};
    struct bytes ad = bytes_text("header");
    uint8_t box[5 + XCHACHA_TAG_LEN];
    uint8_t got[5];

    (void)state;
    assert_ok(schuil_xchacha_seal(&key, nonce, ad, bytes_of("12345", 5), box));
    assert_rc(schuil_xchacha_open(&other_key, nonce, ad, bytes_of(box, sizeof box), got),
              RC_CRYPTO);
    assert_rc(schuil_xchacha_open(&key, other_nonce, ad, bytes_of(box, sizeof box), got),
              RC_CRYPTO);
    assert_rc(schuil_xchacha_open(&key, nonce, bytes_of(NULL, 0), bytes_of(box, sizeof box), got),
              RC_CRYPTO);
    assert_zeros(got, sizeof got);
}

static void a_box_shorter_than_a_tag_is_refused_and_touches_nothing(void **state)
{
    const uint8_t box[XCHACHA_TAG_LEN] = {0};
    uint8_t got[4];

    (void)state;
    memset(got, 0xaa, sizeof got);
    for (size_t len = 0; len <= sizeof box; len++)
        assert_rc(schuil_xchacha_open(&key, nonce, bytes_of(NULL, 0), bytes_of(box, len), got),
                  RC_CRYPTO);
    assert_all(got, 0xaa, sizeof got);
}

static void an_empty_plaintext_is_a_tag_alone(void **state)
{
    uint8_t box[XCHACHA_TAG_LEN];
    uint8_t nothing = 0;

    (void)state;
    assert_ok(schuil_xchacha_seal(&key, nonce, bytes_text("header"), bytes_of(NULL, 0), box));
    assert_ok(schuil_xchacha_open(&key, nonce, bytes_text("header"), bytes_of(box, sizeof box),
                                  &nothing));
}

static void a_plaintext_past_the_limit_is_refused_and_touches_nothing(void **state)
{
    uint8_t got[4];

    (void)state;
    memset(got, 0xaa, sizeof got);
    assert_rc(schuil_xchacha_seal(&key, nonce, bytes_of(NULL, 0),
                                  bytes_of(got, (size_t)XCHACHA_PLAIN_LEN_MAX + 1), got),
              RC_INPUT_LENGTH);
    assert_all(got, 0xaa, sizeof got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(temporary_pseudonyms_are_the_second_implementations),
        cmocka_unit_test(wycheproofs_cases_hold),
        cmocka_unit_test(each_changed_bit_is_refused_and_leaves_zeros),
        cmocka_unit_test(another_key_or_nonce_is_refused),
        cmocka_unit_test(a_box_shorter_than_a_tag_is_refused_and_touches_nothing),
        cmocka_unit_test(an_empty_plaintext_is_a_tag_alone),
        cmocka_unit_test(a_plaintext_past_the_limit_is_refused_and_touches_nothing),
    };

    return cmocka_run_group_tests(tests, crypto_setup, NULL);
}
