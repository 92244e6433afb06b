/* SPDX-License-Identifier: Apache-2.0 */
/* Turns against a database that is a script: the audit store's functions are played here. */
#include <string.h>

#include "../engine/engine_unit.h"
#include "log.h"
#include "schuilnaam/crypto/memory.h"
#include "turn.h"

/* ---- the played store ---- */

struct audit_store {
    enum store_state state;
    enum store_outcome outcome; /* what the next step reports */
    size_t submit_count, connect_count, row_count;
    uint64_t first_i, last_i;
    uint8_t chain[16];
    const char *name; /* of the first row's event */
    bool last_is_signed;
    struct schuil_rc refusal;
};

static struct audit_store store;

SCHUIL_RC schuil_audit_store_new(const char *conninfo, struct audit_store **ret)
{
    (void)conninfo;
    store = (struct audit_store){.state = STORE_DOWN, .refusal = schuil_rc(RC_STORE_REFUSED)};
    *ret = &store;
    return SCHUIL_OK;
}

void schuil_audit_store_free(struct audit_store *s)
{
    (void)s;
}

void schuil_audit_store_connect(struct audit_store *s, int64_t now_us)
{
    (void)now_us;
    s->connect_count++;
    s->state = STORE_IDLE;
}

enum store_state schuil_audit_store_state(const struct audit_store *s)
{
    return s->state;
}

enum store_outcome schuil_audit_store_step(struct audit_store *s, int64_t now_us)
{
    enum store_outcome outcome = s->outcome;
    (void)now_us;
    s->outcome = STORE_NOTHING;
    if (outcome != STORE_NOTHING)
        s->state = outcome == STORE_OUTCOME_UNKNOWN ? STORE_DOWN : STORE_IDLE;
    return outcome;
}

SCHUIL_RC schuil_audit_store_submit(struct audit_store *s, const struct audit_row *rows, size_t n,
                                    int64_t now_us)
{
    (void)now_us;
    assert_int_equal(s->state, STORE_IDLE); /* one transaction at a time */
    s->state = STORE_BUSY;
    s->submit_count++;
    s->row_count = n;
    s->first_i = rows[0].i;
    s->last_i = rows[n - 1].i;
    s->last_is_signed = rows[n - 1].is_signed;
    memcpy(s->chain, rows[0].chain, sizeof s->chain);
    s->name = strcmp(rows[0].cells[AUDIT_COL_name], "CHAIN_START") == 0 ? "start"
              : strcmp(rows[0].cells[AUDIT_COL_name], "CHAIN_END") == 0 ? "end"
                                                                        : "event";
    return SCHUIL_OK;
}

struct schuil_rc schuil_audit_store_refusal(const struct audit_store *s)
{
    return s->refusal;
}

/* ---- the rig ---- */

enum { ENTRIES = 3000 };

static struct turn *turn;
static struct metrics metrics;
static struct signing_pair pair; /* of zeros: that it signs is test_audit's */
static bool has_pair;
static size_t asked_count;
static int64_t now_us;
static struct turn_entry entries[ENTRIES];
static enum turn_result results[ENTRIES];
static size_t done_counts[ENTRIES];
static struct audit_event event;

static const struct signing_pair *pair_now(void *arg)
{
    (void)arg;
    return has_pair ? &pair : NULL;
}

static void ask_heads(void *arg)
{
    (void)arg;
    asked_count++;
}

static void on_done(struct turn_entry *entry, enum turn_result result)
{
    results[entry - entries] = result;
    done_counts[entry - entries]++;
}

static int set_up(void **state)
{
    struct turn_config config = {
        .conninfo = "",
        .prototype = {.role = "system", .access = "api", .compartment = "issue", .process = "test"},
        .metrics = &metrics,
        .pair = pair_now,
        .ask_heads = ask_heads};
    (void)state;
    event = (struct audit_event){.time_us = 1,
                                 .id = AUDIT_ISSUE,
                                 .outcome = "ok",
                                 .role = "provider",
                                 .access = "api",
                                 .compartment = "issue",
                                 .process = "test"};
    memset(done_counts, 0, sizeof done_counts);
    asked_count = 0;
    has_pair = true;
    now_us = 1000000;
    log_threshold(LOG_LEVEL_ERROR);
    return schuil_is_ok(turn_new(&config, &turn)) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    turn_free(turn);
    return 0;
}

static void add(size_t i)
{
    entries[i] = (struct turn_entry){.event = &event, .done = on_done};
    turn_add(turn, &entries[i], now_us);
}

static void drive(enum store_outcome outcome)
{
    store.outcome = outcome;
    now_us += 1000;
    turn_drive(turn, now_us);
}

static void chain_begin(void)
{
    drive(STORE_NOTHING); /* connects, asks the heads */
    turn_heads(turn, "{\"heads\":[]}");
    drive(STORE_NOTHING); /* sends CHAIN_START */
    assert_string_equal(store.name, "start");
    assert_int_equal(store.first_i, 1);
    assert_false(turn_is_ready(turn));
    drive(STORE_COMMITTED);
    assert_true(turn_is_ready(turn));
}

static void expect_done(size_t i, enum turn_result result)
{
    assert_int_equal(done_counts[i], 1);
    assert_int_equal(results[i], result);
}

/* ---- tests ---- */

static void a_chain_starts_alone_and_with_the_heads(void **state)
{
    (void)state;
    add(0);
    drive(STORE_NOTHING);
    assert_int_equal(asked_count, 1);
    assert_int_equal(store.submit_count, 0);
    drive(STORE_NOTHING);
    assert_int_equal(asked_count, 1); /* once, until they come */
    turn_heads(turn, "{}");
    drive(STORE_NOTHING);
    assert_int_equal(store.row_count, 1);
    assert_string_equal(store.name, "start");
    assert_int_equal(done_counts[0], 0);
    drive(STORE_COMMITTED);
    assert_string_equal(store.name, "event");
    assert_int_equal(store.first_i, 2);
}

static void nothing_begins_without_a_key_to_sign_with(void **state)
{
    (void)state;
    has_pair = false;
    drive(STORE_NOTHING);
    drive(STORE_NOTHING);
    assert_int_equal(asked_count, 0);
    assert_int_equal(store.submit_count, 0);
}

static void events_of_a_turn_are_one_transaction_and_answers_wait_for_it(void **state)
{
    (void)state;
    chain_begin();
    for (size_t i = 0; i < 5; i++)
        add(i);
    drive(STORE_NOTHING);
    assert_int_equal(store.row_count, 5);
    assert_true(store.last_is_signed);
    add(5); /* of a later turn: waits */
    drive(STORE_NOTHING);
    assert_int_equal(store.submit_count, 2);
    assert_int_equal(done_counts[0], 0);
    drive(STORE_COMMITTED);
    for (size_t i = 0; i < 5; i++)
        expect_done(i, TURN_COMMITTED);
    assert_int_equal(store.first_i, 7);
    drive(STORE_COMMITTED);
    expect_done(5, TURN_COMMITTED);
}

static void what_has_arrived_is_answered_before_more_is_sent(void **state)
{
    (void)state;
    chain_begin();
    assert_false(turn_is_out(turn));
    add(0);
    turn_submit(turn, now_us);
    assert_true(turn_is_out(turn));
    add(1);
    turn_submit(turn, now_us); /* one at a time */
    assert_int_equal(store.submit_count, 2);
    store.outcome = STORE_COMMITTED;
    turn_receive(turn, now_us);
    expect_done(0, TURN_COMMITTED);
    assert_false(turn_is_out(turn));
    assert_int_equal(store.submit_count, 2); /* others may still join the second */
    add(2);
    turn_submit(turn, now_us);
    assert_int_equal(store.row_count, 2);
}

static void a_failed_transaction_leaves_the_chain_where_it_was(void **state)
{
    (void)state;
    chain_begin();
    add(0);
    drive(STORE_NOTHING);
    assert_int_equal(store.first_i, 2);
    drive(STORE_FAILED);
    expect_done(0, TURN_FAILED);
    add(1);
    drive(STORE_NOTHING);
    assert_int_equal(store.first_i, 2);
    drive(STORE_COMMITTED);
    expect_done(1, TURN_COMMITTED);
}

static void an_unknown_outcome_begins_a_new_chain(void **state)
{
    uint8_t old[16];
    (void)state;
    chain_begin();
    memcpy(old, store.chain, sizeof old);
    add(0);
    drive(STORE_NOTHING);
    drive(STORE_OUTCOME_UNKNOWN);
    expect_done(0, TURN_UNKNOWN);
    assert_false(turn_is_ready(turn));
    now_us += 1000000;
    chain_begin();
    assert_int_equal(asked_count, 2); /* heads read before are stale */
    assert_memory_not_equal(old, store.chain, sizeof old);
}

static void a_transaction_has_a_bounded_number_of_events(void **state)
{
    (void)state;
    chain_begin();
    for (size_t i = 0; i < ENTRIES; i++)
        add(i);
    drive(STORE_NOTHING);
    assert_int_equal(store.row_count, LIMIT_AUDIT_ROW_COUNT);
    drive(STORE_COMMITTED);
    assert_int_equal(store.row_count, LIMIT_AUDIT_ROW_COUNT);
    drive(STORE_COMMITTED);
    assert_int_equal(store.row_count, ENTRIES - 2 * LIMIT_AUDIT_ROW_COUNT);
    drive(STORE_COMMITTED);
    for (size_t i = 0; i < ENTRIES; i++)
        expect_done(i, TURN_COMMITTED);
    assert_int_equal(store.last_i, ENTRIES + 1);
}

static void who_waits_too_long_is_told_that_the_database_is_away(void **state)
{
    (void)state;
    drive(STORE_NOTHING);
    store.state = STORE_CONNECTING;
    add(0);
    now_us += (int64_t)LIMIT_STORE_S * 1000000 - 2000;
    drive(STORE_NOTHING);
    assert_int_equal(done_counts[0], 0);
    now_us += 2000;
    drive(STORE_NOTHING);
    expect_done(0, TURN_AWAY);
}

static void connecting_again_is_tried_once_a_second(void **state)
{
    (void)state;
    drive(STORE_NOTHING);
    assert_int_equal(store.connect_count, 1);
    store.state = STORE_DOWN;
    drive(STORE_NOTHING);
    assert_int_equal(store.connect_count, 1);
    now_us += 1000000;
    drive(STORE_NOTHING);
    assert_int_equal(store.connect_count, 2);
}

static void a_clean_end_writes_a_closing_event_after_all_others(void **state)
{
    (void)state;
    chain_begin();
    add(0);
    assert_false(turn_end(turn, now_us));
    drive(STORE_NOTHING);
    assert_false(turn_end(turn, now_us));
    drive(STORE_COMMITTED);
    expect_done(0, TURN_COMMITTED);
    assert_false(turn_end(turn, now_us));
    assert_string_equal(store.name, "end");
    assert_int_equal(store.first_i, 3);
    drive(STORE_COMMITTED);
    assert_true(turn_end(turn, now_us));
    assert_int_equal(store.submit_count, 3);
}

static void add_alone(size_t i)
{
    entries[i] = (struct turn_entry){.event = &event, .is_alone = true, .done = on_done};
    turn_add(turn, &entries[i], now_us);
}

static void an_event_whose_effect_may_be_refused_goes_alone(void **state)
{
    (void)state;
    chain_begin();
    add(0);
    add(1);
    add_alone(2);
    add_alone(3);
    add(4);
    static const size_t sizes[] = {2, 1, 1, 1};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        drive(i == 0 ? STORE_NOTHING : STORE_COMMITTED);
        assert_int_equal(store.row_count, sizes[i]);
    }
    drive(STORE_COMMITTED);
    for (size_t i = 0; i < 5; i++)
        expect_done(i, TURN_COMMITTED);
}

static void a_refused_effect_is_told_and_fails_nobody_else(void **state)
{
    (void)state;
    chain_begin();
    add_alone(0);
    add(1);
    drive(STORE_NOTHING);
    store.refusal = schuil_rc(RC_CONFLICT_ROTATION);
    drive(STORE_FAILED);
    expect_done(0, TURN_FAILED);
    assert_int_equal(entries[0].refusal.code, RC_CONFLICT_ROTATION);
    assert_int_equal(store.first_i, 2); /* the chain stays where it was */
    drive(STORE_COMMITTED);
    expect_done(1, TURN_COMMITTED);
}

static void an_end_without_a_database_does_not_wait(void **state)
{
    (void)state;
    chain_begin();
    store.state = STORE_DOWN;
    assert_true(turn_end(turn, now_us));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_chain_starts_alone_and_with_the_heads),
        TEST(nothing_begins_without_a_key_to_sign_with),
        TEST(events_of_a_turn_are_one_transaction_and_answers_wait_for_it),
        TEST(what_has_arrived_is_answered_before_more_is_sent),
        TEST(a_failed_transaction_leaves_the_chain_where_it_was),
        TEST(an_unknown_outcome_begins_a_new_chain),
        TEST(a_transaction_has_a_bounded_number_of_events),
        TEST(who_waits_too_long_is_told_that_the_database_is_away),
        TEST(connecting_again_is_tried_once_a_second),
        TEST(a_clean_end_writes_a_closing_event_after_all_others),
        TEST(an_event_whose_effect_may_be_refused_goes_alone),
        TEST(a_refused_effect_is_told_and_fails_nobody_else),
        TEST(an_end_without_a_database_does_not_wait),
    };
    if (!schuil_is_ok(schuil_crypto_init()))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
