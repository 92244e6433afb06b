/* SPDX-License-Identifier: Apache-2.0 */
/* engine/audit/line.c: an event as a line of JSON and back. */
#include "engine_unit.h"
#include "fixture_audit.h"

enum { LINE_CAP = 8192 };

static size_t line_of(const struct audit_entry *e, char *ret)
{
    struct writer w = writer_over(ret, LINE_CAP);
    assert_ok(schuil_audit_line_write(e, &w));
    assert_false(w.is_full);
    assert_true(w.len <= schuil_audit_line_cap(e));
    return w.len;
}

static void a_line_reads_back_to_the_same_cells(void **state)
{
    struct fixture_chain f;
    char line[LINE_CAP], scratch[2 * LINE_CAP + 64];
    struct audit_entry got;
    (void)state;
    fixture_chain_make(&f, 1, 12, "{\"heads\":[]}");
    for (size_t i = 0; i < f.count; i++) {
        const struct audit_entry *e = &f.entries[i];
        size_t len = line_of(e, line);
        assert_ok(schuil_audit_line_read(bytes_of(line, len - 1),
                                         writer_over(scratch, sizeof scratch), &got));
        assert_int_equal(got.i, e->i);
        assert_memory_equal(got.chain, e->chain, sizeof e->chain);
        assert_memory_equal(got.link, e->link, sizeof e->link);
        assert_memory_equal(got.signature, e->signature, sizeof e->signature);
        assert_int_equal(got.is_signed, e->is_signed);
        for (size_t c = 0; c < AUDIT_COL_COUNT; c++) {
            assert_int_equal(got.cells[c].is_null, e->cells[c].is_null);
            assert_true(got.cells[c].is_null || bytes_equal(got.cells[c].value, e->cells[c].value));
        }
    }
    fixture_chain_done(&f);
}

static void the_line_has_the_shape_that_is_documented(void **state)
{
    struct fixture_chain f;
    char line[LINE_CAP + 1];
    (void)state;
    fixture_chain_make(&f, 0xab, 4, NULL);
    line[line_of(&f.entries[3], line)] = '\0';
    static const char start[] =
        "{\"chain\":\"abababababababababababababababab\",\"i\":4,\"event\":{\"eventID\":200,"
        "\"eventName\":\"ISSUE\",\"eventDateTime\":\"2026-09-21T14:13:20.123459Z\","
        "\"eventOutcomeIndicator\":\"ok\",\"eventOutcomeStatus\":200},"
        "\"user\":{\"userID\":null,\"alternativeUserID\":3,\"responsibleUserID\":null,"
        "\"roleIDCode\":\"provider\",\"userPurposeOfUse\":null,"
        "\"networkAccessPointTypeCode\":\"api\",\"networkAccessPointID\":"
        "\"a \\\"quoted\\\" \\\\ and\\u000a\\u0001 \x7f caf\xc3\xa9\"},"
        "\"object\":{\"participantObjectID\":null,\"pseudonymTypes\":null,\"recordsAsked\":3,"
        "\"recordsMade\":0,\"recordsFailed\":0,\"keyNumbers\":[1,22,4294967295],"
        "\"participantObjectDetail\":null},\"auditSource\":{\"auditSourceID\":\"\","
        "\"auditSourceTypeCode\":\"issue\",\"requestID\":null},\"link\":\"";
    line[strlen(start)] = '\0';
    assert_string_equal(line, start);
    fixture_chain_done(&f);
}

/* A line with one byte changed is refused, or says something else and is its own only form. */
static void no_other_text_means_the_same(void **state)
{
    struct fixture_chain f;
    char line[LINE_CAP], again[LINE_CAP], scratch[2 * LINE_CAP + 64];
    struct audit_entry got;
    size_t taken = 0;
    (void)state;
    fixture_chain_make(&f, 1, 12, NULL);
    size_t len = line_of(&f.entries[11], line) - 1;
    for (size_t at = 0; at < len; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            line[at] = (char)(line[at] ^ (1 << bit));
            if (schuil_is_ok(schuil_audit_line_read(bytes_of(line, len),
                                                    writer_over(scratch, sizeof scratch), &got))) {
                assert_int_equal(line_of(&got, again), len + 1);
                assert_memory_equal(again, line, len);
                taken++;
            }
            line[at] = (char)(line[at] ^ (1 << bit));
        }
    }
    assert_true(taken > 100);
    for (size_t cut = 0; cut < len; cut++)
        assert_rc(
            schuil_audit_line_read(bytes_of(line, cut), writer_over(scratch, sizeof scratch), &got),
            RC_INPUT_FILE);
    fixture_chain_done(&f);
}

static void times_are_exact_over_the_centuries(void **state)
{
    static const struct {
        const char *us, *text;
    } times[] = {
        {"0", "\"1970-01-01T00:00:00.000000Z\""},
        {"951782399999999", "\"2000-02-28T23:59:59.999999Z\""},
        {"951782400000000", "\"2000-02-29T00:00:00.000000Z\""},
        {"4107542400000000", "\"2100-03-01T00:00:00.000000Z\""},
        {"253402300799999999", "\"9999-12-31T23:59:59.999999Z\""},
    };
    struct fixture_chain f;
    char line[LINE_CAP], scratch[2 * LINE_CAP + 64];
    struct audit_entry got;
    (void)state;
    fixture_chain_make(&f, 1, 1, NULL);
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        f.entries[0].cells[AUDIT_COL_time].value = bytes_text(times[i].us);
        size_t len = line_of(&f.entries[0], line);
        line[len - 1] = '\0';
        assert_non_null(strstr(line, times[i].text));
        assert_ok(schuil_audit_line_read(bytes_of(line, len - 1),
                                         writer_over(scratch, sizeof scratch), &got));
        assert_true(bytes_equal(got.cells[AUDIT_COL_time].value, bytes_text(times[i].us)));
    }
    fixture_chain_done(&f);
}

static void what_no_event_holds_is_not_written(void **state)
{
    static const struct {
        enum audit_column column;
        const char *value;
    } bad[] = {
        {AUDIT_COL_time, "infinity"},
        {AUDIT_COL_time, "-1"},
        {AUDIT_COL_time, "253402300800000000"},
        {AUDIT_COL_time, "9999999999999999999"},
        {AUDIT_COL_status, "2x"},
        {AUDIT_COL_status, ""},
        {AUDIT_COL_asked, "-0"},
        {AUDIT_COL_asked, "01"},
        {AUDIT_COL_key_numbers, "\x01\x01x"},
        {AUDIT_COL_types, "\x01"},
    };
    struct fixture_chain f;
    char line[LINE_CAP];
    (void)state;
    fixture_chain_make(&f, 1, 1, NULL);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct audit_entry e = f.entries[0];
        struct writer w = writer_over(line, sizeof line);
        e.cells[bad[i].column] = (struct audit_cell){.value = bytes_text(bad[i].value)};
        assert_rc(schuil_audit_line_write(&e, &w), RC_STORE_DATA);
    }
    struct writer w = writer_over(line, sizeof line);
    f.entries[0].is_unreadable = true;
    assert_rc(schuil_audit_line_write(&f.entries[0], &w), RC_STORE_DATA);
    fixture_chain_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_reads_back_to_the_same_cells),
        cmocka_unit_test(the_line_has_the_shape_that_is_documented),
        cmocka_unit_test(no_other_text_means_the_same),
        cmocka_unit_test(times_are_exact_over_the_centuries),
        cmocka_unit_test(what_no_event_holds_is_not_written),
    };
    return schuil_is_ok(schuil_crypto_init()) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
