/* SPDX-License-Identifier: Apache-2.0 */
/* A small policy: see fixture_policy.h. */
#include "fixture_policy.h"

#include "engine_unit.h"

static void add_type(struct snapshot_builder *b, const char *code, uint16_t version,
                     uint16_t number, const char *kind, const char *recipe)
{
    assert_ok(schuil_snapshot_add_ptype(b, bytes_text(code), version, number, bytes_text(kind), 1,
                                        bytes_text(recipe), code[0] != 'A'));
}

void fixture_catalogue(struct snapshot_builder *b)
{
    static const char *const rows[][2] = {
        {"BSN", "bsn"}, {"GD", "date"}, {"G", "sex"},   {"PC", "postcode"}, {"HN", "number"},
        {"GN", "name"}, {"VN", "name"}, {"VL", "name"}, {"LID", "text"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_ok(schuil_snapshot_add_attribute(b, bytes_text(rows[i][0]), bytes_text(rows[i][1])));
    add_type(b, "R", 1, 4, "reversible", "LID");
    add_type(b, "A", 1, 1, "irreversible", "BSN");
    add_type(b, "C", 2, 5, "irreversible", "G,GD:YM,PC:4");
    add_type(b, "B", 1, 2, "irreversible", "GN,VL:1,GD,G");
    add_type(b, "C", 1, 3, "irreversible", "G,GD,PC");
}

void fixture_organisations(struct snapshot_builder *b)
{
    static const struct organisation rows[] = {
        {ORG2, "ORG2", STATE_ACTIVE},
        {HOSP1, "HOSP1", STATE_ACTIVE},
        {HOSP2, "HOSP2", STATE_SUSPENDED},
        {ORG1, "ORG1", STATE_ACTIVE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_ok(schuil_snapshot_add_organisation(b, &rows[i]));
}

void fixture_registries(struct snapshot_builder *b)
{
    const struct domain domain = {.number = 31, .code = "DOM1", .generation = 1};
    const struct domain other = {.number = 32, .code = "DOM2", .generation = 2, .is_bound = true};
    struct registry reg1 = {.number = REG1,
                            .code = "REG1",
                            .organisation = ORG1,
                            .domain = 31,
                            .state = REGISTRY_LISTED};
    struct registry reg2 = {.number = REG2, .code = "REG2", .organisation = ORG2, .domain = 32};
    assert_ok(schuil_snapshot_add_registry(b, &reg2));
    assert_ok(schuil_snapshot_add_registry(b, &reg1));
    assert_ok(schuil_snapshot_add_domain(b, &domain));
    assert_ok(schuil_snapshot_add_domain(b, &other));
}

struct connection fixture_connection(void)
{
    return (struct connection){
        .number = 21,
        .provider = HOSP1,
        .registry = REG1,
        .valid_from_us = FIXTURE_FROM,
        .valid_until_us = FIXTURE_UNTIL,
        .quota_day = 100,
        .life_hours = 168,
        .type_count = 2,
        .types = {1, 3},
    };
}

struct snapshot_builder *fixture_policy(void)
{
    struct snapshot_builder *b;
    struct connection c = fixture_connection();
    assert_ok(schuil_snapshot_builder_new(&b));
    assert_ok(schuil_snapshot_add_connection(b, &c));
    fixture_registries(b);
    fixture_organisations(b);
    fixture_catalogue(b);
    return b;
}
