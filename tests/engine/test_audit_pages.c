/* SPDX-License-Identifier: Apache-2.0 */
/* engine/audit/pages.c: files of exports, also of the middle of chains; what the integration tests
 * cannot make fail: memory. Damage of each kind: tests/integration/test_audit_export.py. */
#include "engine_unit.h"
#include "fixture_audit.h"

void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

static int fails_at; /* the allocation that fails, counting down; 0: none */
static size_t finding_count;
static enum audit_finding_kind first_kind;

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

static void on_finding(void *arg, const struct audit_finding *finding)
{
    (void)arg;
    if (finding_count++ == 0)
        first_kind = finding->kind;
}

enum { COUNT = 10, LINE_CAP = 8192 };

/* Events first .. last without those of skip, as one page. */
struct page {
    uint64_t first, last, skip;
    enum audit_statement_kind kind;
};

static size_t runs_make(const struct fixture_chain *f, const struct page *page,
                        struct audit_run ret[2])
{
    size_t count = 0;
    for (uint64_t i = page->first; i <= page->last; i++) {
        if (i == page->skip)
            continue;
        if (count == 0 || ret[count - 1].last != i - 1) {
            ret[count] = (struct audit_run){.first = i};
            memcpy(ret[count].chain, f->entries[0].chain, CHAIN_ID_LEN);
            if (i > 1)
                memcpy(ret[count].before, f->entries[i - 2].link, HASH_LEN);
            count++;
        }
        ret[count - 1].last = i;
        memcpy(ret[count - 1].link, f->entries[i - 1].link, HASH_LEN);
    }
    return count;
}

static struct schuil_rc page_feed(const struct fixture_chain *f, const struct page *page,
                                  struct audit_pages *pages)
{
    char text[LINE_CAP], line[LINE_CAP];
    struct audit_run runs[2];
    struct audit_statement st = {
        .kind = page->kind, .compartment = COMPARTMENT_ISSUE, .runs = runs};
    struct writer w = writer_over(text, sizeof text), l = writer_over(line, sizeof line);
    st.run_count = runs_make(f, page, runs);
    assert_ok(schuil_audit_statement_write(&st, &f->pair, &w));
    schuil_audit_statement_line_write(writer_bytes(&w), &l);
    assert_false(l.is_full);
    TRY(schuil_audit_pages_line(pages, bytes_of(line, l.len - 1)));
    for (uint64_t i = page->first; i <= page->last; i++) {
        if (i == page->skip)
            continue;
        l = writer_over(line, sizeof line);
        assert_ok(schuil_audit_line_write(&f->entries[i - 1], &l));
        TRY(schuil_audit_pages_line(pages, bytes_of(line, l.len - 1)));
    }
    return schuil_audit_pages_end(pages);
}

static struct schuil_rc file_judge(const struct page *page, uint64_t *ret_events)
{
    struct fixture_chain f;
    struct audit_pages *pages = NULL;
    struct audit_statement span;
    int fails = fails_at;
    fails_at = 0;
    finding_count = 0;
    fixture_chain_make(&f, 5, COUNT, NULL);
    fails_at = fails;
    struct schuil_rc rc = schuil_audit_pages_new(&f.keys, on_finding, NULL, &pages);
    if (schuil_is_ok(rc)) {
        rc = page_feed(&f, page, pages);
        *ret_events = schuil_audit_pages_counts(pages).events;
        assert_int_equal(schuil_audit_pages_counts(pages).findings, finding_count);
        assert_true(!schuil_is_ok(rc) || schuil_audit_pages_span(pages, &span));
    }
    schuil_audit_pages_free(pages);
    fixture_chain_done(&f);
    return rc;
}

/* Event 5 is signed by none but the list: transactions are of two events. */
static void any_stretch_of_a_chain_verifies(void **state)
{
    static const struct page files[] = {
        {1, COUNT, 0, STATEMENT_EXPORT}, {1, 5, 0, STATEMENT_EXPORT},  {4, 9, 0, STATEMENT_ARCHIVE},
        {2, 9, 5, STATEMENT_EXPORT},     {1, 9, 5, STATEMENT_ARCHIVE}, {5, 4, 0, STATEMENT_EXPORT},
    };
    uint64_t events;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        assert_ok(file_judge(&files[i], &events));
        assert_int_equal(finding_count, 0);
        assert_int_equal(events, files[i].last + 1 - files[i].first - (files[i].skip > 0 ? 1 : 0));
    }
}

static void a_checkpoint_is_no_page(void **state)
{
    static const struct page file = {1, COUNT, 0, STATEMENT_CHECKPOINT};
    uint64_t events;
    (void)state;
    assert_ok(file_judge(&file, &events));
    assert_true(finding_count == 1 && first_kind == FINDING_STATEMENT);
}

static void no_memory_is_told(void **state)
{
    static const struct page file = {3, 9, 6, STATEMENT_EXPORT};
    uint64_t events;
    int failures = 0;
    (void)state;
    for (int at = 1;; at++) {
        fails_at = at;
        struct schuil_rc rc = file_judge(&file, &events);
        bool was_reached = fails_at == 0;
        fails_at = 0;
        if (!was_reached)
            break;
        assert_rc(rc, RC_INTERNAL_MEMORY);
        failures++;
    }
    assert_true(failures >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_stretch_of_a_chain_verifies),
        cmocka_unit_test(a_checkpoint_is_no_page),
        cmocka_unit_test(no_memory_is_told),
    };
    return schuil_is_ok(schuil_crypto_init()) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
