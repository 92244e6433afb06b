/* SPDX-License-Identifier: Apache-2.0 */
/* engine/policy/dump.c: the dump and its signature are those of the second implementation.
 * Vectors: tests/vectors/policy.json, made by tests/reference. */
#include "engine_unit.h"
#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/engine/policy_dump.h"
#include "vector_file.h"

static void cell_put(struct policy_dump *dump, const json_t *cell)
{
    static struct vector_bytes bytes;
    if (json_is_null(cell)) {
        schuil_policy_dump_null(dump);
        return;
    }
    schuil_policy_dump_value(dump, vector_hex_text(json_string_value(cell), &bytes));
}

static void row_put(struct policy_dump *dump, const json_t *row, const char *hash_hex)
{
    struct vector_bytes want;
    uint8_t hash[HASH_LEN];
    schuil_policy_dump_row(dump, (uint16_t)json_array_size(row));
    for (size_t i = 0; i < json_array_size(row); i++)
        cell_put(dump, json_array_get(row, i));
    schuil_policy_dump_row_end(dump, hash);
    vector_hex_text(hash_hex, &want);
    assert_memory_equal(hash, want.b, HASH_LEN);
}

static void table_put(struct policy_dump *dump, const json_t *table)
{
    const json_t *rows = vector_member(table, "rows"), *hashes = vector_member(table, "hashes");
    schuil_policy_dump_table(dump, vector_text(table, "name"), (uint32_t)json_array_size(rows));
    for (size_t i = 0; i < json_array_size(rows); i++)
        row_put(dump, json_array_get(rows, i), json_string_value(json_array_get(hashes, i)));
}

static void dump_put(const json_t *file, uint8_t ret[HASH_LEN])
{
    struct policy_dump dump;
    const json_t *tables = vector_member(file, "tables");
    schuil_policy_dump_begin(&dump);
    for (size_t i = 0; i < json_array_size(tables); i++)
        table_put(&dump, json_array_get(tables, i));
    schuil_policy_dump_end(&dump, ret);
}

static void dump_and_signature_are_those_of_the_second_implementation(void **state)
{
    json_t *file = vector_file("policy.json");
    struct vector_bytes seed, digest, signature;
    struct signing_seed secret;
    struct signing_pair pair;
    uint8_t made[HASH_LEN], signed_by_us[ED25519_SIGNATURE_LEN], public_key[ED25519_PUBLIC_LEN];
    uint64_t counter = vector_number(file, "counter");
    (void)state;
    dump_put(file, made);
    assert_memory_equal(made, vector_hex(file, "digest", &digest).data, HASH_LEN);
    memcpy(secret.b, vector_hex(file, "seed", &seed).data, sizeof secret.b);
    schuil_ed25519_pair(&secret, &pair);
    schuil_ed25519_pair_public(&pair, public_key);
    assert_true(schuil_is_ok(schuil_policy_sign(&pair, counter, made, signed_by_us)));
    assert_memory_equal(signed_by_us, vector_hex(file, "signature", &signature).data,
                        sizeof signed_by_us);
    assert_true(schuil_policy_verify(public_key, counter, made, signed_by_us));
    json_decref(file);
}

static void a_signature_holds_for_its_counter_digest_and_key_only(void **state)
{
    struct signing_seed secret = {{7}};
    struct signing_pair pair;
    uint8_t digest[HASH_LEN] = {1}, signature[ED25519_SIGNATURE_LEN], key[ED25519_PUBLIC_LEN];
    (void)state;
    schuil_ed25519_pair(&secret, &pair);
    schuil_ed25519_pair_public(&pair, key);
    assert_true(schuil_is_ok(schuil_policy_sign(&pair, 5, digest, signature)));
    assert_true(schuil_policy_verify(key, 5, digest, signature));
    assert_false(schuil_policy_verify(key, 6, digest, signature));
    digest[31] ^= 1;
    assert_false(schuil_policy_verify(key, 5, digest, signature));
    digest[31] ^= 1;
    signature[0] ^= 1;
    assert_false(schuil_policy_verify(key, 5, digest, signature));
    signature[0] ^= 1;
    key[1] ^= 1;
    assert_false(schuil_policy_verify(key, 5, digest, signature));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dump_and_signature_are_those_of_the_second_implementation),
        cmocka_unit_test(a_signature_holds_for_its_counter_digest_and_key_only),
    };
    return schuil_is_ok(schuil_crypto_init()) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
