/* SPDX-License-Identifier: Apache-2.0 */
/* Translate: from temporary to final pseudonyms, and every refusal. */
#include "engine_unit.h"
#include "fixture_work.h"
#include "pseudonyms/final.h"
#include "pseudonyms/text.h"
#include "pseudonyms/token.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/memory.h"

static struct fixture_work f;

static int setup(void **state)
{
    (void)state;
    fixture_work_init(&f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_work_done(&f);
    return 0;
}

static char *issued(uint32_t provider, const char *registry, const char *tref, const char *bsn)
{
    struct work *work = fixture_issue(&f, provider, registry, 1, tref);
    fixture_person(work, 0, bsn);
    assert_ok(schuil_issue_prepare(work));
    fixture_run(work);
    char *made = fixture_made(work, 0, 0);
    assert_non_null(made);
    return made;
}

static struct work *translated(const char *registry, const char *tref, const char *text)
{
    struct work *work = fixture_translate(&f, registry, 1);
    fixture_text(work, 0, tref, text);
    assert_ok(schuil_translate_prepare(work));
    fixture_run(work);
    return work;
}

static char *final_of(const char *registry, const char *tref, const char *text)
{
    return fixture_made(translated(registry, tref, text), 0, 0);
}

static void refused(const char *registry, const char *tref, const char *text,
                    enum schuil_diagnostic d)
{
    struct work *work = translated(registry, tref, text);
    assert_null(fixture_made(work, 0, 0));
    assert_int_equal(fixture_entry_count(work, 0), 1);
    if (!fixture_has_entry(work, 0, d, tref))
        fail_msg("%s, and not %s", schuil_diagnostic(work->records[0].first->row)->name,
                 schuil_diagnostic(d)->name);
    assert_int_equal(work->records[0].provider, 0);
    assert_int_equal(work->error_count, 1);
    assert_int_equal(work->key_count, 0);
}

/* k * s * H(x) under w, from the keys as the test knows them. */
static char *final_by_hand(const char *bsn)
{
    static const uint8_t head[] = "\0\x16schuilnaam/v1/identity\0\1A\0\1\0\1\0\1\0\3BSN\0\0\0\x9";
    uint8_t x[sizeof head - 1 + 9], box[FINAL_LEN];
    struct scalar k, s;
    struct element e;
    struct siv_key w;
    struct siv_template *siv;
    bool is_good;
    memcpy(x, head, sizeof head - 1);
    memcpy(x + sizeof head - 1, bsn, 9);
    struct bytes input = bytes_of(x, sizeof x);
    memcpy(k.b, f.keys.keys[ROW_ROOT], sizeof k.b);
    memcpy(s.b, f.keys.keys[ROW_DOMAIN], sizeof s.b);
    memcpy(w.b, f.keys.keys[ROW_DOMAIN_SEAL], sizeof w.b);
    assert_ok(schuil_group_hash(1, &input, &e, &is_good));
    assert_ok(schuil_group_multiply(1, &e, &k, &e, &is_good));
    assert_ok(schuil_group_multiply(1, &e, &s, &e, &is_good));
    assert_ok(
        final_template_new(&w, schuil_ptype_by_tref(f.snapshot, bytes_text("A")), 1, 1, &siv));
    assert_ok(schuil_siv_seal(siv, bytes_of(e.b, sizeof e.b), box));
    schuil_siv_template_free(siv);
    char *text = calloc(1, LIMIT_TEXT_LEN);
    text_final_write("A", "REG1", 1, bytes_of(box, sizeof box), text);
    return text;
}

static void a_final_is_what_the_protocol_computes(void **state)
{
    char *temporary = issued(1, "REG1", "A", "999900006");
    struct work *work = translated("REG1", "A", temporary);
    char *final = fixture_made(work, 0, 0), *want = final_by_hand("999900006");
    (void)state;
    assert_string_equal(final, want);
    assert_int_equal(work->records[0].provider, 1);
    assert_int_equal(work->key_count, 3);
    assert_int_equal(work->key_numbers[0], ROW_TRANSPORT + 1);
    assert_int_equal(work->key_numbers[1], ROW_DOMAIN + 1);
    assert_int_equal(work->key_numbers[2], ROW_DOMAIN_SEAL + 1);
    free(temporary);
    free(final);
    free(want);
}

static void one_person_has_one_final_in_a_domain_and_another_elsewhere(void **state)
{
    char *t1 = issued(1, "REG1", "A", "999900006"), *t2 = issued(2, "REG1", "A", "999900006");
    char *t3 = issued(1, "REG2", "A", "999900006"), *t4 = issued(1, "REG1", "A", "999900018");
    char *p1 = final_of("REG1", "A", t1), *again = final_of("REG1", "A", t1);
    char *p2 = final_of("REG1", "A", t2), *p3 = final_of("REG2", "A", t3);
    char *p4 = final_of("REG1", "A", t4);
    (void)state;
    assert_string_equal(p1, again);
    assert_string_equal(p1, p2);
    assert_string_not_equal(p1, p4);
    assert_memory_equal(p3, "P-A-REG2-1-", 11);
    assert_memory_not_equal(p1 + 11, p3 + 11, 64);
    char *all[] = {t1, t2, t3, t4, p1, again, p2, p3, p4};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        free(all[i]);
}

static void any_single_bit_that_changes_is_refused_alike(void **state)
{
    char *text = issued(1, "REG1", "A", "999900006");
    uint8_t token[TOKEN_LEN];
    (void)state;
    assert_ok(schuil_b64u_decode(bytes_text(text + 4), token, sizeof token));
    for (size_t bit = 0; bit < 8 * sizeof token; bit++) {
        token[bit / 8] ^= (uint8_t)(1 << bit % 8);
        text_temporary_write("A", bytes_of(token, sizeof token), text);
        refused("REG1", "A", text, DIAG_TOKEN_REFUSED);
        token[bit / 8] ^= (uint8_t)(1 << bit % 8);
        schuil_arena_reset(f.arena);
    }
    free(text);
}

static void what_is_not_this_temporary_is_refused_alike(void **state)
{
    char *text = issued(1, "REG1", "A", "999900006"),
         *elsewhere = issued(1, "REG2", "A", "999900006");
    char *final = final_of("REG1", "A", text), longer[LIMIT_TEXT_LEN];
    (void)state;
    refused("REG1", "A", "", DIAG_TOKEN_REFUSED);
    refused("REG1", "A", final, DIAG_TOKEN_REFUSED);
    refused("REG1", "A", elsewhere, DIAG_TOKEN_REFUSED);
    refused("REG2", "A", text, DIAG_TOKEN_REFUSED);
    refused("REG1", "C", text, DIAG_TOKEN_REFUSED);
    refused("REG1", "R", text, DIAG_TOKEN_REFUSED);
    snprintf(longer, sizeof longer, "%sA", text);
    refused("REG1", "A", longer, DIAG_TOKEN_REFUSED);
    snprintf(longer, sizeof longer, "%s ", text);
    refused("REG1", "A", longer, DIAG_TOKEN_REFUSED);
    snprintf(longer, sizeof longer, "T-C-%s", text + 4); /* the text says C, the bytes A */
    refused("REG1", "C", longer, DIAG_TOKEN_REFUSED);
    longer[2] = 'A';
    longer[strlen(text) - 1] = '\0';
    refused("REG1", "A", longer, DIAG_TOKEN_REFUSED);
    free(text);
    free(elsewhere);
    free(final);
}

/* Sealed by the test with the service's own key: good tags around what must not be taken. */
static char *sealed(struct token_header header, const struct token_body *body)
{
    struct transport_key key;
    uint8_t nonce[XCHACHA_NONCE_LEN], token[TOKEN_LEN];
    memcpy(key.b, f.keys.keys[ROW_TRANSPORT], sizeof key.b);
    assert_ok(schuil_random(nonce, sizeof nonce));
    assert_ok(token_seal(&key, &header, nonce, body, token));
    char *text = calloc(1, LIMIT_TEXT_LEN);
    text_temporary_write("A", bytes_of(token, sizeof token), text);
    return text;
}

static struct token_header good_header(void)
{
    return (struct token_header){.kind = TOKEN_KIND_IRREVERSIBLE,
                                 .type = 1,
                                 .registry = 1,
                                 .key = ROW_TRANSPORT + 1,
                                 .expiry_s = (uint32_t)(f.now_us / 1000000) + 3600};
}

static struct token_body good_body(void)
{
    struct token_body body = {.provider = 1, .root_epoch = 1};
    struct scalar one = {{1}};
    assert_ok(schuil_group_base(&one, &body.element));
    return body;
}

static void a_good_tag_does_not_excuse_the_rest(void **state)
{
    struct token_body good = good_body(), body = good;
    struct token_header header = good_header();
    char *text = sealed(header, &good), *final = final_of("REG1", "A", text);
    (void)state;
    assert_non_null(final);
    free(final);
    free(text);
    for (uint8_t kind = 0; kind < 8; kind++) {
        header.kind = kind;
        text = sealed(header, &good);
        if (kind != TOKEN_KIND_IRREVERSIBLE)
            refused("REG1", "A", text, DIAG_TOKEN_REFUSED);
        free(text);
    }
    memset(&body.element, 0, sizeof body.element); /* the identity */
    text = sealed(good_header(), &body);
    struct work *work = translated("REG1", "A", text);
    assert_null(fixture_made(work, 0, 0));
    assert_true(fixture_has_entry(work, 0, DIAG_TOKEN_REFUSED, "A"));
    free(text);
    body = good;
    body.root_epoch = 9; /* no s of that epoch */
    text = sealed(good_header(), &body);
    refused("REG1", "A", text, DIAG_TOKEN_REFUSED);
    free(text);
}

static void expiry_is_told_only_after_a_good_tag(void **state)
{
    struct token_body body = good_body();
    struct token_header header = good_header();
    (void)state;
    header.expiry_s = (uint32_t)(f.now_us / 1000000);
    char *text = sealed(header, &body);
    refused("REG1", "A", text, DIAG_TOKEN_EXPIRED);
    text[strlen(text) - 2] = text[strlen(text) - 2] == 'A' ? 'B' : 'A';
    refused("REG1", "A", text, DIAG_TOKEN_REFUSED);
    free(text);
    header.expiry_s++;
    text = sealed(header, &body);
    char *final = final_of("REG1", "A", text);
    assert_non_null(final);
    free(final);
    free(text);
}

static void a_suffix_is_told_before_anything_else(void **state)
{
    char *text = issued(1, "REG1", "A", "999900006"), longer[LIMIT_TEXT_LEN];
    (void)state;
    snprintf(longer, sizeof longer, "%s~x", text);
    refused("REG1", "A", longer, DIAG_TOKEN_SUFFIX);
    refused("REG1", "A", "~", DIAG_TOKEN_SUFFIX);
    refused("REG2", "A", longer, DIAG_TOKEN_SUFFIX);
    refused("REG1", "R", "nonsense~", DIAG_TOKEN_SUFFIX);
    free(text);
}

static void a_key_above_the_highest_asks_for_a_reload(void **state)
{
    struct token_body body = good_body();
    struct token_header header = good_header();
    static const struct {
        uint32_t key;
        bool needs_reload;
    } cases[] = {{0, false},
                 {ROW_TRANSPORT_GONE + 1, false},
                 {ROW_TRANSPORT_NEXT + 1, false},
                 {ROW_DOMAIN + 1, false},
                 {FIXTURE_ROW_COUNT, false},
                 {FIXTURE_ROW_COUNT + 1, true},
                 {UINT32_MAX, true}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        header.key = cases[i].key;
        char *text = sealed(header, &body);
        struct work *work = translated("REG1", "A", text);
        assert_true(fixture_has_entry(work, 0, DIAG_TOKEN_REFUSED, "A"));
        assert_int_equal(work->needs_reload, cases[i].needs_reload);
        free(text);
    }
    /* One for another registry is refused for that, and asks nothing. */
    header.registry = 2;
    char *text = sealed(header, &body);
    assert_false(translated("REG1", "A", text)->needs_reload);
    free(text);
}

static void providers_that_differ_in_a_record_are_told(void **state)
{
    struct work *work = fixture_translate(&f, "REG1", 2);
    char *a = issued(1, "REG1", "A", "999900006"), *c = issued(2, "REG1", "C", NULL);
    char *b = issued(1, "REG1", "C", NULL);
    (void)state;
    fixture_text(work, 0, "A", a);
    fixture_text(work, 0, "C", c);
    fixture_text(work, 1, "A", a);
    fixture_text(work, 1, "C", b);
    assert_ok(schuil_translate_prepare(work));
    fixture_run(work);
    assert_true(fixture_has_entry(work, 0, DIAG_PROVIDER_MIXED, ""));
    assert_int_equal(fixture_entry_count(work, 0), 1);
    assert_int_equal(work->records[0].provider, 0);
    assert_int_equal(work->records[1].provider, 1);
    assert_int_equal(work->made_count, 2);
    assert_int_equal(work->error_count, 1);
    free(a);
    free(b);
    free(c);
}

static void order_is_kept_and_one_bad_record_fails_alone(void **state)
{
    enum { COUNT = 100 };
    struct work *issue = fixture_issue(&f, 1, "REG1", COUNT, "A");
    struct work *translate = fixture_translate(&f, "REG1", COUNT);
    static const char *const bsns[] = {"999900006", "999900018", "999900031"};
    char *made[COUNT], *finals[COUNT];
    (void)state;
    for (uint32_t r = 0; r < COUNT; r++)
        fixture_person(issue, r, bsns[r % 3]);
    assert_ok(schuil_issue_prepare(issue));
    fixture_run(issue);
    for (uint32_t r = 0; r < COUNT; r++) {
        made[r] = fixture_made(issue, r, 0);
        fixture_text(translate, r, "A", r == 50 ? "T-A-broken" : made[r]);
    }
    assert_ok(schuil_translate_prepare(translate));
    fixture_run(translate);
    for (uint32_t r = 0; r < COUNT; r++)
        finals[r] = fixture_made(translate, r, 0);
    assert_null(finals[50]);
    assert_int_equal(translate->made_count, COUNT - 1);
    for (uint32_t r = 0; r < COUNT; r++) {
        if (r != 50)
            assert_string_equal(finals[r], finals[r % 3]);
        free(made[r]);
    }
    assert_string_not_equal(finals[0], finals[1]);
    for (uint32_t r = 0; r < COUNT; r++)
        free(finals[r]);
}

/* What was found for one record is not taken for the next that names another. */
static void records_that_name_other_keys_and_epochs_stand_between_good_ones(void **state)
{
    static const uint32_t keys[] = {0, ROW_TRANSPORT_GONE + 1, ROW_DOMAIN + 1, FIXTURE_ROW_COUNT};
    enum { COUNT = 2 * (COUNT_OF(keys) + 1) + 1 };
    struct work *work = fixture_translate(&f, "REG1", COUNT);
    struct token_body good = good_body(), late = good;
    char *texts[COUNT];
    (void)state;
    late.root_epoch = 9; /* no s of that epoch */
    for (uint32_t r = 0; r < COUNT; r++) {
        struct token_header header = good_header();
        bool is_late = r == COUNT - 2;
        if (r % 2 == 1 && !is_late)
            header.key = keys[r / 2];
        texts[r] = sealed(header, is_late ? &late : &good);
        fixture_text(work, r, "A", texts[r]);
    }
    assert_ok(schuil_translate_prepare(work));
    fixture_run(work);
    char *first = fixture_made(work, 0, 0);
    for (uint32_t r = 0; r < COUNT; r++) {
        char *final = fixture_made(work, r, 0);
        if (r % 2 == 0)
            assert_string_equal(final, first);
        else
            assert_true(final == NULL && fixture_has_entry(work, r, DIAG_TOKEN_REFUSED, "A"));
        free(final);
        free(texts[r]);
    }
    free(first);
}

static void a_record_without_texts_is_told(void **state)
{
    struct work *work = fixture_translate(&f, "REG1", 3);
    (void)state;
    work->records[1].is_object = false;
    assert_ok(schuil_work_diagnose(work, 2, DIAG_VALUE_SHAPE, bytes_text("A")));
    assert_ok(schuil_translate_prepare(work));
    fixture_run(work);
    assert_true(fixture_has_entry(work, 0, DIAG_RECORD_EMPTY, ""));
    assert_true(fixture_has_entry(work, 1, DIAG_RECORD_SHAPE, ""));
    assert_int_equal(fixture_entry_count(work, 2), 1);
    assert_int_equal(work->error_count, 3);
}

static void a_stopped_connection_is_told_and_an_ended_one_translates(void **state)
{
    char *text = issued(1, "REG1", "A", "999900006"), *other = issued(2, "REG1", "A", "999900006");
    (void)state;
    f.connection_states[0] = STATE_SUSPENDED;
    fixture_work_load(&f);
    refused("REG1", "A", text, DIAG_CONNECTION_STOPPED);
    char *final = final_of("REG1", "A", other);
    assert_non_null(final);
    free(final);
    f.connection_states[0] = STATE_ENDED;
    fixture_work_load(&f);
    final = final_of("REG1", "A", text);
    assert_non_null(final);
    free(final);
    f.connection_states[0] = STATE_ACTIVE;
    f.registry_state = REGISTRY_ANNOUNCED;
    fixture_work_load(&f);
    refused("REG1", "A", text, DIAG_CONNECTION_STOPPED);
    refused("REG1", "A", "T-A-broken", DIAG_TOKEN_REFUSED);
    f.registry_state = REGISTRY_LISTED;
    fixture_work_load(&f);
    free(text);
    free(other);
}

static void columns_are_types_that_exist(void **state)
{
    struct work *work = fixture_translate(&f, "REG1", 1);
    uint16_t column = 77;
    (void)state;
    assert_rc(schuil_work_column(work, bytes_text("Z"), &column), RC_INPUT_TYPE_UNKNOWN);
    assert_rc(schuil_work_column(work, bytes_text("C.1"), &column), RC_INPUT_TYPE_UNKNOWN);
    assert_rc(schuil_work_column(work, bytes_text(""), &column), RC_INPUT_TYPE_UNKNOWN);
    assert_ok(schuil_work_column(work, bytes_text("A"), &column));
    assert_int_equal(column, 0);
    assert_ok(schuil_work_column(work, bytes_text("C.2"), &column));
    assert_int_equal(column, 1);
    assert_ok(schuil_work_column(work, bytes_text("A"), &column));
    assert_int_equal(column, 0);
    assert_int_equal(work->type_count, 2);
}

static void texts_stay_when_columns_are_added(void **state)
{
    static const char *const trefs[] = {"A", "B", "C", "R", "C.2"};
    struct work *work = fixture_translate(&f, "REG1", 7);
    (void)state;
    for (uint32_t r = 0; r < 7; r++) {
        for (size_t c = 0; c < COUNT_OF(trefs); c++)
            fixture_text(work, r, trefs[c], trefs[(c + r) % COUNT_OF(trefs)]);
    }
    for (uint32_t r = 0; r < 7; r++) {
        for (size_t c = 0; c < COUNT_OF(trefs); c++)
            assert_true(
                bytes_equal(work->texts[c * 7 + r], bytes_text(trefs[(c + r) % COUNT_OF(trefs)])));
    }
}

static struct schuil_rc translate_under(size_t cap, const char *text)
{
    struct arena *small = schuil_arena_new(cap);
    struct work *work;
    uint16_t column;
    struct schuil_rc rc = schuil_work_new(small, WORK_TRANSLATE, f.snapshot, 5, &work);
    if (schuil_is_ok(rc))
        rc = schuil_work_column(work, bytes_text("A"), &column);
    if (schuil_is_ok(rc)) {
        work->registry = schuil_registry_by_code(f.snapshot, bytes_text("REG1"));
        work->domain = schuil_domain_by_number(f.snapshot, 1);
        work->now_us = f.now_us;
        for (uint32_t r = 0; r < 5; r++)
            schuil_work_set_text(work, r, column, bytes_text(r == 3 ? "no" : text));
        rc = schuil_translate_prepare(work);
    }
    schuil_arena_free(small);
    return rc;
}

static void every_allocation_that_fails_is_a_result(void **state)
{
    char *text = issued(1, "REG1", "A", "999900006");
    size_t failures = 0, cap = 0;
    (void)state;
    for (; cap < 20000; cap += 16) {
        struct schuil_rc rc = translate_under(cap, text);
        if (schuil_is_ok(rc))
            break;
        assert_rc(rc, RC_INTERNAL_MEMORY);
        failures++;
    }
    assert_true(failures > 50 && cap < 20000);
    free(text);
}

/* Last: it leaves the refreshed keys. */
static void a_refresh_moves_no_final(void **state)
{
    char *old = issued(1, "REG1", "A", "999900006");
    char *before = final_of("REG1", "A", old);
    (void)state;
    fixture_work_refresh(&f);
    char *new = issued(1, "REG1", "A", "999900006");
    struct work *work = fixture_translate(&f, "REG1", 2);
    fixture_text(work, 0, "A", old);
    fixture_text(work, 1, "A", new);
    assert_ok(schuil_translate_prepare(work));
    assert_ptr_not_equal(work->jobs[0].scalar, work->jobs[1].scalar);
    fixture_run(work);
    for (uint32_t r = 0; r < 2; r++) {
        char *after = fixture_made(work, r, 0);
        assert_string_equal(after, before);
        free(after);
    }
    free(old);
    free(new);
    free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_final_is_what_the_protocol_computes),
        cmocka_unit_test(one_person_has_one_final_in_a_domain_and_another_elsewhere),
        cmocka_unit_test(any_single_bit_that_changes_is_refused_alike),
        cmocka_unit_test(what_is_not_this_temporary_is_refused_alike),
        cmocka_unit_test(a_good_tag_does_not_excuse_the_rest),
        cmocka_unit_test(expiry_is_told_only_after_a_good_tag),
        cmocka_unit_test(a_suffix_is_told_before_anything_else),
        cmocka_unit_test(a_key_above_the_highest_asks_for_a_reload),
        cmocka_unit_test(providers_that_differ_in_a_record_are_told),
        cmocka_unit_test(order_is_kept_and_one_bad_record_fails_alone),
        cmocka_unit_test(records_that_name_other_keys_and_epochs_stand_between_good_ones),
        cmocka_unit_test(a_record_without_texts_is_told),
        cmocka_unit_test(a_stopped_connection_is_told_and_an_ended_one_translates),
        cmocka_unit_test(columns_are_types_that_exist),
        cmocka_unit_test(texts_stay_when_columns_are_added),
        cmocka_unit_test(every_allocation_that_fails_is_a_result),
        cmocka_unit_test(a_refresh_moves_no_final),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
