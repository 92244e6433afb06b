/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier of audit chains. It sees each event once, in the order (chain, i), and holds beside
 * the chain under way only what others say about chains: claims (heads named by checkpoints and by
 * the first events of chains) and runs (archived events that a signed statement stands in for).
 *
 *     claims  ----------c1----c2------c3      both sorted as the events are, and walked
 *     runs    [1 .. 40]          [90 .. 99]   with them: a merge of three
 *     events            41 ... 89         100 ...
 *
 * After a finding the stored link is taken for good, so that further damage is named as well.
 * Source: PROTOCOL section 7. */
#include <assert.h>
#include <stdlib.h>

#include "audit/scan.h"
#include "schuilnaam/engine/audit_proof.h"

enum { BREAK_CAP = 16, TOLD_CAP = 20, COMPACT_COUNT = 4096 };

static const char BY_CHAIN[] = "a later chain";
static const char BY_CHECKPOINT[] = "a checkpoint";
static const char BY_PAGE[] = "the signed list of its page";

struct claim {
    struct audit_place place;
    uint8_t link[HASH_LEN];
    const char *source;
};

/* Where a chain is broken: an event found elsewhere may be the one that belongs here. */
struct chain_break {
    uint64_t i;
    uint8_t before[HASH_LEN];
};

struct audit_trail {
    struct audit_keys keys;
    audit_finding_fn *on_finding;
    void *arg;
    struct audit_counts counts;
    struct claim *claims;
    size_t claim_count, claim_cap, claim_at, compact_at;
    struct audit_run *runs;
    size_t run_count, run_at;
    bool is_sorted;
    /* the chain under way */
    bool has_chain, is_signed; /* is_signed: its last event is */
    struct audit_chain at;
    uint64_t told; /* findings in this chain */
    size_t break_count;
    struct chain_break breaks[BREAK_CAP];
};

/* ---- findings ---- */

static const struct finding_row {
    const char *name, *text;
} finding_rows[FINDING_COUNT] = {
#define AUDIT_FINDING(name, damage, text) [FINDING_##name] = {#name, text},
#include "schuilnaam/audit_findings.def"
#undef AUDIT_FINDING
};

const char *schuil_audit_finding_name(enum audit_finding_kind kind)
{
    return finding_rows[kind].name;
}

void schuil_audit_finding_text(const struct audit_finding *finding, char *ret, size_t cap)
{
    struct writer w = writer_over(ret, cap - 1);
    for (const char *at = finding_rows[finding->kind].text; *at != '\0'; at++) {
        if (at[0] != '%') {
            put_u8(&w, (uint8_t)*at);
            continue;
        }
        at++;
        if (*at == 'N')
            put_decimal(&w, (int64_t)finding->number);
        else
            put_text(&w, finding->source == NULL ? "" : finding->source);
    }
    ret[w.len] = '\0';
}

void schuil_audit_trail_tell(struct audit_trail *t, const struct audit_finding *finding)
{
    t->counts.findings++;
    t->on_finding(t->arg, finding);
}

static void tell_of(struct audit_trail *t, enum audit_finding_kind kind, uint64_t i,
                    uint64_t number, const char *source)
{
    struct audit_finding finding = {.kind = kind, .i = i, .number = number, .source = source};
    memcpy(finding.chain, t->at.chain, sizeof finding.chain);
    if (++t->told <= TOLD_CAP)
        schuil_audit_trail_tell(t, &finding);
    else
        t->counts.findings++;
}

static void tell(struct audit_trail *t, enum audit_finding_kind kind, uint64_t i)
{
    tell_of(t, kind, i, 0, NULL);
}

/* ---- what is known from elsewhere ---- */

static int place_compare(const struct audit_place *a, const struct audit_place *b)
{
    int order = memcmp(a->chain, b->chain, sizeof a->chain);
    return order != 0 ? order : (a->i > b->i) - (a->i < b->i);
}

static int claim_compare(const void *left, const void *right)
{
    const struct claim *a = left, *b = right;
    int order = place_compare(&a->place, &b->place);
    return order != 0 ? order : memcmp(a->link, b->link, sizeof a->link);
}

static int run_compare(const void *left, const void *right)
{
    const struct audit_run *a = left, *b = right;
    int order = memcmp(a->chain, b->chain, sizeof a->chain);
    return order != 0 ? order : (a->first > b->first) - (a->first < b->first);
}

/* Sort, and keep one of each: every chain names the same old heads again. */
static void claims_compact(struct audit_trail *t)
{
    size_t kept = 0;
    if (t->claim_count > 0)
        qsort(t->claims, t->claim_count, sizeof *t->claims, claim_compare);
    for (size_t i = 0; i < t->claim_count; i++)
        if (kept == 0 || claim_compare(&t->claims[kept - 1], &t->claims[i]) != 0)
            t->claims[kept++] = t->claims[i];
    t->claim_count = kept;
    t->compact_at = 2 * kept > COMPACT_COUNT ? 2 * kept : COMPACT_COUNT;
}

static SCHUIL_RC claims_room(struct audit_trail *t)
{
    if (t->claim_count >= t->compact_at)
        claims_compact(t);
    if (t->claim_count < t->claim_cap)
        return SCHUIL_OK;
    size_t cap = t->claim_cap == 0 ? 256 : 2 * t->claim_cap;
    struct claim *claims = realloc(t->claims, cap * sizeof *claims);
    ENSURE(claims != NULL, RC_INTERNAL_MEMORY);
    t->claims = claims;
    t->claim_cap = cap;
    return SCHUIL_OK;
}

SCHUIL_RC schuil_audit_trail_claim(struct audit_trail *t, const uint8_t chain[CHAIN_ID_LEN],
                                   uint64_t i, const uint8_t link[HASH_LEN], const char *source)
{
    TRY(claims_room(t));
    struct claim *claim = &t->claims[t->claim_count++];
    claim->place.i = i;
    claim->source = source;
    memcpy(claim->place.chain, chain, CHAIN_ID_LEN);
    memcpy(claim->link, link, HASH_LEN);
    return SCHUIL_OK;
}

/* {"heads":[["CHAIN",I,"LINK"],...],"omitted":N}: what engine/store/state.c has the database write.
 */
static void head_scan(struct scan *s, struct audit_place *place, uint8_t link[HASH_LEN])
{
    scan_literal(s, "[\"");
    scan_hex(s, place->chain, sizeof place->chain);
    scan_literal(s, "\",");
    place->i = scan_decimal(s);
    scan_literal(s, ",\"");
    scan_hex(s, link, HASH_LEN);
    scan_literal(s, "\"]");
}

SCHUIL_RC schuil_audit_trail_heads(struct audit_trail *t, struct bytes detail)
{
    struct scan s = scan_over(detail);
    struct audit_place place;
    uint8_t link[HASH_LEN];
    if (!scan_try(&s, "{\"heads\":[") || scan_try(&s, "]"))
        return SCHUIL_OK;
    do {
        head_scan(&s, &place, link);
        if (s.is_bad)
            return SCHUIL_OK;
        TRY(schuil_audit_trail_claim(t, place.chain, place.i, link, BY_CHAIN));
    } while (scan_try(&s, ","));
    return SCHUIL_OK;
}

static SCHUIL_RC runs_add(struct audit_trail *t, const struct audit_statement *statement)
{
    size_t count = t->run_count + statement->run_count;
    if (statement->run_count == 0)
        return SCHUIL_OK;
    struct audit_run *runs = realloc(t->runs, count * sizeof *runs);
    ENSURE(runs != NULL, RC_INTERNAL_MEMORY);
    memcpy(runs + t->run_count, statement->runs, statement->run_count * sizeof *runs);
    t->runs = runs;
    t->run_count = count;
    return SCHUIL_OK;
}

static SCHUIL_RC statement_take(struct audit_trail *t, const struct audit_statement *statement)
{
    if (statement->kind == STATEMENT_ARCHIVE)
        return runs_add(t, statement);
    for (size_t i = 0; i < statement->run_count; i++) {
        const struct audit_run *run = &statement->runs[i];
        TRY(schuil_audit_trail_claim(t, run->chain, run->last, run->link, BY_CHECKPOINT));
    }
    return SCHUIL_OK;
}

SCHUIL_RC schuil_audit_trail_statement(struct audit_trail *t, struct bytes text, const char *name)
{
    struct audit_statement statement;
    struct schuil_rc rc = schuil_audit_statement_read(text, &statement);
    if (schuil_is_ok(rc) && schuil_audit_statement_is_signed(text, &statement, &t->keys)) {
        rc = statement_take(t, &statement);
    } else if (schuil_is_ok(rc) || rc.code == RC_INPUT_FILE) {
        struct audit_finding finding = {.kind = FINDING_STATEMENT, .source = name};
        schuil_audit_trail_tell(t, &finding);
        rc = SCHUIL_OK;
    }
    schuil_audit_statement_done(&statement);
    return rc;
}

/* Before each run of the page stands what the page does not hold, as if it were archived. */
SCHUIL_RC schuil_audit_trail_page(struct audit_trail *t, const struct audit_statement *page)
{
    if (page->run_count == 0)
        return SCHUIL_OK;
    t->runs = calloc(page->run_count, sizeof *t->runs);
    ENSURE(t->runs != NULL, RC_INTERNAL_MEMORY);
    for (size_t i = 0; i < page->run_count; i++) {
        const struct audit_run *run = &page->runs[i], *other = i == 0 ? NULL : &page->runs[i - 1];
        bool follows = other != NULL && memcmp(other->chain, run->chain, CHAIN_ID_LEN) == 0;
        TRY(schuil_audit_trail_claim(t, run->chain, run->last, run->link, BY_PAGE));
        if (run->first == 1)
            continue;
        struct audit_run *gap = &t->runs[t->run_count++];
        *gap = (struct audit_run){.first = follows ? other->last + 1 : 1, .last = run->first - 1};
        memcpy(gap->chain, run->chain, CHAIN_ID_LEN);
        memcpy(gap->link, run->before, HASH_LEN);
        if (follows)
            memcpy(gap->before, other->link, HASH_LEN);
    }
    return SCHUIL_OK;
}

static void known_sort(struct audit_trail *t)
{
    if (t->is_sorted)
        return;
    claims_compact(t);
    if (t->run_count > 0)
        qsort(t->runs, t->run_count, sizeof *t->runs, run_compare);
    t->is_sorted = true;
}

/* ---- one chain ---- */

static bool is_of_chain(const struct audit_trail *t, const uint8_t *chain)
{
    return memcmp(chain, t->at.chain, CHAIN_ID_LEN) == 0;
}

static const struct claim *claim_next(const struct audit_trail *t)
{
    return t->claim_at < t->claim_count ? &t->claims[t->claim_at] : NULL;
}

static const struct audit_run *run_next(const struct audit_trail *t)
{
    return t->run_at < t->run_count ? &t->runs[t->run_at] : NULL;
}

/* Claims up to event i, which has this link. Those in between lie within an archive, whose end
 * speaks for them, or among what was told to be missing. True: a page's list, which is signed,
 * ends with this event. */
static bool claims_pass(struct audit_trail *t, uint64_t i, const uint8_t *link)
{
    const struct claim *c;
    bool is_vouched = false;
    for (; (c = claim_next(t)) != NULL && is_of_chain(t, c->place.chain) && c->place.i <= i;
         t->claim_at++) {
        if (c->place.i == i && memcmp(c->link, link, HASH_LEN) != 0)
            tell_of(t, FINDING_REWRITTEN, i, 0, c->source);
        is_vouched |= c->place.i == i && c->source == BY_PAGE;
    }
    return is_vouched;
}

static void break_note(struct audit_trail *t, uint64_t i)
{
    if (t->break_count == BREAK_CAP)
        return;
    struct chain_break *b = &t->breaks[t->break_count++];
    b->i = i;
    memcpy(b->before, t->at.link, sizeof b->before);
}

static void gap_tell(struct audit_trail *t, uint64_t next)
{
    break_note(t, t->at.i + 1);
    tell_of(t, FINDING_MISSING, t->at.i + 1, next - 1, NULL);
}

static void at_set(struct audit_trail *t, uint64_t i, const uint8_t *link, bool is_signed)
{
    t->at.i = i;
    memcpy(t->at.link, link, HASH_LEN);
    t->is_signed = is_signed;
}

static void run_take(struct audit_trail *t, const struct audit_run *run)
{
    if (run->first <= t->at.i)
        tell(t, FINDING_DOUBLE, run->first);
    else if (run->first > t->at.i + 1)
        gap_tell(t, run->first);
    else if (memcmp(run->before, t->at.link, HASH_LEN) != 0)
        tell(t, FINDING_ARCHIVE_MISFIT, run->first);
    t->counts.archived += run->last - run->first + 1;
    (void)claims_pass(t, run->last, run->link);
    at_set(t, run->last, run->link, true);
}

/* The archived runs of this chain that begin at or before event i. */
static void runs_take(struct audit_trail *t, uint64_t i)
{
    const struct audit_run *run;
    while ((run = run_next(t)) != NULL && is_of_chain(t, run->chain) && run->first <= i) {
        t->run_at++;
        run_take(t, run);
    }
}

static void chain_close(struct audit_trail *t)
{
    const struct claim *last = NULL;
    if (!t->has_chain)
        return;
    runs_take(t, UINT64_MAX);
    if (t->at.i > 0 && !t->is_signed)
        tell(t, FINDING_UNSIGNED_TAIL, t->at.i);
    for (const struct claim *c; (c = claim_next(t)) != NULL && is_of_chain(t, c->place.chain);
         t->claim_at++)
        last = c;
    if (last != NULL)
        tell_of(t, t->at.i == 0 ? FINDING_GONE : FINDING_CUT, last->place.i, 0, last->source);
    t->counts.chains += t->at.i > 0 ? 1 : 0;
    if (t->told > TOLD_CAP) {
        uint64_t more = t->told - TOLD_CAP;
        t->told = 0;
        tell_of(t, FINDING_MORE, t->at.i, more, NULL);
        t->counts.findings--;
    }
}

static void chain_open(struct audit_trail *t, const uint8_t *chain)
{
    assert(chain != NULL);
    chain_close(t);
    t->has_chain = true;
    t->is_signed = false;
    t->told = 0;
    t->break_count = 0;
    t->at = (struct audit_chain){.i = 0};
    memcpy(t->at.chain, chain, CHAIN_ID_LEN);
}

/* The lowest chain that claims or runs still name, or NULL. */
static const uint8_t *chain_known(const struct audit_trail *t)
{
    const struct claim *claim = claim_next(t);
    const struct audit_run *run = run_next(t);
    if (claim == NULL || run == NULL)
        return claim != NULL ? claim->place.chain : run != NULL ? run->chain : NULL;
    bool is_claim = memcmp(claim->place.chain, run->chain, CHAIN_ID_LEN) <= 0;
    return is_claim ? claim->place.chain : run->chain;
}

/* Chains that are named but have no event here, up to this one (NULL: all). */
static void chains_pass(struct audit_trail *t, const uint8_t *until)
{
    const uint8_t *known;
    chain_close(t);
    t->has_chain = false;
    while ((known = chain_known(t)) != NULL &&
           (until == NULL || memcmp(known, until, CHAIN_ID_LEN) < 0)) {
        chain_open(t, known);
        chain_close(t);
        t->has_chain = false;
    }
}

/* ---- one event ---- */

/* Only the compartment that the event names may have signed it. */
static bool signature_is_good(const struct audit_trail *t, const struct audit_entry *e)
{
    enum compartment home;
    const struct audit_cell *cell = &e->cells[AUDIT_COL_compartment];
    if (e->is_unreadable || cell->is_null || !schuil_compartment_parse(cell->value, &home))
        return false;
    for (size_t k = 0; k < t->keys.count; k++)
        if (t->keys.keys[k].compartment == home &&
            schuil_audit_head_verify(e->chain, e->i, e->link, t->keys.keys[k].public_part,
                                     e->signature))
            return true;
    return false;
}

/* Whether the event would follow from that link as that number. */
static SCHUIL_RC link_fits(const struct audit_entry *e, uint64_t i, const uint8_t *before,
                           bool *ret)
{
    uint8_t link[HASH_LEN];
    TRY(schuil_audit_link(e->chain, before, i, e->cells, link));
    *ret = memcmp(link, e->link, HASH_LEN) == 0;
    return SCHUIL_OK;
}

/* Whether it is an event that belongs where the chain is broken. */
static SCHUIL_RC moved_find(const struct audit_trail *t, const struct audit_entry *e, uint64_t *ret)
{
    bool fits = false;
    *ret = 0;
    for (size_t b = 0; b < t->break_count && !fits; b++) {
        TRY(link_fits(e, t->breaks[b].i, t->breaks[b].before, &fits));
        *ret = fits ? t->breaks[b].i : 0;
    }
    return SCHUIL_OK;
}

static SCHUIL_RC link_check(struct audit_trail *t, const struct audit_entry *e)
{
    bool fits;
    uint64_t moved;
    if (e->is_unreadable) {
        break_note(t, e->i);
        tell(t, FINDING_VALUE, e->i);
        return SCHUIL_OK;
    }
    TRY(link_fits(e, e->i, t->at.link, &fits));
    if (fits)
        return SCHUIL_OK;
    TRY(moved_find(t, e, &moved));
    tell_of(t, moved != 0 ? FINDING_MOVED : FINDING_CHANGED, e->i, moved, NULL);
    break_note(t, e->i);
    return SCHUIL_OK;
}

/* What stood before is not known, so the link cannot be checked. */
static SCHUIL_RC number_check(struct audit_trail *t, const struct audit_entry *e)
{
    uint64_t moved = 0;
    if (!e->is_unreadable)
        TRY(moved_find(t, e, &moved));
    if (e->i <= t->at.i)
        tell(t, FINDING_DOUBLE, e->i);
    else
        gap_tell(t, e->i);
    if (moved != 0)
        tell_of(t, FINDING_MOVED, e->i, moved, NULL);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_audit_trail_event(struct audit_trail *t, const struct audit_entry *e)
{
    known_sort(t);
    if (!t->has_chain || !is_of_chain(t, e->chain)) {
        chains_pass(t, e->chain);
        chain_open(t, e->chain);
    }
    runs_take(t, e->i);
    t->counts.events++;
    TRY(e->i == t->at.i + 1 ? link_check(t, e) : number_check(t, e));
    if (e->is_signed && !signature_is_good(t, e))
        tell(t, FINDING_SIGNATURE, e->i);
    bool is_vouched = claims_pass(t, e->i, e->link);
    at_set(t, e->i, e->link, e->is_signed || is_vouched);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_audit_trail_end(struct audit_trail *t)
{
    known_sort(t);
    chains_pass(t, NULL);
    return SCHUIL_OK;
}

/* ---- life ---- */

SCHUIL_RC schuil_audit_trail_new(const struct audit_keys *keys, audit_finding_fn *on_finding,
                                 void *arg, struct audit_trail **ret)
{
    *ret = calloc(1, sizeof **ret);
    ENSURE(*ret != NULL, RC_INTERNAL_MEMORY);
    (*ret)->keys = *keys;
    (*ret)->on_finding = on_finding;
    (*ret)->arg = arg;
    (*ret)->compact_at = COMPACT_COUNT;
    return SCHUIL_OK;
}

void schuil_audit_trail_free(struct audit_trail *t)
{
    if (t == NULL)
        return;
    free(t->claims);
    free(t->runs);
    free(t);
}

struct audit_counts schuil_audit_trail_counts(const struct audit_trail *t)
{
    return t->counts;
}
