/* SPDX-License-Identifier: Apache-2.0 */
/* Rotations in a real database: the keys they make and destroy, what they wait for, and the
 * declarations of registries, which take effect with their events. Each load repeats the self-test
 * over all epochs, so a wrong product would be refused there. And each step cut off at each of its
 * statements. */
#include <string.h>

#include "key_change.h"
#include "policy_manifest.h"
#include "rotation.h"
#include "saboteur.h"
#include "schuilnaam/crypto/group.h"
#include "store_fixture.h"

typedef struct schuil_rc step_function(struct admin_job *job, const char *domain,
                                       const char *reason);

static struct schuil_rc run(struct fixture *f, step_function *step, const char *domain)
{
    struct admin_job job = {.context = &f->admin, .session = f->server};
    struct policy_change policy;
    assert_rc(pg_do(f->server, "BEGIN", 0, NULL), RC_OK);
    assert_rc(policy_change_begin(&policy, f->server, &f->policy_pair, NULL), RC_OK);
    struct schuil_rc rc = step(&job, domain, "a test");
    if (rc.code == RC_OK) {
        assert_rc(policy_change_end(&policy), RC_OK);
        assert_rc(pg_commit(f->server), RC_OK);
    } else
        pg_rollback(f->server);
    return rc;
}

static struct snapshot *loaded(struct fixture *f)
{
    struct snapshot *s = NULL;
    char finding[256];
    struct schuil_rc rc = fixture_load(f, NULL, &s, finding);
    assert_string_equal(finding, "");
    assert_rc(rc, RC_OK);
    return s;
}

static long key_count(struct fixture *f, int generation)
{
    char sql[160];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM key WHERE purpose LIKE 'domain%%' AND generation = %d"
             " AND state <> 'destroyed'",
             generation);
    return owner_number(f, sql);
}

/* An event of the registry, alone in its transaction, as a worker writes it. */
static struct schuil_rc event_write(struct fixture *f, struct audit_event *event)
{
    struct audit_chain next;
    event->role = "registry";
    event->registry = "REG1";
    assert_rc(pg_do(f->server, "BEGIN", 0, NULL), RC_OK);
    struct schuil_rc rc = admin_audit_write(&f->admin, &f->pair, event, 1, &next);
    if (rc.code == RC_OK)
        rc = pg_commit(f->server);
    else
        pg_rollback(f->server);
    if (rc.code == RC_OK)
        f->chain = next;
    return rc;
}

static struct schuil_rc declared(struct fixture *f, int rotation, int generation)
{
    char detail[64];
    struct audit_event event = event_of(f, AUDIT_ROTATION_COMPLETE);
    snprintf(detail, sizeof detail, "{\"rotation\":%d,\"generation\":%d}", rotation, generation);
    event.detail = detail;
    struct schuil_rc rc = event_write(f, &event);
    if (rc.code == RC_STORE_REFUSED)
        assert_string_equal(f->server->sqlstate, "SN003");
    return rc;
}

/* A final of this generation leaves. */
static void given(struct fixture *f, int generation)
{
    char sql[160];
    struct audit_event event = event_of(f, AUDIT_TRANSLATE);
    snprintf(sql, sizeof sql,
             "SELECT number FROM key WHERE purpose = 'domain-seal' AND generation = %d"
             " AND state = 'active'",
             generation);
    event.has_counts = true;
    event.asked = event.made = 1;
    event.key_count = 1;
    event.key_numbers[0] = (uint32_t)owner_number(f, sql);
    assert_rc(event_write(f, &event), RC_OK);
}

static void a_start_makes_the_next_generation_beside_the_active_one(void **state)
{
    struct fixture *f = *state;
    uint32_t numbers[2];
    fixture_populate(f);
    assert_rc(run(f, rotation_start, "REG1"), RC_OK);
    assert_int_equal(key_count(f, 1), 2);
    assert_int_equal(key_count(f, 2), 2);
    struct snapshot *s = loaded(f);
    const struct rotation *r = schuil_rotation_of(s, 1);
    assert_non_null(r);
    assert_int_equal(r->from, 1);
    assert_int_equal(r->to, 2);
    assert_false(r->is_aborting);
    assert_non_null(schuil_key_domain_step(s, 1, 1, 2, numbers));
    assert_non_null(schuil_key_domain_seal(s, 1, 2, NULL));
    assert_int_equal(schuil_domain_by_number(s, 1)->generation, 1);
    schuil_snapshot_unref(s);
}

static void a_start_is_refused_where_it_has_no_place(void **state)
{
    struct fixture *f = *state;
    fixture_populate(f);
    admin_make(f, "domains", PAIRS("code=BOUND", "kind=bound"));
    assert_rc(run(f, rotation_start, "NONE"), RC_ABSENT);
    assert_rc(run(f, rotation_start, "BOUND"), RC_CONFLICT_STATE);
    assert_rc(run(f, rotation_finish, "REG1"), RC_CONFLICT_ROTATION);
    assert_rc(run(f, rotation_abort, "REG1"), RC_CONFLICT_ROTATION);
    assert_rc(run(f, rotation_start, "REG1"), RC_OK);
    assert_rc(run(f, rotation_start, "REG1"), RC_CONFLICT_STATE);
    assert_int_equal(key_count(f, 2), 2);
    assert_int_equal(key_count(f, 3), 0);
}

static void scalar_open(const struct key_change *change, size_t index, enum compartment c,
                        struct scalar *ret)
{
    assert_rc(
        schuil_key_unwrap_copy(&change->set.rows[index], c, change->ring, ret->b, sizeof ret->b),
        RC_OK);
}

/* What a refresh does to one domain, so that two epochs live. */
static void refresh(struct fixture *f)
{
    KEY_CHANGE change = {.session = NULL};
    struct scalar r, inverse, k, s;
    size_t root, domain;
    assert_rc(pg_do(f->server, "BEGIN", 0, NULL), RC_OK);
    assert_rc(key_change_begin(&change, &f->admin), RC_OK);
    assert_true(key_change_find(&change, PURPOSE_ROOT, 0, &root));
    assert_true(key_change_find(&change, PURPOSE_DOMAIN, 1, &domain));
    scalar_open(&change, root, COMPARTMENT_ISSUE, &k);
    scalar_open(&change, domain, COMPARTMENT_TRANSLATE, &s);
    assert_rc(schuil_scalar_random(&r), RC_OK);
    assert_rc(schuil_scalar_invert(&r, &inverse), RC_OK);
    assert_rc(schuil_scalar_multiply(&r, &k, &k), RC_OK);
    assert_rc(schuil_scalar_multiply(&inverse, &s, &s), RC_OK);
    struct key_row rows[2] = {
        {.purpose = PURPOSE_ROOT, .epoch = 2, .home = -1},
        {.purpose = PURPOSE_DOMAIN, .scope = 1, .epoch = 2, .generation = 1, .home = -1}};
    struct bytes keys[2] = {bytes_of(k.b, sizeof k.b), bytes_of(s.b, sizeof s.b)};
    assert_rc(key_change_make(&change, &rows[0], &keys[0], "test", NULL), RC_OK);
    assert_rc(key_change_make(&change, &rows[1], &keys[1], "test", NULL), RC_OK);
    assert_rc(key_change_state(&change, root, KEY_DESTROYED, "test"), RC_OK);
    assert_rc(key_change_state(&change, domain, KEY_TRANSLATE_ONLY, "test"), RC_OK);
    assert_rc(key_change_end(&change), RC_OK);
    assert_rc(pg_commit(f->server), RC_OK);
    key_change_done(&change);
}

static void every_epoch_that_lives_gets_its_key(void **state)
{
    struct fixture *f = *state;
    fixture_populate(f);
    refresh(f);
    assert_rc(run(f, rotation_start, "REG1"), RC_OK);
    assert_int_equal(key_count(f, 2), 3);
    assert_int_equal(owner_number(f, "SELECT count(*) FROM key WHERE generation = 2 AND"
                                     " purpose = 'domain' AND epoch = 1"
                                     " AND state = 'translate-only'"),
                     1);
    struct snapshot *s = loaded(f);
    assert_non_null(schuil_key_domain(s, 1, 2, 1, NULL));
    assert_non_null(schuil_key_domain(s, 1, 2, 2, NULL));
    schuil_snapshot_unref(s);
}

static void a_finish_waits_for_every_registry(void **state)
{
    struct fixture *f = *state;
    fixture_populate(f);
    admin_make(f, "registries", PAIRS("code=REG2", "organisation=REG1", "domain=REG1"));
    assert_rc(run(f, rotation_start, "REG1"), RC_OK);
    assert_rc(run(f, rotation_finish, "REG1"), RC_CONFLICT_STATE);
    assert_rc(declared(f, 1, 1), RC_STORE_REFUSED);
    assert_rc(declared(f, 2, 2), RC_STORE_REFUSED);
    assert_rc(declared(f, 1, 2), RC_OK);
    assert_rc(declared(f, 1, 2), RC_OK); /* again: nothing changes */
    assert_rc(run(f, rotation_finish, "REG1"), RC_CONFLICT_STATE);
    assert_int_equal(key_count(f, 1), 2);
    assert_rc(admin_do(f, "registries", ADMIN_DO_CHANGE, "REG2", PAIRS("state=ended")), RC_OK);
    assert_rc(run(f, rotation_finish, "REG1"), RC_OK);
    assert_int_equal(key_count(f, 1), 0);
    assert_int_equal(key_count(f, 2), 2);
    struct snapshot *s = loaded(f);
    assert_int_equal(schuil_domain_by_number(s, 1)->generation, 2);
    assert_null(schuil_rotation_of(s, 1));
    assert_null(schuil_key_domain_seal(s, 1, 1, NULL));
    schuil_snapshot_unref(s);
    assert_rc(declared(f, 1, 2), RC_STORE_REFUSED);
}

/* A translation that names the seal of a generation, whatever has become of it. */
static struct schuil_rc translation_ends(struct fixture *f, int generation)
{
    char sql[160];
    struct audit_event event = event_of(f, AUDIT_TRANSLATE);
    snprintf(sql, sizeof sql,
             "SELECT number FROM key WHERE purpose = 'domain-seal' AND generation = %d",
             generation);
    event.key_count = 1;
    event.key_numbers[0] = (uint32_t)owner_number(f, sql);
    return event_write(f, &event);
}

static void what_is_under_way_at_a_finish_does_not_fail(void **state)
{
    struct fixture *f = *state;
    fixture_populate(f);
    assert_rc(run(f, rotation_start, "REG1"), RC_OK);
    assert_rc(declared(f, 1, 2), RC_OK);
    assert_rc(run(f, rotation_finish, "REG1"), RC_OK);
    assert_rc(translation_ends(f, 1), RC_OK);
    owner_sql(f, "UPDATE key SET in_flight_until = in_flight_until - interval '121 seconds'");
    assert_rc(translation_ends(f, 1), RC_STORE_REFUSED);
}

static void nothing_leaves_after_an_abort_that_found_nothing_had_left(void **state)
{
    struct fixture *f = *state;
    fixture_populate(f);
    assert_rc(run(f, rotation_start, "REG1"), RC_OK);
    assert_rc(run(f, rotation_abort, "REG1"), RC_OK);
    assert_rc(translation_ends(f, 2), RC_STORE_REFUSED);
}

static void an_abort_before_anything_left_ends_at_once(void **state)
{
    struct fixture *f = *state;
    fixture_populate(f);
    given(f, 1);
    assert_rc(run(f, rotation_start, "REG1"), RC_OK);
    assert_rc(run(f, rotation_abort, "REG1"), RC_OK);
    assert_int_equal(key_count(f, 1), 2);
    assert_int_equal(key_count(f, 2), 0);
    struct snapshot *s = loaded(f);
    assert_null(schuil_rotation_of(s, 1));
    schuil_snapshot_unref(s);
    /* The number of the generation that was given up is not used again. */
    assert_rc(run(f, rotation_start, "REG1"), RC_OK);
    assert_int_equal(key_count(f, 2), 0);
    assert_int_equal(key_count(f, 3), 2);
    s = loaded(f);
    assert_int_equal(schuil_rotation_of(s, 1)->to, 3);
    schuil_snapshot_unref(s);
}

static void an_abort_after_that_waits_for_the_way_back(void **state)
{
    struct fixture *f = *state;
    fixture_populate(f);
    assert_rc(run(f, rotation_start, "REG1"), RC_OK);
    given(f, 2);
    assert_rc(run(f, rotation_abort, "REG1"), RC_OK);
    assert_int_equal(key_count(f, 2), 2);
    struct snapshot *s = loaded(f);
    assert_true(schuil_rotation_of(s, 1)->is_aborting);
    schuil_snapshot_unref(s);
    assert_rc(run(f, rotation_finish, "REG1"), RC_CONFLICT_STATE);
    assert_rc(run(f, rotation_abort, "REG1"), RC_CONFLICT_STATE);
    assert_rc(declared(f, 1, 2), RC_STORE_REFUSED); /* the way back leads to 1 */
    assert_rc(declared(f, 1, 1), RC_OK);
    assert_rc(run(f, rotation_abort, "REG1"), RC_OK);
    assert_int_equal(key_count(f, 1), 2);
    assert_int_equal(key_count(f, 2), 0);
}

static void the_server_cannot_declare_for_a_registry_by_other_means(void **state)
{
    struct fixture *f = *state;
    fixture_populate(f);
    assert_rc(run(f, rotation_start, "REG1"), RC_OK);
    static const char *const statements[] = {
        "INSERT INTO rotation_registry VALUES (1, 1, now())",
        "UPDATE rotation_registry SET complete = now()",
        "UPDATE rotation SET to_generation = 9",
        "DELETE FROM rotation",
    };
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        assert_rc(pg_do(f->server, statements[i], 0, NULL), RC_STORE_REFUSED);
        assert_string_equal(f->server->sqlstate, "42501");
    }
    assert_rc(run(f, rotation_abort, "REG1"), RC_OK);
    assert_rc(pg_do(f->server, "UPDATE rotation SET state = 'open'", 0, NULL), RC_STORE_REFUSED);
    assert_string_equal(f->server->sqlstate, "SN001");
}

static void a_row_that_does_not_fit_its_domain_is_refused_at_load(void **state)
{
    struct fixture *f = *state;
    struct snapshot *s = NULL;
    char finding[256];
    fixture_populate(f);
    assert_rc(run(f, rotation_start, "REG1"), RC_OK);
    owner_sql(f, "UPDATE rotation SET from_generation = 2, to_generation = 3");
    assert_rc(fixture_load(f, NULL, &s, finding), RC_STORE_DATA);
    assert_null(s);
}

/* ---- cut off ---- */
/* All that a rotation changes; with each count of its events, so that none is told that was not. */
#define WHOLE                                                                                      \
    "SELECT (SELECT generation FROM domain WHERE code = 'REG1') || ' '"                            \
    " || (SELECT string_agg(generation || state, ',' ORDER BY number) FROM key"                    \
    "     WHERE purpose LIKE 'domain%') || ' '"                                                    \
    " || (SELECT count(*) FROM key_copy c JOIN key k ON k.number = c.key WHERE wrapped IS NULL)"   \
    " || ' ' || coalesce((SELECT string_agg(state, ',' ORDER BY number) FROM rotation), '-')"      \
    " || ' ' || (SELECT count(*) FROM audit_event WHERE event BETWEEN 343 AND 345)"

static void session_again(struct fixture *f)
{
    schuil_store_close(f->server);
    assert_rc(schuil_store_open(f->server_dsn, &f->server), RC_OK);
    f->admin.session = f->server;
}

/* The step, cut at its nth statement; whether it was that long. */
static bool step_cut(struct fixture *f, const char *action, unsigned nth, enum cut cut)
{
    saboteur_arm(nth, cut);
    struct schuil_rc rc =
        admin_act(f, "rotations", action, NULL, PAIRS("domain=REG1", "reason=a test"));
    bool is_cut = saboteur_disarm();
    assert_int_equal(schuil_rc_class(rc), is_cut ? RC_CLASS_STORE : RC_CLASS_OK);
    if (is_cut)
        session_again(f);
    if (rc.code == RC_STORE_UNKNOWN)
        assert_rc(schuil_audit_chain_new(&f->chain), RC_OK);
    return is_cut;
}

static void step_cut_everywhere(struct fixture *f, const char *action, const char *wanted,
                                enum cut cut)
{
    char old[256];
    unsigned nth = 1;
    snprintf(old, sizeof old, "%s", owner_sql(f, WHOLE));
    assert_string_not_equal(old, wanted);
    while (step_cut(f, action, nth, cut)) {
        schuil_snapshot_unref(loaded(f));
        if (strcmp(owner_sql(f, WHOLE), old) != 0)
            break; /* the answer to the commit was lost, not the commit */
        nth++;
    }
    assert_true(nth > 12);
    assert_string_equal(owner_sql(f, WHOLE), wanted);
    schuil_snapshot_unref(loaded(f));
}

static void every_step_cut(struct fixture *f, enum cut cut)
{
    fixture_populate(f);
    step_cut_everywhere(f, "start", "1 1active,1active,2active,2active 0 open 1", cut);
    step_cut_everywhere(f, "abort", "1 1active,1active,2destroyed,2destroyed 2 aborted 2", cut);
    step_cut_everywhere(f, "start",
                        "1 1active,1active,2destroyed,2destroyed,3active,3active 2 aborted,open 3",
                        cut);
    int rotation = (int)owner_number(f, "SELECT max(number) FROM rotation");
    assert_rc(declared(f, rotation, 3), RC_OK);
    step_cut_everywhere(f, "finish",
                        "3 1destroyed,1destroyed,2destroyed,2destroyed,3active,3active 4"
                        " aborted,finished 4",
                        cut);
}

static void a_step_cut_before_any_statement_leaves_old_or_new(void **state)
{
    every_step_cut(*state, CUT_BEFORE);
}

static void a_step_cut_after_any_statement_leaves_old_or_new(void **state)
{
    every_step_cut(*state, CUT_AFTER);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, fixture_up_first, fixture_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_start_makes_the_next_generation_beside_the_active_one),
        EACH(a_start_is_refused_where_it_has_no_place),
        EACH(every_epoch_that_lives_gets_its_key),
        EACH(a_finish_waits_for_every_registry),
        EACH(what_is_under_way_at_a_finish_does_not_fail),
        EACH(nothing_leaves_after_an_abort_that_found_nothing_had_left),
        EACH(an_abort_before_anything_left_ends_at_once),
        EACH(an_abort_after_that_waits_for_the_way_back),
        EACH(the_server_cannot_declare_for_a_registry_by_other_means),
        EACH(a_row_that_does_not_fit_its_domain_is_refused_at_load),
        EACH(a_step_cut_before_any_statement_leaves_old_or_new),
        EACH(a_step_cut_after_any_statement_leaves_old_or_new),
    };
    if (!fixture_is_there())
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
