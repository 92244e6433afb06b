/* SPDX-License-Identifier: Apache-2.0 */
/* From a record to its final against the second implementation: x, H, Q, P, the seal, the text. */
#include "attributes/identity.h"
#include "engine_unit.h"
#include "pseudonyms/final.h"
#include "pseudonyms/text.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/memory.h"
#include "vector_file.h"

static const struct attribute catalogue[] = {
    {"BSN", KIND_BSN, 0},     {"GD", KIND_DATE, 1},   {"G", KIND_SEX, 2},
    {"PC", KIND_POSTCODE, 3}, {"HN", KIND_NUMBER, 4}, {"GN", KIND_NAME, 5},
    {"VN", KIND_NAME, 6},     {"VL", KIND_NAME, 7},   {"LID", KIND_TEXT, 8},
};

static uint16_t index_of(struct bytes code)
{
    for (uint16_t i = 0; i < COUNT_OF(catalogue); i++) {
        if (bytes_equal(code, bytes_text(catalogue[i].code)))
            return i;
    }
    fail_msg("no attribute %.*s", (int)code.len, (const char *)code.data);
    return 0;
}

static struct ptype type_read(const json_t *json)
{
    struct ptype type = {.version = (uint16_t)vector_number(json, "version"),
                         .normaliser = (uint16_t)vector_number(json, "normaliser")};
    const json_t *part;
    size_t i;
    strcpy(type.code, vector_text(json, "code"));
    if (type.version == 1)
        strcpy(type.tref, type.code);
    else
        snprintf(type.tref, sizeof type.tref, "%s.%u", vector_text(json, "code"), type.version);
    json_array_foreach(vector_member(json, "recipe"), i, part)
    {
        const char *text = json_string_value(part);
        size_t code_len = strcspn(text, ":");
        type.parts[i].attribute = index_of(bytes_of(text, code_len));
        if (text[code_len] == ':')
            strcpy(type.parts[i].reduction, text + code_len + 1);
    }
    type.part_count = (uint8_t)i;
    return type;
}

/* The record's values are canonical already: normalising must leave them as they are. */
static void values_read(const json_t *record, struct canonical *ret)
{
    const struct normaliser n = {.today_days = 40000, .allows_test_persons = true};
    const char *code;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)record, code, value)
    {
        uint16_t i = index_of(bytes_text(code));
        struct bytes text = bytes_text(json_string_value(value));
        assert_int_equal(normalise(&n, catalogue[i].kind, text, &ret[i]), DIAG_NONE);
        assert_true(bytes_equal(canonical_bytes(&ret[i]), text));
    }
}

static void element_check(const json_t *one, const char *key, const struct element *got)
{
    struct element want;
    vector_hex_exact(one, key, &want, sizeof want);
    assert_memory_equal(got, &want, sizeof want);
}

static void x_check(const json_t *one, const struct ptype *type, uint32_t bound_domain,
                    struct element *ret_h)
{
    static struct vector_bytes want;
    struct canonical values[COUNT_OF(catalogue)];
    uint8_t x[LIMIT_IDENTITY_LEN];
    struct writer w = writer_over(x, sizeof x);
    bool is_good;
    values_read(vector_member(one, "record"), values);
    identity_put(type, catalogue, values, bound_domain, &w);
    struct bytes input = writer_bytes(&w);
    assert_true(bytes_equal(input, vector_hex(one, "x", &want)));
    assert_ok(schuil_group_hash(1, &input, ret_h, &is_good));
    assert_true(is_good);
}

static void final_check(const json_t *one, const struct ptype *type, const struct element *p)
{
    const json_t *domain = vector_member(one, "domain");
    uint32_t generation = (uint32_t)vector_number(one, "generation");
    struct siv_key w;
    struct siv_template *siv;
    uint8_t got[1][FINAL_LEN], want[FINAL_LEN];
    char text[LIMIT_TEXT_LEN];
    vector_hex_exact(one, "w", &w, sizeof w);
    vector_hex_exact(one, "final", want, sizeof want);
    assert_ok(
        final_template_new(&w, type, (uint32_t)vector_number(domain, "number"), generation, &siv));
    assert_ok(final_seal_many(siv, 1, p, got));
    schuil_siv_template_free(siv);
    assert_memory_equal(got[0], want, sizeof want);
    struct bytes want_text = bytes_text(vector_text(one, "text"));
    const char *code = vector_text(domain, "code");
    assert_int_equal(text_final_len(type->tref, code, generation, FINAL_LEN), want_text.len);
    text_final_write(type->tref, code, generation, bytes_of(got[0], FINAL_LEN), text);
    assert_memory_equal(text, want_text.data, want_text.len);
}

static void case_check(const json_t *one)
{
    const json_t *domain = vector_member(one, "domain");
    struct ptype type = type_read(vector_member(one, "type"));
    bool is_bound = strcmp(vector_text(domain, "kind"), "bound") == 0;
    struct scalar k, s;
    struct element e;
    bool is_good;
    vector_hex_exact(one, "k", &k, sizeof k);
    vector_hex_exact(one, "s", &s, sizeof s);
    x_check(one, &type, is_bound ? (uint32_t)vector_number(domain, "number") : 0, &e);
    element_check(one, "h", &e);
    assert_ok(schuil_group_multiply(1, &e, &k, &e, &is_good));
    element_check(one, "q", &e);
    assert_ok(schuil_group_multiply(1, &e, &s, &e, &is_good));
    element_check(one, "p", &e);
    final_check(one, &type, &e);
}

static void every_known_final_is_met(void **state)
{
    json_t *root = vector_file("finals.json");
    const json_t *one;
    size_t i;
    (void)state;
    json_array_foreach(vector_member(root, "finals"), i, one) case_check(one);
    print_message("finals.json: %zu finals\n", i);
    assert_true(i >= 50);
    json_decref(root);
}

/* One generation of a domain. */
struct side {
    uint32_t generation;
    struct scalar s;
    struct siv_template *siv;
};

static struct side side_read(const json_t *json, const struct ptype *type,
                             const struct domain *domain)
{
    struct side side = {.generation = (uint32_t)vector_number(json, "generation")};
    struct siv_key w;
    vector_hex_exact(json, "s", &side.s, sizeof side.s);
    vector_hex_exact(json, "w", &w, sizeof w);
    assert_ok(final_template_new(&w, type, domain->number, side.generation, &side.siv));
    return side;
}

/* By a rotation: sealed again under the other generation. By a linkage: Q. */
static void carried_check(const json_t *one)
{
    struct ptype type = type_read(vector_member(one, "type"));
    const json_t *in = vector_member(one, "domain");
    struct domain domain = {.number = (uint32_t)vector_number(in, "number")};
    strcpy(domain.code, vector_text(in, "code"));
    struct side from = side_read(vector_member(one, "from"), &type, &domain);
    struct side to = side_read(vector_member(one, "to"), &type, &domain);
    uint8_t box[1][FINAL_LEN];
    uint32_t generation;
    struct element p, q;
    struct scalar factor;
    bool is_good;
    char text[LIMIT_TEXT_LEN];
    assert_true(
        final_read(bytes_text(vector_text(one, "text")), &type, &domain, box[0], &generation));
    assert_int_equal(generation, from.generation);
    assert_false(final_open(to.siv, box[0], &p));
    assert_true(final_open(from.siv, box[0], &p));
    assert_ok(schuil_scalar_invert(&from.s, &factor));
    assert_ok(schuil_group_multiply(1, &p, &factor, &q, &is_good));
    element_check(one, "core", &q);
    assert_ok(schuil_scalar_multiply(&to.s, &factor, &factor));
    assert_ok(schuil_group_multiply(1, &p, &factor, &p, &is_good));
    assert_ok(final_seal_many(to.siv, 1, &p, box));
    text_final_write(type.tref, domain.code, to.generation, bytes_of(box[0], FINAL_LEN), text);
    struct bytes want = bytes_text(vector_text(one, "rotated"));
    assert_memory_equal(text, want.data, want.len);
    schuil_siv_template_free(from.siv);
    schuil_siv_template_free(to.siv);
}

static void every_final_carried_over_is_met(void **state)
{
    json_t *root = vector_file("finals.json");
    const json_t *one;
    size_t i;
    (void)state;
    json_array_foreach(vector_member(root, "carried"), i, one) carried_check(one);
    print_message("finals.json: %zu finals carried over\n", i);
    assert_true(i >= 20);
    json_decref(root);
}

static int setup(void **state)
{
    (void)state;
    return schuil_is_ok(schuil_crypto_init()) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_known_final_is_met),
                                       cmocka_unit_test(every_final_carried_over_is_met)};
    return cmocka_run_group_tests(tests, setup, NULL);
}
