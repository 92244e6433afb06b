/* SPDX-License-Identifier: Apache-2.0 */
/* Texts about the audit trail: a line of an export, a statement, a file of keys. What is read would
 * be written as the same bytes; a head line of a chain's first event is taken or passed over. */
#include "fuzz.h"
#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/engine/audit_proof.h"

static void check_line(struct bytes text)
{
    struct audit_entry entry;
    size_t cap = 2 * text.len + 64;
    uint8_t *scratch = malloc(cap);
    FUZZ_CHECK(scratch != NULL);
    if (schuil_is_ok(schuil_audit_line_read(text, writer_over(scratch, cap), &entry))) {
        size_t again_cap = schuil_audit_line_cap(&entry);
        struct writer w = writer_over(malloc(again_cap), again_cap);
        FUZZ_CHECK(schuil_is_ok(schuil_audit_line_write(&entry, &w)) && !w.is_full);
        FUZZ_CHECK(w.len == text.len + 1 && bytes_equal(bytes_of(w.data, text.len), text));
        free(w.data);
    }
    free(scratch);
}

static void check_statement(struct bytes text)
{
    static struct signing_pair pair;
    struct audit_statement statement;
    enum { SIGNATURE_LEN = 128 + 1 };
    if (!schuil_is_ok(schuil_audit_statement_read(text, &statement)))
        return;
    size_t cap = schuil_audit_statement_cap(statement.run_count);
    struct writer w = writer_over(malloc(cap), cap);
    FUZZ_CHECK(schuil_is_ok(schuil_audit_statement_write(&statement, &pair, &w)));
    FUZZ_CHECK(w.len == text.len && text.len > SIGNATURE_LEN);
    FUZZ_CHECK(memcmp(w.data, text.data, text.len - SIGNATURE_LEN) == 0);
    free(w.data);
    schuil_audit_statement_done(&statement);
}

static void on_finding(void *arg, const struct audit_finding *finding)
{
    (void)arg;
    (void)finding;
}

static void check_heads(struct bytes text)
{
    static const struct audit_keys none;
    struct audit_trail *trail;
    FUZZ_CHECK(schuil_is_ok(schuil_audit_trail_new(&none, on_finding, NULL, &trail)));
    FUZZ_CHECK(schuil_is_ok(schuil_audit_trail_heads(trail, text)));
    FUZZ_CHECK(schuil_is_ok(schuil_audit_trail_end(trail)));
    schuil_audit_trail_free(trail);
}

/* The text as the lines of a file: whatever it is, the verifier comes to an end and says something
 * of it, as nobody can sign for no key. */
static void check_pages(struct bytes text)
{
    static const struct audit_keys none;
    struct audit_pages *pages;
    FUZZ_CHECK(schuil_is_ok(schuil_audit_pages_new(&none, on_finding, NULL, &pages)));
    for (struct bytes rest = text; rest.len > 0;) {
        const uint8_t *end = memchr(rest.data, '\n', rest.len);
        size_t len = end == NULL ? rest.len : (size_t)(end - rest.data);
        FUZZ_CHECK(schuil_is_ok(schuil_audit_pages_line(pages, bytes_of(rest.data, len))));
        len += end == NULL ? 0 : 1;
        rest = bytes_of(rest.data + len, rest.len - len);
    }
    FUZZ_CHECK(schuil_is_ok(schuil_audit_pages_end(pages)));
    FUZZ_CHECK(schuil_audit_pages_counts(pages).findings > 0);
    schuil_audit_pages_free(pages);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes text = bytes_of(data, len);
    struct audit_keys keys;
    if (schuil_is_ok(schuil_audit_keys_read(text, &keys)))
        FUZZ_CHECK(keys.count > 0 && keys.count <= AUDIT_KEY_CAP);
    check_line(text);
    check_statement(text);
    check_heads(text);
    check_pages(text);
    return 0;
}
