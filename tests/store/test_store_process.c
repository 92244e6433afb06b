/* SPDX-License-Identifier: Apache-2.0 */
/* Which processes are live, and what they have loaded. */
#include "store_fixture.h"

static const struct store_process first = {.id = {1}, .label = "one/1", .roles = 7};
static const struct store_process second = {
    .id = {2}, .label = "two/2", .roles = 1U << COMPARTMENT_TRANSLATE};

static struct store_state_row loaded(uint64_t issue, uint64_t translate)
{
    return (struct store_state_row){.policy_counter = 9, .manifest_counters = {issue, translate}};
}

static bool renew(struct fixture *f, const struct store_process *p, uint64_t issue,
                  uint64_t translate)
{
    bool was_live = false;
    struct store_state_row row = loaded(issue, translate);
    assert_rc(schuil_store_process_renew(f->server, p, &row, &was_live), RC_OK);
    return was_live;
}

static uint64_t behind(struct fixture *f, enum compartment c, uint64_t counter)
{
    uint64_t count = 99;
    assert_rc(schuil_store_processes_behind(f->server, c, counter, &count), RC_OK);
    return count;
}

static void a_process_is_live_from_its_first_row_to_its_end(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(behind(f, COMPARTMENT_TRANSLATE, 5), 0);
    assert_false(renew(f, &first, 3, 4));
    assert_true(renew(f, &first, 3, 4));
    assert_int_equal(behind(f, COMPARTMENT_TRANSLATE, 5), 1);
    assert_rc(schuil_store_process_end(f->server, &first), RC_OK);
    assert_int_equal(behind(f, COMPARTMENT_TRANSLATE, 5), 0);
    assert_false(renew(f, &first, 3, 4));
    assert_int_equal(behind(f, COMPARTMENT_TRANSLATE, 5), 1);
}

static void a_row_older_than_the_lease_is_not_live(void **state)
{
    struct fixture *f = *state;
    renew(f, &first, 3, 4);
    owner_sql(f, "UPDATE process SET confirmed = now() - interval '59 seconds'");
    assert_int_equal(behind(f, COMPARTMENT_ISSUE, 4), 1);
    owner_sql(f, "UPDATE process SET confirmed = now() - interval '61 seconds'");
    assert_int_equal(behind(f, COMPARTMENT_ISSUE, 4), 0);
    assert_false(renew(f, &first, 3, 4));
    assert_true(renew(f, &first, 3, 4));
}

static void only_the_role_asked_for_counts_and_its_own_counter(void **state)
{
    struct fixture *f = *state;
    renew(f, &first, 8, 4);
    renew(f, &second, 0, 5);
    assert_int_equal(behind(f, COMPARTMENT_TRANSLATE, 4), 0);
    assert_int_equal(behind(f, COMPARTMENT_TRANSLATE, 5), 1);
    assert_int_equal(behind(f, COMPARTMENT_TRANSLATE, 6), 2);
    assert_int_equal(behind(f, COMPARTMENT_ISSUE, 8), 0);
    assert_int_equal(behind(f, COMPARTMENT_ISSUE, 9), 1);
    renew(f, &first, 9, 6);
    assert_int_equal(behind(f, COMPARTMENT_ISSUE, 9), 0);
    assert_int_equal(behind(f, COMPARTMENT_TRANSLATE, 6), 1);
    assert_string_equal(owner_sql(f, "SELECT roles::text FROM process WHERE label = 'one/1'"),
                        "{issue,translate,operate}");
}

static void operate_has_no_manifest_to_wait_for(void **state)
{
    struct fixture *f = *state;
    uint64_t count = 0;
    assert_rc(schuil_store_processes_behind(f->server, COMPARTMENT_OPERATE, 1, &count),
              RC_INPUT_VALUE);
}

static void processes_long_gone_are_forgotten(void **state)
{
    struct fixture *f = *state;
    renew(f, &first, 1, 1);
    owner_sql(f, "UPDATE process SET confirmed = now() - interval '25 hours'");
    renew(f, &second, 1, 1);
    assert_int_equal(owner_number(f, "SELECT count(*) FROM process"), 1);
}

static void a_row_raises_no_policy_counter(void **state)
{
    struct fixture *f = *state;
    long before = owner_number(f, "SELECT policy_counter FROM state");
    renew(f, &first, 1, 1);
    renew(f, &first, 2, 2);
    assert_int_equal(owner_number(f, "SELECT policy_counter FROM state"), before);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_up, fixture_down)
    const struct CMUnitTest tests[] = {
        TEST(a_process_is_live_from_its_first_row_to_its_end),
        TEST(a_row_older_than_the_lease_is_not_live),
        TEST(only_the_role_asked_for_counts_and_its_own_counter),
        TEST(operate_has_no_manifest_to_wait_for),
        TEST(processes_long_gone_are_forgotten),
        TEST(a_row_raises_no_policy_counter),
    };
    return fixture_is_there() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
