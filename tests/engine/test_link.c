/* SPDX-License-Identifier: Apache-2.0 */
/* Link: finals of one domain carried into another as temporary pseudonyms, and who may. */
#include "engine_unit.h"
#include "fixture_work.h"

#define PERSON "999900006"

enum { REG1_HOLDER = 3, REG2_HOLDER = 4 }; /* organisations */

static struct fixture_work f;

static int setup(void **state)
{
    (void)state;
    fixture_work_init(&f);
    f.has_linkage = true;
    fixture_work_load(&f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_work_done(&f);
    return 0;
}

/* A copy that lives as long as the arena. */
static const char *kept(char *text)
{
    assert_non_null(text);
    char *copy = schuil_arena_take(f.arena, strlen(text) + 1);
    strcpy(copy, text);
    free(text);
    return copy;
}

static struct work *translated(const char *registry, const char *temporary)
{
    struct work *work = fixture_translate(&f, registry, 1);
    fixture_text(work, 0, "A", temporary);
    assert_ok(schuil_translate_prepare(work));
    fixture_run(work);
    return work;
}

static struct work *direct(const char *registry, const char *bsn)
{
    struct work *work = fixture_issue(&f, 1, registry, 1, "A");
    fixture_person(work, 0, bsn);
    assert_ok(schuil_issue_prepare(work));
    fixture_run(work);
    return translated(registry, kept(fixture_made(work, 0, 0)));
}

static const char *final_of(const char *registry, const char *bsn)
{
    return kept(fixture_made(direct(registry, bsn), 0, 0));
}

static struct work *linked(const char *final)
{
    struct work *work = fixture_link(&f, 1);
    fixture_text(work, 0, "A", final);
    assert_ok(schuil_link_prepare(work));
    fixture_run(work);
    return work;
}

static const char *temporary_of(const char *final)
{
    return kept(fixture_made(linked(final), 0, 0));
}

static void what_is_carried_over_is_the_research_registry_s_own_final(void **state)
{
    static const char *const persons[] = {PERSON, "999900018"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(persons); i++) {
        const char *source = final_of("REG1", persons[i]);
        struct work *work = translated("REG2", temporary_of(source));
        const char *made = kept(fixture_made(work, 0, 0));
        assert_string_equal(made, final_of("REG2", persons[i]));
        assert_memory_not_equal(made + 11, source + 11, 64);
        assert_int_equal(work->records[0].provider, REG1_HOLDER);
    }
}

static void who_asks_gets_something_new_each_time_and_no_final(void **state)
{
    const char *final = final_of("REG1", PERSON);
    const char *one = temporary_of(final), *other = temporary_of(final);
    (void)state;
    assert_memory_equal(one, "T-A-", 4);
    assert_string_not_equal(one, other);
    struct work *work = translated("REG1", one); /* addressed to another registry */
    assert_true(fixture_has_entry(work, 0, DIAG_TOKEN_REFUSED, "A"));
    work = linked(final);
    assert_int_equal(work->key_count, 3);
    assert_int_equal(work->key_numbers[0], ROW_DOMAIN + 1);
    assert_int_equal(work->key_numbers[1], ROW_DOMAIN_SEAL + 1);
    assert_int_equal(work->key_numbers[2], ROW_TRANSPORT + 1);
}

static void both_generations_of_a_rotation_are_taken(void **state)
{
    (void)state;
    f.is_rotating = true;
    fixture_work_load(&f);
    struct work *both = direct("REG1", PERSON);
    const char *old = kept(fixture_made(both, 0, 0)), *new = kept(fixture_new_made(both, 0, 0));
    const char *wanted = final_of("REG2", PERSON);
    assert_string_equal(kept(fixture_made(translated("REG2", temporary_of(old)), 0, 0)), wanted);
    assert_string_equal(kept(fixture_made(translated("REG2", temporary_of(new)), 0, 0)), wanted);
    f.is_rotating = false;
    fixture_work_load(&f);
    struct work *work = linked(new);
    assert_true(fixture_has_entry(work, 0, DIAG_FINAL_REFUSED, "A"));
}

static void a_suspended_linkage_stops_what_it_brought_and_an_ended_one_does_not(void **state)
{
    const char *temporary = temporary_of(final_of("REG1", PERSON));
    (void)state;
    f.linkage_state = STATE_SUSPENDED;
    fixture_work_load(&f);
    struct work *work = translated("REG2", temporary);
    assert_int_equal(work->made_count, 0);
    assert_true(fixture_has_entry(work, 0, DIAG_LINKAGE_STOPPED, "A"));
    f.linkage_state = STATE_ENDED;
    fixture_work_load(&f);
    assert_int_equal(translated("REG2", temporary)->made_count, 1);
    f.now_us += INT64_C(3600000000) * (FIXTURE_LIFE_HOURS + 1);
    work = translated("REG2", temporary);
    assert_true(fixture_has_entry(work, 0, DIAG_TOKEN_EXPIRED, "A"));
}

static void what_is_no_final_of_the_source_is_refused_and_counted(void **state)
{
    const char *final = final_of("REG1", PERSON), *other = final_of("REG2", PERSON);
    struct work *work = fixture_link(&f, 4);
    (void)state;
    fixture_text(work, 0, "A", final);
    fixture_text(work, 1, "A", other);
    fixture_text(work, 2, "A", "");
    assert_ok(schuil_link_prepare(work));
    fixture_run(work);
    assert_int_equal(work->made_count, 1);
    assert_int_equal(work->error_count, 3);
    assert_true(fixture_has_entry(work, 1, DIAG_FINAL_REFUSED, "A"));
    assert_true(fixture_has_entry(work, 2, DIAG_FINAL_REFUSED, "A"));
    assert_true(fixture_has_entry(work, 3, DIAG_FINAL_MISSING, ""));
    assert_int_equal(schuil_work_asked(work), 3);
}

static void without_its_keys_nothing_is_carried_over(void **state)
{
    static const enum fixture_row rows[] = {ROW_DOMAIN, ROW_DOMAIN_SEAL, ROW_TRANSPORT};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        f.keys.rows[rows[i]].state = KEY_SUSPENDED;
        fixture_keys_vouch(&f.keys, 6 + i);
        fixture_work_load(&f);
        struct work *work = fixture_link(&f, 1);
        fixture_text(work, 0, "A", "x");
        assert_rc(schuil_link_prepare(work), RC_BUSY_KEYS);
        f.keys.rows[rows[i]].state = KEY_ACTIVE;
    }
}

static struct schuil_rc may_link(uint32_t organisation, uint32_t number, const char *tref)
{
    const struct ptype *type = schuil_ptype_by_tref(f.snapshot, bytes_text(tref));
    const struct linkage *linkage;
    const struct registry *source;
    struct schuil_rc rc = schuil_policy_may_link(f.snapshot, organisation, number, &type, 1,
                                                 f.now_us, &linkage, &source);
    assert_int_equal(linkage != NULL, schuil_is_ok(rc));
    assert_int_equal(source != NULL, schuil_is_ok(rc));
    return rc;
}

static void every_question_but_the_right_one_gets_the_same_refusal(void **state)
{
    (void)state;
    assert_ok(may_link(REG1_HOLDER, 1, "A"));
    assert_rc(may_link(REG1_HOLDER, 2, "A"), RC_AUTH_PERMISSION);
    assert_rc(may_link(REG2_HOLDER, 1, "A"), RC_AUTH_PERMISSION);
    assert_rc(may_link(1, 1, "A"), RC_AUTH_PERMISSION);
    assert_rc(may_link(99, 1, "A"), RC_AUTH_PERMISSION);
    assert_rc(may_link(REG1_HOLDER, 1, "C"), RC_AUTH_PERMISSION);
    static const enum entity_state states[] = {STATE_SUSPENDED, STATE_ENDED};
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        f.linkage_state = states[i];
        fixture_work_load(&f);
        assert_rc(may_link(REG1_HOLDER, 1, "A"), RC_AUTH_PERMISSION);
    }
    f.linkage_state = STATE_ACTIVE;
    f.registry_state = REGISTRY_ENDED; /* the source */
    fixture_work_load(&f);
    assert_rc(may_link(REG1_HOLDER, 1, "A"), RC_AUTH_PERMISSION);
}

struct pair {
    struct domain domains[2];
    struct registry registries[2];
    struct linkage linkages[2];
    size_t linkage_count;
    struct connection connection; /* number 0: none */
};

static struct schuil_rc pair_seal(const struct pair *p)
{
    struct snapshot_builder *b;
    struct snapshot *s = NULL;
    const struct organisation o = {.number = 1, .code = "O"};
    assert_ok(schuil_snapshot_builder_new(&b));
    assert_ok(schuil_snapshot_add_organisation(b, &o));
    for (size_t i = 0; i < 2; i++) {
        assert_ok(schuil_snapshot_add_domain(b, &p->domains[i]));
        assert_ok(schuil_snapshot_add_registry(b, &p->registries[i]));
    }
    for (size_t i = 0; i < p->linkage_count; i++)
        assert_ok(schuil_snapshot_add_linkage(b, &p->linkages[i]));
    if (p->connection.number != 0)
        assert_ok(schuil_snapshot_add_connection(b, &p->connection));
    struct schuil_rc rc = schuil_snapshot_seal(b, 1, &s);
    schuil_snapshot_unref(s);
    return rc;
}

static struct pair pair_good(void)
{
    struct linkage l = {.number = 1, .source = 1, .research = 2, .life_hours = 1};
    return (struct pair){
        .domains = {{.number = 1, .code = "D1", .generation = 1},
                    {.number = 2, .code = "D2", .generation = 1}},
        .registries = {{.number = 1, .code = "R1", .organisation = 1, .domain = 1},
                       {.number = 2, .code = "R2", .organisation = 1, .domain = 2}},
        .linkages = {l, {.number = 2, .source = 1, .research = 2, .life_hours = 1}},
        .linkage_count = 1,
    };
}

static void a_linkage_that_cannot_be_is_refused_at_sealing(void **state)
{
    struct pair good = pair_good(), p = good;
    (void)state;
    assert_ok(pair_seal(&p));
    p.linkage_count = 2; /* a second one of the pair */
    assert_rc(pair_seal(&p), RC_STORE_DATA);
    p.linkages[0].state = STATE_ENDED;
    assert_ok(pair_seal(&p));
    for (size_t i = 0; i < 2; i++) {
        p = good;
        p.domains[i].is_bound = true;
        assert_rc(pair_seal(&p), RC_STORE_DATA);
    }
    p = good;
    p.registries[1].domain = 1;
    assert_rc(pair_seal(&p), RC_STORE_DATA);
    p = good;
    p.linkages[0].research = 9;
    assert_rc(pair_seal(&p), RC_STORE_DATA);
    p = good;
    p.linkages[0].type_count = 1;
    p.linkages[0].types[0] = 7; /* no such type */
    assert_rc(pair_seal(&p), RC_STORE_DATA);
    p = good;
    p.connection = (struct connection){.number = 1, .provider = 1, .registry = 2, .life_hours = 1};
    assert_rc(pair_seal(&p), RC_STORE_DATA);
    p.connection.state = STATE_ENDED;
    assert_ok(pair_seal(&p));
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(what_is_carried_over_is_the_research_registry_s_own_final),
        EACH(who_asks_gets_something_new_each_time_and_no_final),
        EACH(both_generations_of_a_rotation_are_taken),
        EACH(a_suspended_linkage_stops_what_it_brought_and_an_ended_one_does_not),
        EACH(what_is_no_final_of_the_source_is_refused_and_counted),
        EACH(without_its_keys_nothing_is_carried_over),
        EACH(every_question_but_the_right_one_gets_the_same_refusal),
        EACH(a_linkage_that_cannot_be_is_refused_at_sealing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
