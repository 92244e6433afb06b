/* SPDX-License-Identifier: Apache-2.0 */
/* The asynchronous audit store, deadlines, and the verifier. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store_fixture.h"

/* Step until the outcome, or the state, changes; what a worker's loop does. */
static enum store_outcome drive(struct audit_store *s, enum store_state until)
{
    for (;;) {
        enum store_want want = schuil_audit_store_want(s);
        struct pollfd p = {.fd = schuil_audit_store_fd(s),
                           .events = (short)((want & STORE_WANT_READ ? POLLIN : 0) |
                                             (want & STORE_WANT_WRITE ? POLLOUT : 0))};
        if (schuil_audit_store_state(s) == until || schuil_audit_store_state(s) == STORE_DOWN)
            return STORE_NOTHING;
        poll(&p, 1, 100);
        enum store_outcome outcome = schuil_audit_store_step(s, pg_now_us());
        if (outcome != STORE_NOTHING)
            return outcome;
    }
}

static struct audit_store *store_up(struct fixture *f)
{
    struct audit_store *s = NULL;
    assert_rc(schuil_audit_store_new(f->server_dsn, &s), RC_OK);
    schuil_audit_store_connect(s, pg_now_us());
    assert_int_equal(drive(s, STORE_IDLE), STORE_NOTHING);
    assert_int_equal(schuil_audit_store_state(s), STORE_IDLE);
    return s;
}

static const char DETAIL[] = "{\"text\":\"quotes \\\"x\\\", braces {}, comma, NULL, \\u00e9 é\"}";

static struct audit_event event_full(const struct fixture *f, size_t n)
{
    struct audit_event event = event_of(f, AUDIT_ISSUE);
    event.status = 200;
    event.organisation = "HOSP1";
    event.credential = 1 + (uint32_t)n;
    event.registry = "REG1";
    event.type_count = 1 + n % 3;
    event.types[0] = "A";
    event.types[1] = "C.2";
    event.types[2] = "B";
    event.has_counts = true;
    event.asked = 5;
    event.made = 4;
    event.failed = 1;
    event.key_count = n % 3;
    event.key_numbers[0] = 1;
    event.key_numbers[1] = 2;
    event.detail = n % 2 ? DETAIL : NULL;
    event.source = n % 2 ? "" : "127.0.0.1";
    return event;
}

/* One turn of n events from the one of that number. The chain advances when it was committed. */
static enum store_outcome turn_from(struct fixture *f, struct audit_store *s, size_t first,
                                    size_t n)
{
    struct arena *arena = schuil_arena_new(16 << 20);
    struct audit_event *events = calloc(n, sizeof *events);
    struct audit_row *rows = calloc(n, sizeof *rows);
    struct audit_chain next;
    for (size_t i = 0; i < n; i++)
        events[i] = event_full(f, first + i);
    assert_rc(schuil_audit_make(&f->chain, events, n, &f->pair, arena, rows, &next), RC_OK);
    assert_rc(schuil_audit_store_submit(s, rows, n, pg_now_us()), RC_OK);
    assert_int_equal(schuil_audit_store_state(s), STORE_BUSY);
    enum store_outcome outcome = drive(s, STORE_IDLE);
    if (outcome == STORE_COMMITTED)
        f->chain = next;
    free(rows);
    free(events);
    schuil_arena_free(arena);
    return outcome;
}

static enum store_outcome turn(struct fixture *f, struct audit_store *s, size_t n)
{
    return turn_from(f, s, 0, n);
}

struct findings {
    uint64_t count, i;
    char what[128];
};

static void on_finding(void *arg, const struct audit_finding *finding)
{
    struct findings *found = arg;
    if (found->count++ > 0)
        return;
    found->i = finding->i;
    schuil_audit_finding_text(finding, found->what, sizeof found->what);
}

static struct findings verify(struct fixture *f, uint64_t *ret_events)
{
    struct findings found = {.count = 0};
    struct audit_keys keys;
    struct audit_trail *trail = NULL;
    assert_rc(schuil_store_audit_keys(f->owner, &keys), RC_OK);
    assert_rc(schuil_audit_trail_new(&keys, on_finding, &found, &trail), RC_OK);
    struct schuil_rc rc = schuil_store_audit_verify(f->owner, trail);
    if (!schuil_is_ok(rc))
        fail_msg("%s: %s", schuil_rc_name(rc), schuil_store_message(f->owner));
    assert_int_equal(schuil_audit_trail_counts(trail).findings, found.count);
    if (ret_events != NULL)
        *ret_events = schuil_audit_trail_counts(trail).events;
    schuil_audit_trail_free(trail);
    return found;
}

static void turns_of_any_size_are_committed_and_verify(void **state)
{
    struct fixture *f = *state;
    struct audit_store *s = store_up(f);
    uint64_t events;
    static const size_t sizes[] = {1, 2, 100, LIMIT_AUDIT_ROW_COUNT, 7};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        assert_int_equal(turn(f, s, sizes[i]), STORE_COMMITTED);
    struct findings found = verify(f, &events);
    if (found.count != 0)
        fail_msg("event %lu: %s", (unsigned long)found.i, found.what);
    assert_int_equal(events, 3 + 1 + 2 + 100 + LIMIT_AUDIT_ROW_COUNT + 7);
    assert_int_equal(
        owner_number(f, "SELECT count(*) FROM audit_event WHERE signature IS NOT NULL"), 1 + 5);
    char wanted[256];
    snprintf(wanted, sizeof wanted, "%s", DETAIL);
    assert_string_equal(owner_sql(f, "SELECT detail FROM audit_event WHERE event = 200 AND"
                                     " detail IS NOT NULL LIMIT 1"),
                        wanted);
    schuil_audit_store_free(s);
}

/* It goes by a statement of its own. That each cell arrives as it was is what verifying tells. */
static void an_event_alone_is_stored_as_one_among_many(void **state)
{
    struct fixture *f = *state;
    struct audit_store *s = store_up(f);
    for (size_t first = 0; first < 4; first++)
        assert_int_equal(turn_from(f, s, first, 1), STORE_COMMITTED);
    assert_int_equal(turn_from(f, s, 0, 4), STORE_COMMITTED);
    assert_int_equal(verify(f, NULL).count, 0);
    assert_int_equal(owner_number(f,
                                  "SELECT count(DISTINCT (organisation, credential, source, types,"
                                  " asked, key_numbers, detail)) FROM audit_event"
                                  " WHERE event = 200"),
                     4);
    assert_int_equal(owner_number(f, "SELECT count(*) FROM audit_event WHERE event = 200"), 8);
    schuil_audit_store_free(s);
}

static void submit_checks_its_state_and_size(void **state)
{
    struct fixture *f = *state;
    struct audit_store *s = NULL;
    struct audit_row row = {.i = 1};
    assert_rc(schuil_audit_store_new(f->server_dsn, &s), RC_OK);
    assert_int_equal(schuil_audit_store_state(s), STORE_DOWN);
    assert_int_equal(schuil_audit_store_fd(s), -1);
    assert_rc(schuil_audit_store_submit(s, &row, 1, pg_now_us()), RC_STORE_AWAY);
    schuil_audit_store_free(s);
    s = store_up(f);
    assert_rc(schuil_audit_store_submit(s, &row, 0, pg_now_us()), RC_INPUT_LENGTH);
    assert_rc(schuil_audit_store_submit(s, &row, LIMIT_AUDIT_ROW_COUNT + 1, pg_now_us()),
              RC_INPUT_LENGTH);
    schuil_audit_store_free(s);
}

static void a_failing_insert_rolls_back_every_row_and_the_next_turn_works(void **state)
{
    struct fixture *f = *state;
    struct audit_store *s = store_up(f);
    owner_sql(f, "ALTER TABLE audit_event ADD CONSTRAINT planted CHECK (credential <> 50)");
    assert_int_equal(turn(f, s, 100), STORE_FAILED);
    assert_int_equal(schuil_audit_store_state(s), STORE_IDLE);
    assert_int_equal(owner_number(f, "SELECT count(*) FROM audit_event WHERE event = 200"), 0);
    assert_int_equal(turn(f, s, 10), STORE_COMMITTED);
    assert_int_equal(verify(f, NULL).count, 0);
    schuil_audit_store_free(s);
}

static void a_warning_is_no_commit(void **state)
{
    struct fixture *f = *state;
    struct audit_store *s = store_up(f);
    owner_sql(f, "CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS"
                 " $$ BEGIN RAISE WARNING 'planted'; RETURN NEW; END $$");
    owner_sql(f, "CREATE TRIGGER planted BEFORE INSERT ON audit_event FOR EACH ROW"
                 " EXECUTE FUNCTION planted()");
    assert_int_equal(turn(f, s, 2), STORE_OUTCOME_UNKNOWN);
    assert_int_equal(schuil_audit_store_state(s), STORE_DOWN);
    schuil_audit_store_free(s);
}

static void rows_that_a_trigger_drops_are_no_commit(void **state)
{
    struct fixture *f = *state;
    struct audit_store *s = store_up(f);
    owner_sql(f, "CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS"
                 " $$ BEGIN RETURN NULL; END $$");
    owner_sql(f, "CREATE TRIGGER planted BEFORE INSERT ON audit_event FOR EACH ROW"
                 " EXECUTE FUNCTION planted()");
    assert_int_equal(turn(f, s, 2), STORE_OUTCOME_UNKNOWN);
    schuil_audit_store_free(s);
    s = store_up(f);
    assert_int_equal(turn(f, s, 1), STORE_OUTCOME_UNKNOWN);
    schuil_audit_store_free(s);
}

/* The process behind the only session of the server's role besides f->server. */
static pid_t backend_of_store(struct fixture *f)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT max(pid) FROM pg_stat_activity WHERE usename = 'schuilnaam_server'"
             " AND pid <> %d",
             PQbackendPID(f->server->conn));
    pid_t pid = (pid_t)owner_number(f, sql);
    assert_true(pid > 1);
    return pid;
}

static void a_frozen_database_ends_at_the_deadline(void **state)
{
    struct fixture *f = *state;
    struct audit_store *s = store_up(f);
    pid_t pid = backend_of_store(f);
    int64_t start = pg_now_us();
    assert_int_equal(kill(pid, SIGSTOP), 0);
    assert_int_equal(turn(f, s, 3), STORE_OUTCOME_UNKNOWN);
    int64_t took = pg_now_us() - start;
    assert_int_equal(kill(pid, SIGCONT), 0);
    assert_in_range(took, STORE_TIMEOUT_US - 100000, STORE_TIMEOUT_US + 1000000);
    assert_int_equal(schuil_audit_store_state(s), STORE_DOWN);
    assert_rc(schuil_audit_chain_new(&f->chain), RC_OK);
    schuil_audit_store_connect(s, pg_now_us());
    assert_int_equal(drive(s, STORE_IDLE), STORE_NOTHING);
    assert_int_equal(turn(f, s, 3), STORE_COMMITTED);
    schuil_audit_store_free(s);
}

static void a_frozen_database_ends_a_synchronous_call(void **state)
{
    struct fixture *f = *state;
    struct store_state_row row;
    pid_t pid = (pid_t)PQbackendPID(f->server->conn);
    int64_t start = pg_now_us();
    assert_rc(schuil_store_read_state(f->server, &row), RC_OK);
    assert_int_equal(kill(pid, SIGSTOP), 0);
    assert_rc(schuil_store_read_state(f->server, &row), RC_STORE_AWAY);
    int64_t took = pg_now_us() - start;
    assert_int_equal(kill(pid, SIGCONT), 0);
    assert_in_range(took, STORE_TIMEOUT_US - 100000, STORE_TIMEOUT_US + 1000000);
    assert_rc(schuil_store_read_state(f->server, &row), RC_STORE_AWAY);
}

static void a_killed_backend_gives_unknown(void **state)
{
    struct fixture *f = *state;
    struct audit_store *s = store_up(f);
    pid_t pid = backend_of_store(f);
    owner_sql(f, "BEGIN");
    owner_sql(f, "LOCK TABLE audit_event IN SHARE ROW EXCLUSIVE MODE"); /* the insert waits */
    if (fork() == 0) {
        poll(NULL, 0, 300);
        kill(pid, SIGTERM);
        _exit(0);
    }
    enum store_outcome outcome = turn(f, s, 2);
    owner_sql(f, "ROLLBACK");
    assert_int_equal(outcome, STORE_OUTCOME_UNKNOWN);
    assert_int_equal(schuil_audit_store_state(s), STORE_DOWN);
    schuil_audit_store_free(s);
}

static void nobody_listening_is_down_and_not_a_wait(void **state)
{
    struct audit_store *s = NULL;
    struct store_session *session = NULL;
    (void)state;
    assert_rc(schuil_audit_store_new("host=/nonexistent dbname=x", &s), RC_OK);
    schuil_audit_store_connect(s, pg_now_us());
    assert_int_equal(drive(s, STORE_IDLE), STORE_NOTHING);
    assert_int_equal(schuil_audit_store_state(s), STORE_DOWN);
    schuil_audit_store_free(s);
    assert_rc(schuil_store_open("host=/nonexistent dbname=x", &session), RC_STORE_AWAY);
    assert_true(strlen(schuil_store_message(session)) > 10);
    schuil_store_close(session);
}

static void each_kind_of_damage_is_named(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *sql;
        uint64_t i;
        const char *what;
    } damages[] = {
        {"UPDATE audit_event SET made = 5 WHERE event = 200 AND i = 5", 5, "changed"},
        {"UPDATE audit_event SET behalf = '' WHERE event = 200 AND i = 5", 5, "changed"},
        {"UPDATE audit_event SET source = NULL WHERE event = 200 AND i = 2", 2, "changed"},
        {"UPDATE audit_event SET types = '{A,NULL}' WHERE event = 200 AND i = 5", 5, "changed"},
        {"UPDATE audit_event SET types = ARRAY[types] WHERE event = 200 AND i = 5", 5, "changed"},
        {"UPDATE audit_event SET types = '{}' WHERE event = 200 AND i = 5", 5, "changed"},
        {"UPDATE audit_event SET key_numbers = '{}' WHERE event = 200 AND i = 4", 4, "changed"},
        {"UPDATE audit_event SET time = time + interval '1 microsecond' WHERE event = 200 AND i = "
         "5",
         5, "changed"},
        {"UPDATE audit_event SET time = 'infinity' WHERE event = 200 AND i = 5", 5, "changed"},
        {"UPDATE audit_event SET link = set_byte(link, 0, get_byte(link, 0) # 1)"
         " WHERE event = 200 AND i = 5",
         5, "changed"},
        {"UPDATE audit_event SET signature = set_byte(signature, 0, get_byte(signature, 0) # 1)"
         " WHERE event = 200 AND i = 10",
         10, "signature"},
        {"UPDATE audit_event SET compartment = 'operate' WHERE event = 200 AND i = 10", 10,
         "changed"},
        {"UPDATE audit_event SET signature = NULL WHERE event = 200 AND i = 20", 20, "not signed"},
        {"DELETE FROM audit_event WHERE event = 200 AND i = 5", 5, "up to 5 are missing"},
        {"DELETE FROM audit_event WHERE event = 200 AND i = 1", 1, "up to 1 are missing"},
        {"DELETE FROM audit_event WHERE event = 200 AND i > 15", 15, "not signed"},
        {"DELETE FROM audit_event WHERE event = 200 AND i > 10", 20, "the end is missing"},
        {"DELETE FROM audit_event WHERE event = 200", 20, "the whole chain is missing"},
        {"INSERT INTO audit_event SELECT time + interval '1 second', event, name, outcome, status,"
         " organisation, credential, behalf, role, access, source, registry, types, asked, made, "
         "failed,"
         " key_numbers, request, compartment, process, reason, detail, chain, i, link, signature"
         " FROM audit_event WHERE event = 200 AND i = 5",
         5, "second event"},
        {"UPDATE audit_event SET i = i + 1 WHERE event = 200 AND i = 20", 20, "missing"},
        {"UPDATE audit_event SET chain = '\\x00000000000000000000000000000001'"
         " WHERE event = 200 AND i = 20",
         1, "up to 19 are missing"},
    };
    struct audit_store *s = store_up(f);
    assert_int_equal(turn(f, s, 10), STORE_COMMITTED);
    assert_int_equal(turn(f, s, 10), STORE_COMMITTED);
    schuil_audit_store_free(s);
    /* A later chain names the heads. */
    char heads[8192];
    assert_rc(schuil_store_audit_heads(f->server, heads, sizeof heads), RC_OK);
    assert_rc(schuil_audit_chain_new(&f->chain), RC_OK);
    struct audit_event start = event_of(f, AUDIT_CHAIN_START);
    start.detail = heads;
    assert_rc(schuil_admin_audit(&f->admin, &start), RC_OK);
    assert_int_equal(verify(f, NULL).count, 0);
    owner_sql(f, "CREATE TABLE saved AS SELECT * FROM audit_event");
    for (size_t d = 0; d < sizeof damages / sizeof *damages; d++) {
        owner_sql(f, damages[d].sql);
        struct findings found = verify(f, NULL);
        if (found.count == 0 || found.i != damages[d].i || !strstr(found.what, damages[d].what))
            fail_msg("%s: event %lu: %s", damages[d].sql, (unsigned long)found.i, found.what);
        owner_sql(f, "DELETE FROM audit_event");
        owner_sql(f, "INSERT INTO audit_event SELECT * FROM saved");
    }
    assert_int_equal(verify(f, NULL).count, 0);
}

static void a_rewritten_chain_fails_on_its_signature(void **state)
{
    struct fixture *f = *state;
    struct signing_pair own = f->pair;
    struct audit_event event = event_of(f, AUDIT_ISSUE);
    f->pair.b[0] ^= 1; /* links can be made by anybody, signatures not */
    assert_rc(schuil_admin_audit(&f->admin, &event), RC_OK);
    struct findings found = verify(f, NULL);
    assert_int_equal(found.i, 1);
    assert_non_null(strstr(found.what, "signature"));
    f->pair = own;
}

/* ---- archives ---- */

#define MAY_2020_US ((int64_t)1588291200 * 1000000)
#define DAY_US ((int64_t)86400 * 1000000)

/* Ten events whose times are not in their order: 4 and 8 to 10 are of June. */
static void old_events_make(struct fixture *f)
{
    static const bool is_june[10] = {[3] = true, [7] = true, [8] = true, [9] = true};
    for (size_t i = 0; i < 10; i++) {
        struct audit_event event = event_full(f, i);
        event.time_us = MAY_2020_US + (int64_t)i * DAY_US + (is_june[i] ? 31 * DAY_US : 0);
        assert_rc(schuil_admin_audit(&f->admin, &event), RC_OK);
    }
}

/* Begin, sign, commit. */
static struct schuil_rc archive(struct fixture *f, const char *month)
{
    static char text[8192];
    struct audit_statement st;
    struct writer w = writer_over(text, sizeof text - 1);
    struct admin_context context = f->admin;
    TRY(schuil_store_archive_begin(f->owner, month, &st));
    st.compartment = COMPARTMENT_ISSUE;
    assert_rc(schuil_audit_statement_write(&st, &f->pair, &w), RC_OK);
    text[w.len] = '\0';
    schuil_audit_statement_done(&st);
    context.session = f->owner;
    return schuil_store_archive_commit(&context, month, bytes_of(text, w.len), 6);
}

static void chains_verify_after_months_were_archived(void **state)
{
    struct fixture *f = *state;
    owner_sql(f, "CREATE TABLE audit_event_202006 PARTITION OF audit_event"
                 " FOR VALUES FROM ('2020-06-01') TO ('2020-07-01')");
    old_events_make(f);
    owner_sql(f, "CREATE TABLE all_events AS SELECT * FROM audit_event");
    assert_int_equal(owner_number(f, "SELECT count(*) FROM audit_event_202006"), 4);
    assert_rc(archive(f, "2020-05"), RC_OK); /* out of the default partition */
    assert_int_equal(verify(f, NULL).count, 0);
    assert_int_equal(owner_number(f, "SELECT count(*) FROM audit_event WHERE event = 200"), 4);
    assert_int_equal(owner_number(f, "SELECT count(*) FROM audit_event WHERE event = 382"), 1);
    assert_rc(archive(f, "2020-06"), RC_OK);
    assert_int_equal(verify(f, NULL).count, 0);
    assert_int_equal(owner_number(f, "SELECT count(*) FROM audit_event WHERE event = 200"), 0);
    assert_string_equal(owner_sql(f, "SELECT to_regclass('audit_event_202006') IS NULL"), "t");
    /* What was archived cannot be put back, and an archive cannot be taken away or changed. */
    owner_sql(f, "INSERT INTO audit_event SELECT * FROM all_events WHERE event = 200 AND i = 5");
    assert_non_null(strstr(verify(f, NULL).what, "second event"));
    owner_sql(f, "DELETE FROM audit_event WHERE event = 200");
    owner_sql(f, "UPDATE audit_archive SET statement = replace(statement, 'from 1', 'from 2')"
                 " WHERE month = '2020-06-01'");
    assert_non_null(strstr(verify(f, NULL).what, "audit_archive"));
    owner_sql(f, "UPDATE audit_archive SET statement = replace(statement, 'from 2', 'from 1')"
                 " WHERE month = '2020-06-01'");
    owner_sql(f, "DELETE FROM audit_archive WHERE month = '2020-05-01'");
    assert_non_null(strstr(verify(f, NULL).what, "missing"));
}

static void months_that_cannot_be_archived_are_refused(void **state)
{
    struct fixture *f = *state;
    char month[16];
    old_events_make(f);
    snprintf(month, sizeof month, "%s", owner_sql(f, "SELECT to_char(now(), 'YYYY-MM')"));
    assert_rc(archive(f, month), RC_CONFLICT_STATE);
    snprintf(month, sizeof month, "%s",
             owner_sql(f, "SELECT to_char(now() - interval '1 month', 'YYYY-MM')"));
    assert_rc(archive(f, month), RC_CONFLICT_STATE);
    assert_rc(archive(f, "2019-01"), RC_ABSENT);
    assert_rc(archive(f, "2020-5"), RC_INPUT_VALUE);
    assert_rc(archive(f, "2020-0x"), RC_INPUT_VALUE);
    assert_rc(archive(f, "2020-13"), RC_STORE_REFUSED);
    owner_sql(f, "DELETE FROM audit_event WHERE event = 200 AND i = 5");
    assert_rc(archive(f, "2020-05"), RC_STORE_DATA);
    assert_non_null(strstr(schuil_store_message(f->owner), "audit verify"));
    assert_int_equal(owner_number(f, "SELECT count(*) FROM audit_archive"), 0);
}

static void a_month_is_archived_once(void **state)
{
    struct fixture *f = *state;
    old_events_make(f);
    assert_rc(archive(f, "2020-05"), RC_OK);
    assert_rc(archive(f, "2020-05"), RC_CONFLICT_EXISTS);
}

/* The drop cannot get its lock in time. */
static void an_archive_that_fails_leaves_everything(void **state)
{
    struct fixture *f = *state;
    struct store_session *other = NULL;
    old_events_make(f);
    owner_sql(f, "CREATE TABLE kept AS SELECT * FROM audit_event");
    assert_rc(schuil_store_open(f->owner_dsn, &other), RC_OK);
    assert_rc(pg_do(other, "BEGIN", 0, NULL), RC_OK);
    assert_rc(pg_do(other, "LOCK TABLE audit_archive IN SHARE MODE", 0, NULL), RC_OK);
    assert_rc(archive(f, "2020-05"), RC_STORE_REFUSED);
    schuil_store_close(other);
    assert_int_equal(
        owner_number(f, "SELECT count(*) FROM (TABLE kept EXCEPT TABLE audit_event) x"), 0);
    assert_int_equal(owner_number(f, "SELECT count(*) FROM audit_event WHERE event = 382"), 0);
    assert_int_equal(verify(f, NULL).count, 0);
}

/* The root that the bootstrap made, once its events were archived. */
static void a_key_with_archived_events_counts_as_used(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(
        owner_sql(f, "SELECT key_is_used(min(number)) FROM key WHERE purpose = 'root'"), "f");
    old_events_make(f);
    assert_rc(archive(f, "2020-05"), RC_OK);
    assert_string_equal(
        owner_sql(f, "SELECT key_is_used(min(number)) FROM key WHERE purpose = 'root'"), "f");
    owner_sql(f, "UPDATE key SET created = '2020-05-30'");
    assert_string_equal(
        owner_sql(f, "SELECT key_is_used(min(number)) FROM key WHERE purpose = 'root'"), "t");
}

static void the_auditor_can_verify_and_the_server_cannot_read(void **state)
{
    struct fixture *f = *state;
    const char *dsn = getenv("SCHUILNAAM_TEST_AUDITOR_DSN");
    struct audit_keys keys;
    struct findings found = {.count = 0};
    struct audit_trail *trail = NULL;
    assert_rc(schuil_store_audit_keys(f->owner, &keys), RC_OK);
    assert_rc(schuil_audit_trail_new(&keys, on_finding, &found, &trail), RC_OK);
    assert_rc(schuil_store_audit_verify(f->server, trail), RC_STORE_REFUSED);
    schuil_audit_trail_free(trail);
    if (dsn == NULL)
        skip();
    struct store_session *auditor = NULL;
    assert_rc(schuil_store_open(dsn, &auditor), RC_OK);
    assert_rc(schuil_store_audit_keys(auditor, &keys), RC_OK);
    assert_int_equal(keys.count, 3);
    assert_rc(schuil_audit_trail_new(&keys, on_finding, &found, &trail), RC_OK);
    assert_rc(schuil_store_audit_verify(auditor, trail), RC_OK);
    struct audit_counts counts = schuil_audit_trail_counts(trail);
    assert_true(counts.chains == 1 && counts.events == 3 && counts.findings == 0);
    schuil_audit_trail_free(trail);
    assert_rc(pg_do(auditor, "SELECT wrapped FROM key_copy", 0, NULL), RC_STORE_REFUSED);
    schuil_store_close(auditor);
}

static void heads_fit_their_buffer_and_count_what_is_left_out(void **state)
{
    struct fixture *f = *state;
    char heads[300];
    for (int i = 0; i < 4; i++) {
        struct audit_event event = event_of(f, AUDIT_CHAIN_START);
        assert_rc(schuil_audit_chain_new(&f->chain), RC_OK);
        assert_rc(schuil_admin_audit(&f->admin, &event), RC_OK);
    }
    assert_rc(schuil_store_audit_heads(f->server, heads, sizeof heads), RC_OK);
    assert_non_null(strstr(heads, "\"omitted\":4}"));
    assert_rc(schuil_store_audit_heads(f->server, heads, 100), RC_INPUT_LENGTH);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_up_first, fixture_down)
    const struct CMUnitTest tests[] = {
        TEST(turns_of_any_size_are_committed_and_verify),
        TEST(an_event_alone_is_stored_as_one_among_many),
        TEST(submit_checks_its_state_and_size),
        TEST(a_failing_insert_rolls_back_every_row_and_the_next_turn_works),
        TEST(a_warning_is_no_commit),
        TEST(rows_that_a_trigger_drops_are_no_commit),
        TEST(a_frozen_database_ends_at_the_deadline),
        TEST(a_frozen_database_ends_a_synchronous_call),
        TEST(a_killed_backend_gives_unknown),
        TEST(nobody_listening_is_down_and_not_a_wait),
        TEST(each_kind_of_damage_is_named),
        TEST(a_rewritten_chain_fails_on_its_signature),
        TEST(chains_verify_after_months_were_archived),
        TEST(months_that_cannot_be_archived_are_refused),
        TEST(a_month_is_archived_once),
        TEST(an_archive_that_fails_leaves_everything),
        TEST(a_key_with_archived_events_counts_as_used),
        TEST(the_auditor_can_verify_and_the_server_cannot_read),
        TEST(heads_fit_their_buffer_and_count_what_is_left_out),
    };
    return fixture_is_there() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
