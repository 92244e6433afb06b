/* SPDX-License-Identifier: Apache-2.0 */
/* The quota cells of a process, by kind and subject: what is left of the blocks it reserved. Taking
 * from a cell is engine/policy's; reserving blocks is state.c's.
 *
 * Invariants: cells never move and live as long as the table, for snapshots point at them. Lists
 * only grow at their front, so a look-up takes no lock; two threads that miss the same cell at once
 * end up with one, the loser's node is let go. */
#include <stdlib.h>

#include "schuilnaam/engine/store.h"

struct quota_node {
    struct quota_node *next;
    struct quota_cell cell;
};

enum { BUCKET_COUNT = 4096 };

struct quota_table {
    _Atomic(struct quota_node *) buckets[BUCKET_COUNT];
};

struct quota_table *schuil_quota_table_new(void)
{
    return calloc(1, sizeof(struct quota_table));
}

void schuil_quota_table_free(struct quota_table *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < BUCKET_COUNT; i++) {
        for (struct quota_node *n = atomic_load(&t->buckets[i]), *next; n != NULL; n = next) {
            next = n->next;
            free(n);
        }
    }
    free(t);
}

static struct quota_node *node_new(enum quota_kind kind, uint32_t subject)
{
    struct quota_node *n = calloc(1, sizeof *n);
    if (n == NULL)
        return NULL;
    n->cell.kind = kind;
    n->cell.subject = subject;
    return n;
}

static struct quota_node *node_find(struct quota_node *n, enum quota_kind kind, uint32_t subject)
{
    while (n != NULL && (n->cell.kind != kind || n->cell.subject != subject))
        n = n->next;
    return n;
}

struct quota_cell *schuil_quota_table_cell(struct quota_table *t, enum quota_kind kind,
                                           uint32_t subject)
{
    _Atomic(struct quota_node *) *bucket =
        &t->buckets[(subject * QUOTA_KIND_COUNT + kind) % BUCKET_COUNT];
    struct quota_node *first = atomic_load_explicit(bucket, memory_order_acquire);
    struct quota_node *found = node_find(first, kind, subject), *made = NULL;
    while (found == NULL) {
        if (made == NULL && (made = node_new(kind, subject)) == NULL)
            return NULL;
        made->next = first;
        if (atomic_compare_exchange_weak_explicit(bucket, &first, made, memory_order_acq_rel,
                                                  memory_order_acquire))
            return &made->cell;
        found = node_find(first, kind, subject);
    }
    free(made);
    return &found->cell;
}
