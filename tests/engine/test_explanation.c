/* SPDX-License-Identifier: Apache-2.0 */
/* engine/policy/permission.c and explanation.c: each rule, failing as the last that was looked at,
 * and that the verdict is the same with and without an explanation. */
#include "engine_unit.h"
#include "fixture_policy.h"

enum { PROC = 5, NOW = (FIXTURE_FROM + FIXTURE_UNTIL) / 2, FROM = FIXTURE_FROM };
enum { UNTIL = FIXTURE_UNTIL, REG3 = 13, REG4 = 14, REG5 = 15 };

static struct snapshot *snapshot;

/* Beside the fixture: REG3 has ended, REG4 has a suspended connection, REG5 is of HOSP2, which is
 * suspended; PROC acts for whom the mandates say. */
static void rest_add(struct snapshot_builder *b)
{
    static const struct organisation processor = {PROC, "PROC", STATE_ACTIVE};
    static const struct registry registries[] = {{REG3, "REG3", ORG1, 31, REGISTRY_ENDED, false},
                                                 {REG4, "REG4", ORG1, 31, REGISTRY_LISTED, false},
                                                 {REG5, "REG5", HOSP2, 31, REGISTRY_LISTED, false}};
    static const struct mandate mandates[] = {{1, PROC, HOSP1, FROM, UNTIL, STATE_ACTIVE, false},
                                              {2, PROC, ORG1, NOW + 1, UNTIL, STATE_ACTIVE, false},
                                              {3, PROC, ORG2, FROM, UNTIL, STATE_SUSPENDED, false}};
    static const struct rotation rotation = {.number = 1, .domain = 31, .from = 1, .to = 2};
    struct connection c = fixture_connection();
    c.number = 22;
    c.registry = REG4;
    c.state = STATE_SUSPENDED;
    assert_ok(schuil_snapshot_add_organisation(b, &processor));
    assert_ok(schuil_snapshot_add_connection(b, &c));
    assert_ok(schuil_snapshot_add_rotation(b, &rotation));
    for (size_t i = 0; i < COUNT_OF(registries); i++)
        assert_ok(schuil_snapshot_add_registry(b, &registries[i]));
    for (size_t i = 0; i < COUNT_OF(mandates); i++)
        assert_ok(schuil_snapshot_add_mandate(b, &mandates[i]));
}

static int set_up(void **state)
{
    struct snapshot_builder *b = fixture_policy();
    (void)state;
    rest_add(b);
    assert_ok(schuil_snapshot_seal(b, 1, &snapshot));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    schuil_snapshot_unref(snapshot);
    return 0;
}

/* All hold but the last, which is this one; RULE_COUNT: all hold. */
static void ends_at(const struct explanation *why, struct schuil_rc rc, enum policy_rule rule)
{
    assert_true(why->count > 0);
    assert_int_equal(schuil_explanation_holds(why), rule == RULE_COUNT);
    assert_int_equal(schuil_is_ok(rc), rule == RULE_COUNT);
    for (size_t i = 0; i + 1 < why->count; i++)
        assert_true(why->rows[i].holds);
    if (rule != RULE_COUNT) {
        assert_int_equal(why->rows[why->count - 1].rule, rule);
        assert_false(why->rows[why->count - 1].holds);
    }
}

static void issue(uint32_t provider, const char *registry, const char *tref, int64_t now_us,
                  enum policy_rule rule)
{
    const struct ptype *type = schuil_ptype_by_tref(snapshot, bytes_text(tref));
    const struct registry *r;
    const struct connection *c;
    struct explanation why = {0};
    struct schuil_rc rc = schuil_policy_may_issue(snapshot, provider, bytes_text(registry), &type,
                                                  1, now_us, &why, &r, &c);
    ends_at(&why, rc, rule);
    assert_rc(schuil_policy_may_issue(snapshot, provider, bytes_text(registry), &type, 1, now_us,
                                      NULL, &r, &c),
              rc.code);
}

static void each_rule_of_issue_is_told(void **state)
{
    (void)state;
    issue(HOSP1, "REG1", "C", NOW, RULE_COUNT);
    issue(HOSP1, "REG9", "C", NOW, RULE_REGISTRY_KNOWN);
    issue(HOSP1, "REG2", "C", NOW, RULE_REGISTRY_LISTED);
    issue(HOSP1, "REG3", "C", NOW, RULE_REGISTRY_LISTED);
    issue(HOSP2, "REG1", "C", NOW, RULE_ORGANISATION_ACTIVE);
    issue(ORG1, "REG1", "C", NOW, RULE_CONNECTION_KNOWN);
    issue(HOSP1, "REG4", "C", NOW, RULE_CONNECTION_ACTIVE);
    issue(HOSP1, "REG1", "C", FROM - 1, RULE_CONNECTION_DATES);
    issue(HOSP1, "REG1", "C", UNTIL, RULE_CONNECTION_DATES);
    issue(HOSP1, "REG1", "B", NOW, RULE_CONNECTION_TYPES);
}

static void reverse(uint32_t provider, const char *registry, int64_t now_us, enum policy_rule rule)
{
    const struct registry *r;
    const struct connection *c;
    struct explanation why = {0};
    struct schuil_rc rc =
        schuil_policy_may_reverse(snapshot, provider, bytes_text(registry), now_us, &why, &r, &c);
    ends_at(&why, rc, rule);
}

static void each_rule_of_reverse_is_told(void **state)
{
    (void)state;
    reverse(HOSP1, "REG1", NOW, RULE_COUNT);
    reverse(HOSP1, "REG9", NOW, RULE_REGISTRY_KNOWN);
    reverse(HOSP2, "REG1", NOW, RULE_ORGANISATION_ACTIVE);
    reverse(HOSP1, "REG2", NOW, RULE_CONNECTION_KNOWN);
    reverse(HOSP1, "REG4", NOW, RULE_CONNECTION_ACTIVE);
    reverse(HOSP1, "REG1", UNTIL, RULE_CONNECTION_DATES);
}

static void rotate(uint32_t organisation, const char *registry, enum policy_rule rule)
{
    const struct registry *r;
    struct explanation why = {0};
    struct schuil_rc rc =
        schuil_policy_may_rotate(snapshot, organisation, bytes_text(registry), &why, &r);
    ends_at(&why, rc, rule);
    why = (struct explanation){0};
    rc = schuil_policy_may_translate(snapshot, organisation, bytes_text(registry), &why, &r);
    ends_at(&why, rc, rule == RULE_ROTATION ? RULE_COUNT : rule);
}

static void each_rule_of_translate_and_rotate_is_told(void **state)
{
    (void)state;
    rotate(ORG1, "REG1", RULE_COUNT);
    rotate(ORG2, "REG2", RULE_ROTATION);
    rotate(ORG1, "REG9", RULE_REGISTRY_KNOWN);
    rotate(ORG2, "REG1", RULE_REGISTRY_OWN);
    rotate(ORG1, "REG3", RULE_REGISTRY_OPEN);
    rotate(HOSP2, "REG5", RULE_ORGANISATION_ACTIVE);
}

static void see(uint32_t organisation, const char *registry, enum policy_rule rule)
{
    const struct registry *r;
    const struct connection *c;
    struct explanation why = {0};
    struct schuil_rc rc =
        schuil_policy_may_see(snapshot, organisation, bytes_text(registry), &why, &r, &c);
    ends_at(&why, rc, rule);
}

static void each_rule_of_parameters_is_told(void **state)
{
    (void)state;
    see(HOSP1, "REG1", RULE_COUNT);
    see(ORG1, "REG1", RULE_COUNT);
    see(HOSP1, "REG4", RULE_COUNT); /* suspended, but there */
    see(HOSP1, "REG2", RULE_REGISTRY_MEMBER);
    see(HOSP1, "REG9", RULE_REGISTRY_KNOWN);
}

static void call(struct credential c, enum policy_rule rule)
{
    struct explanation why = {0};
    struct schuil_rc rc = schuil_policy_may_call(snapshot, &c, NOW, &why);
    ends_at(&why, rc, rule);
    assert_rc(schuil_policy_may_call(snapshot, &c, NOW, NULL),
              rule == RULE_COUNT ? RC_OK : RC_AUTH_CREDENTIAL);
}

static void each_rule_of_the_caller_is_told(void **state)
{
    struct credential c = {.organisation = HOSP1, .valid_from_us = FROM, .valid_until_us = UNTIL};
    (void)state;
    call(c, RULE_COUNT);
    c.organisation = HOSP2;
    call(c, RULE_CALLER_ACTIVE);
    c.organisation = 0;
    call(c, RULE_CALLER_ACTIVE);
    c.operator_number = 1;
    call(c, RULE_COUNT);
    c.valid_until_us = NOW;
    call(c, RULE_CREDENTIAL_DATES);
    c.state = STATE_SUSPENDED;
    call(c, RULE_CREDENTIAL_ACTIVE);
}

static void act(const char *principal, int64_t now_us, enum policy_rule rule)
{
    const struct organisation *o;
    struct explanation why = {0};
    struct schuil_rc rc =
        schuil_policy_may_act(snapshot, PROC, bytes_text(principal), now_us, &why, &o);
    ends_at(&why, rc, rule);
}

static void each_rule_of_a_processor_is_told(void **state)
{
    struct explanation why = {0};
    (void)state;
    act("HOSP1", NOW, RULE_COUNT);
    act("NOSUCH", NOW, RULE_PRINCIPAL_ACTIVE);
    act("HOSP2", NOW, RULE_PRINCIPAL_ACTIVE);
    act("PROC", NOW, RULE_MANDATE_KNOWN);
    act("ORG2", NOW, RULE_MANDATE_ACTIVE);
    act("ORG1", NOW, RULE_MANDATE_DATES);
    struct schuil_rc rc =
        schuil_policy_one_end(snapshot, PROC, HOSP1, bytes_text("REG1"), NOW, &why);
    ends_at(&why, rc, RULE_ONE_END);
    why = (struct explanation){0};
    rc = schuil_policy_one_end(snapshot, PROC, HOSP1, bytes_text("REG2"), NOW, &why);
    ends_at(&why, rc, RULE_COUNT);
}

static void a_rule_stands_once_and_has_words(void **state)
{
    struct explanation why = {0};
    (void)state;
    for (int round = 0; round < 2; round++)
        for (int rule = 0; rule < RULE_COUNT; rule++)
            assert_true(schuil_rule(&why, (enum policy_rule)rule, true));
    assert_int_equal(why.count, RULE_COUNT);
    for (int rule = 0; rule < RULE_COUNT; rule++) {
        const char *name = schuil_rule_name((enum policy_rule)rule);
        assert_true(strlen(name) > 0);
        for (int other = 0; other < rule; other++)
            assert_string_not_equal(name, schuil_rule_name((enum policy_rule)other));
        assert_string_not_equal(schuil_rule_text((enum policy_rule)rule, true),
                                schuil_rule_text((enum policy_rule)rule, false));
    }
    assert_false(schuil_rule(&why, RULE_QUOTA, false));
    assert_false(schuil_explanation_holds(&why));
    assert_false(schuil_rule(NULL, RULE_QUOTA, false));
}

static void a_credential_in_force_is_found_before_another(void **state)
{
    struct credential rows[] = {
        {.number = 1, .organisation = HOSP1, .valid_until_us = NOW, .fingerprint = {1}},
        {.number = 2, .organisation = HOSP1, .valid_until_us = UNTIL, .fingerprint = {2}},
        {.number = 3, .organisation = ORG1, .valid_until_us = NOW, .fingerprint = {3}}};
    struct snapshot_builder *b = fixture_policy();
    struct snapshot *s;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_ok(schuil_snapshot_add_credential(b, &rows[i]));
    assert_ok(schuil_snapshot_seal(b, 1, &s));
    assert_int_equal(schuil_credential_of(s, HOSP1, NOW)->number, 2);
    assert_int_equal(schuil_credential_of(s, HOSP1, NOW - 1)->number, 1);
    assert_int_equal(schuil_credential_of(s, ORG1, NOW)->number, 3);
    assert_null(schuil_credential_of(s, HOSP2, NOW));
    assert_int_equal(schuil_credential_by_number(s, 3)->organisation, ORG1);
    assert_null(schuil_credential_by_number(s, 9));
    schuil_snapshot_unref(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_of_issue_is_told),
        cmocka_unit_test(each_rule_of_reverse_is_told),
        cmocka_unit_test(each_rule_of_translate_and_rotate_is_told),
        cmocka_unit_test(each_rule_of_parameters_is_told),
        cmocka_unit_test(each_rule_of_the_caller_is_told),
        cmocka_unit_test(each_rule_of_a_processor_is_told),
        cmocka_unit_test(a_rule_stands_once_and_has_words),
        cmocka_unit_test(a_credential_in_force_is_found_before_another),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
