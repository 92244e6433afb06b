/* SPDX-License-Identifier: Apache-2.0 */
/* What operators decide about one key, in a real database; and that the table of approvals names
 * only calls that there are. */
#include <stdio.h>
#include <string.h>

#include "rotation.h"
#include "schuilnaam/engine/snapshot.h"
#include "store_fixture.h"

/* ---- approvals ---- */
static const struct {
    const char *noun, *verb;
} approvals[] = {
#define APPROVAL(name, when, noun, verb, condition, text) {noun, verb},
#include "schuilnaam/approvals.def"
#undef APPROVAL
};

static void every_row_of_approvals_names_a_call_that_exists(void **state)
{
    (void)state;
    struct admin_call call = {.id = NULL};
    for (size_t i = 0; i < sizeof approvals / sizeof approvals[0]; i++) {
        if (!admin_call_find(approvals[i].noun, approvals[i].verb, &call))
            fail_msg("%s %s: no such call", approvals[i].noun, approvals[i].verb);
        assert_true(schuil_approval_may_wait(&call));
        assert_false(schuil_admin_is_read(&call));
    }
    assert_false(admin_call_find("keys", "handover", &call));
    assert_false(admin_call_find("domains", "change", &call));
    assert_false(admin_call_find("rotations", "create", &call));
}

/* ---- helpers ---- */
static const char *key_of(struct fixture *f, const char *which)
{
    static char number[16];
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT max(number) FROM key WHERE purpose = %s", which);
    snprintf(number, sizeof number, "%s", owner_sql(f, sql));
    assert_string_not_equal(number, "");
    return number;
}

static struct schuil_rc change(struct fixture *f, const char *which, const char *state)
{
    char pair[48];
    snprintf(pair, sizeof pair, "state=%s", state);
    return admin_act(f, "keys", "change", key_of(f, which), PAIRS(pair, "reason=a test"));
}

static struct schuil_rc end(struct fixture *f, const char *which)
{
    return admin_act(f, "keys", "end", key_of(f, which), PAIRS("reason=a test"));
}

static struct snapshot *loaded(struct fixture *f)
{
    char finding[256];
    struct snapshot *s = NULL;
    struct schuil_rc rc = fixture_load(f, NULL, &s, finding);
    if (!schuil_is_ok(rc))
        fail_msg("%s: %s", schuil_rc_name(rc), finding);
    return s;
}

static bool domain_opens(struct fixture *f)
{
    struct snapshot *s = loaded(f);
    bool opens = schuil_key_domain(s, 1, 1, 1, NULL) != NULL;
    schuil_snapshot_unref(s);
    return opens;
}

static int up(void **state)
{
    int result = fixture_up_first(state);
    fixture_populate(*state);
    return result;
}

/* ---- change ---- */
static void a_suspended_domain_key_opens_nothing_until_it_is_active_again(void **state)
{
    struct fixture *f = *state;
    assert_true(domain_opens(f));
    assert_rc(change(f, "'domain'", "suspended"), RC_OK);
    assert_false(domain_opens(f));
    assert_rc(change(f, "'domain'", "active"), RC_OK);
    assert_true(domain_opens(f));
    assert_string_equal(owner_sql(f, "SELECT reason FROM key WHERE purpose = 'domain'"), "a test");
    assert_int_equal(owner_number(f, "SELECT count(*) FROM audit_event WHERE name = 'KEY_STATE'"
                                     " AND status = 200 AND reason = 'a test'"
                                     " AND cardinality(key_numbers) = 1"),
                     2);
}

static void a_suspended_root_or_transport_key_makes_nothing(void **state)
{
    struct fixture *f = *state;
    struct root_ref root;
    struct transport_ref transport;
    assert_rc(change(f, "'root'", "suspended"), RC_OK);
    assert_rc(change(f, "'transport'", "suspended"), RC_OK);
    struct snapshot *s = loaded(f);
    assert_false(schuil_key_root_active(s, &root));
    assert_false(schuil_key_transport_newest(s, &transport));
    schuil_snapshot_unref(s);
    assert_rc(change(f, "'root'", "active"), RC_OK);
    assert_rc(change(f, "'transport'", "active"), RC_OK);
    s = loaded(f);
    assert_true(schuil_key_root_active(s, &root));
    assert_true(schuil_key_transport_newest(s, &transport));
    schuil_snapshot_unref(s);
}

static void compromised_is_final_but_for_destruction(void **state)
{
    struct fixture *f = *state;
    assert_rc(change(f, "'domain-seal'", "compromised"), RC_OK);
    assert_rc(change(f, "'domain-seal'", "active"), RC_CONFLICT_STATE);
    assert_string_equal(f->field, "state");
    assert_rc(change(f, "'domain-seal'", "suspended"), RC_CONFLICT_STATE);
    assert_rc(change(f, "'domain-seal'", "compromised"), RC_CONFLICT_STATE);
    schuil_snapshot_unref(loaded(f));
    assert_rc(end(f, "'domain-seal'"), RC_OK);
    schuil_snapshot_unref(loaded(f));
    assert_rc(change(f, "'domain-seal'", "active"), RC_CONFLICT_STATE);
    assert_rc(end(f, "'domain-seal'"), RC_CONFLICT_STATE);
}

static void what_is_no_move_of_an_operator_is_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const wrong[] = {"pre-active", "destroyed", "gone"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_rc(change(f, "'domain'", wrong[i]), RC_INPUT_VALUE);
        assert_string_equal(f->field, "state");
    }
    assert_rc(change(f, "'domain'", "translate-only"), RC_CONFLICT_KEY_PLACE);
    assert_rc(admin_act(f, "keys", "change", "999", PAIRS("state=suspended", "reason=x")),
              RC_ABSENT);
    assert_rc(admin_act(f, "keys", "change", "1", PAIRS("state=suspended")), RC_INPUT_SHAPE);
    static const char *const signing[] = {"'manifest'", "'audit'", "'policy'"};
    for (size_t i = 0; i < sizeof signing / sizeof signing[0]; i++) {
        assert_rc(change(f, signing[i], "suspended"), RC_CONFLICT_KEY_SIGNS);
        assert_rc(change(f, signing[i], "compromised"), RC_CONFLICT_KEY_SIGNS);
        assert_rc(end(f, signing[i]), RC_CONFLICT_KEY_SIGNS);
    }
    schuil_snapshot_unref(loaded(f));
    assert_int_equal(owner_number(f, "SELECT count(*) FROM key WHERE state <> 'active'"), 0);
}

#define OLDER "'transport' AND number < (SELECT max(number) FROM key)"

static void a_transport_key_whose_place_was_taken_comes_back_to_open_only(void **state)
{
    struct fixture *f = *state;
    assert_rc(change(f, "'transport'", "suspended"), RC_OK);
    admin_make(f, "keys", PAIRS("purpose=transport"));
    assert_rc(change(f, OLDER, "active"), RC_CONFLICT_KEY_PLACE);
    assert_rc(change(f, OLDER, "translate-only"), RC_OK);
    assert_int_equal(owner_number(f, "SELECT count(*) FROM key WHERE state = 'translate-only'"
                                     " AND destruction > now() + interval '24 hours'"),
                     1);
    assert_int_equal(owner_number(f, "SELECT count(*) FROM key_copy WHERE wrapped IS NULL"
                                     " AND compartment = 'issue'"),
                     1);
    schuil_snapshot_unref(loaded(f));
}

/* ---- end ---- */
static void what_is_active_is_not_destroyed(void **state)
{
    struct fixture *f = *state;
    assert_rc(end(f, "'root'"), RC_CONFLICT_KEY_LAST_ROOT);
    assert_rc(end(f, "'domain'"), RC_CONFLICT_KEY_ACTIVE);
    assert_rc(end(f, "'domain-seal'"), RC_CONFLICT_KEY_ACTIVE);
    assert_rc(end(f, "'transport'"), RC_CONFLICT_KEY_ACTIVE);
    assert_rc(change(f, "'root'", "compromised"), RC_OK);
    assert_rc(end(f, "'root'"), RC_CONFLICT_KEY_LAST_ROOT);
    assert_int_equal(owner_number(f, "SELECT count(*) FROM key WHERE state = 'destroyed'"), 0);
}

static void a_generation_of_a_rotation_is_not_destroyed(void **state)
{
    struct fixture *f = *state;
    assert_rc(admin_act(f, "rotations", "start", NULL, PAIRS("domain=REG1", "reason=a test")),
              RC_OK);
    assert_rc(change(f, "'domain'", "suspended"), RC_OK);
    assert_rc(end(f, "'domain'"), RC_CONFLICT_KEY_CHANGING);
    assert_rc(admin_act(f, "rotations", "abort", NULL, PAIRS("domain=REG1", "reason=a test")),
              RC_OK);
    schuil_snapshot_unref(loaded(f));
}

static void an_ended_key_is_gone_and_told(void **state)
{
    struct fixture *f = *state;
    assert_rc(change(f, "'domain'", "suspended"), RC_OK);
    assert_rc(end(f, "'domain'"), RC_OK);
    assert_int_equal(owner_number(f,
                                  "SELECT count(*) FROM key_copy c JOIN key k ON k.number = c.key"
                                  " WHERE k.purpose = 'domain' AND c.wrapped IS NOT NULL"),
                     0);
    assert_int_equal(owner_number(f, "SELECT count(*) FROM audit_event WHERE name = 'KEY_END'"
                                     " AND status = 200 AND cardinality(key_numbers) = 1"),
                     1);
    assert_false(domain_opens(f));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, up, fixture_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_approvals_names_a_call_that_exists),
        TEST(a_suspended_domain_key_opens_nothing_until_it_is_active_again),
        TEST(a_suspended_root_or_transport_key_makes_nothing),
        TEST(compromised_is_final_but_for_destruction),
        TEST(what_is_no_move_of_an_operator_is_refused),
        TEST(a_transport_key_whose_place_was_taken_comes_back_to_open_only),
        TEST(what_is_active_is_not_destroyed),
        TEST(a_generation_of_a_rotation_is_not_destroyed),
        TEST(an_ended_key_is_gone_and_told),
    };
    return fixture_is_there() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
