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
        schuil_policy_may_issue(s, provider, bytes_text(registry), types, 2, now_us, &r, &c);
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
    struct schuil_rc rc = schuil_policy_may_translate(s, organisation, bytes_text(registry), &r);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
