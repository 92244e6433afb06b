/* SPDX-License-Identifier: Apache-2.0 */
/* What a quota is, and the quota cell: how much of the blocks that this process reserved in the
 * database is left. Not the quota itself: that is counted in the database, so a cell can only ever
 * give less than was granted.
 *
 *     bits 63..40 day (days since 1970 UTC)   bits 39..0 records left
 *
 * One word, so day and count change together without a lock. Orders are relaxed: the cell carries
 * no other data. */
#include "policy/compare.h"
#include "snapshot_private.h"

static const char *const kind_names[QUOTA_KIND_COUNT] = {
    [QUOTA_ISSUE] = "issue",   [QUOTA_BLIND] = "blind", [QUOTA_REVERSE] = "reverse",
    [QUOTA_ROTATE] = "rotate", [QUOTA_LINK] = "link",   [QUOTA_EVALUATE] = "evaluate"};

const char *schuil_quota_kind_name(enum quota_kind kind)
{
    return kind_names[kind];
}

bool schuil_quota_kind_find(struct bytes name, enum quota_kind *ret)
{
    *ret = QUOTA_ISSUE;
    while (*ret < QUOTA_KIND_COUNT && !bytes_equal(name, bytes_text(kind_names[*ret])))
        *ret = (enum quota_kind)(*ret + 1);
    return *ret < QUOTA_KIND_COUNT;
}

static int64_t issue_per_day(const struct snapshot *s, uint32_t number)
{
    struct connection key = {.number = number};
    const struct connection *c =
        view_find(&s->policy.connection_by_number, &key, connection_number_compare);
    return c == NULL ? 0 : c->quota_day;
}

int64_t schuil_quota_per_day(const struct snapshot *s, enum quota_kind kind, uint32_t subject)
{
    struct quota key = {.kind = kind, .subject = subject};
    if (kind == QUOTA_ISSUE)
        return issue_per_day(s, subject);
    const struct quota *q = view_find(&s->policy.quota_by_subject, &key, quota_subject_compare);
    key.subject = 0;
    if (q == NULL)
        q = view_find(&s->policy.quota_by_subject, &key, quota_subject_compare);
    return q == NULL ? 0 : q->per_day;
}

enum { QUOTA_LEFT_BITS = 40 };
static const uint64_t quota_left_max = ((uint64_t)1 << QUOTA_LEFT_BITS) - 1;
static const uint32_t quota_day_max = ((uint32_t)1 << (64 - QUOTA_LEFT_BITS)) - 1;

static uint64_t cell_pack(uint32_t day, uint64_t left)
{
    return (uint64_t)day << QUOTA_LEFT_BITS | left;
}

static uint64_t cell_left(uint64_t word, uint32_t day)
{
    return word >> QUOTA_LEFT_BITS == day ? word & quota_left_max : 0;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): a failed exchange writes word */
static bool cell_swap(struct quota_cell *cell, uint64_t *word, uint64_t wanted)
{
    return atomic_compare_exchange_weak_explicit(&cell->day_left, word, wanted,
                                                 memory_order_relaxed, memory_order_relaxed);
}

bool schuil_quota_take(struct quota_cell *cell, uint32_t day, uint64_t count)
{
    uint64_t word = atomic_load_explicit(&cell->day_left, memory_order_relaxed);
    uint64_t left;
    do {
        left = cell_left(word, day);
        if (left < count)
            return false;
        if (count == 0)
            return true;
    } while (!cell_swap(cell, &word, cell_pack(day, left - count)));
    return true;
}

void schuil_quota_add(struct quota_cell *cell, uint32_t day, uint64_t count)
{
    /* A day past the packed range cannot be told from another: it gets nothing. */
    if (day > quota_day_max)
        return;
    uint64_t word = atomic_load_explicit(&cell->day_left, memory_order_relaxed);
    uint64_t left;
    do {
        left = cell_left(word, day);
        left = count > quota_left_max - left ? quota_left_max : left + count;
    } while (!cell_swap(cell, &word, cell_pack(day, left)));
}
