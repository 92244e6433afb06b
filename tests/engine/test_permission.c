/* SPDX-License-Identifier: Apache-2.0 */
/* engine/policy/permission.c: what is permitted, and that every refusal is the same. */
#include "engine_unit.h"
#include "fixture_policy.h"

enum { NOW = (FIXTURE_FROM + FIXTURE_UNTIL) / 2 };

static struct schuil_rc may_issue(const struct snapshot *s, uint32_t provider, const char *registry,
                                  const char *tref, int64_t now_us)
{
    const struct ptype *types[] = {schuil_ptype_by_tref(s, bytes_text("A")),
                                   schuil_ptype_by_tref(s, bytes_text(tref))};
    const struct registry *r = (const struct registry *)&types;
    const struct connection *c = (const struct connection *)&types;
    struct schuil_rc rc =
        schuil_policy_may_issue(s, provider, bytes_text(registry), types, 2, now_us, NULL, &r, &c);
    if (schuil_is_ok(rc)) {
        assert_string_equal(r->code, registry);
        assert_int_equal(c->provider, provider);
    } else {
        assert_null(r);
        assert_null(c);
    }
    return rc;
}

static struct snapshot *sealed(struct snapshot_builder *b)
{
    struct snapshot *s;
    assert_ok(schuil_snapshot_seal(b, 1, &s));
    return s;
}

/* A policy whose one connection is as given. */
static struct snapshot *with_connection(const struct connection *c)
{
    struct snapshot_builder *b;
    assert_ok(schuil_snapshot_builder_new(&b));
    fixture_catalogue(b);
    fixture_organisations(b);
    fixture_registries(b);
    if (c != NULL)
        assert_ok(schuil_snapshot_add_connection(b, c));
    return sealed(b);
}

static void a_connection_in_force_permits_its_types(void **state)
{
    struct snapshot *s = sealed(fixture_policy());
    (void)state;
    assert_ok(may_issue(s, HOSP1, "REG1", "C", NOW));
    assert_ok(may_issue(s, HOSP1, "REG1", "A", FIXTURE_FROM));
    assert_ok(may_issue(s, HOSP1, "REG1", "A", FIXTURE_UNTIL - 1));
    schuil_snapshot_unref(s);
}

static void every_other_question_gets_the_same_refusal(void **state)
{
    struct snapshot *s = sealed(fixture_policy());
    (void)state;
    assert_rc(may_issue(s, HOSP1, "REG9", "C", NOW), RC_AUTH_PERMISSION); /* no such registry */
    assert_rc(may_issue(s, HOSP1, "REG2", "C", NOW), RC_AUTH_PERMISSION); /* no connection */
    assert_rc(may_issue(s, ORG1, "REG1", "C", NOW), RC_AUTH_PERMISSION);  /* another's */
    assert_rc(may_issue(s, 99, "REG1", "C", NOW), RC_AUTH_PERMISSION);    /* no such provider */
    assert_rc(may_issue(s, HOSP1, "REG1", "B", NOW), RC_AUTH_PERMISSION); /* not its type */
    assert_rc(may_issue(s, HOSP1, "REG1", "C.2", NOW), RC_AUTH_PERMISSION);
    assert_rc(may_issue(s, HOSP1, "REG1", "C", FIXTURE_FROM - 1), RC_AUTH_PERMISSION);
    assert_rc(may_issue(s, HOSP1, "REG1", "C", FIXTURE_UNTIL), RC_AUTH_PERMISSION);
    schuil_snapshot_unref(s);
}

static void connections_that_are_not_active_permit_nothing(void **state)
{
    static const enum entity_state states[] = {STATE_SUSPENDED, STATE_ENDED};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        struct connection c = fixture_connection();
        c.state = states[i];
        struct snapshot *s = with_connection(&c);
        assert_rc(may_issue(s, HOSP1, "REG1", "C", NOW), RC_AUTH_PERMISSION);
        schuil_snapshot_unref(s);
    }
}

static void a_registry_that_is_not_listed_takes_nothing(void **state)
{
    struct connection c = fixture_connection();
    (void)state;
    c.registry = REG2;
    struct snapshot *s = with_connection(&c);
    assert_rc(may_issue(s, HOSP1, "REG2", "C", NOW), RC_AUTH_PERMISSION);
    schuil_snapshot_unref(s);
}

static void a_suspended_organisation_is_permitted_nothing(void **state)
{
    struct connection c = fixture_connection();
    (void)state;
    c.provider = HOSP2;
    struct snapshot *s = with_connection(&c);
    assert_rc(may_issue(s, HOSP2, "REG1", "C", NOW), RC_AUTH_PERMISSION);
    schuil_snapshot_unref(s);
}

static struct schuil_rc may_translate(const struct snapshot *s, uint32_t organisation,
                                      const char *registry)
{
    const struct registry *r = (const struct registry *)&s;
    struct schuil_rc rc =
        schuil_policy_may_translate(s, organisation, bytes_text(registry), NULL, &r);
    if (schuil_is_ok(rc))
        assert_string_equal(r->code, registry);
    else
        assert_null(r);
    return rc;
}

static void a_registry_translates_for_itself_until_it_has_ended(void **state)
{
    struct snapshot_builder *b = fixture_policy();
    struct registry ended = {
        .number = 13, .code = "REG3", .organisation = ORG1, .domain = 31, .state = REGISTRY_ENDED};
    struct registry suspended = {.number = 14,
                                 .code = "REG4",
                                 .organisation = HOSP2,
                                 .domain = 31,
                                 .state = REGISTRY_LISTED};
    (void)state;
    assert_ok(schuil_snapshot_add_registry(b, &ended));
    assert_ok(schuil_snapshot_add_registry(b, &suspended));
    struct snapshot *s = sealed(b);
    assert_ok(may_translate(s, ORG1, "REG1"));
    assert_ok(may_translate(s, ORG2, "REG2")); /* announced */
    assert_rc(may_translate(s, ORG1, "REG2"), RC_AUTH_PERMISSION);
    assert_rc(may_translate(s, HOSP1, "REG1"), RC_AUTH_PERMISSION);
    assert_rc(may_translate(s, ORG1, "REG9"), RC_AUTH_PERMISSION);
    assert_rc(may_translate(s, ORG1, "REG3"), RC_AUTH_PERMISSION);
    assert_rc(may_translate(s, HOSP2, "REG4"), RC_AUTH_PERMISSION);
    schuil_snapshot_unref(s);
}

static void a_credential_is_good_while_active_and_within_its_dates(void **state)
{
    struct credential c = {.valid_from_us = 10, .valid_until_us = 20};
    (void)state;
    assert_false(schuil_credential_is_good(&c, 9));
    assert_true(schuil_credential_is_good(&c, 10));
    assert_true(schuil_credential_is_good(&c, 19));
    assert_false(schuil_credential_is_good(&c, 20));
    c.state = STATE_SUSPENDED;
    assert_false(schuil_credential_is_good(&c, 15));
    c.state = STATE_ENDED;
    assert_false(schuil_credential_is_good(&c, 15));
}

/* ---- processors ---- */

enum { PROC = 5, FROM = FIXTURE_FROM, UNTIL = FIXTURE_UNTIL };

/* The fixture with a processor and these mandates. */
static struct snapshot *with_mandates(const struct mandate *mandates, size_t count)
{
    static const struct organisation processor = {PROC, "PROC", STATE_ACTIVE};
    struct snapshot_builder *b = fixture_policy();
    assert_ok(schuil_snapshot_add_organisation(b, &processor));
    for (size_t i = 0; i < count; i++)
        assert_ok(schuil_snapshot_add_mandate(b, &mandates[i]));
    return sealed(b);
}

static struct schuil_rc may_act(const struct snapshot *s, uint32_t processor, const char *principal,
                                int64_t now_us)
{
    const struct organisation *o = (const struct organisation *)&s;
    struct schuil_rc rc =
        schuil_policy_may_act(s, processor, bytes_text(principal), now_us, NULL, &o);
    if (schuil_is_ok(rc))
        assert_string_equal(o->code, principal);
    else
        assert_null(o);
    return rc;
}

static void a_mandate_in_force_lets_its_processor_act_and_nobody_else(void **state)
{
    const struct mandate mandates[] = {
        {1, PROC, HOSP1, FROM, UNTIL, STATE_ACTIVE, false},
        {2, PROC, HOSP2, FROM, UNTIL, STATE_ACTIVE, false}, /* HOSP2 is suspended */
        {3, PROC, ORG2, FROM, UNTIL, STATE_SUSPENDED, false},
        {4, PROC, ORG1, FROM, UNTIL, STATE_ENDED, false},
    };
    struct snapshot *s = with_mandates(mandates, COUNT_OF(mandates));
    (void)state;
    assert_ok(may_act(s, PROC, "HOSP1", FROM));
    assert_ok(may_act(s, PROC, "HOSP1", UNTIL - 1));
    assert_rc(may_act(s, PROC, "HOSP1", FROM - 1), RC_AUTH_PERMISSION);
    assert_rc(may_act(s, PROC, "HOSP1", UNTIL), RC_AUTH_PERMISSION);
    assert_rc(may_act(s, PROC, "HOSP2", NOW), RC_AUTH_PERMISSION);
    assert_rc(may_act(s, PROC, "ORG2", NOW), RC_AUTH_PERMISSION);
    assert_rc(may_act(s, PROC, "ORG1", NOW), RC_AUTH_PERMISSION);
    assert_rc(may_act(s, PROC, "PROC", NOW), RC_AUTH_PERMISSION);
    assert_rc(may_act(s, PROC, "NOSUCH", NOW), RC_AUTH_PERMISSION);
    assert_rc(may_act(s, PROC, "", NOW), RC_AUTH_PERMISSION);
    assert_rc(may_act(s, HOSP1, "PROC", NOW), RC_AUTH_PERMISSION);
    assert_rc(may_act(s, ORG1, "HOSP1", NOW), RC_AUTH_PERMISSION);
    schuil_snapshot_unref(s);
}

/* Who acts for both HOSP1 and ORG1's REG1, by a second mandate in the state given. */
static struct schuil_rc one_end(enum entity_state second, int64_t until_us, bool allowed,
                                uint32_t principal)
{
    const struct mandate mandates[] = {
        {1, PROC, HOSP1, FROM, UNTIL, STATE_ACTIVE, false},
        {2, PROC, ORG1, FROM, until_us, second, allowed},
    };
    struct snapshot *s = with_mandates(mandates, COUNT_OF(mandates));
    struct schuil_rc rc = schuil_policy_one_end(s, PROC, principal, bytes_text("REG1"), NOW, NULL);
    assert_ok(schuil_policy_one_end(s, PROC, principal, bytes_text("REG2"), NOW, NULL));
    assert_ok(schuil_policy_one_end(s, PROC, principal, bytes_text("NOSUCH"), NOW, NULL));
    schuil_snapshot_unref(s);
    return rc;
}

static void a_processor_at_both_ends_is_refused_at_each_of_them(void **state)
{
    static const uint32_t ends[] = {HOSP1, ORG1};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        assert_rc(one_end(STATE_ACTIVE, UNTIL, false, ends[i]), RC_AUTH_PERMISSION);
        assert_rc(one_end(STATE_SUSPENDED, UNTIL, false, ends[i]), RC_AUTH_PERMISSION);
        assert_ok(one_end(STATE_ACTIVE, UNTIL, true, ends[i]));
        assert_ok(one_end(STATE_ENDED, UNTIL, false, ends[i]));
        assert_ok(one_end(STATE_ACTIVE, NOW, false, ends[i])); /* over */
    }
}

static void an_end_that_acts_for_the_other_end_is_refused(void **state)
{
    const struct mandate for_provider = {1, ORG1, HOSP1, FROM, UNTIL, STATE_ACTIVE, false};
    const struct mandate for_registry = {2, HOSP1, ORG1, FROM, UNTIL, STATE_ACTIVE, false};
    struct snapshot *s = with_mandates(&for_provider, 1);
    (void)state;
    assert_rc(schuil_policy_one_end(s, ORG1, HOSP1, bytes_text("REG1"), NOW, NULL),
              RC_AUTH_PERMISSION);
    schuil_snapshot_unref(s);
    s = with_mandates(&for_registry, 1);
    assert_rc(schuil_policy_one_end(s, HOSP1, ORG1, bytes_text("REG1"), NOW, NULL),
              RC_AUTH_PERMISSION);
    schuil_snapshot_unref(s);
}

static void a_reason_with_the_connection_allows_both_ends(void **state)
{
    struct connection c = fixture_connection();
    const struct organisation processor = {PROC, "PROC", STATE_ACTIVE};
    const struct mandate mandates[] = {
        {1, PROC, HOSP1, FROM, UNTIL, STATE_ACTIVE, false},
        {2, PROC, ORG1, FROM, UNTIL, STATE_ACTIVE, false},
    };
    struct snapshot_builder *b;
    (void)state;
    c.allows_both_ends = true;
    assert_ok(schuil_snapshot_builder_new(&b));
    fixture_catalogue(b);
    fixture_organisations(b);
    fixture_registries(b);
    assert_ok(schuil_snapshot_add_connection(b, &c));
    assert_ok(schuil_snapshot_add_organisation(b, &processor));
    for (size_t i = 0; i < COUNT_OF(mandates); i++)
        assert_ok(schuil_snapshot_add_mandate(b, &mandates[i]));
    struct snapshot *s = sealed(b);
    assert_ok(schuil_policy_one_end(s, PROC, HOSP1, bytes_text("REG1"), NOW, NULL));
    assert_ok(schuil_policy_one_end(s, PROC, ORG1, bytes_text("REG1"), NOW, NULL));
    schuil_snapshot_unref(s);
}

static void mandates_that_cannot_be_are_refused(void **state)
{
    const struct mandate self = {1, HOSP1, HOSP1, FROM, UNTIL, STATE_ACTIVE, false};
    const struct mandate twice[] = {{1, ORG2, HOSP1, FROM, UNTIL, STATE_ACTIVE, false},
                                    {2, ORG2, HOSP1, FROM, UNTIL, STATE_SUSPENDED, false}};
    const struct mandate nobody = {1, 99, HOSP1, FROM, UNTIL, STATE_ACTIVE, false};
    struct snapshot_builder *b = fixture_policy();
    struct snapshot *s;
    (void)state;
    assert_rc(schuil_snapshot_add_mandate(b, &self), RC_STORE_DATA);
    assert_ok(schuil_snapshot_add_mandate(b, &twice[0]));
    assert_ok(schuil_snapshot_add_mandate(b, &twice[1]));
    assert_rc(schuil_snapshot_seal(b, 1, &s), RC_STORE_DATA);
    b = fixture_policy();
    assert_ok(schuil_snapshot_add_mandate(b, &nobody));
    assert_rc(schuil_snapshot_seal(b, 1, &s), RC_STORE_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_in_force_permits_its_types),
        cmocka_unit_test(every_other_question_gets_the_same_refusal),
        cmocka_unit_test(connections_that_are_not_active_permit_nothing),
        cmocka_unit_test(a_registry_that_is_not_listed_takes_nothing),
        cmocka_unit_test(a_suspended_organisation_is_permitted_nothing),
        cmocka_unit_test(a_registry_translates_for_itself_until_it_has_ended),
        cmocka_unit_test(a_credential_is_good_while_active_and_within_its_dates),
        cmocka_unit_test(a_mandate_in_force_lets_its_processor_act_and_nobody_else),
        cmocka_unit_test(a_processor_at_both_ends_is_refused_at_each_of_them),
        cmocka_unit_test(an_end_that_acts_for_the_other_end_is_refused),
        cmocka_unit_test(a_reason_with_the_connection_allows_both_ends),
        cmocka_unit_test(mandates_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
