/* SPDX-License-Identifier: Apache-2.0 */
/* The life of keys, step by step: transport keys, destruction, refresh; and each step cut off at
 * each of its statements. */
#include <stdio.h>

#include "key_life.h"
#include "policy_manifest.h"
#include "rotation.h"
#include "saboteur.h"
#include "schuilnaam/crypto/group.h"
#include "store_fixture.h"

static const struct life_plan plan = {.transport_period_hours = 24};
static const struct store_process translator = {
    .id = {7}, .label = "translator", .roles = 1U << COMPARTMENT_TRANSLATE};

static void assert_words(struct fixture *f, const char *sql, const char *words)
{
    assert_string_equal(owner_sql(f, sql), words);
}

static enum life_progress life(struct fixture *f)
{
    enum life_progress progress;
    assert_rc(schuil_life_step(&f->admin, &plan, &progress), RC_OK);
    return progress;
}

static void life_until_rest(struct fixture *f)
{
    for (int i = 0; i < 20; i++)
        if (life(f) == LIFE_REST)
            return;
    fail_msg("the life of keys does not come to rest");
}

/* The translating process tells what it has loaded: this manifest, or the newest. */
static void translator_loads(struct fixture *f)
{
    bool was_live;
    struct store_state_row state;
    assert_rc(schuil_store_read_state(f->server, &state), RC_OK);
    assert_rc(schuil_store_process_renew(f->server, &translator, &state, &was_live), RC_OK);
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

/* k_e * s_{D,g,e} of the active epoch: a final is this times H(x), sealed. */
static struct scalar product(struct fixture *f, uint32_t domain, uint32_t generation)
{
    struct root_ref root;
    struct scalar ret;
    struct snapshot *s = loaded(f);
    assert_true(schuil_key_root_active(s, &root));
    const struct scalar *key = schuil_key_domain(s, domain, generation, root.epoch, NULL);
    assert_non_null(key);
    assert_rc(schuil_scalar_multiply(root.key, key, &ret), RC_OK);
    schuil_snapshot_unref(s);
    return ret;
}

static void assert_same(struct scalar a, struct scalar b)
{
    assert_memory_equal(a.b, b.b, sizeof a.b);
}

static void refresh_asked(struct fixture *f)
{
    uint32_t number;
    assert_rc(schuil_refresh_ask(f->server, "every quarter", &number), RC_OK);
}

static int up(void **state)
{
    int result = fixture_up_first(state);
    fixture_populate(*state);
    admin_make(*state, "domains", PAIRS("code=REG2"));
    return result;
}

/* ---- transport keys ---- */
#define TRANSPORTS                                                                                 \
    "SELECT string_agg(state, ',' ORDER BY number) FROM key WHERE purpose = 'transport'"

static void the_first_transport_key_appears_by_itself(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(life(f), LIFE_MOVED);
    assert_words(f, TRANSPORTS, "pre-active");
    assert_int_equal(life(f), LIFE_MOVED);
    assert_words(f, TRANSPORTS, "active");
    assert_int_equal(life(f), LIFE_REST);
    assert_words(f,
                 "SELECT string_agg(name || coalesce(cardinality(key_numbers), 0), ',' ORDER BY i)"
                 " FROM audit_event WHERE event BETWEEN 331 AND 334",
                 "KEY_PREPARE1,KEY_ACTIVATE1");
}

static void a_transport_key_waits_until_every_live_translating_process_has_it(void **state)
{
    struct fixture *f = *state;
    translator_loads(f);
    owner_sql(f,
              "UPDATE key SET activated = now() - interval '25 hours' WHERE purpose = 'transport'");
    assert_int_equal(life(f), LIFE_MOVED);
    assert_int_equal(life(f), LIFE_WAITS);
    assert_words(f, TRANSPORTS, "active,pre-active");
    translator_loads(f);
    assert_int_equal(life(f), LIFE_MOVED);
    assert_words(f, TRANSPORTS, "translate-only,active");
    assert_int_equal(life(f), LIFE_REST);
}

static void a_process_that_died_is_not_waited_for(void **state)
{
    struct fixture *f = *state;
    translator_loads(f);
    refresh_asked(f);
    assert_int_equal(life(f), LIFE_MOVED);
    assert_int_equal(life(f), LIFE_WAITS);
    owner_sql(f, "UPDATE process SET confirmed = now() - interval '61 seconds'");
    assert_int_equal(life(f), LIFE_MOVED);
    assert_words(f, "SELECT state FROM key_operation WHERE kind = 'refresh'", "done");
}

static void issues_copy_goes_at_once_and_translates_at_its_time(void **state)
{
    struct fixture *f = *state;
    owner_sql(f,
              "UPDATE key SET activated = now() - interval '24 hours' WHERE purpose = 'transport'");
    life_until_rest(f);
    static const char copies[] =
        "SELECT string_agg(compartment || (wrapped IS NOT NULL), ',' ORDER BY compartment)"
        " FROM key_copy WHERE key = (SELECT min(number) FROM key WHERE purpose = 'transport')";
    assert_words(f, copies, "issuefalse,translatetrue");
    /* 24 hours of the connection, and 3,960 seconds */
    long left = owner_number(f, "SELECT extract(epoch FROM destruction - now())::bigint FROM key"
                                " WHERE purpose = 'transport' AND state = 'translate-only'");
    assert_in_range((unsigned long)left, 24 * 3600 + 3900, 24 * 3600 + 3970);
    f->admin.longest_life_hours = 1000;
    owner_sql(f, "UPDATE key SET activated = now() - interval '24 hours' WHERE state = 'active'"
                 " AND purpose = 'transport'");
    life_until_rest(f);
    left = owner_number(f, "SELECT max(extract(epoch FROM destruction - now()))::bigint FROM key"
                           " WHERE purpose = 'transport' AND state = 'translate-only'");
    assert_in_range((unsigned long)left, 1000 * 3600 + 3900, 1000 * 3600 + 3970);
}

/* The plan is under the manifest, so time is made to pass by a change that goes through it. */
static void time_comes(struct fixture *f, const char *purpose)
{
    KEY_CHANGE change = {.session = NULL};
    assert_rc(pg_do(f->server, "BEGIN", 0, NULL), RC_OK);
    assert_rc(key_change_begin(&change, &f->admin), RC_OK);
    for (size_t i = 0; i < change.set.table.count; i++) {
        const struct key_row *row = &change.set.rows[i];
        const struct key_fate fate = {.state = row->state, .destruction_time_s = 1};
        if (row->destruction_time_s != 0 && strcmp(schuil_purpose_name(row->purpose), purpose) == 0)
            assert_rc(key_change_fate(&change, i, &fate, "time passes"), RC_OK);
    }
    assert_rc(key_change_end(&change), RC_OK);
    assert_rc(pg_commit(f->server), RC_OK);
}

static void what_is_due_is_destroyed(void **state)
{
    struct fixture *f = *state;
    owner_sql(f,
              "UPDATE key SET activated = now() - interval '24 hours' WHERE purpose = 'transport'");
    refresh_asked(f);
    life_until_rest(f);
    assert_words(f, "SELECT count(*) FROM key WHERE state = 'translate-only'", "3");
    time_comes(f, "transport");
    time_comes(f, "domain");
    assert_int_equal(life(f), LIFE_MOVED);
    assert_words(f, "SELECT count(*) FROM key WHERE state = 'translate-only'", "0");
    assert_words(f,
                 "SELECT count(*) FROM key k JOIN key_copy c ON c.key = k.number"
                 " WHERE k.state = 'destroyed' AND c.wrapped IS NOT NULL",
                 "0");
    assert_words(f, "SELECT cardinality(key_numbers) FROM audit_event WHERE name = 'KEY_DESTROY'",
                 "3");
    schuil_snapshot_unref(loaded(f));
    assert_int_equal(life(f), LIFE_REST);
}

static void one_made_now_takes_the_place_of_one_made_ahead(void **state)
{
    struct fixture *f = *state;
    translator_loads(f);
    owner_sql(f,
              "UPDATE key SET activated = now() - interval '24 hours' WHERE purpose = 'transport'");
    assert_int_equal(life(f), LIFE_MOVED);
    admin_make(f, "keys", PAIRS("purpose=transport"));
    translator_loads(f);
    life_until_rest(f);
    assert_words(f, TRANSPORTS, "translate-only,destroyed,active");
    assert_words(f, "SELECT string_agg(state, ',') FROM key_operation", "failed");
}

/* ---- refresh ---- */
static void a_refresh_changes_every_key_and_no_product(void **state)
{
    struct fixture *f = *state;
    struct scalar one = product(f, 1, 1), two = product(f, 2, 1);
    refresh_asked(f);
    life_until_rest(f);
    assert_same(product(f, 1, 1), one);
    assert_same(product(f, 2, 1), two);
    assert_words(f,
                 "SELECT string_agg(epoch || state, ',' ORDER BY epoch) FROM key"
                 " WHERE purpose = 'root'",
                 "1destroyed,2active");
    assert_words(f,
                 "SELECT string_agg(epoch || state || (destruction IS NOT NULL), ','"
                 " ORDER BY scope, epoch) FROM key WHERE purpose = 'domain'",
                 "1translate-onlytrue,2activefalse,1translate-onlytrue,2activefalse");
    refresh_asked(f);
    life_until_rest(f);
    assert_same(product(f, 1, 1), one);
    assert_words(f, "SELECT string_agg(state, ',' ORDER BY number) FROM key_operation",
                 "done,done");
}

static void what_was_issued_before_a_refresh_is_translated_after_it(void **state)
{
    struct fixture *f = *state;
    uint32_t number = 0;
    refresh_asked(f);
    life_until_rest(f);
    struct snapshot *s = loaded(f);
    assert_non_null(schuil_key_domain(s, 1, 1, 1, &number));
    assert_non_null(schuil_key_domain(s, 1, 1, 2, &number));
    schuil_snapshot_unref(s);
}

static void prepared_keys_translate_already(void **state)
{
    struct fixture *f = *state;
    struct root_ref root;
    translator_loads(f);
    refresh_asked(f);
    assert_int_equal(life(f), LIFE_MOVED);
    struct snapshot *s = loaded(f);
    assert_true(schuil_key_root_active(s, &root));
    assert_int_equal(root.epoch, 1);
    assert_non_null(schuil_key_domain(s, 1, 1, 2, NULL));
    schuil_snapshot_unref(s);
}

static void a_successor_takes_over_the_state(void **state)
{
    struct fixture *f = *state;
    size_t index = 0;
    {
        KEY_CHANGE change = {.session = NULL};
        assert_rc(pg_do(f->server, "BEGIN", 0, NULL), RC_OK);
        assert_rc(key_change_begin(&change, &f->admin), RC_OK);
        assert_true(key_change_find(&change, PURPOSE_DOMAIN, 2, &index));
        assert_rc(key_change_state(&change, index, KEY_SUSPENDED, "a doubt"), RC_OK);
        assert_rc(key_change_end(&change), RC_OK);
        assert_rc(pg_commit(f->server), RC_OK);
    }
    translator_loads(f);
    refresh_asked(f);
    assert_int_equal(life(f), LIFE_MOVED);
    struct snapshot *s = loaded(f);
    assert_null(schuil_key_domain(s, 2, 1, 2, NULL));
    schuil_snapshot_unref(s);
    translator_loads(f);
    life_until_rest(f);
    assert_words(f,
                 "SELECT string_agg(epoch || state, ',' ORDER BY epoch) FROM key"
                 " WHERE purpose = 'domain' AND scope = 2",
                 "1suspended,2suspended");
}

static void a_domain_made_meanwhile_begins_the_refresh_anew(void **state)
{
    struct fixture *f = *state;
    refresh_asked(f);
    assert_int_equal(life(f), LIFE_MOVED);
    admin_make(f, "domains", PAIRS("code=REG3"));
    struct scalar three = product(f, 3, 1);
    life_until_rest(f);
    assert_same(product(f, 3, 1), three);
    assert_words(f, "SELECT string_agg(state, ',' ORDER BY number) FROM key_operation",
                 "failed,done");
    assert_words(f,
                 "SELECT string_agg(epoch || state, ',' ORDER BY epoch) FROM key"
                 " WHERE purpose = 'root'",
                 "1destroyed,2destroyed,3active");
}

static void a_refresh_that_nobody_loads_is_given_up(void **state)
{
    struct fixture *f = *state;
    struct scalar one = product(f, 1, 1);
    translator_loads(f);
    refresh_asked(f);
    assert_int_equal(life(f), LIFE_MOVED);
    assert_int_equal(life(f), LIFE_WAITS);
    owner_sql(f, "UPDATE key_operation SET prepared = now() - interval '601 seconds'");
    assert_int_equal(life(f), LIFE_MOVED);
    assert_int_equal(life(f), LIFE_REST);
    assert_same(product(f, 1, 1), one);
    assert_words(f,
                 "SELECT string_agg(epoch || state, ',' ORDER BY number) FROM key"
                 " WHERE purpose IN ('root', 'domain')",
                 "1active,1active,1active,2destroyed,2destroyed,2destroyed");
    assert_words(f, "SELECT outcome FROM key_operation",
                 "not every process loaded its keys in time");
}

static void the_action_tells_how_a_refresh_stands(void **state)
{
    struct fixture *f = *state;
    enum refresh_state stands;
    struct admin_rows *rows = NULL;
    assert_rc(admin_act(f, "keys", "refresh", NULL, PAIRS("reason")), RC_INPUT_SHAPE);
    assert_rc(admin_act(f, "keys", "refresh", NULL, PAIRS("reason=a \"new\" year")), RC_OK);
    assert_rc(schuil_refresh_status(f->server, 1, &rows, &stands), RC_OK);
    assert_int_equal(stands, REFRESH_OPEN);
    assert_string_equal(schuil_admin_cell(rows, 0, 1), "asked");
    schuil_admin_rows_free(rows);
    life_until_rest(f);
    assert_rc(schuil_refresh_status(f->server, 1, &rows, &stands), RC_OK);
    assert_int_equal(stands, REFRESH_DONE);
    assert_string_equal(schuil_admin_cell(rows, 0, 2), "2");
    assert_string_equal(schuil_admin_cell(rows, 0, 4), "2");
    assert_null(schuil_admin_cell(rows, 0, 5));
    schuil_admin_rows_free(rows);
    assert_rc(schuil_refresh_status(f->server, 2, &rows, &stands), RC_ABSENT);
    assert_null(rows);
    assert_words(f,
                 "SELECT string_agg(name || ' ' || reason, ',' ORDER BY i) FROM audit_event"
                 " WHERE event IN (331, 332)",
                 "KEY_PREPARE a \"new\" year,KEY_ACTIVATE a \"new\" year");
    assert_words(
        f, "SELECT count(*) FROM audit_event WHERE name = 'KEY_REFRESH' AND outcome = 'ok'", "1");
}

static void asking_twice_is_one_refresh(void **state)
{
    struct fixture *f = *state;
    uint32_t first, second;
    assert_rc(schuil_refresh_ask(f->server, "one", &first), RC_OK);
    assert_rc(schuil_refresh_ask(f->server, "two", &second), RC_OK);
    assert_int_equal(first, second);
}

static void an_import_would_break_the_other_epoch_and_is_refused(void **state)
{
    struct fixture *f = *state;
    static const char key[] =
        "key=0100000000000000000000000000000000000000000000000000000000000000";
    translator_loads(f);
    refresh_asked(f);
    assert_int_equal(life(f), LIFE_MOVED);
    for (int round = 0; round < 2; round++) {
        assert_rc(admin_act(f, "keys", "import", NULL, PAIRS("purpose=root", key)),
                  RC_CONFLICT_STATE);
        assert_rc(admin_act(f, "keys", "import", NULL, PAIRS("purpose=domain", "domain=REG1", key)),
                  RC_CONFLICT_STATE);
        translator_loads(f);
        life_until_rest(f);
    }
    schuil_snapshot_unref(loaded(f));
}

static void a_row_that_somebody_altered_is_not_carried_on(void **state)
{
    struct fixture *f = *state;
    refresh_asked(f);
    owner_sql(f, "UPDATE key SET generation = 2 WHERE purpose = 'domain' AND scope = 1");
    enum life_progress progress;
    assert_rc(schuil_life_step(&f->admin, &plan, &progress), RC_CONFIG_MANIFEST);
    assert_words(f, "SELECT count(*) FROM key WHERE purpose = 'root'", "1");
    owner_sql(f, "UPDATE key SET generation = 1 WHERE purpose = 'domain' AND scope = 1");
    life_until_rest(f);
    assert_words(f, "SELECT count(*) FROM key WHERE purpose = 'root' AND state = 'active'", "1");
}

/* ---- together with a rotation ---- */
static void rotation_begins(struct fixture *f)
{
    struct policy_change policy;
    struct admin_job job = {.context = &f->admin, .session = f->server};
    assert_rc(pg_do(f->server, "BEGIN", 0, NULL), RC_OK);
    assert_rc(key_change_lock(f->server), RC_OK);
    assert_rc(policy_change_begin(&policy, f->server, &f->policy_pair, NULL), RC_OK);
    assert_rc(rotation_start(&job, "REG1", "a test"), RC_OK);
    assert_rc(policy_change_end(&policy), RC_OK);
    assert_rc(pg_commit(f->server), RC_OK);
}

static void rotation_is_carried(struct fixture *f, struct scalar one, struct scalar next)
{
    life_until_rest(f);
    assert_same(product(f, 1, 1), one);
    assert_same(product(f, 1, 2), next);
    assert_words(f,
                 "SELECT string_agg(generation || '/' || epoch || state, ',' ORDER BY generation,"
                 " epoch) FROM key WHERE purpose = 'domain' AND scope = 1 AND state <> 'destroyed'",
                 "1/1translate-only,1/2active,2/1translate-only,2/2active");
}

static void an_open_rotation_goes_along_with_a_refresh(void **state)
{
    struct fixture *f = *state;
    rotation_begins(f);
    struct scalar one = product(f, 1, 1), next = product(f, 1, 2);
    refresh_asked(f);
    rotation_is_carried(f, one, next);
}

static void a_rotation_that_begins_while_a_refresh_waits_goes_along(void **state)
{
    struct fixture *f = *state;
    translator_loads(f);
    refresh_asked(f);
    assert_int_equal(life(f), LIFE_MOVED);
    rotation_begins(f);
    struct scalar one = product(f, 1, 1), next = product(f, 1, 2);
    translator_loads(f);
    rotation_is_carried(f, one, next);
}

/* ---- events of requests that were under way ---- */
static struct schuil_rc event_naming(struct fixture *f, uint32_t key)
{
    struct audit_event event = event_of(f, AUDIT_ISSUE);
    event.key_count = 1;
    event.key_numbers[0] = key;
    return schuil_admin_audit(&f->admin, &event);
}

static void an_event_may_name_the_refreshed_root_as_long_as_a_request_can_be_under_way(void **state)
{
    struct fixture *f = *state;
    uint32_t root = (uint32_t)owner_number(f, "SELECT number FROM key WHERE purpose = 'root'");
    refresh_asked(f);
    life_until_rest(f);
    assert_rc(event_naming(f, root), RC_OK);
    owner_sql(f, "UPDATE key SET in_flight_until = in_flight_until - interval '121 seconds'");
    assert_rc(event_naming(f, root), RC_STORE_REFUSED);
}

static void no_event_may_name_a_root_that_an_import_replaced(void **state)
{
    struct fixture *f = *state;
    uint32_t root = (uint32_t)owner_number(f, "SELECT number FROM key WHERE purpose = 'root'");
    assert_rc(admin_act(f, "keys", "import", NULL,
                        PAIRS("purpose=root", "key=01000000000000000000000000000000"
                                              "00000000000000000000000000000000")),
              RC_OK);
    assert_rc(event_naming(f, root), RC_STORE_REFUSED);
}

static void a_rewrap_is_due_after_a_refresh(void **state)
{
    struct fixture *f = *state;
    enum rewrap_need need;
    assert_rc(schuil_rewrap_look(f->server, &f->ring, &need), RC_OK);
    assert_int_equal(need, REWRAP_NOT_DUE);
    refresh_asked(f);
    life_until_rest(f);
    assert_rc(schuil_rewrap_look(f->server, &f->ring, &need), RC_OK);
    assert_int_equal(need, REWRAP_DUE);
    const struct wrapping_ring other = {.count = 1,
                                        .refs = {{.name = "other", .key = f->ring.refs[0].key}}};
    assert_rc(schuil_rewrap_look(f->server, &other, &need), RC_OK);
    assert_int_equal(need, REWRAP_NOT_DUE);
}

/* ---- interrupted work ---- */
static void session_again(struct fixture *f)
{
    schuil_store_close(f->server);
    assert_rc(schuil_store_open(f->server_dsn, &f->server), RC_OK);
    f->admin.session = f->server;
}

/* Old or new, never mixed: what the operation says is what the keys are, and finals stay. */
static void assert_whole(struct fixture *f, const struct scalar *one, const struct scalar *two)
{
    assert_same(product(f, 1, 1), *one);
    assert_same(product(f, 2, 1), *two);
    assert_words(f, "SELECT count(*) FROM key WHERE purpose = 'root' AND state = 'active'", "1");
    assert_words(f, "SELECT count(*) FROM key WHERE purpose = 'transport' AND state = 'active'",
                 "1");
    assert_words(f,
                 "SELECT (SELECT count(*) FROM key WHERE purpose IN ('root', 'domain')"
                 " AND state = 'pre-active') = 3 * (SELECT count(*) FROM key_operation"
                 " WHERE kind = 'refresh' AND state = 'prepared')",
                 "t");
    assert_words(f,
                 "SELECT (SELECT count(*) FROM key WHERE purpose = 'transport'"
                 " AND state = 'pre-active') = (SELECT count(*) FROM key_operation"
                 " WHERE kind = 'transport' AND state = 'prepared')",
                 "t");
    assert_words(f,
                 "SELECT (SELECT count(*) FROM audit_event WHERE event BETWEEN 331 AND 334) ="
                 " (SELECT count(prepared) + count(ended) FROM key_operation)"
                 " + (SELECT count(DISTINCT destroyed) FROM key"
                 " WHERE reason = 'its destruction time came')",
                 "t");
}

enum outcome { STEP_MADE, STEP_LOST, STEP_MADE_UNSEEN };

/* Make one step, cut at its nth statement. STEP_MADE: it was not that long. */
static enum outcome step_cut(struct fixture *f, unsigned nth, enum cut cut)
{
    enum life_progress progress;
    saboteur_arm(nth, cut);
    struct schuil_rc rc = schuil_life_step(&f->admin, &plan, &progress);
    if (!saboteur_disarm()) {
        assert_rc(rc, RC_OK);
        return STEP_MADE;
    }
    assert_int_equal(schuil_rc_class(rc), RC_CLASS_STORE);
    session_again(f);
    if (rc.code != RC_STORE_UNKNOWN)
        return STEP_LOST;
    assert_rc(schuil_audit_chain_new(&f->chain), RC_OK);
    return cut == CUT_AFTER ? STEP_MADE_UNSEEN : STEP_LOST;
}

/* All steps that there are to make, each cut at each statement, until none is left. */
static void every_step_cut(struct fixture *f, enum cut cut)
{
    struct scalar one = product(f, 1, 1), two = product(f, 2, 1);
    unsigned cuts = 0, unseen = 0;
    for (int step = 0; step < 20; step++) {
        enum outcome outcome = STEP_LOST;
        enum life_progress progress;
        for (unsigned nth = 1; outcome == STEP_LOST; nth++, cuts++) {
            outcome = step_cut(f, nth, cut);
            assert_whole(f, &one, &two);
        }
        unseen += outcome == STEP_MADE_UNSEEN;
        assert_rc(schuil_life_look(f->server, &plan, &progress), RC_OK);
        if (progress == LIFE_REST)
            break;
    }
    assert_true(cuts > 100);
    assert_int_equal(unseen,
                     cut == CUT_AFTER ? 5 : 0); /* destroy; transport's two; refresh's two */
}

static void all_is_asked(struct fixture *f)
{
    owner_sql(f,
              "UPDATE key SET activated = now() - interval '24 hours' WHERE purpose = 'transport'");
    refresh_asked(f);
    life_until_rest(f);
    time_comes(f, "transport");
    time_comes(f, "domain");
    owner_sql(f,
              "UPDATE key SET activated = now() - interval '24 hours' WHERE purpose = 'transport'"
              " AND state = 'active'");
    refresh_asked(f);
}

static void a_step_cut_before_any_statement_leaves_old_or_new(void **state)
{
    all_is_asked(*state);
    every_step_cut(*state, CUT_BEFORE);
    assert_words(*state, "SELECT count(*) FROM key_operation WHERE state <> 'done'", "0");
}

static void a_step_cut_after_any_statement_leaves_old_or_new(void **state)
{
    all_is_asked(*state);
    every_step_cut(*state, CUT_AFTER);
    assert_words(*state, "SELECT count(*) FROM key_operation WHERE state <> 'done'", "0");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, up, fixture_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_transport_key_appears_by_itself, fixture_up_first,
                                        fixture_down),
        TEST(a_transport_key_waits_until_every_live_translating_process_has_it),
        TEST(a_process_that_died_is_not_waited_for),
        TEST(issues_copy_goes_at_once_and_translates_at_its_time),
        TEST(what_is_due_is_destroyed),
        TEST(one_made_now_takes_the_place_of_one_made_ahead),
        TEST(a_refresh_changes_every_key_and_no_product),
        TEST(what_was_issued_before_a_refresh_is_translated_after_it),
        TEST(prepared_keys_translate_already),
        TEST(a_successor_takes_over_the_state),
        TEST(a_domain_made_meanwhile_begins_the_refresh_anew),
        TEST(a_refresh_that_nobody_loads_is_given_up),
        TEST(the_action_tells_how_a_refresh_stands),
        TEST(asking_twice_is_one_refresh),
        TEST(an_import_would_break_the_other_epoch_and_is_refused),
        TEST(a_row_that_somebody_altered_is_not_carried_on),
        TEST(an_open_rotation_goes_along_with_a_refresh),
        TEST(a_rotation_that_begins_while_a_refresh_waits_goes_along),
        TEST(an_event_may_name_the_refreshed_root_as_long_as_a_request_can_be_under_way),
        TEST(no_event_may_name_a_root_that_an_import_replaced),
        TEST(a_rewrap_is_due_after_a_refresh),
        TEST(a_step_cut_before_any_statement_leaves_old_or_new),
        TEST(a_step_cut_after_any_statement_leaves_old_or_new),
    };
    return fixture_is_there() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
