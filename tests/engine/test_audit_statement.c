/* SPDX-License-Identifier: Apache-2.0 */
/* engine/audit/statement.c and trust.c: signed lists of heads, and the file of public keys. */
#include "engine_unit.h"
#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/engine/audit_proof.h"

enum { TEXT_CAP = 4096 };

static struct signing_pair pair;
static struct audit_keys keys;

static int setup(void **state)
{
    static const struct signing_seed seed = {{9}};
    struct audit_key key = {.compartment = COMPARTMENT_TRANSLATE};
    (void)state;
    schuil_ed25519_pair(&seed, &pair);
    schuil_ed25519_public(&seed, key.public_part);
    return schuil_is_ok(schuil_audit_keys_add(&keys, &key)) ? 0 : -1;
}

static size_t sample_write(struct audit_run runs[3], char text[TEXT_CAP])
{
    struct audit_statement st = {.kind = STATEMENT_ARCHIVE,
                                 .compartment = COMPARTMENT_TRANSLATE,
                                 .time_us = 1790000000000001,
                                 .from_us = 5,
                                 .to_us = INT64_MAX,
                                 .after = {{1}, 7},
                                 .next = {{2}, 8},
                                 .run_count = 3,
                                 .runs = runs};
    struct writer w = writer_over(text, TEXT_CAP);
    assert_ok(schuil_audit_statement_write(&st, &pair, &w));
    assert_true(w.len <= schuil_audit_statement_cap(3));
    return w.len;
}

static void runs_make(struct audit_run runs[3])
{
    memset(runs, 0, 3 * sizeof *runs);
    runs[0] = (struct audit_run){.chain = {1}, .first = 1, .last = 4, .link = {5}};
    runs[1] = (struct audit_run){.chain = {1}, .first = 6, .before = {3}, .last = 6, .link = {4}};
    runs[2] = (struct audit_run){.chain = {2}, .first = 1, .last = INT64_MAX, .link = {6}};
}

static void a_statement_reads_back_and_is_signed(void **state)
{
    struct audit_run runs[3];
    char text[TEXT_CAP];
    struct audit_statement got;
    (void)state;
    runs_make(runs);
    size_t len = sample_write(runs, text);
    assert_ok(schuil_audit_statement_read(bytes_of(text, len), &got));
    assert_int_equal(got.kind, STATEMENT_ARCHIVE);
    assert_int_equal(got.compartment, COMPARTMENT_TRANSLATE);
    assert_true(got.time_us == 1790000000000001 && got.from_us == 5 && got.to_us == INT64_MAX);
    assert_true(got.after.i == 7 && got.after.chain[0] == 1 && got.next.i == 8);
    assert_int_equal(got.run_count, 3);
    assert_memory_equal(got.runs, runs, sizeof runs);
    assert_true(schuil_audit_statement_is_signed(bytes_of(text, len), &got, &keys));
    struct audit_keys other = keys;
    other.keys[0].compartment = COMPARTMENT_ISSUE;
    assert_false(schuil_audit_statement_is_signed(bytes_of(text, len), &got, &other));
    schuil_audit_statement_done(&got);
}

static void a_changed_byte_is_refused_or_not_signed(void **state)
{
    struct audit_run runs[3];
    char text[TEXT_CAP];
    struct audit_statement got;
    (void)state;
    runs_make(runs);
    size_t len = sample_write(runs, text);
    for (size_t at = 0; at < len; at++) {
        text[at] = (char)(text[at] ^ 1);
        struct schuil_rc rc = schuil_audit_statement_read(bytes_of(text, len), &got);
        assert_false(schuil_is_ok(rc) &&
                     schuil_audit_statement_is_signed(bytes_of(text, len), &got, &keys));
        schuil_audit_statement_done(&got);
        text[at] = (char)(text[at] ^ 1);
        assert_rc(schuil_audit_statement_read(bytes_of(text, at), &got), RC_INPUT_FILE);
        assert_null(got.runs);
    }
}

static void runs_that_cannot_be_are_refused(void **state)
{
    struct audit_run runs[3];
    struct audit_statement got;
    char text[TEXT_CAP];
    (void)state;
    for (int kind = 0; kind < 6; kind++) {
        runs_make(runs);
        if (kind == 0)
            runs[1].first = 4; /* overlaps */
        else if (kind == 1)
            runs[1].chain[0] = 0; /* not ascending */
        else if (kind == 2)
            runs[0].before[0] = 1; /* before the first event there is nothing */
        else if (kind == 3)
            memset(runs[1].before, 0, HASH_LEN);
        else if (kind == 4)
            runs[0].last = 0;
        else
            runs[0].first = 0;
        size_t len = sample_write(runs, text);
        assert_rc(schuil_audit_statement_read(bytes_of(text, len), &got), RC_INPUT_FILE);
    }
}

static void a_text_that_does_not_fit_is_not_signed(void **state)
{
    char text[64];
    struct audit_statement st = {.kind = STATEMENT_CHECKPOINT};
    struct writer w = writer_over(text, sizeof text);
    (void)state;
    assert_rc(schuil_audit_statement_write(&st, &pair, &w), RC_INTERNAL);
}

static void a_key_file_reads_back(void **state)
{
    char text[AUDIT_KEYS_TEXT_CAP];
    struct audit_keys got;
    struct writer w = writer_over(text, sizeof text);
    (void)state;
    schuil_audit_keys_write(&keys, &w);
    assert_false(w.is_full);
    assert_ok(schuil_audit_keys_read(writer_bytes(&w), &got));
    assert_int_equal(got.count, 1);
    assert_true(schuil_audit_keys_have(&got, &keys.keys[0]));
    for (size_t cut = 0; cut < w.len; cut++) {
        assert_rc(schuil_audit_keys_read(bytes_of(text, cut), &got), RC_INPUT_FILE);
        assert_int_equal(got.count, 0);
    }
    got.count = 0;
    struct audit_key key = {.compartment = COMPARTMENT_ISSUE};
    for (int i = 0; i < AUDIT_KEY_CAP; i++) {
        key.public_part[0] = (uint8_t)i;
        assert_ok(schuil_audit_keys_add(&got, &key));
        assert_ok(schuil_audit_keys_add(&got, &key));
    }
    key.public_part[1] = 1;
    assert_rc(schuil_audit_keys_add(&got, &key), RC_LIMIT_SIZE);
    w = writer_over(text, sizeof text);
    schuil_audit_keys_write(&got, &w);
    assert_false(w.is_full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_reads_back_and_is_signed),
        cmocka_unit_test(a_changed_byte_is_refused_or_not_signed),
        cmocka_unit_test(runs_that_cannot_be_are_refused),
        cmocka_unit_test(a_text_that_does_not_fit_is_not_signed),
        cmocka_unit_test(a_key_file_reads_back),
    };
    return schuil_is_ok(schuil_crypto_init()) ? cmocka_run_group_tests(tests, setup, NULL) : 1;
}
