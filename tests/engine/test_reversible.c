/* SPDX-License-Identifier: Apache-2.0 */
/* Reversible pseudonyms: the second implementation's answers, and every refusal. */
#include "schuilnaam/engine/reversible.h"

#include "engine_unit.h"
#include "pseudonyms/token.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/crypto/memory.h"
#include "vector_file.h"

/* The salt of a vector stands in for what would be drawn. */
static uint8_t drawn[REVERSIBLE_SALT_LEN];
static bool draws_fail;
struct schuil_rc __wrap_schuil_random(void *ret, size_t len);
struct schuil_rc __wrap_schuil_random(void *ret, size_t len)
{
    memset(ret, 0, len);
    if (draws_fail)
        return schuil_rc(RC_INTERNAL_RANDOM);
    memcpy(ret, drawn, len < sizeof drawn ? len : sizeof drawn);
    return SCHUIL_OK;
}

static int setup(void **state)
{
    (void)state;
    assert_ok(schuil_crypto_init());
    return 0;
}

static struct reversible_place place_of(const json_t *one)
{
    return (struct reversible_place){
        .type_code = vector_text(one, "code"),
        .type_version = (uint16_t)vector_number(one, "version"),
        .provider = (uint32_t)vector_number(one, "provider"),
        .domain = (uint32_t)vector_number(one, "domain"),
        .generation = (uint32_t)vector_number(one, "generation"),
        .form = (enum reversible_form)vector_number(one, "form"),
    };
}

static struct siv_template *template_of(const json_t *one)
{
    struct source_key source;
    struct reversible_place place = place_of(one);
    struct siv_template *siv;
    vector_hex_exact(one, "source", source.b, sizeof source.b);
    assert_ok(schuil_reversible_template_new(&source, &place, &siv));
    return siv;
}

static void tref_make(const json_t *one, char *ret, size_t cap)
{
    size_t version = vector_number(one, "version");
    if (version == 1)
        snprintf(ret, cap, "%s", vector_text(one, "code"));
    else
        snprintf(ret, cap, "%s.%zu", vector_text(one, "code"), version);
}

static void text_check(const json_t *one, struct bytes box)
{
    struct reversible_text text;
    char tref[LIMIT_TREF_LEN + 1], again[LIMIT_TEXT_R_LEN];
    const char *want = vector_text(one, "text"), *domain = vector_text(one, "domain_code");
    struct reversible_place place = place_of(one);
    tref_make(one, tref, sizeof tref);
    assert_ok(schuil_reversible_parse(bytes_text(want), &text));
    assert_int_equal(text.form, place.form);
    assert_true(bytes_equal(text.tref, bytes_text(tref)));
    assert_true(bytes_equal(text.domain, bytes_text(domain)));
    assert_int_equal(text.provider, place.provider);
    assert_int_equal(text.generation, place.generation);
    assert_true(bytes_equal(bytes_of(text.box, text.box_len), box));
    size_t len =
        schuil_reversible_text_len(tref, domain, place.provider, place.generation, box.len);
    assert_int_equal(len, strlen(want));
    assert_true(len <= LIMIT_TEXT_R_LEN);
    schuil_reversible_write(place.form, tref, domain, place.provider, place.generation, box, again);
    assert_memory_equal(again, want, len);
}

static void made_check(const json_t *one)
{
    static struct vector_bytes bytes, salt;
    uint8_t made[REVERSIBLE_BOX_LEN];
    struct reversible_value value;
    const char *attribute = vector_text(one, "attribute");
    struct bytes box = vector_hex(one, "box", &bytes), want = bytes_text(vector_text(one, "value"));
    enum reversible_form form = place_of(one).form;
    struct siv_template *siv = template_of(one);
    if (form == REVERSIBLE_SALTED)
        memcpy(drawn, vector_hex(one, "salt", &salt).data, sizeof drawn);
    assert_int_equal(schuil_reversible_box_len(form, attribute, want.len), box.len);
    assert_ok(schuil_reversible_seal(siv, form, attribute, want, made));
    assert_memory_equal(made, box.data, box.len);
    assert_ok(schuil_reversible_open(siv, form, attribute, KIND_TEXT, box, &value));
    assert_true(bytes_equal(bytes_of(value.data, value.len), want));
    text_check(one, box);
    schuil_siv_template_free(siv);
}

static void sealed_and_opened_as_the_second_implementation_does(void **state)
{
    json_t *root = vector_file("reversible.json");
    const json_t *one;
    size_t i;
    (void)state;
    json_array_foreach(vector_member(root, "made"), i, one) made_check(one);
    print_message("reversible.json: %zu made\n", i);
    assert_true(i >= 60);
    json_decref(root);
}

static void good_tags_over_wrong_bodies_do_not_open(void **state)
{
    static const struct reversible_value none;
    static struct vector_bytes bytes;
    json_t *root = vector_file("reversible.json");
    const json_t *made = vector_member(root, "made"), *one;
    struct reversible_value value;
    size_t i;
    (void)state;
    json_array_foreach(vector_member(root, "unopened"), i, one)
    {
        struct source_key source;
        struct siv_template *siv;
        struct reversible_place place = place_of(json_array_get(made, 0));
        vector_hex_exact(json_array_get(made, 0), "source", source.b, sizeof source.b);
        place.form = (enum reversible_form)vector_number(one, "form");
        assert_ok(schuil_reversible_template_new(&source, &place, &siv));
        struct bytes box = vector_hex(one, "box", &bytes);
        struct schuil_rc rc =
            schuil_reversible_open(siv, place.form, "LID", KIND_TEXT, box, &value);
        if (rc.code != RC_CRYPTO)
            fail_msg("opened: %s", vector_text(one, "why"));
        assert_memory_equal(&value, &none, sizeof none);
        schuil_siv_template_free(siv);
    }
    assert_true(i >= 30);
    json_decref(root);
}

static void every_changed_bit_and_length_is_refused(void **state)
{
    static const struct reversible_value none;
    static struct vector_bytes bytes;
    json_t *root = vector_file("reversible.json");
    const json_t *one = json_array_get(vector_member(root, "made"), 0);
    struct bytes box = vector_hex(one, "box", &bytes);
    struct siv_template *siv = template_of(one);
    struct reversible_value value;
    (void)state;
    for (size_t bit = 0; bit < 8 * box.len; bit++) {
        bytes.b[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_rc(schuil_reversible_open(siv, REVERSIBLE_SAME, "LID", KIND_TEXT, box, &value),
                  RC_CRYPTO);
        assert_memory_equal(&value, &none, sizeof none);
        bytes.b[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t len = 0; len <= REVERSIBLE_BOX_LEN + 64; len++) {
        if (len != box.len)
            assert_rc(schuil_reversible_open(siv, REVERSIBLE_SAME, "LID", KIND_TEXT,
                                             bytes_of(bytes.b, len), &value),
                      RC_CRYPTO);
    }
    schuil_siv_template_free(siv);
    json_decref(root);
}

static bool opens_at(const json_t *one, const struct reversible_place *place, struct bytes box)
{
    struct source_key source;
    struct siv_template *siv;
    struct reversible_value value;
    vector_hex_exact(one, "source", source.b, sizeof source.b);
    assert_ok(schuil_reversible_template_new(&source, place, &siv));
    bool is_open =
        schuil_is_ok(schuil_reversible_open(siv, place->form, "LID", KIND_TEXT, box, &value));
    schuil_siv_template_free(siv);
    return is_open;
}

static void a_pseudonym_opens_at_its_own_place_only(void **state)
{
    static struct vector_bytes bytes;
    json_t *root = vector_file("reversible.json");
    const json_t *one = json_array_get(vector_member(root, "made"), 0);
    struct bytes box = vector_hex(one, "box", &bytes);
    struct reversible_place place = place_of(one);
    (void)state;
    assert_true(opens_at(one, &place, box));
    struct reversible_place others[6] = {place, place, place, place, place, place};
    others[0].type_code = "Q";
    others[1].type_version++;
    others[2].provider++;
    others[3].domain++;
    others[4].generation++;
    others[5].form = REVERSIBLE_SALTED;
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_false(opens_at(one, &others[i], box));
    json_decref(root);
}

static void texts_with_a_wrong_field_do_not_parse(void **state)
{
    static const struct reversible_text none;
    json_t *root = vector_file("reversible.json");
    const json_t *one;
    struct reversible_text text;
    size_t i;
    (void)state;
    json_array_foreach(vector_member(root, "unparsed"), i, one)
    {
        struct bytes in = bytes_of(json_string_value(one), json_string_length(one));
        if (schuil_is_ok(schuil_reversible_parse(in, &text)))
            fail_msg("taken: %s", json_string_value(one));
        assert_memory_equal(&text, &none, sizeof none);
    }
    assert_true(i >= 30);
    json_decref(root);
}

static void a_value_that_has_no_length_is_refused_and_no_randomness_seals_nothing(void **state)
{
    static uint8_t ret[REVERSIBLE_BOX_LEN], value[LIMIT_CANONICAL_LEN + 1];
    json_t *root = vector_file("reversible.json");
    struct siv_template *siv = template_of(json_array_get(vector_member(root, "made"), 0));
    (void)state;
    memset(ret, 7, sizeof ret);
    assert_rc(schuil_reversible_seal(siv, REVERSIBLE_SALTED, "LID", bytes_of(value, 0), ret),
              RC_INPUT_LENGTH);
    assert_rc(
        schuil_reversible_seal(siv, REVERSIBLE_SALTED, "LID", bytes_of(value, sizeof value), ret),
        RC_INPUT_LENGTH);
    assert_int_equal(ret[0], 7);
    draws_fail = true;
    assert_rc(schuil_reversible_seal(siv, REVERSIBLE_SALTED, "LID", bytes_of("7", 1), ret),
              RC_INTERNAL_RANDOM);
    draws_fail = false;
    assert_zeros(ret, schuil_reversible_box_len(REVERSIBLE_SALTED, "LID", 1));
    schuil_siv_template_free(siv);
    json_decref(root);
}

static void values_get_their_one_form_or_a_diagnostic(void **state)
{
    static const struct reversible_value none;
    struct reversible_value value;
    (void)state;
    assert_int_equal(schuil_reversible_value(KIND_TEXT, bytes_text(" 0012 "), 0, &value),
                     DIAG_NONE);
    assert_true(bytes_equal(bytes_of(value.data, value.len), bytes_text("0012")));
    assert_int_equal(schuil_reversible_value(KIND_TEXT, bytes_text(" "), 0, &value), DIAG_EMPTY);
    assert_memory_equal(&value, &none, sizeof none);
    assert_int_equal(schuil_reversible_value(KIND_DATE, bytes_text("1971-01-01"), 0, &value),
                     DIAG_DATE_RANGE);
}

/* ---- temporaries that carry them ---- */

static struct ptype type_of(const json_t *one)
{
    struct ptype type = {.kind = PTYPE_REVERSIBLE};
    type.number = (uint16_t)vector_number(one, "type_number");
    tref_make(one, type.tref, sizeof type.tref);
    return type;
}

static struct carried carried_of(const json_t *one)
{
    static struct vector_bytes bytes;
    struct bytes box = vector_hex(one, "box", &bytes);
    struct carried carried = {
        .provider = (uint32_t)vector_number(one, "provider"),
        .root_epoch = (uint32_t)vector_number(one, "epoch"),
        .form = (uint8_t)vector_number(one, "form"),
        .domain = (uint32_t)vector_number(one, "domain"),
        .generation = (uint32_t)vector_number(one, "generation"),
        .box_len = (uint16_t)box.len,
    };
    memcpy(carried.box, box.data, box.len);
    return carried;
}

static void carrier_check(const json_t *one)
{
    static struct vector_bytes bytes;
    struct bytes want = vector_hex(one, "bytes", &bytes);
    struct ptype type = type_of(one);
    struct carried in = carried_of(one), out;
    struct transport_key key;
    uint8_t nonce[XCHACHA_NONCE_LEN], made[CARRIER_LEN];
    size_t len;
    struct token_header header = {.kind = TOKEN_KIND_REVERSIBLE,
                                  .type = type.number,
                                  .registry = (uint32_t)vector_number(one, "registry"),
                                  .key = (uint32_t)vector_number(one, "transport_key_number"),
                                  .expiry_s = (uint32_t)vector_number(one, "expiry")};
    vector_hex_exact(one, "transport_key", key.b, sizeof key.b);
    vector_hex_exact(one, "nonce", nonce, sizeof nonce);
    assert_int_equal(carrier_len(in.box_len), want.len);
    assert_ok(carrier_seal(&key, &header, nonce, &in, made));
    assert_memory_equal(made, want.data, want.len);
    struct bytes text = bytes_text(vector_text(one, "text"));
    assert_true(text.len <= LIMIT_TEXT_LEN);
    assert_true(carrier_read(text, &type, header.registry, made, &len, &header));
    assert_int_equal(len, want.len);
    assert_true(carrier_open(&key, made, len, &out));
    assert_memory_equal(&out, &in, sizeof in);
    made[len - 1] ^= 1;
    assert_false(carrier_open(&key, made, len, &out));
    assert_zeros(&out, sizeof out);
    assert_false(carrier_open(NULL, made, len, &out));
}

static void carriers_are_those_of_the_second_implementation(void **state)
{
    json_t *root = vector_file("reversible.json");
    const json_t *one;
    size_t i;
    (void)state;
    json_array_foreach(vector_member(root, "carried"), i, one) carrier_check(one);
    assert_true(i >= 8);
    json_decref(root);
}

static bool is_read(const json_t *one, const struct ptype *type, uint32_t registry, size_t cut)
{
    uint8_t token[CARRIER_LEN];
    size_t len;
    struct token_header header;
    struct bytes text = bytes_text(vector_text(one, "text"));
    text.len -= cut;
    bool is_good = carrier_read(text, type, registry, token, &len, &header);
    if (!is_good) {
        struct carried out;
        assert_int_equal(len, 0);
        assert_zeros(token, sizeof token);
        assert_false(carrier_open(&(struct transport_key){{1}}, token, len, &out));
    }
    return is_good;
}

static void a_carrier_is_read_for_its_type_and_registry_only(void **state)
{
    json_t *root = vector_file("reversible.json");
    const json_t *one = json_array_get(vector_member(root, "carried"), 0);
    struct ptype type = type_of(one), other = type;
    (void)state;
    assert_true(is_read(one, &type, 7, 0));
    assert_false(is_read(one, &type, 8, 0));
    for (size_t cut = 1; cut < 60; cut++)
        assert_false(is_read(one, &type, 7, cut));
    other.number++;
    assert_false(is_read(one, &other, 7, 0));
    other = type;
    other.kind = PTYPE_IRREVERSIBLE;
    assert_false(is_read(one, &other, 7, 0));
    strcpy(other.tref, "Q");
    assert_false(is_read(one, &other, 7, 0));
    json_decref(root);
}

static void a_carrier_of_no_form_domain_or_generation_does_not_open(void **state)
{
    struct transport_key key = {{9}};
    struct token_header header = {.kind = TOKEN_KIND_REVERSIBLE, .type = 4, .registry = 7};
    const struct carried good = {1, 1, 1, 1, 1, REVERSIBLE_BOX_LEN_LEAST, {0}};
    struct carried bad[] = {good, good, good, good, good, good}, out;
    uint8_t token[CARRIER_LEN], nonce[XCHACHA_NONCE_LEN] = {0};
    (void)state;
    bad[0].form = 0;
    bad[1].form = 3;
    bad[2].domain = 0;
    bad[3].domain = 0x80000000U;
    bad[4].generation = 0;
    bad[5].generation = 0xffffffffU;
    size_t len = carrier_len(good.box_len);
    assert_ok(carrier_seal(&key, &header, nonce, &good, token));
    assert_true(carrier_open(&key, token, len, &out));
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_ok(carrier_seal(&key, &header, nonce, &bad[i], token));
        assert_false(carrier_open(&key, token, len, &out));
        assert_zeros(&out, sizeof out);
    }
}

static void the_longest_texts_fit_their_limits(void **state)
{
    (void)state;
    assert_int_equal(schuil_reversible_text_len("ABCDEFGH.65535", "ABCDEFGHIJKLMNOP", INT32_MAX,
                                                INT32_MAX, REVERSIBLE_BOX_LEN),
                     LIMIT_TEXT_R_LEN);
    assert_int_equal(strlen("T-ABCDEFGH.65535-") + schuil_b64u_len(CARRIER_LEN), LIMIT_TEXT_LEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealed_and_opened_as_the_second_implementation_does),
        cmocka_unit_test(good_tags_over_wrong_bodies_do_not_open),
        cmocka_unit_test(every_changed_bit_and_length_is_refused),
        cmocka_unit_test(a_pseudonym_opens_at_its_own_place_only),
        cmocka_unit_test(texts_with_a_wrong_field_do_not_parse),
        cmocka_unit_test(a_value_that_has_no_length_is_refused_and_no_randomness_seals_nothing),
        cmocka_unit_test(values_get_their_one_form_or_a_diagnostic),
        cmocka_unit_test(carriers_are_those_of_the_second_implementation),
        cmocka_unit_test(a_carrier_is_read_for_its_type_and_registry_only),
        cmocka_unit_test(a_carrier_of_no_form_domain_or_generation_does_not_open),
        cmocka_unit_test(the_longest_texts_fit_their_limits),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
