/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms: what parses re-encodes to itself; what does not is refused and leaves zeros. */
#include "pseudonyms/text.h"

#include "engine_unit.h"
#include "pseudonyms/final.h"
#include "schuilnaam/crypto/codec.h"
#include "vector_file.h"

static void tref_make(const json_t *one, char *ret, size_t cap)
{
    size_t version = vector_number(one, "version");
    if (version == 1)
        snprintf(ret, cap, "%s", vector_text(one, "code"));
    else
        snprintf(ret, cap, "%s.%zu", vector_text(one, "code"), version);
}

static void accepted_check(const json_t *one)
{
    static struct vector_bytes data;
    char tref[64], again[LIMIT_TEXT_LEN];
    uint8_t decoded[FINAL_LEN];
    struct text_form form;
    struct bytes text = bytes_text(vector_text(one, "text"));
    struct bytes body = vector_hex(one, "bytes", &data);
    const char *domain = vector_text(one, "domain");
    size_t generation = vector_number(one, "generation");
    tref_make(one, tref, sizeof tref);
    assert_ok(text_parse(text, &form));
    assert_int_equal(form.letter, 'P');
    assert_true(bytes_equal(form.tref, bytes_text(tref)));
    assert_true(bytes_equal(form.domain, bytes_text(domain)));
    assert_int_equal(form.generation, generation);
    assert_ok(schuil_b64u_decode(form.body, decoded, sizeof decoded));
    assert_true(bytes_equal(bytes_of(decoded, sizeof decoded), body));
    assert_int_equal(text_final_len(tref, domain, form.generation, body.len), text.len);
    text_final_write(tref, domain, form.generation, body, again);
    assert_memory_equal(again, text.data, text.len);
    assert_true(text.len <= LIMIT_TEXT_P_LEN);
}

static void accepted_finals_parse_and_encode_to_themselves(void **state)
{
    json_t *root = vector_file("text_forms.json");
    const json_t *one;
    size_t i;
    (void)state;
    json_array_foreach(vector_member(root, "accepted"), i, one) accepted_check(one);
    print_message("text_forms.json: %zu accepted\n", i);
    assert_true(i >= 10);
    json_decref(root);
}

/* A text is taken when it parses as a final and its body decodes to 48 bytes. */
static bool is_taken(struct bytes text)
{
    uint8_t decoded[FINAL_LEN];
    struct text_form form, none = {0};
    if (!schuil_is_ok(text_parse(text, &form))) {
        assert_memory_equal(&form, &none, sizeof form);
        return false;
    }
    return form.letter == 'P' &&
           schuil_is_ok(schuil_b64u_decode(form.body, decoded, sizeof decoded));
}

static void refused_finals_are_refused(void **state)
{
    json_t *root = vector_file("text_forms.json");
    const json_t *one;
    size_t i;
    (void)state;
    json_array_foreach(vector_member(root, "refused"), i, one)
    {
        if (is_taken(bytes_of(json_string_value(one), json_string_length(one))))
            fail_msg("taken: %s", json_string_value(one));
    }
    print_message("text_forms.json: %zu refused\n", i);
    assert_true(i >= 20);
    json_decref(root);
}

static void names_of_types_have_one_spelling(void **state)
{
    static const char *const good[] = {"A", "C", "ABCDEFGH", "A1", "C.2", "C.10", "C.65535"};
    static const char *const bad[] = {"",     "a",    "1A",      "ABCDEFGHI", "C.",   "C.0",
                                      "C.1",  "C.01", "C.02",    "C.65536",   ".2",   "C.2.3",
                                      "C.+2", "C. 2", "C.99999", "C-",        "C.2 ", "\xc3\x89"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(tref_is_good(bytes_text(good[i])));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(tref_is_good(bytes_text(bad[i])));
}

static void a_temporary_splits_at_its_second_hyphen(void **state)
{
    struct text_form form;
    (void)state;
    assert_ok(text_parse(bytes_text("T-C.2---a-_"), &form));
    assert_int_equal(form.letter, 'T');
    assert_true(bytes_equal(form.tref, bytes_text("C.2")));
    assert_true(bytes_equal(form.body, bytes_text("--a-_")));
    assert_int_equal(form.domain.len, 0);
}

static void other_letters_are_refused(void **state)
{
    static const char *const bad[] = {"",       "-",     "T",       "T-",          "T-C",
                                      "t-C-AA", "X-C-A", "TT-C-AA", "Q-R-D-1-1-A", "E-C-D-1-A",
                                      " T-C-AA"};
    struct text_form form;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_rc(text_parse(bytes_text(bad[i]), &form), RC_INPUT_TEXT);
    assert_rc(text_parse((struct bytes){0}, &form), RC_INPUT_TEXT);
}

static void the_longest_texts_fit_their_limits(void **state)
{
    (void)state;
    assert_int_equal(text_temporary_len("ABCDEFGH.65535", 96), LIMIT_TEXT_T_LEN);
    assert_int_equal(text_final_len("ABCDEFGH.65535", "ABCDEFGHIJKLMNOP", INT32_MAX, FINAL_LEN),
                     LIMIT_TEXT_P_LEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted_finals_parse_and_encode_to_themselves),
        cmocka_unit_test(refused_finals_are_refused),
        cmocka_unit_test(names_of_types_have_one_spelling),
        cmocka_unit_test(a_temporary_splits_at_its_second_hyphen),
        cmocka_unit_test(other_letters_are_refused),
        cmocka_unit_test(the_longest_texts_fit_their_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
