/* SPDX-License-Identifier: Apache-2.0 */
/* Moving to another wrapping key: all copies or none, whatever breaks at whichever statement, and
 * the end of the old key. */
#include <stdio.h>
#include <string.h>

#include "saboteur.h"
#include "schuilnaam/engine/life.h"
#include "store_fixture.h"

static const struct wrapping_key next_key = {{9, 9, 9}};
static struct wrapping_ring both;
static bool was_one_host;

static struct schuil_rc next_given(void *arg, const char *current, bool can_make,
                                   const struct wrapping_ring **ret_ring)
{
    (void)arg;
    was_one_host = can_make;
    assert_string_equal(current, "test");
    *ret_ring = &both;
    return SCHUIL_OK;
}

static struct schuil_rc next_refused(void *arg, const char *current, bool can_make,
                                     const struct wrapping_ring **ret_ring)
{
    (void)arg;
    (void)current;
    (void)can_make;
    (void)ret_ring;
    return schuil_rc(RC_CONFLICT_WRAPPING);
}

static const struct wrapping_door door = {.next = next_given};

static struct fixture *begin(void **state)
{
    struct fixture *f = *state;
    both = (struct wrapping_ring){.count = 2,
                                  .refs = {f->ring.refs[0], {.name = "test.2", .key = &next_key}}};
    f->admin.wrapping = &door;
    fixture_populate(f);
    return f;
}

static struct schuil_rc rewrap(struct fixture *f)
{
    return admin_act(f, "keys", "rewrap", NULL, PAIRS("reason=test"));
}

static void loads(struct fixture *f, const struct wrapping_ring *ring, enum schuil_rc_code code)
{
    struct snapshot *s = NULL;
    char finding[256];
    f->ring = *ring;
    assert_rc(fixture_load(f, NULL, &s, finding), code);
    schuil_snapshot_unref(s);
}

static long copies_under(struct fixture *f, const char *name)
{
    char sql[128];
    snprintf(
        sql, sizeof sql,
        "SELECT count(*) FROM schuilnaam.key_copy WHERE wrapped IS NOT NULL AND wrapping = '%s'",
        name);
    return owner_number(f, sql);
}

static void all_copies_move_and_load_under_the_new_key_alone(void **state)
{
    struct fixture *f = begin(state);
    const struct wrapping_ring alone = {.count = 1, .refs = {both.refs[1]}}, old = f->ring;
    long count = copies_under(f, "test");
    long manifests = owner_number(f, "SELECT sum(counter) FROM schuilnaam.manifest");
    assert_true(count > 8);
    assert_rc(rewrap(f), RC_OK);
    assert_true(was_one_host);
    assert_int_equal(copies_under(f, "test"), 0);
    assert_int_equal(copies_under(f, "test.2"), count);
    assert_int_equal(owner_number(f, "SELECT sum(counter) FROM schuilnaam.manifest"),
                     manifests + 2);
    assert_string_equal(owner_sql(f, "SELECT string_agg(name || ' ' || state, ',' ORDER BY number)"
                                     " FROM schuilnaam.wrapping"),
                        "test retiring,test.2 active");
    loads(f, &alone, RC_OK);
    loads(f, &old, RC_CONFIG_WRAPPING);
}

static void without_a_newer_key_nothing_moves(void **state)
{
    struct fixture *f = begin(state);
    const struct wrapping_door closed = {.next = next_refused};
    f->admin.wrapping = &closed;
    assert_rc(rewrap(f), RC_CONFLICT_WRAPPING);
    f->admin.wrapping = NULL;
    assert_rc(rewrap(f), RC_CONFLICT_WRAPPING);
    f->admin.wrapping = &door;
    both.count = 1; /* a door that does not keep its word */
    assert_rc(rewrap(f), RC_CONFLICT_WRAPPING);
    assert_int_equal(copies_under(f, "test.2"), 0);
}

static void a_key_is_made_by_itself_only_for_one_host(void **state)
{
    struct fixture *f = begin(state);
    owner_sql(f,
              "INSERT INTO schuilnaam.process (id, label, roles, policy_counter, issue_counter,"
              " translate_counter) SELECT decode(repeat(n::text, 32), 'hex'), 'host' || n || '/1',"
              " '{issue}', 1, 1, 1 FROM generate_series(1, 2) n");
    assert_rc(rewrap(f), RC_OK);
    assert_false(was_one_host);
}

static void a_damaged_row_stops_it(void **state)
{
    struct fixture *f = begin(state);
    owner_sql(f, "UPDATE schuilnaam.key_copy SET wrapped = set_byte(wrapped, 30, 255 -"
                 " get_byte(wrapped, 30)) WHERE key = 1 AND compartment = 'issue'");
    assert_int_not_equal(rewrap(f).code, RC_OK);
    assert_int_equal(copies_under(f, "test.2"), 0);
}

static void an_old_key_ends_once_nothing_lies_under_it(void **state)
{
    struct fixture *f = begin(state);
    char name[WRAPPING_NAME_LEN + 1];
    assert_rc(schuil_admin_wrapping_retiring(f->server, name, 0), RC_OK);
    assert_string_equal(name, "");
    assert_rc(admin_do(f, "wrappings", ADMIN_DO_CHANGE, "test", PAIRS("state=ended")),
              RC_CONFLICT_STATE);
    assert_rc(rewrap(f), RC_OK);
    f->ring = both;
    assert_rc(schuil_admin_wrapping_retiring(f->server, name, 0), RC_OK);
    assert_string_equal(name, "test");
    assert_rc(schuil_admin_wrapping_retiring(f->server, name, 1), RC_OK);
    assert_string_equal(name, "");
    assert_rc(schuil_admin_wrapping_end(&f->admin, "test"), RC_OK);
    assert_string_equal(owner_sql(f, "SELECT state FROM schuilnaam.wrapping WHERE name = 'test'"),
                        "ended");
    assert_rc(admin_do(f, "wrappings", ADMIN_DO_CHANGE, "test", PAIRS("state=retiring")),
              RC_CONFLICT_STATE);
    assert_int_equal(
        owner_number(
            f, "SELECT count(*) FROM schuilnaam.audit_event WHERE event = 351 AND outcome = 'ok'"),
        1);
}

/* Cut at each statement in turn, before and after it was carried out: what can be loaded is the old
 * state or the new one. */
static void session_again(struct fixture *f)
{
    schuil_store_close(f->server);
    assert_rc(schuil_store_open(f->server_dsn, &f->server), RC_OK);
    f->admin.session = f->server;
    assert_rc(schuil_audit_chain_new(&f->chain), RC_OK);
}

typedef struct schuil_rc move_function(struct fixture *f);

static bool cut_leaves_a_whole(struct fixture *f, move_function *move, unsigned nth, enum cut cut)
{
    saboteur_arm(nth, cut);
    struct schuil_rc rc = move(f);
    bool is_cut = saboteur_disarm();
    if (!is_cut) {
        assert_rc(rc, RC_OK);
    } else {
        assert_int_equal(schuil_rc_class(rc), RC_CLASS_STORE);
        session_again(f);
    }
    long old = copies_under(f, "test"), new = copies_under(f, "test.2");
    assert_true((old == 0) != (new == 0));
    const struct wrapping_ring one = {.count = 1, .refs = {both.refs[old == 0 ? 1 : 0]}};
    loads(f, &one, RC_OK);
    return old == 0;
}

static void every_statement_cut(struct fixture *f, move_function *move, enum cut cut)
{
    unsigned nth = 1;
    while (!cut_leaves_a_whole(f, move, nth, cut))
        nth++;
    assert_true(nth > 15); /* a statement for each copy, and more */
}

static void a_cut_before_any_statement_leaves_a_whole(void **state)
{
    every_statement_cut(begin(state), rewrap, CUT_BEFORE);
}

static void a_cut_after_any_statement_leaves_a_whole(void **state)
{
    every_statement_cut(begin(state), rewrap, CUT_AFTER);
}

/* ---- by itself ---- */
static enum rewrap_need need_of(struct fixture *f)
{
    enum rewrap_need need;
    assert_rc(schuil_rewrap_look(f->server, &f->ring, &need), RC_OK);
    return need;
}

static struct fixture *begin_refreshed(void **state)
{
    static const struct life_plan plan = {.transport_period_hours = 24};
    struct fixture *f = begin(state);
    enum life_progress progress = LIFE_MOVED;
    uint32_t number;
    assert_int_equal(need_of(f), REWRAP_NOT_DUE);
    assert_rc(schuil_refresh_ask(f->server, "a test", &number), RC_OK);
    while (progress != LIFE_REST)
        assert_rc(schuil_life_step(&f->admin, &plan, &progress), RC_OK);
    return f;
}

static struct schuil_rc by_itself(struct fixture *f)
{
    bool is_done;
    struct schuil_rc rc = schuil_rewrap_step(&f->admin, &is_done);
    assert_int_equal(is_done, rc.code == RC_OK);
    return rc;
}

static void a_refresh_is_followed_by_itself_once(void **state)
{
    struct fixture *f = begin_refreshed(state);
    long count = copies_under(f, "test");
    assert_int_equal(need_of(f), REWRAP_DUE);
    assert_rc(by_itself(f), RC_OK);
    assert_int_equal(copies_under(f, "test.2"), count);
    f->ring = both;
    assert_int_equal(need_of(f), REWRAP_NOT_DUE);
    bool is_done;
    assert_rc(schuil_rewrap_step(&f->admin, &is_done), RC_OK);
    assert_false(is_done);
    assert_int_equal(owner_number(f, "SELECT count(*) FROM schuilnaam.audit_event WHERE event = 350"
                                     " AND outcome = 'ok' AND cardinality(key_numbers) = 1"
                                     " AND detail = '{\"from\":\"test\",\"to\":\"test.2\"}'"
                                     " AND reason LIKE 'by itself: %'"),
                     1);
    assert_rc(schuil_admin_wrapping_end(&f->admin, "test"), RC_OK);
    assert_int_equal(
        owner_number(f, "SELECT count(*) FROM schuilnaam.key"
                        " WHERE state = 'destroyed' AND schuilnaam.is_unwrappable(number)"),
        0);
}

static void what_is_not_due_does_not_go_by_itself(void **state)
{
    struct fixture *f = begin(state);
    bool is_done;
    assert_rc(admin_act(f, "keys", "import", NULL,
                        PAIRS("purpose=root", "key=01000000000000000000000000000000"
                                              "00000000000000000000000000000000")),
              RC_OK);
    assert_int_equal(need_of(f), REWRAP_NOT_DUE);
    assert_rc(schuil_rewrap_step(&f->admin, &is_done), RC_OK);
    assert_false(is_done);
    owner_sql(f, "UPDATE schuilnaam.key SET destroyed = now() - interval '32 days'"
                 " WHERE state = 'destroyed'");
    assert_int_equal(need_of(f), REWRAP_DUE); /* any destruction, a month later */
}

static void on_several_hosts_it_is_left_to_people(void **state)
{
    struct fixture *f = begin_refreshed(state);
    bool is_done;
    owner_sql(f,
              "INSERT INTO schuilnaam.process (id, label, roles, policy_counter, issue_counter,"
              " translate_counter) SELECT decode(repeat(n::text, 32), 'hex'), 'host' || n || '/1',"
              " '{issue}', 1, 1, 1 FROM generate_series(1, 2) n");
    assert_int_equal(need_of(f), REWRAP_FOR_PEOPLE);
    assert_rc(schuil_rewrap_step(&f->admin, &is_done), RC_OK);
    assert_false(is_done);
    assert_int_equal(copies_under(f, "test.2"), 0);
}

static void where_no_key_can_be_made_it_stays_due(void **state)
{
    struct fixture *f = begin_refreshed(state);
    const struct wrapping_door closed = {.next = next_refused};
    f->admin.wrapping = &closed;
    assert_rc(by_itself(f), RC_CONFLICT_WRAPPING);
    assert_int_equal(copies_under(f, "test.2"), 0);
    assert_int_equal(need_of(f), REWRAP_DUE);
}

static void a_cut_of_one_by_itself_leaves_a_whole(void **state)
{
    every_statement_cut(begin_refreshed(state), by_itself, CUT_BEFORE);
}

static void a_cut_after_one_by_itself_leaves_a_whole(void **state)
{
    every_statement_cut(begin_refreshed(state), by_itself, CUT_AFTER);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_up_first, fixture_down)
    const struct CMUnitTest tests[] = {
        TEST(all_copies_move_and_load_under_the_new_key_alone),
        TEST(without_a_newer_key_nothing_moves),
        TEST(a_key_is_made_by_itself_only_for_one_host),
        TEST(a_damaged_row_stops_it),
        TEST(an_old_key_ends_once_nothing_lies_under_it),
        TEST(a_cut_before_any_statement_leaves_a_whole),
        TEST(a_cut_after_any_statement_leaves_a_whole),
        TEST(a_refresh_is_followed_by_itself_once),
        TEST(what_is_not_due_does_not_go_by_itself),
        TEST(on_several_hosts_it_is_left_to_people),
        TEST(where_no_key_can_be_made_it_stays_due),
        TEST(a_cut_of_one_by_itself_leaves_a_whole),
        TEST(a_cut_after_one_by_itself_leaves_a_whole),
    };
    return fixture_is_there() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
