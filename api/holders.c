/* SPDX-License-Identifier: Apache-2.0 */
/* A counter for each organisation that ever came, in lists that only grow at their front: as the
 * quota table (engine/store/quota_table.c) does it. */
#include "holders.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { BUCKET_COUNT = 1024 };

struct holder {
    struct holder *next;
    uint32_t organisation;
    _Atomic int64_t count;
};

struct holders {
    _Atomic(struct holder *) buckets[BUCKET_COUNT];
};

struct holders *holders_new(void)
{
    return calloc(1, sizeof(struct holders));
}

void holders_free(struct holders *h)
{
    for (size_t i = 0; h != NULL && i < BUCKET_COUNT; i++) {
        for (struct holder *n = atomic_load(&h->buckets[i]), *next; n != NULL; n = next) {
            next = n->next;
            free(n);
        }
    }
    free(h);
}

static struct holder *find(struct holder *n, uint32_t organisation)
{
    while (n != NULL && n->organisation != organisation)
        n = n->next;
    return n;
}

static struct holder *find_or_make(struct holders *h, uint32_t organisation)
{
    _Atomic(struct holder *) *bucket = &h->buckets[organisation % BUCKET_COUNT];
    struct holder *first = atomic_load(bucket), *made = NULL;
    struct holder *found = find(first, organisation);
    while (found == NULL) {
        if (made == NULL && (made = calloc(1, sizeof *made)) == NULL)
            return NULL;
        made->organisation = organisation;
        made->next = first;
        if (atomic_compare_exchange_weak(bucket, &first, made))
            return made;
        found = find(first, organisation);
    }
    free(made);
    return found;
}

bool holders_enter(struct holders *h, uint32_t organisation, int64_t cap, void **ret_owner)
{
    struct holder *holder = find_or_make(h, organisation);
    *ret_owner = NULL;
    if (holder == NULL)
        return true;
    if (atomic_fetch_add(&holder->count, 1) >= cap) {
        atomic_fetch_sub(&holder->count, 1);
        return false;
    }
    *ret_owner = holder;
    return true;
}

void holders_leave(void *owner)
{
    struct holder *holder = owner;
    atomic_fetch_sub(&holder->count, 1);
}
