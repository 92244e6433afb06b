/* SPDX-License-Identifier: Apache-2.0 */
/* AES-256-SIV against the second implementation's finals and Wycheproof (Apache-2.0).
 *
 * Out of the interface, and counted: Wycheproof's keys of 32 and 48 bytes (ours have 64), empty
 * associated data (the protocol has none, and empty is refused) and empty plaintext. The
 * file of AES-SIV with a nonce is out altogether: a nonce is a second associated-data string, and
 * ours has one. RFC 5297's own figures have 32-byte keys: the second implementation, whose finals
 * are compared here, is checked with those. */
#include <openssl/err.h>
#include <pthread.h>

#include "unit.h"

#include "schuilnaam/crypto/aead.h"

enum { FINAL_LEN = 48, PLAIN_LEN = 32 };

static const struct siv_key key = {{1, 2, 3}};

static struct siv_template *template_of(const struct siv_key *k, struct bytes ad)
{
    struct siv_template *siv = NULL;

    assert_ok(schuil_siv_template_new(k, ad, &siv));
    assert_non_null(siv);
    return siv;
}

static void finals_are_the_second_implementations(void **state)
{
    static struct vector_bytes ad;
    json_t *root = vector_file("finals.json");
    size_t i;
    const json_t *one;

    (void)state;
    json_array_foreach(vector_member(root, "finals"), i, one)
    {
        struct siv_key w;
        uint8_t p[PLAIN_LEN];
        uint8_t want[FINAL_LEN];
        uint8_t got[FINAL_LEN];

        vector_hex_exact(one, "w", &w, sizeof w);
        vector_hex_exact(one, "p", p, sizeof p);
        vector_hex_exact(one, "final", want, sizeof want);
        struct siv_template *siv = template_of(&w, vector_hex(one, "ad", &ad));
        assert_ok(schuil_siv_seal(siv, bytes_of(p, sizeof p), got));
        assert_memory_equal(got, want, sizeof want);
        assert_ok(schuil_siv_open(siv, bytes_of(want, sizeof want), got));
        assert_memory_equal(got, p, sizeof p);
        assert_ok(schuil_siv_seal_many(siv, 1, p, sizeof p, got));
        assert_memory_equal(got, want, sizeof want);
        schuil_siv_template_free(siv);
    }
    assert_true(i >= 50);
    json_decref(root);
}

/* --- Wycheproof --- */

static void check_case(const json_t *one, struct siv_template *siv)
{
    static struct vector_bytes plain;
    static struct vector_bytes box;
    static uint8_t got[VECTOR_LEN_MAX];
    struct bytes want = vector_hex(one, "ct", &box);
    struct bytes msg = vector_hex(one, "msg", &plain);

    memset(got, 0xaa, sizeof got);
    if (strcmp(vector_text(one, "result"), "valid") == 0) {
        assert_int_equal(want.len, msg.len + SIV_TAG_LEN);
        assert_ok(schuil_siv_seal(siv, msg, got));
        assert_memory_equal(got, want.data, want.len);
        assert_ok(schuil_siv_open(siv, want, got));
        assert_memory_equal(got, msg.data, msg.len);
        if (msg.len <= SIV_BATCH_PLAIN_LEN_MAX) {
            assert_ok(schuil_siv_seal_many(siv, 1, msg.data, msg.len, got));
            assert_memory_equal(got, want.data, want.len);
        }
        return;
    }
    assert_rc(schuil_siv_open(siv, want, got), RC_CRYPTO);
    assert_zeros(got, want.len - SIV_TAG_LEN);
    assert_all(got + want.len - SIV_TAG_LEN, 0xaa, sizeof got - want.len + SIV_TAG_LEN);
}

enum verdict { CASE_DONE, CASE_KEY_LEN, CASE_EMPTY, CASE_VERDICT_COUNT };

static enum verdict run_case(const json_t *group, const json_t *one)
{
    static struct vector_bytes aad;
    struct siv_key k;
    struct bytes ad = vector_hex(one, "aad", &aad);

    if (vector_number(group, "keySize") != 8 * sizeof k)
        return CASE_KEY_LEN;
    if (ad.len == 0 || vector_text(one, "msg")[0] == '\0')
        return CASE_EMPTY;
    vector_hex_exact(one, "key", &k, sizeof k);
    struct siv_template *siv = template_of(&k, ad);
    check_case(one, siv);
    schuil_siv_template_free(siv);
    return CASE_DONE;
}

static void wycheproofs_cases_hold(void **state)
{
    json_t *root = vector_file_shared("wycheproof-aes_siv_cmac_test.json");
    size_t counts[CASE_VERDICT_COUNT] = {0};
    size_t i;
    size_t j;
    const json_t *group;
    const json_t *one;

    (void)state;
    if (root == NULL)
        skip();
    json_array_foreach(vector_member(root, "testGroups"), i, group)
        json_array_foreach(vector_member(group, "tests"), j, one) counts[run_case(group, one)]++;
    printf("wycheproof-aes_siv_cmac: %zu cases; out: %zu with other key lengths, %zu with empty "
           "strings\n",
           counts[CASE_DONE], counts[CASE_KEY_LEN], counts[CASE_EMPTY]);
    assert_int_equal(counts[CASE_KEY_LEN], 295);
    assert_int_equal(counts[CASE_DONE] + counts[CASE_EMPTY], 147);
    assert_true(counts[CASE_DONE] > 0);
    json_decref(root);
}

/* --- promises --- */

static void a_template_seals_and_opens_any_number_of_times(void **state)
{
    struct siv_template *siv = template_of(&key, bytes_text("ad"));
    const uint8_t plain[PLAIN_LEN] = {7};
    uint8_t first[FINAL_LEN];
    uint8_t box[FINAL_LEN];
    uint8_t back[PLAIN_LEN];

    (void)state;
    assert_ok(schuil_siv_seal(siv, bytes_of(plain, sizeof plain), first));
    for (int i = 0; i < 20; i++) {
        assert_ok(schuil_siv_seal(siv, bytes_of(plain, sizeof plain), box));
        assert_memory_equal(box, first, sizeof box);
        assert_ok(schuil_siv_open(siv, bytes_of(box, sizeof box), back));
        assert_memory_equal(back, plain, sizeof back);
        box[0] ^= 1;
        assert_rc(schuil_siv_open(siv, bytes_of(box, sizeof box), back), RC_CRYPTO);
    }
    schuil_siv_template_free(siv);
}

static void every_length_comes_back(void **state)
{
    static uint8_t plain[SIV_PLAIN_LEN_MAX];
    static uint8_t box[SIV_PLAIN_LEN_MAX + SIV_TAG_LEN];
    static uint8_t back[SIV_PLAIN_LEN_MAX];
    struct siv_template *siv = template_of(&key, bytes_text("ad"));

    (void)state;
    assert_ok(schuil_random(plain, sizeof plain));
    for (size_t len = 1; len <= SIV_PLAIN_LEN_MAX; len += len < 100 ? 1 : 5453) {
        assert_ok(schuil_siv_seal(siv, bytes_of(plain, len), box));
        assert_ok(schuil_siv_open(siv, bytes_of(box, len + SIV_TAG_LEN), back));
        assert_memory_equal(back, plain, len);
    }
    schuil_siv_template_free(siv);
}

static void each_changed_bit_is_refused_and_leaves_zeros(void **state)
{
    struct siv_template *siv = template_of(&key, bytes_text("ad"));
    const uint8_t plain[PLAIN_LEN] = {7};
    uint8_t box[FINAL_LEN];
    uint8_t back[PLAIN_LEN];

    (void)state;
    assert_ok(schuil_siv_seal(siv, bytes_of(plain, sizeof plain), box));
    for (size_t bit = 0; bit < 8 * sizeof box; bit++) {
        box[bit / 8] ^= (uint8_t)(1U << bit % 8);
        memset(back, 0xaa, sizeof back);
        assert_rc(schuil_siv_open(siv, bytes_of(box, sizeof box), back), RC_CRYPTO);
        assert_zeros(back, sizeof back);
        box[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    schuil_siv_template_free(siv);
}

static void another_key_or_associated_data_is_refused(void **state)
{
    struct siv_template *siv = template_of(&key, bytes_text("ad"));
    struct siv_template *other_ad = template_of(&key, bytes_text("ae"));
    const uint8_t plain[PLAIN_LEN] = {7};
    uint8_t box[FINAL_LEN];
    uint8_t back[PLAIN_LEN];

    (void)state;
    assert_ok(schuil_siv_seal(siv, bytes_of(plain, sizeof plain), box));
    assert_rc(schuil_siv_open(other_ad, bytes_of(box, sizeof box), back), RC_CRYPTO);
    for (size_t i = 0; i < sizeof key.b; i++) {
        struct siv_key other = key;
        other.b[i] ^= 0x80;
        struct siv_template *other_key = template_of(&other, bytes_text("ad"));
        assert_rc(schuil_siv_open(other_key, bytes_of(box, sizeof box), back), RC_CRYPTO);
        schuil_siv_template_free(other_key);
    }
    schuil_siv_template_free(siv);
    schuil_siv_template_free(other_ad);
}

static void lengths_out_of_range_are_refused(void **state)
{
    static uint8_t data[UINT16_MAX + 1 + SIV_TAG_LEN];
    struct siv_template *siv = template_of(&key, bytes_text("ad"));
    struct siv_template *none = siv;
    uint8_t got[SIV_TAG_LEN + 1];

    (void)state;
    memset(got, 0xaa, sizeof got);
    assert_rc(schuil_siv_seal(siv, bytes_of(data, 0), got), RC_INPUT_LENGTH);
    assert_rc(schuil_siv_seal(siv, bytes_of(data, SIV_PLAIN_LEN_MAX + 1), got), RC_INPUT_LENGTH);
    for (size_t len = 0; len <= SIV_TAG_LEN; len++)
        assert_rc(schuil_siv_open(siv, bytes_of(data, len), got), RC_CRYPTO);
    assert_all(got, 0xaa, sizeof got);
    assert_rc(schuil_siv_template_new(&key, bytes_of(data, 0), &none), RC_INPUT_LENGTH);
    assert_null(none);
    none = siv;
    assert_rc(schuil_siv_template_new(&key, bytes_of(data, UINT16_MAX + 1), &none),
              RC_INPUT_LENGTH);
    assert_null(none);
    schuil_siv_template_free(siv);
    schuil_siv_template_free(NULL);
}

static void a_box_past_the_limit_is_refused_and_leaves_zeros(void **state)
{
    static uint8_t box[SIV_PLAIN_LEN_MAX + 1 + SIV_TAG_LEN];
    static uint8_t got[SIV_PLAIN_LEN_MAX + 1];
    struct siv_template *siv = template_of(&key, bytes_text("ad"));

    (void)state;
    memset(got, 0xaa, sizeof got);
    assert_rc(schuil_siv_open(siv, bytes_of(box, sizeof box), got), RC_CRYPTO);
    assert_zeros(got, sizeof got);
    schuil_siv_template_free(siv);
}

static void a_refusal_leaves_no_error_for_the_threads_tls(void **state)
{
    struct siv_template *siv = template_of(&key, bytes_text("ad"));
    const uint8_t box[FINAL_LEN] = {0};
    uint8_t got[PLAIN_LEN];

    (void)state;
    ERR_clear_error();
    assert_rc(schuil_siv_open(siv, bytes_of(box, sizeof box), got), RC_CRYPTO);
    assert_int_equal(ERR_peek_error(), 0);
    schuil_siv_template_free(siv);
}

/* --- many at once: OpenSSL's single seal judges --- */

enum { MANY_COUNT = 640, BATCH_BOX_LEN_MAX = SIV_TAG_LEN + SIV_BATCH_PLAIN_LEN_MAX };

static uint8_t many_plains[MANY_COUNT * SIV_BATCH_PLAIN_LEN_MAX];
static uint8_t many_boxes[MANY_COUNT * BATCH_BOX_LEN_MAX + 1];

/* Seal n at once and each alone. */
static void check_many(const struct siv_template *siv, size_t n, size_t plain_len)
{
    size_t box_len = SIV_TAG_LEN + plain_len;
    uint8_t want[BATCH_BOX_LEN_MAX];

    assert_ok(schuil_random(many_plains, n * plain_len));
    many_boxes[n * box_len] = 0xaa;
    assert_ok(schuil_siv_seal_many(siv, n, many_plains, plain_len, many_boxes));
    for (size_t i = 0; i < n; i++) {
        assert_ok(schuil_siv_seal(siv, bytes_of(many_plains + i * plain_len, plain_len), want));
        assert_memory_equal(many_boxes + i * box_len, want, box_len);
    }
    assert_int_equal(many_boxes[n * box_len], 0xaa);
}

static void many_seals_are_the_single_ones_for_all_lengths(void **state)
{
    static const size_t counts[] = {1, 2, 63, 64, 65, 445};

    (void)state;
    for (size_t len = 1; len <= SIV_BATCH_PLAIN_LEN_MAX; len++) {
        struct siv_key drawn;
        assert_ok(schuil_random(&drawn, sizeof drawn));
        struct siv_template *siv = template_of(&drawn, bytes_text("ad"));
        for (size_t i = 0; i < COUNT_OF(counts); i++)
            check_many(siv, counts[i], len);
        schuil_siv_template_free(siv);
    }
}

static void many_seals_are_the_single_ones_for_all_associated_data(void **state)
{
    static uint8_t ad[UINT16_MAX];

    (void)state;
    assert_ok(schuil_random(ad, sizeof ad));
    for (size_t len = 1; len <= sizeof ad; len += len < 300 ? 1 : 65235) {
        struct siv_key drawn;
        assert_ok(schuil_random(&drawn, sizeof drawn));
        struct siv_template *siv = template_of(&drawn, bytes_of(ad, len));
        check_many(siv, 3, PLAIN_LEN);
        schuil_siv_template_free(siv);
    }
}

/* Doubling depends on the highest bits of what a key makes: with so many keys each is met. */
static void many_seals_are_the_single_ones_for_a_thousand_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        struct siv_key drawn;
        assert_ok(schuil_random(&drawn, sizeof drawn));
        struct siv_template *siv = template_of(&drawn, bytes_text("schuilnaam"));
        check_many(siv, 1, 1 + i % 33);
        schuil_siv_template_free(siv);
    }
}

static void many_seals_of_lengths_out_of_range_are_refused(void **state)
{
    struct siv_template *siv = template_of(&key, bytes_text("ad"));

    (void)state;
    memset(many_boxes, 0xaa, sizeof many_boxes);
    assert_rc(schuil_siv_seal_many(siv, 2, many_plains, 0, many_boxes), RC_INPUT_LENGTH);
    assert_rc(schuil_siv_seal_many(siv, 2, many_plains, SIV_BATCH_PLAIN_LEN_MAX + 1, many_boxes),
              RC_INPUT_LENGTH);
    assert_ok(schuil_siv_seal_many(siv, 0, many_plains, PLAIN_LEN, many_boxes));
    assert_all(many_boxes, 0xaa, sizeof many_boxes);
    schuil_siv_template_free(siv);
}

/* --- threads --- */

enum { THREAD_COUNT = 4, ROUND_COUNT = 2000 };

struct share {
    const struct siv_template *siv;
    uint8_t want[FINAL_LEN];
    unsigned bad_count;
};

static void *seal_and_open(void *argument)
{
    struct share *share = argument;
    const uint8_t plain[PLAIN_LEN] = {7};

    for (int i = 0; i < ROUND_COUNT; i++) {
        uint8_t box[FINAL_LEN];
        uint8_t back[PLAIN_LEN];
        bool is_good =
            schuil_is_ok(schuil_siv_seal(share->siv, bytes_of(plain, sizeof plain), box)) &&
            memcmp(box, share->want, sizeof box) == 0 &&
            schuil_is_ok(schuil_siv_seal_many(share->siv, 1, plain, sizeof plain, box)) &&
            memcmp(box, share->want, sizeof box) == 0 &&
            schuil_is_ok(schuil_siv_open(share->siv, bytes_of(box, sizeof box), back)) &&
            memcmp(back, plain, sizeof plain) == 0;
        share->bad_count += !is_good;
    }
    return NULL;
}

static void threads_may_share_a_template(void **state)
{
    struct siv_template *siv = template_of(&key, bytes_text("ad"));
    const uint8_t plain[PLAIN_LEN] = {7};
    struct share first = {.siv = siv};
    struct share shares[THREAD_COUNT];
    pthread_t threads[THREAD_COUNT];

    (void)state;
    assert_ok(schuil_siv_seal(siv, bytes_of(plain, sizeof plain), first.want));
    for (size_t i = 0; i < THREAD_COUNT; i++) {
        shares[i] = first;
        assert_int_equal(pthread_create(&threads[i], NULL, seal_and_open, &shares[i]), 0);
    }
    for (size_t i = 0; i < THREAD_COUNT; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(shares[i].bad_count, 0);
    }
    schuil_siv_template_free(siv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finals_are_the_second_implementations),
        cmocka_unit_test(wycheproofs_cases_hold),
        cmocka_unit_test(a_template_seals_and_opens_any_number_of_times),
        cmocka_unit_test(every_length_comes_back),
        cmocka_unit_test(each_changed_bit_is_refused_and_leaves_zeros),
        cmocka_unit_test(another_key_or_associated_data_is_refused),
        cmocka_unit_test(lengths_out_of_range_are_refused),
        cmocka_unit_test(a_box_past_the_limit_is_refused_and_leaves_zeros),
        cmocka_unit_test(a_refusal_leaves_no_error_for_the_threads_tls),
        cmocka_unit_test(many_seals_are_the_single_ones_for_all_lengths),
        cmocka_unit_test(many_seals_are_the_single_ones_for_all_associated_data),
        cmocka_unit_test(many_seals_are_the_single_ones_for_a_thousand_keys),
        cmocka_unit_test(many_seals_of_lengths_out_of_range_are_refused),
        cmocka_unit_test(threads_may_share_a_template),
    };

    return cmocka_run_group_tests(tests, crypto_setup, NULL);
}
