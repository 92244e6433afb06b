/* SPDX-License-Identifier: Apache-2.0 */
/* A file of an export or an archive, line by line. Each page begins with its signed list, which
 * says what events follow; a trail of its own judges them. Pages must follow one another: each
 * begins where the one before ended, and the last goes to the end.
 *
 *     statement (after 0, next P)  events ...  statement (after P, next 0)  events ...
 */
#include <stdlib.h>

#include "schuilnaam/engine/audit_proof.h"

struct audit_pages {
    struct audit_keys keys;
    audit_finding_fn *on_finding;
    void *arg;
    struct audit_counts counts;  /* of the pages that ended */
    struct audit_trail *trail;   /* of the page under way */
    struct audit_statement page; /* its head; without runs */
    struct audit_statement first;
    bool has_first;
    uint64_t line;
    uint8_t *scratch;
    size_t scratch_cap;
};

static void tell(struct audit_pages *p, enum audit_finding_kind kind, const char *source)
{
    struct audit_finding finding = {.kind = kind, .i = p->line, .source = source};
    p->counts.findings++;
    p->on_finding(p->arg, &finding);
}

static SCHUIL_RC scratch_need(struct audit_pages *p, size_t line_len, struct writer *ret)
{
    size_t need = 2 * line_len + 64;
    if (need > p->scratch_cap) {
        uint8_t *scratch = realloc(p->scratch, need);
        ENSURE(scratch != NULL, RC_INTERNAL_MEMORY);
        p->scratch = scratch;
        p->scratch_cap = need;
    }
    *ret = writer_over(p->scratch, p->scratch_cap);
    return SCHUIL_OK;
}

/* ---- pages ---- */

static SCHUIL_RC page_end(struct audit_pages *p)
{
    if (p->trail == NULL)
        return SCHUIL_OK;
    TRY(schuil_audit_trail_end(p->trail));
    struct audit_counts counts = schuil_audit_trail_counts(p->trail);
    p->counts.events += counts.events;
    p->counts.chains += counts.chains;
    p->counts.findings += counts.findings;
    schuil_audit_trail_free(p->trail);
    p->trail = NULL;
    return SCHUIL_OK;
}

static bool place_equal(const struct audit_place *a, const struct audit_place *b)
{
    return a->i == b->i && memcmp(a->chain, b->chain, sizeof a->chain) == 0;
}

static void order_check(struct audit_pages *p, const struct audit_statement *page)
{
    static const struct audit_place start;
    const struct audit_place *expected = p->has_first ? &p->page.next : &start;
    if (p->has_first && p->page.next.i == 0)
        tell(p, FINDING_PAGE, "another page after the last one");
    else if (!place_equal(&page->after, expected))
        tell(p, FINDING_PAGE, "one is missing before this one");
    if (p->has_first && (page->kind != p->page.kind || page->from_us != p->page.from_us ||
                         page->to_us != p->page.to_us))
        tell(p, FINDING_PAGE, "this one is of another export");
}

static void page_keep(struct audit_pages *p, const struct audit_statement *page)
{
    p->page = *page;
    p->page.runs = NULL;
    p->page.run_count = 0;
    if (!p->has_first)
        p->first = p->page;
    p->has_first = true;
}

static SCHUIL_RC page_begin(struct audit_pages *p, struct bytes text,
                            const struct audit_statement *page)
{
    if (page->kind == STATEMENT_CHECKPOINT ||
        !schuil_audit_statement_is_signed(text, page, &p->keys))
        tell(p, FINDING_STATEMENT, "the list of a page");
    order_check(p, page);
    page_keep(p, page);
    TRY(schuil_audit_trail_new(&p->keys, p->on_finding, p->arg, &p->trail));
    return schuil_audit_trail_page(p->trail, page);
}

static SCHUIL_RC statement_take(struct audit_pages *p, struct bytes text)
{
    struct audit_statement page;
    TRY(page_end(p));
    struct schuil_rc rc = schuil_audit_statement_read(text, &page);
    if (rc.code == RC_INPUT_FILE) {
        tell(p, FINDING_STATEMENT, "the list of a page");
        return SCHUIL_OK;
    }
    if (schuil_is_ok(rc))
        rc = page_begin(p, text, &page);
    schuil_audit_statement_done(&page);
    return rc;
}

/* ---- lines ---- */

static SCHUIL_RC event_take(struct audit_pages *p, struct bytes line)
{
    struct audit_entry entry;
    struct writer scratch;
    TRY(scratch_need(p, line.len, &scratch));
    if (!schuil_is_ok(schuil_audit_line_read(line, scratch, &entry)))
        tell(p, FINDING_LINE, "neither an event nor a signed list");
    else if (p->trail == NULL)
        tell(p, FINDING_LINE, "an event before any signed list");
    else
        return schuil_audit_trail_event(p->trail, &entry);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_audit_pages_line(struct audit_pages *p, struct bytes line)
{
    struct writer scratch;
    struct bytes text;
    p->line++;
    TRY(scratch_need(p, line.len, &scratch));
    if (schuil_is_ok(schuil_audit_statement_line_read(line, scratch, &text)))
        return statement_take(p, text);
    return event_take(p, line);
}

SCHUIL_RC schuil_audit_pages_end(struct audit_pages *p)
{
    TRY(page_end(p));
    if (!p->has_first)
        tell(p, FINDING_PAGE, "there is none");
    else if (p->page.next.i != 0)
        tell(p, FINDING_PAGE, "the last one is missing");
    return SCHUIL_OK;
}

/* ---- life ---- */

SCHUIL_RC schuil_audit_pages_new(const struct audit_keys *keys, audit_finding_fn *on_finding,
                                 void *arg, struct audit_pages **ret)
{
    *ret = calloc(1, sizeof **ret);
    ENSURE(*ret != NULL, RC_INTERNAL_MEMORY);
    (*ret)->keys = *keys;
    (*ret)->on_finding = on_finding;
    (*ret)->arg = arg;
    return SCHUIL_OK;
}

void schuil_audit_pages_free(struct audit_pages *p)
{
    if (p == NULL)
        return;
    schuil_audit_trail_free(p->trail);
    free(p->scratch);
    free(p);
}

struct audit_counts schuil_audit_pages_counts(const struct audit_pages *p)
{
    return p->counts;
}

bool schuil_audit_pages_span(const struct audit_pages *p, struct audit_statement *ret)
{
    *ret = p->first;
    return p->has_first;
}
