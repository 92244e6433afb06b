/* SPDX-License-Identifier: Apache-2.0 */
/* Source keys: generations that follow each other, and the making of one cut off at each statement.
 * Against a real PostgreSQL. */
#include <string.h>

#include "saboteur.h"
#include "store_fixture.h"

#define STATES                                                                                     \
    "SELECT string_agg(generation || ' ' || state, ', ' ORDER BY generation) FROM key"             \
    " WHERE purpose = 'source'"

static int up(void **state)
{
    if (fixture_up_first(state) != 0)
        return -1;
    if (fixture_is_there())
        fixture_populate(*state);
    return 0;
}

static struct schuil_rc source_make(struct fixture *f)
{
    return admin_do(f, "keys", ADMIN_DO_CREATE, NULL,
                    PAIRS("purpose=source", "organisation=HOSP1"));
}

static void assert_states(struct fixture *f, const char *wanted)
{
    assert_string_equal(owner_sql(f, STATES), wanted);
}

/* The snapshot of what the database holds; it must load. */
static struct snapshot *loaded(struct fixture *f)
{
    char finding[256];
    struct snapshot *snapshot = NULL;
    struct schuil_rc rc = fixture_load(f, f->directory, &snapshot, finding);
    if (rc.code != RC_OK)
        print_error("%s\n", finding);
    assert_rc(rc, RC_OK);
    return snapshot;
}

static void a_new_generation_seals_and_the_older_ones_open(void **state)
{
    struct fixture *f = *state;
    struct source_ref active;
    assert_rc(source_make(f), RC_OK);
    assert_states(f, "1 active");
    assert_rc(source_make(f), RC_OK);
    assert_states(f, "1 translate-only, 2 active");
    uint32_t provider = (uint32_t)owner_number(f, "SELECT number FROM organisation"
                                                  " WHERE code = 'HOSP1'");
    struct snapshot *s = loaded(f);
    assert_true(schuil_key_source_active(s, provider, &active));
    assert_int_equal(active.generation, 2);
    assert_non_null(schuil_key_source(s, provider, 1, NULL));
    assert_memory_not_equal(schuil_key_source(s, provider, 1, NULL), active.key, 64);
    schuil_snapshot_unref(s);
    assert_int_equal(owner_number(f,
                                  "SELECT count(*) FROM key_copy c JOIN key k ON k.number = c.key"
                                  " WHERE k.purpose = 'source' AND c.compartment <> 'issue'"),
                     0);
}

static void an_imported_key_keeps_the_generation_that_it_replaces(void **state)
{
    struct fixture *f = *state;
    char key[4 + 128 + 1] = "key=";
    memset(key + 4, '7', 128);
    assert_rc(
        admin_act(f, "keys", "import", NULL, PAIRS("purpose=source", "organisation=HOSP1", key)),
        RC_ABSENT);
    assert_rc(source_make(f), RC_OK);
    assert_rc(
        admin_act(f, "keys", "import", NULL, PAIRS("purpose=source", "organisation=HOSP1", key)),
        RC_OK);
    assert_string_equal(owner_sql(f, "SELECT string_agg(generation || ' ' || state, ', '"
                                     " ORDER BY number) FROM key WHERE purpose = 'source'"),
                        "1 destroyed, 1 active");
    assert_rc(source_make(f), RC_OK); /* no generation is used again, destroyed ones counted */
    assert_string_equal(owner_sql(f, "SELECT string_agg(generation || ' ' || state, ', '"
                                     " ORDER BY number) FROM key WHERE purpose = 'source'"),
                        "1 destroyed, 1 translate-only, 2 active");
    schuil_snapshot_unref(loaded(f));
}

static void a_source_key_has_a_provider_and_no_other_place(void **state)
{
    struct fixture *f = *state;
    assert_rc(admin_do(f, "keys", ADMIN_DO_CREATE, NULL, PAIRS("purpose=source")), RC_INPUT_SHAPE);
    assert_string_equal(f->field, "organisation");
    assert_rc(
        admin_do(f, "keys", ADMIN_DO_CREATE, NULL, PAIRS("purpose=source", "organisation=NOBODY")),
        RC_INPUT_VALUE);
    assert_rc(admin_do(f, "keys", ADMIN_DO_CREATE, NULL,
                       PAIRS("purpose=transport", "organisation=HOSP1")),
              RC_INPUT_SHAPE);
    assert_states(f, "");
}

static void session_again(struct fixture *f)
{
    schuil_store_close(f->server);
    assert_rc(schuil_store_open(f->server_dsn, &f->server), RC_OK);
    f->admin.session = f->server;
}

/* Make generation 2, cut at its nth statement; whether it was that long. */
static bool make_cut(struct fixture *f, unsigned nth, enum cut cut)
{
    saboteur_arm(nth, cut);
    struct schuil_rc rc = source_make(f);
    bool is_cut = saboteur_disarm();
    assert_int_equal(schuil_rc_class(rc), is_cut ? RC_CLASS_STORE : RC_CLASS_OK);
    if (is_cut)
        session_again(f);
    if (rc.code == RC_STORE_UNKNOWN)
        assert_rc(schuil_audit_chain_new(&f->chain), RC_OK);
    return is_cut;
}

static void cut_at_each_statement(struct fixture *f, enum cut cut)
{
    unsigned nth = 1, old = 0;
    assert_rc(source_make(f), RC_OK);
    while (make_cut(f, nth++, cut)) {
        bool is_old = strcmp(owner_sql(f, STATES), "1 active") == 0;
        if (!is_old)
            break; /* the answer to the commit was lost, not the commit */
        old++;
        schuil_snapshot_unref(loaded(f));
    }
    assert_true(old > 8);
    assert_states(f, "1 translate-only, 2 active");
    schuil_snapshot_unref(loaded(f));
    assert_int_equal(owner_number(f, "SELECT count(*) FROM audit_event WHERE event = 320"
                                     " AND outcome = 'ok' AND cardinality(key_numbers) = 1"
                                     " AND key_numbers[1] IN"
                                     " (SELECT number FROM key WHERE purpose = 'source')"),
                     2);
}

static void a_source_key_cut_before_any_statement_is_old_or_new(void **state)
{
    cut_at_each_statement(*state, CUT_BEFORE);
}

static void a_source_key_cut_after_any_statement_is_old_or_new(void **state)
{
    cut_at_each_statement(*state, CUT_AFTER);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, up, fixture_down)
    const struct CMUnitTest tests[] = {
        TEST(a_new_generation_seals_and_the_older_ones_open),
        TEST(an_imported_key_keeps_the_generation_that_it_replaces),
        TEST(a_source_key_has_a_provider_and_no_other_place),
        TEST(a_source_key_cut_before_any_statement_is_old_or_new),
        TEST(a_source_key_cut_after_any_statement_is_old_or_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
