/* SPDX-License-Identifier: Apache-2.0 */
/* engine/snapshot.c and engine/policy: building, sealing, look-ups. */
#include <pthread.h>
#include <stdlib.h>

#include "engine_unit.h"
#include "fixture_policy.h"

static struct snapshot *sealed(struct snapshot_builder *b)
{
    struct snapshot *s = NULL;
    assert_ok(schuil_snapshot_seal(b, 42, &s));
    assert_non_null(s);
    return s;
}

static void not_sealed(struct snapshot_builder *b)
{
    struct snapshot *s = (struct snapshot *)&s;
    assert_rc(schuil_snapshot_seal(b, 42, &s), RC_STORE_DATA);
    assert_null(s);
}

static void every_row_is_found_by_each_of_its_names(void **state)
{
    struct snapshot *s = sealed(fixture_policy());
    (void)state;
    assert_int_equal(schuil_snapshot_counter(s), 42);
    assert_string_equal(schuil_organisation_by_number(s, HOSP2)->code, "HOSP2");
    assert_int_equal(schuil_organisation_by_code(s, bytes_text("ORG1"))->number, ORG1);
    assert_string_equal(schuil_registry_by_number(s, REG2)->code, "REG2");
    assert_int_equal(schuil_registry_by_code(s, bytes_text("REG1"))->number, REG1);
    assert_string_equal(schuil_domain_by_number(s, 32)->code, "DOM2");
    assert_true(schuil_domain_by_number(s, 32)->is_bound);
    assert_int_equal(schuil_connection_find(s, HOSP1, REG1)->number, 21);
    assert_int_equal(schuil_connection_find(s, HOSP1, REG1)->life_hours, 168);
    assert_int_equal(schuil_ptype_by_tref(s, bytes_text("C"))->number, 3);
    assert_int_equal(schuil_ptype_by_tref(s, bytes_text("C.2"))->number, 5);
    assert_string_equal(schuil_ptype_by_number(s, 2)->tref, "B");
    assert_int_equal(schuil_attribute_by_code(s, bytes_text("PC"))->kind, KIND_POSTCODE);
    schuil_snapshot_unref(s);
}

static void names_of_nothing_find_nothing(void **state)
{
    static const char *const none[] = {"",      "C.1",  "c",     "REG",
                                       "REG11", "HOSP", "C.2.2", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"};
    struct snapshot *s = sealed(fixture_policy());
    (void)state;
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        assert_null(schuil_organisation_by_code(s, bytes_text(none[i])));
        assert_null(schuil_registry_by_code(s, bytes_text(none[i])));
        assert_null(schuil_ptype_by_tref(s, bytes_text(none[i])));
        assert_null(schuil_attribute_by_code(s, bytes_text(none[i])));
    }
    assert_null(schuil_ptype_by_tref(s, bytes_of("A\0B", 3)));
    assert_null(schuil_attribute_by_code(s, bytes_of(NULL, 0)));
    assert_null(schuil_organisation_by_number(s, 0));
    assert_null(schuil_registry_by_number(s, 13));
    assert_null(schuil_domain_by_number(s, 33));
    assert_null(schuil_ptype_by_number(s, 6));
    assert_null(schuil_connection_find(s, HOSP1, REG2));
    assert_null(schuil_connection_find(s, REG1, HOSP1));
    schuil_snapshot_unref(s);
}

static void attributes_keep_their_places_and_recipes_name_them(void **state)
{
    struct snapshot *s = sealed(fixture_policy());
    size_t count, type_count;
    const struct attribute *attributes = schuil_attributes(s, &count);
    (void)state;
    assert_int_equal(count, 9);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(attributes[i].index, i);
    const struct ptype *b = schuil_ptype_by_tref(s, bytes_text("B"));
    static const char *const codes[] = {"GN", "VL", "GD", "G"}, *const cuts[] = {"", "1", "", ""};
    assert_int_equal(b->part_count, 4);
    assert_true(b->is_quasi);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(attributes[b->parts[i].attribute].code, codes[i]);
        assert_string_equal(b->parts[i].reduction, cuts[i]);
    }
    assert_int_equal(schuil_ptype_by_tref(s, bytes_text("R"))->kind, PTYPE_REVERSIBLE);
    assert_non_null(schuil_ptypes(s, &type_count));
    assert_int_equal(type_count, 5);
    schuil_snapshot_unref(s);
}

static void credentials_are_found_by_fingerprint(void **state)
{
    struct snapshot_builder *b = fixture_policy();
    struct credential c = {.organisation = HOSP1, .valid_until_us = INT64_MAX};
    (void)state;
    for (uint32_t i = 1; i <= 200; i++) {
        c.number = i;
        c.fingerprint[31] = (uint8_t)(i * 77);
        assert_ok(schuil_snapshot_add_credential(b, &c));
    }
    struct snapshot *s = sealed(b);
    for (uint32_t i = 1; i <= 200; i++) {
        c.fingerprint[31] = (uint8_t)(i * 77);
        assert_int_equal(schuil_credential_find(s, c.fingerprint)->number, i);
    }
    c.fingerprint[0] = 1;
    assert_null(schuil_credential_find(s, c.fingerprint));
    schuil_snapshot_unref(s);
}

static uint32_t matched(const struct snapshot *s, uint8_t fingerprint, uint8_t issuer,
                        const char *oin, const char *ura)
{
    struct client_certificate c = {.fingerprint = {fingerprint}, .issuer = {issuer}};
    c.has_issuer = issuer != 0;
    memcpy(c.oin, oin, strlen(oin) + 1);
    memcpy(c.ura, ura, strlen(ura) + 1);
    const struct credential *found = schuil_credential_match(s, &c);
    return found == NULL ? 0 : found->number;
}

static void a_certificate_is_matched_in_one_order(void **state)
{
    static const char oin[] = "00000001123456780000", ura[] = "90000380";
    struct credential rows[] = {
        {.number = 1, .fingerprint = {1}, .organisation = HOSP1, .state = STATE_ENDED},
        {.number = 2, .form = CREDENTIAL_OIN, .fingerprint = {7}, .organisation = HOSP1},
        {.number = 3, .form = CREDENTIAL_URA, .fingerprint = {7}, .organisation = HOSP2},
        {.number = 4, .form = CREDENTIAL_URA, .fingerprint = {8}, .organisation = HOSP2},
    };
    struct snapshot_builder *b = fixture_policy();
    (void)state;
    memcpy(rows[1].id, oin, sizeof oin);
    memcpy(rows[2].id, ura, sizeof ura);
    memcpy(rows[3].id, ura, sizeof ura);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_ok(schuil_snapshot_add_credential(b, &rows[i]));
    struct snapshot *s = sealed(b);
    assert_int_equal(matched(s, 1, 7, oin, ura), 1); /* ended, and still the one that decides */
    assert_int_equal(matched(s, 2, 7, oin, ura), 2);
    assert_int_equal(matched(s, 2, 7, "", ura), 3);
    assert_int_equal(matched(s, 2, 8, oin, ura), 4);
    assert_int_equal(matched(s, 2, 9, oin, ura), 0);
    assert_int_equal(matched(s, 2, 0, oin, ura), 0); /* without an issuer */
    assert_int_equal(matched(s, 7, 0, "", ""), 0); /* an issuer's fingerprint is no certificate's */
    schuil_snapshot_unref(s);
}

static void a_credentials_oin_or_ura_has_its_form(void **state)
{
    static const struct {
        enum credential_form form;
        const char *id;
    } refused[] = {
        {CREDENTIAL_FINGERPRINT, "90000380"},    {CREDENTIAL_OIN, ""},
        {CREDENTIAL_OIN, "0000000112345678000"}, {CREDENTIAL_OIN, "0000000112345678000A"},
        {CREDENTIAL_URA, "900003801"},           {CREDENTIAL_URA, "9000038"}};
    struct snapshot_builder *b = fixture_policy();
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct credential c = {.number = 1, .organisation = HOSP1, .form = refused[i].form};
        memcpy(c.id, refused[i].id, strlen(refused[i].id) + 1);
        assert_rc(schuil_snapshot_add_credential(b, &c), RC_STORE_DATA);
    }
    schuil_snapshot_builder_free(b);
}

static void rows_that_cannot_be_are_refused_at_once(void **state)
{
    struct snapshot_builder *b = fixture_policy();
    const struct organisation organisations[] = {
        {0, "X", STATE_ACTIVE},         {1U << 31, "X", STATE_ACTIVE}, {9, "", STATE_ACTIVE},
        {9, "x", STATE_ACTIVE},         {9, "1X", STATE_ACTIVE},       {9, "X-Y", STATE_ACTIVE},
        {9, "A\xc3\x89", STATE_ACTIVE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(organisations); i++)
        assert_rc(schuil_snapshot_add_organisation(b, &organisations[i]), RC_STORE_DATA);
    struct organisation endless = {.number = 9};
    memset(endless.code, 'X', sizeof endless.code);
    assert_rc(schuil_snapshot_add_organisation(b, &endless), RC_STORE_DATA);
    struct credential both = {.number = 1, .organisation = HOSP1, .operator_number = 1};
    struct credential neither = {.number = 1};
    assert_rc(schuil_snapshot_add_credential(b, &both), RC_STORE_DATA);
    assert_rc(schuil_snapshot_add_credential(b, &neither), RC_STORE_DATA);
    struct domain no_generation = {.number = 40, .code = "D"};
    assert_rc(schuil_snapshot_add_domain(b, &no_generation), RC_STORE_DATA);
    struct connection c = fixture_connection();
    c.life_hours = 0;
    assert_rc(schuil_snapshot_add_connection(b, &c), RC_STORE_DATA);
    c.life_hours = LIMIT_LIFE_HOURS + 1;
    assert_rc(schuil_snapshot_add_connection(b, &c), RC_STORE_DATA);
    c = fixture_connection();
    c.type_count = LIMIT_TYPE_COUNT + 1;
    assert_rc(schuil_snapshot_add_connection(b, &c), RC_STORE_DATA);
    /* The builder is as it was. */
    schuil_snapshot_unref(sealed(b));
}

static void recipes_that_are_not_legal_are_refused(void **state)
{
    static const char *const bad[] = {
        "",      ",",      "BSN,",  ",BSN",   "XX",    "bsn",    "BSN:1", "BSN:", "GD:",
        "GD:M",  "GD:YMD", "PC:5",  "PC:44",  "G:1",   "HN:1",   "LID:1", "GN:0", "GN:01",
        "GN:65", "GN:100", "GN:-1", "GN:1:1", "GN GD", "GN, GD", "GN:1 ",
    };
    struct snapshot_builder *b = fixture_policy();
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_rc(schuil_snapshot_add_ptype(b, bytes_text("Z"), 1, 9, bytes_text("irreversible"), 1,
                                            bytes_text(bad[i]), false),
                  RC_STORE_DATA);
    assert_rc(schuil_snapshot_add_ptype(b, bytes_text("Z"), 1, 9, bytes_text("irreversible"), 1,
                                        bytes_of(NULL, 0), false),
              RC_STORE_DATA);
    assert_ok(schuil_snapshot_add_ptype(b, bytes_text("Z"), 1, 9, bytes_text("irreversible"), 1,
                                        bytes_text("GN:64,VN:9,GD:Y,PC:4"), false));
    schuil_snapshot_unref(sealed(b));
}

static void a_recipe_has_at_most_sixteen_attributes(void **state)
{
    struct snapshot_builder *b = fixture_policy();
    const char *const sixteen = "G,GD,GD,GD,GD,GD,GD,GD,GD,GD,GD,GD,GD,GD,GD,GD";
    const char *const seventeen = "G,GD,GD,GD,GD,GD,GD,GD,GD,GD,GD,GD,GD,GD,GD,GD,G";
    (void)state;
    assert_ok(schuil_snapshot_add_ptype(b, bytes_text("Y"), 1, 8, bytes_text("irreversible"), 1,
                                        bytes_text(sixteen), false));
    assert_rc(schuil_snapshot_add_ptype(b, bytes_text("Z"), 1, 9, bytes_text("irreversible"), 1,
                                        bytes_text(seventeen), false),
              RC_STORE_DATA);
    schuil_snapshot_builder_free(b);
}

static struct schuil_rc add_type(struct snapshot_builder *b, const char *code, uint16_t version,
                                 uint16_t number, const char *kind, uint16_t normaliser,
                                 const char *recipe)
{
    return schuil_snapshot_add_ptype(b, bytes_text(code), version, number, bytes_text(kind),
                                     normaliser, bytes_text(recipe), false);
}

static void types_that_cannot_be_are_refused(void **state)
{
    struct snapshot_builder *b = fixture_policy();
    (void)state;
    assert_rc(add_type(b, "Z", 0, 9, "irreversible", 1, "BSN"), RC_STORE_DATA);
    assert_rc(add_type(b, "Z", 1, 0, "irreversible", 1, "BSN"), RC_STORE_DATA);
    assert_rc(add_type(b, "Z", 1, 9, "secret", 1, "BSN"), RC_STORE_DATA);
    /* A normaliser this program does not know would give other pseudonyms. */
    assert_rc(add_type(b, "Z", 1, 9, "irreversible", 2, "BSN"), RC_STORE_DATA);
    assert_rc(add_type(b, "ABCDEFGHI", 1, 9, "irreversible", 1, "BSN"), RC_STORE_DATA);
    assert_rc(add_type(b, "Z.1", 1, 9, "irreversible", 1, "BSN"), RC_STORE_DATA);
    assert_rc(add_type(b, "Z", 1, 9, "reversible", 1, "LID,BSN"), RC_STORE_DATA);
    assert_rc(add_type(b, "Z", 1, 9, "reversible", 1, "GD:Y"), RC_STORE_DATA);
    assert_ok(add_type(b, "ABCDEFGH", 65535, 65535, "irreversible", 1, "BSN"));
    struct snapshot *s = sealed(b);
    assert_string_equal(schuil_ptype_by_number(s, 65535)->tref, "ABCDEFGH.65535");
    schuil_snapshot_unref(s);
}

static void attributes_that_cannot_be_are_refused(void **state)
{
    struct snapshot_builder *b;
    char code[3] = "A0";
    (void)state;
    assert_ok(schuil_snapshot_builder_new(&b));
    assert_rc(schuil_snapshot_add_attribute(b, bytes_text("X"), bytes_text("BSN")), RC_STORE_DATA);
    assert_rc(schuil_snapshot_add_attribute(b, bytes_text(""), bytes_text("bsn")), RC_STORE_DATA);
    assert_rc(schuil_snapshot_add_attribute(b, bytes_text("a"), bytes_text("bsn")), RC_STORE_DATA);
    for (int i = 0; i < LIMIT_ATTRIBUTE_COUNT; i++) {
        code[0] = (char)('A' + i / 10);
        code[1] = (char)('0' + i % 10);
        assert_ok(schuil_snapshot_add_attribute(b, bytes_text(code), bytes_text("text")));
    }
    assert_rc(schuil_snapshot_add_attribute(b, bytes_text("X"), bytes_text("bsn")), RC_STORE_DATA);
    schuil_snapshot_builder_free(b);
}

static void duplicates_are_refused_at_sealing(void **state)
{
    struct snapshot_builder *b[9];
    struct organisation same_number = {HOSP1, "OTHER", STATE_ACTIVE};
    struct organisation same_code = {99, "HOSP1", STATE_ACTIVE};
    struct domain domain_code = {.number = 99, .code = "DOM1", .generation = 1};
    struct registry registry_code = {
        .number = 99, .code = "REG1", .organisation = ORG1, .domain = 31};
    struct connection same = fixture_connection(), same_pair = fixture_connection();
    struct credential c = {.number = 1, .organisation = HOSP1};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(b); i++)
        b[i] = fixture_policy();
    assert_ok(schuil_snapshot_add_organisation(b[0], &same_number));
    assert_ok(schuil_snapshot_add_organisation(b[1], &same_code));
    assert_ok(schuil_snapshot_add_domain(b[2], &domain_code));
    assert_ok(schuil_snapshot_add_registry(b[3], &registry_code));
    same.registry = REG2;
    assert_ok(schuil_snapshot_add_connection(b[4], &same));
    same_pair.number = 22;
    same_pair.state = STATE_SUSPENDED;
    assert_ok(schuil_snapshot_add_connection(b[5], &same_pair));
    assert_ok(schuil_snapshot_add_credential(b[6], &c));
    c.number = 2;
    assert_ok(schuil_snapshot_add_credential(b[6], &c));
    assert_ok(schuil_snapshot_add_attribute(b[7], bytes_text("BSN"), bytes_text("text")));
    assert_ok(add_type(b[8], "C", 2, 99, "irreversible", 1, "BSN"));
    for (size_t i = 0; i < COUNT_OF(b); i++)
        not_sealed(b[i]);
}

static void names_of_what_is_not_there_are_refused_at_sealing(void **state)
{
    struct snapshot_builder *b[6];
    struct connection provider = fixture_connection(), registry = provider, type = provider;
    struct registry no_domain = {.number = 99, .code = "X", .organisation = ORG1, .domain = 5};
    struct registry no_organisation = {.number = 99, .code = "X", .organisation = 5, .domain = 31};
    struct credential c = {.number = 1, .organisation = 5};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(b); i++)
        b[i] = fixture_policy();
    provider.number = registry.number = type.number = 22;
    provider.provider = 5;
    registry.registry = 5;
    type.registry = REG2;
    type.types[1] = 99;
    assert_ok(schuil_snapshot_add_connection(b[0], &provider));
    assert_ok(schuil_snapshot_add_connection(b[1], &registry));
    assert_ok(schuil_snapshot_add_connection(b[2], &type));
    assert_ok(schuil_snapshot_add_registry(b[3], &no_domain));
    assert_ok(schuil_snapshot_add_registry(b[4], &no_organisation));
    assert_ok(schuil_snapshot_add_credential(b[5], &c));
    for (size_t i = 0; i < COUNT_OF(b); i++)
        not_sealed(b[i]);
}

static void ended_connections_of_a_pair_stand_beside_the_one_that_is_not(void **state)
{
    struct snapshot_builder *b = fixture_policy();
    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        struct connection c = fixture_connection();
        c.number = 1 + i;
        c.state = STATE_ENDED;
        assert_ok(schuil_snapshot_add_connection(b, &c));
    }
    struct snapshot *s = sealed(b);
    assert_int_equal(schuil_connection_find(s, HOSP1, REG1)->number, 21);
    schuil_snapshot_unref(s);
}

enum { MANY = 100000, MANY_REGISTRIES = 250, MANY_PROVIDERS = MANY / MANY_REGISTRIES };

static struct snapshot_builder *many_connections(void)
{
    struct snapshot_builder *b;
    assert_ok(schuil_snapshot_builder_new(&b));
    struct domain d = {.number = 1, .code = "D", .generation = 1};
    assert_ok(schuil_snapshot_add_domain(b, &d));
    for (uint32_t i = 1; i <= MANY_PROVIDERS; i++) {
        struct organisation o = {.number = i};
        snprintf(o.code, sizeof o.code, "P%u", i * 7919);
        assert_ok(schuil_snapshot_add_organisation(b, &o));
    }
    for (uint32_t i = 1; i <= MANY_REGISTRIES; i++) {
        struct registry r = {.number = i, .organisation = 1, .domain = 1};
        snprintf(r.code, sizeof r.code, "R%u", i);
        assert_ok(schuil_snapshot_add_registry(b, &r));
    }
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t mixed = (uint32_t)((uint64_t)i * 7919 % MANY);
        struct connection c = {.number = i + 1, .life_hours = 1};
        c.provider = 1 + mixed / MANY_REGISTRIES;
        c.registry = 1 + mixed % MANY_REGISTRIES;
        assert_ok(schuil_snapshot_add_connection(b, &c));
    }
    return b;
}

static void a_hundred_thousand_connections_are_each_found(void **state)
{
    struct snapshot *s = sealed(many_connections());
    (void)state;
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t mixed = (uint32_t)((uint64_t)i * 7919 % MANY);
        const struct connection *c =
            schuil_connection_find(s, 1 + mixed / MANY_REGISTRIES, 1 + mixed % MANY_REGISTRIES);
        assert_true(c != NULL && c->number == i + 1);
    }
    assert_null(schuil_connection_find(s, MANY_PROVIDERS + 1, 1));
    schuil_snapshot_unref(s);
}

static void *refs_race(void *arg)
{
    struct snapshot *s = arg;
    for (int i = 0; i < 10000; i++) {
        struct snapshot *mine = schuil_snapshot_ref(s);
        if (schuil_organisation_by_number(mine, HOSP1) == NULL)
            return s;
        schuil_snapshot_unref(mine);
    }
    schuil_snapshot_unref(s);
    return NULL;
}

static void the_last_of_many_threads_frees(void **state)
{
    struct snapshot *s = sealed(fixture_policy());
    pthread_t threads[4];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, refs_race, schuil_snapshot_ref(s)), 0);
    schuil_snapshot_unref(s);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        void *failed;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    schuil_snapshot_unref(NULL);
    schuil_snapshot_builder_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_found_by_each_of_its_names),
        cmocka_unit_test(names_of_nothing_find_nothing),
        cmocka_unit_test(attributes_keep_their_places_and_recipes_name_them),
        cmocka_unit_test(credentials_are_found_by_fingerprint),
        cmocka_unit_test(a_certificate_is_matched_in_one_order),
        cmocka_unit_test(a_credentials_oin_or_ura_has_its_form),
        cmocka_unit_test(rows_that_cannot_be_are_refused_at_once),
        cmocka_unit_test(recipes_that_are_not_legal_are_refused),
        cmocka_unit_test(a_recipe_has_at_most_sixteen_attributes),
        cmocka_unit_test(types_that_cannot_be_are_refused),
        cmocka_unit_test(attributes_that_cannot_be_are_refused),
        cmocka_unit_test(duplicates_are_refused_at_sealing),
        cmocka_unit_test(names_of_what_is_not_there_are_refused_at_sealing),
        cmocka_unit_test(ended_connections_of_a_pair_stand_beside_the_one_that_is_not),
        cmocka_unit_test(a_hundred_thousand_connections_are_each_found),
        cmocka_unit_test(the_last_of_many_threads_frees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
