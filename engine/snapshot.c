/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a snapshot: built by one thread, sealed, then read by many and counted by references.
 * Not what is in it: the policy is engine/policy's, the keys are engine/keys'.
 *
 *   builder_new -> add_* (any order) -> seal -> ref/unref ... last unref: wiped and freed
 *                                    \-> builder_free
 *
 * Invariants: after sealing nothing changes but the reference count, the quota cells, which are not
 * the snapshot's, and the places of finals' templates, each filled at most once. */
#include "snapshot_private.h"

#include <assert.h>
#include <stdlib.h>

SCHUIL_RC schuil_snapshot_builder_new(struct snapshot_builder **ret)
{
    *ret = NULL;
    struct snapshot_builder *b = calloc(1, sizeof *b);
    ENSURE(b != NULL, RC_INTERNAL_MEMORY);
    b->snapshot = calloc(1, sizeof *b->snapshot);
    if (b->snapshot == NULL) {
        free(b);
        return schuil_rc(RC_INTERNAL_MEMORY);
    }
    atomic_init(&b->snapshot->references, 1);
    policy_init(&b->snapshot->policy);
    keyring_init(&b->snapshot->keys);
    *ret = b;
    return SCHUIL_OK;
}

void schuil_snapshot_builder_free(struct snapshot_builder *b)
{
    if (b == NULL)
        return;
    schuil_snapshot_unref(b->snapshot);
    free(b);
}

SCHUIL_RC schuil_snapshot_seal(struct snapshot_builder *b, uint64_t counter, struct snapshot **ret)
{
    struct snapshot *s = b->snapshot;
    *ret = NULL;
    free(b);
    s->counter = counter;
    struct schuil_rc rc = policy_seal(&s->policy);
    if (schuil_is_ok(rc))
        rc = final_templates_init(&s->finals, &s->policy);
    if (!schuil_is_ok(rc)) {
        schuil_snapshot_unref(s);
        return rc;
    }
    *ret = s;
    return SCHUIL_OK;
}

struct snapshot *schuil_snapshot_ref(struct snapshot *s)
{
    unsigned before = atomic_fetch_add_explicit(&s->references, 1, memory_order_relaxed);
    assert(before > 0);
    (void)before;
    return s;
}

void schuil_snapshot_unref(struct snapshot *s)
{
    if (s == NULL)
        return;
    /* Release: our reads are over. Acquire: the one that frees sees that all others' are. */
    if (atomic_fetch_sub_explicit(&s->references, 1, memory_order_acq_rel) != 1)
        return;
    final_templates_done(&s->finals);
    keyring_done(&s->keys);
    policy_done(&s->policy);
    free(s);
}

uint64_t schuil_snapshot_counter(const struct snapshot *s)
{
    return s->counter;
}
