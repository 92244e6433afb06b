/* SPDX-License-Identifier: Apache-2.0 */
/* The quota cells of a process, by connection number: what is left of the blocks it reserved.
 * Taking from a cell is engine/policy's; reserving blocks is state.c's. Invariant: cells never move
 * and live as long as the table, for snapshots point at them. */
#include <pthread.h>
#include <stdlib.h>

#include "schuilnaam/engine/store.h"

struct quota_node {
    struct quota_node *next;
    struct quota_cell cell;
};

enum { BUCKET_COUNT = 256 };

struct quota_table {
    pthread_mutex_t lock;
    struct quota_node *buckets[BUCKET_COUNT];
};

struct quota_table *schuil_quota_table_new(void)
{
    struct quota_table *t = calloc(1, sizeof *t);
    if (t != NULL && pthread_mutex_init(&t->lock, NULL) != 0) {
        free(t);
        return NULL;
    }
    return t;
}

void schuil_quota_table_free(struct quota_table *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < BUCKET_COUNT; i++) {
        for (struct quota_node *n = t->buckets[i], *next; n != NULL; n = next) {
            next = n->next;
            free(n);
        }
    }
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static struct quota_node *node_new(uint32_t connection)
{
    struct quota_node *n = calloc(1, sizeof *n);
    if (n == NULL)
        return NULL;
    n->cell.connection = connection;
    atomic_init(&n->cell.day_left, 0);
    return n;
}

struct quota_cell *schuil_quota_table_cell(struct quota_table *t, uint32_t connection)
{
    struct quota_node **bucket = &t->buckets[connection % BUCKET_COUNT];
    pthread_mutex_lock(&t->lock);
    struct quota_node *n = *bucket;
    while (n != NULL && n->cell.connection != connection)
        n = n->next;
    if (n == NULL && (n = node_new(connection)) != NULL) {
        n->next = *bucket;
        *bucket = n;
    }
    pthread_mutex_unlock(&t->lock);
    return n == NULL ? NULL : &n->cell;
}
