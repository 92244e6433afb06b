/* SPDX-License-Identifier: Apache-2.0 */
/* engine/audit/trail.c: each kind of damage is found and named, an untouched trail has none, with
 * and without archived runs; and without memory nothing is said to be good. */
#include "engine_unit.h"
#include "fixture_audit.h"
#include "schuilnaam/crypto/codec.h"

void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

static int fails_at; /* the allocation that fails, counting down; 0: none */

static bool fails_now(void)
{
    return fails_at > 0 && --fails_at == 0;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return fails_now() ? NULL : __real_realloc(block, size);
}

/* ---- what was found ---- */

enum { FOUND_CAP = 64, COUNT = 12 };

struct found {
    size_t count;
    struct audit_finding findings[FOUND_CAP];
};

static void on_finding(void *arg, const struct audit_finding *finding)
{
    struct found *found = arg;
    char text[512];
    assert_true(found->count < FOUND_CAP);
    schuil_audit_finding_text(finding, text, sizeof text);
    assert_true(strlen(text) > 10 && strchr(text, '%') == NULL);
    found->findings[found->count++] = *finding;
}

struct case_state {
    struct fixture_chain chain;
    struct audit_trail *trail;
    struct found found;
};

static int up(void **state)
{
    struct case_state *s = calloc(1, sizeof *s);
    *state = s;
    fixture_chain_make(&s->chain, 5, COUNT, NULL);
    assert_ok(schuil_audit_trail_new(&s->chain.keys, on_finding, &s->found, &s->trail));
    return 0;
}

static int down(void **state)
{
    struct case_state *s = *state;
    fails_at = 0;
    schuil_audit_trail_free(s->trail);
    fixture_chain_done(&s->chain);
    free(s);
    return 0;
}

static void feed(struct case_state *s)
{
    for (size_t i = 0; i < s->chain.count; i++)
        assert_ok(schuil_audit_trail_event(s->trail, &s->chain.entries[i]));
    assert_ok(schuil_audit_trail_end(s->trail));
    assert_int_equal(schuil_audit_trail_counts(s->trail).findings, s->found.count);
}

static void expect(const struct case_state *s, size_t n, enum audit_finding_kind kind, uint64_t i)
{
    assert_true(n < s->found.count);
    assert_string_equal(schuil_audit_finding_name(s->found.findings[n].kind),
                        schuil_audit_finding_name(kind));
    assert_int_equal(s->found.findings[n].i, i);
}

static void entry_remove(struct case_state *s, size_t at, size_t n)
{
    struct audit_entry *e = s->chain.entries;
    memmove(e + at, e + at + n, (s->chain.count - at - n) * sizeof *e);
    s->chain.count -= n;
}

static void claim(struct case_state *s, uint8_t name, uint64_t i, const uint8_t *link)
{
    uint8_t chain[CHAIN_ID_LEN];
    memset(chain, name, sizeof chain);
    assert_ok(schuil_audit_trail_claim(s->trail, chain, i, link, "a checkpoint"));
}

/* ---- without damage ---- */

static void an_untouched_chain_has_no_finding(void **state)
{
    struct case_state *s = *state;
    claim(s, 5, COUNT, s->chain.entries[COUNT - 1].link);
    claim(s, 5, 3, s->chain.entries[2].link);
    claim(s, 5, 3, s->chain.entries[2].link);
    feed(s);
    struct audit_counts counts = schuil_audit_trail_counts(s->trail);
    assert_true(counts.findings == 0 && counts.events == COUNT && counts.chains == 1);
}

/* ---- one kind after another ---- */

static void a_changed_event_is_named(void **state)
{
    struct case_state *s = *state;
    s->chain.entries[4].cells[AUDIT_COL_outcome].value = bytes_text("no");
    feed(s);
    assert_int_equal(s->found.count, 1);
    expect(s, 0, FINDING_CHANGED, 5);
}

static void an_unreadable_event_is_named(void **state)
{
    struct case_state *s = *state;
    s->chain.entries[4].is_unreadable = true;
    feed(s);
    assert_int_equal(s->found.count, 1);
    expect(s, 0, FINDING_VALUE, 5);
}

static void removed_events_are_named(void **state)
{
    struct case_state *s = *state;
    entry_remove(s, 4, 2);
    feed(s);
    assert_int_equal(s->found.count, 1);
    expect(s, 0, FINDING_MISSING, 5);
    assert_int_equal(s->found.findings[0].number, 6);
}

static void an_event_twice_is_named(void **state)
{
    struct case_state *s = *state;
    struct audit_entry *e = s->chain.entries;
    memmove(e + 5, e + 4, (COUNT - 4) * sizeof *e);
    s->chain.count++;
    feed(s);
    assert_int_equal(s->found.count, 1);
    expect(s, 0, FINDING_DOUBLE, 5);
}

static void reordered_events_are_named(void **state)
{
    struct case_state *s = *state;
    struct audit_entry *e = s->chain.entries, kept = e[4];
    e[4] = e[8];
    e[8] = kept;
    e[4].i = 5;
    e[8].i = 9;
    feed(s);
    expect(s, 0, FINDING_CHANGED, 5);
    size_t moved = 0;
    for (size_t i = 0; i < s->found.count; i++)
        if (s->found.findings[i].kind == FINDING_MOVED) {
            assert_int_equal(s->found.findings[i].i, 9);
            assert_int_equal(s->found.findings[i].number, 5);
            moved++;
        }
    assert_int_equal(moved, 1);
}

static void an_inserted_event_is_named_and_the_flood_is_counted(void **state)
{
    struct case_state *s = *state;
    struct audit_entry *e = s->chain.entries;
    memmove(e + 3, e + 2, (COUNT - 2) * sizeof *e);
    s->chain.count++;
    for (size_t i = 2; i < s->chain.count; i++)
        e[i].i = i + 1;
    e[2].cells[AUDIT_COL_outcome].value = bytes_text("no");
    e[2].link[0] ^= 1;
    feed(s);
    expect(s, 0, FINDING_CHANGED, 3);
    expect(s, 1, FINDING_MOVED, 4);
    assert_int_equal(s->found.findings[1].number, 3);
}

static void a_signature_of_another_key_or_compartment_is_named(void **state)
{
    struct case_state *s = *state;
    s->chain.entries[3].signature[40] ^= 1;
    s->chain.entries[5].cells[AUDIT_COL_compartment].value = bytes_text("operate");
    feed(s);
    expect(s, 0, FINDING_SIGNATURE, 4);
    expect(s, 1, FINDING_CHANGED, 6);
    expect(s, 2, FINDING_SIGNATURE, 6);
}

static void an_unsigned_tail_is_named(void **state)
{
    struct case_state *s = *state;
    s->chain.count--;
    feed(s);
    expect(s, 0, FINDING_UNSIGNED_TAIL, COUNT - 1);
}

static void a_cut_end_is_named_by_a_claim(void **state)
{
    struct case_state *s = *state;
    claim(s, 5, COUNT, s->chain.entries[COUNT - 1].link);
    s->chain.count -= 4;
    feed(s);
    assert_int_equal(s->found.count, 1);
    expect(s, 0, FINDING_CUT, COUNT);
}

static void a_chain_gone_is_named_by_a_claim_before_and_after_others(void **state)
{
    struct case_state *s = *state;
    uint8_t link[HASH_LEN] = {1};
    claim(s, 9, 70, link);
    claim(s, 1, 3, link);
    claim(s, 1, 8, link);
    feed(s);
    assert_int_equal(s->found.count, 2);
    expect(s, 0, FINDING_GONE, 8);
    expect(s, 1, FINDING_GONE, 70);
    assert_int_equal(s->found.findings[1].chain[3], 9);
}

static void a_rewritten_chain_is_named_by_a_claim(void **state)
{
    struct case_state *s = *state;
    uint8_t link[HASH_LEN] = {1};
    claim(s, 5, 6, link);
    feed(s);
    assert_int_equal(s->found.count, 1);
    expect(s, 0, FINDING_REWRITTEN, 6);
}

static void first_events_name_heads(void **state)
{
    struct case_state *s = *state;
    char detail[512], chain[33] = "", link[65] = "";
    schuil_hex_encode(bytes_of(s->chain.entries[0].chain, 16), chain);
    schuil_hex_encode(bytes_of(s->chain.entries[9].link, 32), link);
    snprintf(detail, sizeof detail,
             "{\"heads\":[[\"%s\",10,\"%s\"],[\"00%s\",3,\"%s\"]],\"omitted\":0}", chain, link,
             chain + 2, link);
    assert_ok(schuil_audit_trail_heads(s->trail, bytes_text(detail)));
    assert_ok(schuil_audit_trail_heads(s->trail, bytes_text("{\"heads\":[],\"omitted\":0}")));
    assert_ok(schuil_audit_trail_heads(s->trail, bytes_text("{\"heads\":[[\"zz\"]]}")));
    assert_ok(schuil_audit_trail_heads(s->trail, bytes_text("anything")));
    feed(s);
    assert_int_equal(s->found.count, 1);
    expect(s, 0, FINDING_GONE, 3);
}

/* ---- statements ---- */

static struct audit_run run_of(const struct case_state *s, uint64_t first, uint64_t last)
{
    struct audit_run run = {.first = first, .last = last};
    memcpy(run.chain, s->chain.entries[0].chain, sizeof run.chain);
    if (first > 1)
        memcpy(run.before, s->chain.entries[first - 2].link, HASH_LEN);
    memcpy(run.link, s->chain.entries[last - 1].link, HASH_LEN);
    return run;
}

static void statement_give(struct case_state *s, enum audit_statement_kind kind,
                           struct audit_run *runs, size_t count, bool is_bent)
{
    char text[4096];
    struct audit_statement st = {
        .kind = kind, .compartment = COMPARTMENT_ISSUE, .run_count = count, .runs = runs};
    struct writer w = writer_over(text, sizeof text);
    assert_ok(schuil_audit_statement_write(&st, &s->chain.pair, &w));
    if (is_bent)
        text[w.len - 2] = text[w.len - 2] == '0' ? '1' : '0';
    assert_ok(schuil_audit_trail_statement(s->trail, writer_bytes(&w), "here"));
}

static void archived_runs_stand_in_for_their_events(void **state)
{
    struct case_state *s = *state;
    struct audit_run runs[2] = {run_of(s, 1, 4), run_of(s, 6, 8)};
    claim(s, 5, 3, s->chain.entries[2].link);
    claim(s, 5, 8, s->chain.entries[7].link);
    statement_give(s, STATEMENT_ARCHIVE, runs, 2, false);
    entry_remove(s, 5, 3); /* 6 to 8 */
    entry_remove(s, 0, 4); /* 1 to 4; 5 stays: a ragged edge */
    feed(s);
    struct audit_counts counts = schuil_audit_trail_counts(s->trail);
    assert_true(counts.findings == 0 && counts.archived == 7 && counts.events == 5);
}

static void a_chain_that_is_archived_whole_is_there(void **state)
{
    struct case_state *s = *state;
    struct audit_run run = run_of(s, 1, COUNT);
    claim(s, 5, COUNT, s->chain.entries[COUNT - 1].link);
    statement_give(s, STATEMENT_ARCHIVE, &run, 1, false);
    s->chain.count = 0;
    feed(s);
    assert_int_equal(s->found.count, 0);
    assert_int_equal(schuil_audit_trail_counts(s->trail).chains, 1);
}

static void events_that_do_not_fit_their_archive_are_named(void **state)
{
    struct case_state *s = *state;
    struct audit_run run = run_of(s, 3, 4);
    run.before[0] ^= 1;
    statement_give(s, STATEMENT_ARCHIVE, &run, 1, false);
    entry_remove(s, 2, 2);
    feed(s);
    assert_int_equal(s->found.count, 1);
    expect(s, 0, FINDING_ARCHIVE_MISFIT, 3);
}

static void events_that_were_put_back_after_archiving_are_named(void **state)
{
    struct case_state *s = *state;
    struct audit_run run = run_of(s, 1, 4);
    statement_give(s, STATEMENT_ARCHIVE, &run, 1, false);
    entry_remove(s, 0, 2);
    feed(s);
    expect(s, 0, FINDING_DOUBLE, 3);
}

static void a_hole_before_an_archive_is_named(void **state)
{
    struct case_state *s = *state;
    struct audit_run run = run_of(s, 3, COUNT);
    statement_give(s, STATEMENT_ARCHIVE, &run, 1, false);
    s->chain.count = 1;
    feed(s);
    expect(s, 0, FINDING_MISSING, 2);
}

static void a_checkpoint_is_claims(void **state)
{
    struct case_state *s = *state;
    struct audit_run run = run_of(s, 1, COUNT);
    statement_give(s, STATEMENT_CHECKPOINT, &run, 1, false);
    s->chain.count = 4;
    feed(s);
    assert_int_equal(s->found.count, 1);
    expect(s, 0, FINDING_CUT, COUNT);
}

static void a_statement_that_does_not_verify_is_named_and_not_used(void **state)
{
    struct case_state *s = *state;
    struct audit_run run = run_of(s, 1, 4);
    statement_give(s, STATEMENT_ARCHIVE, &run, 1, true);
    assert_ok(schuil_audit_trail_statement(s->trail, bytes_text("nonsense"), "there"));
    feed(s);
    assert_int_equal(s->found.count, 2);
    expect(s, 0, FINDING_STATEMENT, 0);
    expect(s, 1, FINDING_STATEMENT, 0);
}

static void many_findings_of_a_chain_are_counted_not_told(void **state)
{
    struct case_state *s = *state;
    struct audit_entry e = s->chain.entries[0];
    for (uint64_t i = 0; i < 50; i++) {
        e.i = 1 + 2 * i;
        assert_ok(schuil_audit_trail_event(s->trail, &e));
    }
    assert_ok(schuil_audit_trail_end(s->trail));
    assert_int_equal(s->found.count, 21);
    expect(s, 20, FINDING_MORE, 99);
    assert_true(s->found.findings[20].number > 20);
    assert_int_equal(schuil_audit_trail_counts(s->trail).findings,
                     20 + s->found.findings[20].number);
}

/* ---- without memory ---- */

static void no_memory_is_told(void **state)
{
    struct case_state *s = *state;
    struct audit_trail *none;
    struct audit_run run = run_of(s, 1, 4);
    uint8_t chain[CHAIN_ID_LEN] = {0};
    char text[2048];
    struct audit_statement st = {.kind = STATEMENT_ARCHIVE, .run_count = 1, .runs = &run};
    struct writer w = writer_over(text, sizeof text);
    st.compartment = COMPARTMENT_ISSUE;
    assert_ok(schuil_audit_statement_write(&st, &s->chain.pair, &w));
    fails_at = 1;
    assert_rc(schuil_audit_trail_new(&s->chain.keys, on_finding, &s->found, &none),
              RC_INTERNAL_MEMORY);
    fails_at = 1;
    assert_rc(schuil_audit_trail_claim(s->trail, chain, 1, run.link, "x"), RC_INTERNAL_MEMORY);
    for (int at = 1; at <= 2; at++) {
        fails_at = at;
        assert_rc(schuil_audit_trail_statement(s->trail, writer_bytes(&w), "x"),
                  RC_INTERNAL_MEMORY);
    }
    assert_int_equal(s->found.count, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_untouched_chain_has_no_finding),
        CASE(a_changed_event_is_named),
        CASE(an_unreadable_event_is_named),
        CASE(removed_events_are_named),
        CASE(an_event_twice_is_named),
        CASE(reordered_events_are_named),
        CASE(an_inserted_event_is_named_and_the_flood_is_counted),
        CASE(a_signature_of_another_key_or_compartment_is_named),
        CASE(an_unsigned_tail_is_named),
        CASE(a_cut_end_is_named_by_a_claim),
        CASE(a_chain_gone_is_named_by_a_claim_before_and_after_others),
        CASE(a_rewritten_chain_is_named_by_a_claim),
        CASE(first_events_name_heads),
        CASE(archived_runs_stand_in_for_their_events),
        CASE(a_chain_that_is_archived_whole_is_there),
        CASE(events_that_do_not_fit_their_archive_are_named),
        CASE(events_that_were_put_back_after_archiving_are_named),
        CASE(a_hole_before_an_archive_is_named),
        CASE(a_checkpoint_is_claims),
        CASE(a_statement_that_does_not_verify_is_named_and_not_used),
        CASE(many_findings_of_a_chain_are_counted_not_told),
        CASE(no_memory_is_told),
    };
    return schuil_is_ok(schuil_crypto_init()) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
