/* SPDX-License-Identifier: Apache-2.0 */
/* Rotations under way, as policy holds them: taken in, checked, found by their domain. Not their
 * keys (engine/keys), not their steps (engine/store). Source: PROTOCOL section 4.4. */
#include "policy/compare.h"
#include "snapshot_private.h"

static int rotation_domain_compare(const void *a, const void *b)
{
    uint32_t x = ((const struct rotation *)a)->domain, y = ((const struct rotation *)b)->domain;
    return (x > y) - (x < y);
}

SCHUIL_RC schuil_snapshot_add_rotation(struct snapshot_builder *b, const struct rotation *r)
{
    ENSURE(r->number >= 1 && r->number <= INT32_MAX, RC_STORE_DATA);
    ENSURE(r->from >= 1 && r->to <= INT32_MAX && r->to > r->from, RC_STORE_DATA);
    return table_add(&b->snapshot->policy.rotations, r);
}

static const struct domain *domain_find(const struct policy *p, uint32_t number)
{
    struct domain key = {.number = number};
    return view_find(&p->domain_by_number, &key, domain_number_compare);
}

/* A registry of a bound domain applies w and the quotient itself, so nothing is translated here. */
SCHUIL_RC rotations_seal(struct policy *p)
{
    TRY(view_make(&p->rotation_by_domain, &p->rotations, rotation_domain_compare, NULL));
    for (size_t i = 0; i < p->rotations.count; i++) {
        const struct rotation *r = table_row(&p->rotations, i);
        const struct domain *d = domain_find(p, r->domain);
        ENSURE(d != NULL && !d->is_bound && d->generation == r->from, RC_STORE_DATA);
    }
    return SCHUIL_OK;
}

const struct rotation *schuil_rotation_of(const struct snapshot *s, uint32_t domain)
{
    struct rotation key = {.domain = domain};
    return view_find(&s->policy.rotation_by_domain, &key, rotation_domain_compare);
}
