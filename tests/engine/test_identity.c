/* SPDX-License-Identifier: Apache-2.0 */
/* The identity encoding and H(x) against the second implementation's known answers. */
#include "attributes/identity.h"

#include "engine_unit.h"
#include "kind_name.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/memory.h"
#include "vector_file.h"

struct one_case {
    struct ptype type;
    struct attribute attributes[LIMIT_RECIPE_COUNT];
    struct canonical values[LIMIT_RECIPE_COUNT];
};

static void part_read(const json_t *part, uint16_t i, struct one_case *ret)
{
    struct canonical *value = &ret->values[i];
    const char *canonical = vector_text(part, "canonical");
    const char *reduced = vector_text(part, "value");
    const char *reduction = vector_text(part, "reduction");
    strcpy(ret->attributes[i].code, vector_text(part, "code"));
    ret->attributes[i].kind = kind_named(vector_text(part, "kind"));
    strcpy(ret->type.parts[i].reduction, reduction);
    ret->type.parts[i].attribute = i;
    value->len = (uint8_t)strlen(canonical);
    memcpy(value->data, canonical, value->len);
    assert_int_equal(reduction_keeps(reduction, value->len), strlen(reduced));
}

static void case_read(const json_t *one, struct one_case *ret)
{
    const json_t *type = vector_member(one, "type"), *part;
    size_t i;
    *ret = (struct one_case){0};
    strcpy(ret->type.code, vector_text(type, "code"));
    ret->type.version = (uint16_t)vector_number(type, "version");
    ret->type.normaliser = (uint16_t)vector_number(type, "normaliser");
    json_array_foreach(vector_member(one, "recipe"), i, part) part_read(part, (uint16_t)i, ret);
    ret->type.part_count = (uint8_t)i;
}

static void every_known_identity_is_met(void **state)
{
    static struct vector_bytes want_x;
    json_t *root = vector_file("identity.json");
    const json_t *one;
    size_t i;
    (void)state;
    json_array_foreach(vector_member(root, "cases"), i, one)
    {
        struct one_case c;
        uint8_t x[LIMIT_IDENTITY_LEN];
        struct writer w = writer_over(x, sizeof x);
        struct element h, want_h;
        bool is_good;
        case_read(one, &c);
        identity_put(&c.type, c.attributes, c.values, (uint32_t)vector_number(one, "bound_domain"),
                     &w);
        assert_false(w.is_full);
        assert_true(bytes_equal(writer_bytes(&w), vector_hex(one, "x", &want_x)));
        struct bytes input = writer_bytes(&w);
        assert_ok(schuil_group_hash(1, &input, &h, &is_good));
        vector_hex_exact(one, "h", &want_h, sizeof want_h);
        assert_true(is_good);
        assert_memory_equal(&h, &want_h, sizeof h);
    }
    print_message("identity.json: %zu cases\n", i);
    assert_true(i >= 50);
    json_decref(root);
}

static void a_reduction_keeps_fewer_when_there_are_fewer(void **state)
{
    (void)state;
    assert_int_equal(reduction_keeps("", 128), 128);
    assert_int_equal(reduction_keeps("3", 2), 2);
    assert_int_equal(reduction_keeps("64", 64), 64);
    assert_int_equal(reduction_keeps("10", 64), 10);
    assert_int_equal(reduction_keeps("Y", 8), 4);
    assert_int_equal(reduction_keeps("YM", 8), 6);
    assert_int_equal(reduction_keeps("4", 6), 4);
}

static void the_longest_identity_fits_its_limit(void **state)
{
    struct one_case c = {.type = {.code = "ABCDEFGH", .version = 65535, .part_count = 16}};
    uint8_t x[LIMIT_IDENTITY_LEN];
    (void)state;
    for (uint16_t i = 0; i < LIMIT_RECIPE_COUNT; i++) {
        strcpy(c.attributes[i].code, "ABCDEFGH");
        c.type.parts[i].attribute = i;
        c.values[i].len = LIMIT_CANONICAL_LEN;
    }
    struct writer w = writer_over(x, sizeof x);
    identity_put(&c.type, c.attributes, c.values, 1, &w);
    assert_false(w.is_full);
    struct writer short_by_one = writer_over(x, w.len - 1);
    identity_put(&c.type, c.attributes, c.values, 1, &short_by_one);
    assert_true(short_by_one.is_full);
}

static int setup(void **state)
{
    (void)state;
    return schuil_is_ok(schuil_crypto_init()) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_known_identity_is_met),
        cmocka_unit_test(a_reduction_keeps_fewer_when_there_are_fewer),
        cmocka_unit_test(the_longest_identity_fits_its_limit),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
