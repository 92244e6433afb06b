/* SPDX-License-Identifier: Apache-2.0 */
/* Temporary pseudonyms against the second implementation's, and every way to spoil one. */
#include "pseudonyms/token.h"

#include "engine_unit.h"
#include "pseudonyms/text.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/memory.h"
#include "vector_file.h"

/* A temporary of the file with all that stands in it. */
struct known {
    struct ptype type;
    struct token_header header;
    struct token_body body;
    struct transport_key key;
    uint8_t nonce[XCHACHA_NONCE_LEN];
    uint8_t bytes[TOKEN_LEN];
    struct bytes text;
};

static void known_read(const json_t *one, struct known *ret)
{
    const json_t *type = vector_member(one, "type");
    *ret = (struct known){.type.kind = PTYPE_IRREVERSIBLE};
    ret->type.version = (uint16_t)vector_number(type, "version");
    ret->type.number = (uint16_t)vector_number(type, "number");
    if (ret->type.version == 1)
        snprintf(ret->type.tref, sizeof ret->type.tref, "%s", vector_text(type, "code"));
    else
        snprintf(ret->type.tref, sizeof ret->type.tref, "%s.%u", vector_text(type, "code"),
                 ret->type.version);
    ret->header.kind = (uint8_t)vector_number(one, "kind");
    ret->header.type = ret->type.number;
    ret->header.registry = (uint32_t)vector_number(one, "registry");
    ret->header.key = (uint32_t)vector_number(one, "transport_key_number");
    ret->header.expiry_s = (uint32_t)vector_number(one, "expiry");
    ret->body.provider = (uint32_t)vector_number(one, "provider");
    ret->body.root_epoch = (uint32_t)vector_number(one, "epoch");
    vector_hex_exact(one, "q", &ret->body.element, sizeof ret->body.element);
    vector_hex_exact(one, "transport_key", &ret->key, sizeof ret->key);
    vector_hex_exact(one, "nonce", ret->nonce, sizeof ret->nonce);
    vector_hex_exact(one, "bytes", ret->bytes, sizeof ret->bytes);
    ret->text = bytes_text(vector_text(one, "text"));
}

/* All that opening asks of a text, up to the element being one. */
static bool is_taken(const struct known *k, struct bytes text, struct token_body *ret)
{
    uint8_t token[TOKEN_LEN];
    struct token_header header;
    bool is_element = false;
    if (!token_read(text, &k->type, k->header.registry, token, &header)) {
        assert_true(schuil_ct_is_zero(token, sizeof token));
        return false;
    }
    const struct transport_key *key = header.key == k->header.key ? &k->key : NULL;
    if (!token_open(key, token, ret)) {
        assert_true(schuil_ct_is_zero(ret, sizeof *ret));
        return false;
    }
    schuil_group_check(1, &ret->element, &is_element);
    return is_element;
}

static void known_check(const json_t *one)
{
    struct known k;
    struct token_body got;
    uint8_t made[TOKEN_LEN];
    char text[LIMIT_TEXT_LEN];
    known_read(one, &k);
    assert_ok(token_seal(&k.key, &k.header, k.nonce, &k.body, made));
    assert_memory_equal(made, k.bytes, sizeof made);
    assert_int_equal(text_temporary_len(k.type.tref, sizeof made), k.text.len);
    text_temporary_write(k.type.tref, bytes_of(made, sizeof made), text);
    assert_memory_equal(text, k.text.data, k.text.len);
    if (k.header.kind != TOKEN_KIND_IRREVERSIBLE) {
        assert_false(is_taken(&k, k.text, &got));
        return;
    }
    assert_true(is_taken(&k, k.text, &got));
    assert_int_equal(got.provider, k.body.provider);
    assert_int_equal(got.root_epoch, k.body.root_epoch);
    assert_memory_equal(&got.element, &k.body.element, sizeof got.element);
}

static void every_known_temporary_is_sealed_and_opened_alike(void **state)
{
    json_t *root = vector_file("finals.json");
    const json_t *one;
    size_t i;
    (void)state;
    json_array_foreach(vector_member(root, "temporaries"), i, one) known_check(one);
    print_message("finals.json: %zu temporaries\n", i);
    assert_true(i >= 30);
    json_decref(root);
}

static void every_refused_text_is_refused(void **state)
{
    json_t *root = vector_file("finals.json");
    const json_t *refused = vector_member(root, "refused_temporaries"), *one;
    struct known k;
    struct token_body got;
    size_t i;
    (void)state;
    known_read(vector_member(refused, "opened_as"), &k);
    assert_true(is_taken(&k, k.text, &got));
    json_array_foreach(vector_member(refused, "texts"), i, one)
    {
        if (is_taken(&k, bytes_text(vector_text(one, "text")), &got))
            fail_msg("taken: %s", vector_text(one, "why"));
    }
    print_message("finals.json: %zu refused texts\n", i);
    assert_true(i >= 30);
    json_decref(root);
}

static void any_single_bit_that_changes_is_refused(void **state)
{
    json_t *root = vector_file("finals.json");
    struct known k;
    struct token_body got;
    char text[LIMIT_TEXT_LEN];
    (void)state;
    known_read(vector_member(vector_member(root, "refused_temporaries"), "opened_as"), &k);
    for (size_t bit = 0; bit < 8 * TOKEN_LEN; bit++) {
        k.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        text_temporary_write(k.type.tref, bytes_of(k.bytes, TOKEN_LEN), text);
        assert_false(is_taken(&k, bytes_of(text, k.text.len), &got));
        k.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    json_decref(root);
}

static void any_character_that_changes_is_refused(void **state)
{
    json_t *root = vector_file("finals.json");
    struct known k;
    struct token_body got;
    char text[LIMIT_TEXT_LEN];
    (void)state;
    known_read(vector_member(vector_member(root, "refused_temporaries"), "opened_as"), &k);
    for (size_t i = 0; i < k.text.len; i++) {
        memcpy(text, k.text.data, k.text.len);
        for (int c = 0; c < 256; c++) {
            text[i] = (char)c;
            if (k.text.data[i] != (uint8_t)c)
                assert_false(is_taken(&k, bytes_of(text, k.text.len), &got));
        }
    }
    for (size_t len = 0; len < k.text.len; len++)
        assert_false(is_taken(&k, bytes_of(k.text.data, len), &got));
    json_decref(root);
}

static void a_decoy_opens_nothing(void **state)
{
    static const struct transport_key zeros;
    struct token_header header = {.kind = TOKEN_KIND_IRREVERSIBLE};
    struct token_body body = {.provider = 1}, got;
    uint8_t nonce[XCHACHA_NONCE_LEN] = {0}, token[TOKEN_LEN];
    (void)state;
    assert_ok(token_seal(&zeros, &header, nonce, &body, token));
    assert_true(token_open(&zeros, token, &got));
    assert_false(token_open(NULL, token, &got));
    assert_true(schuil_ct_is_zero(&got, sizeof got));
}

static void a_reversible_type_has_no_irreversible_temporary(void **state)
{
    json_t *root = vector_file("finals.json");
    struct known k;
    struct token_body got;
    (void)state;
    known_read(vector_member(vector_member(root, "refused_temporaries"), "opened_as"), &k);
    k.type.kind = PTYPE_REVERSIBLE;
    assert_false(is_taken(&k, k.text, &got));
    json_decref(root);
}

static void expiry_is_rounded_up_to_a_full_hour(void **state)
{
    const int64_t hour_us = INT64_C(3600) * 1000000;
    (void)state;
    assert_int_equal(token_expiry_s(1000 * hour_us, 1), 1001 * 3600);
    assert_int_equal(token_expiry_s(1000 * hour_us + 1, 1), 1002 * 3600);
    assert_int_equal(token_expiry_s(1001 * hour_us - 1, 1), 1002 * 3600);
    assert_int_equal(token_expiry_s(0, 168), 168 * 3600);
    assert_int_equal(token_expiry_s(INT64_C(1750000000) * 1000000, 2160),
                     (1750000000 / 3600 + 1 + 2160) * 3600);
}

static int setup(void **state)
{
    (void)state;
    return schuil_is_ok(schuil_crypto_init()) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_known_temporary_is_sealed_and_opened_alike),
        cmocka_unit_test(every_refused_text_is_refused),
        cmocka_unit_test(any_single_bit_that_changes_is_refused),
        cmocka_unit_test(any_character_that_changes_is_refused),
        cmocka_unit_test(a_decoy_opens_nothing),
        cmocka_unit_test(a_reversible_type_has_no_irreversible_temporary),
        cmocka_unit_test(expiry_is_rounded_up_to_a_full_hour),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
