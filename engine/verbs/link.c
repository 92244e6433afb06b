/* SPDX-License-Identifier: Apache-2.0 */
/* The verb link: a source registry's finals to temporary pseudonyms for the research registry. What
 * is made is never a final of the research registry's, so that source registries cannot join each
 * other: Q = s_{D,g,c}^-1 * P, sealed like what a provider gets. Source: PROTOCOL section 4.5. */
#include "verbs/carry.h"

/* A generation that is taken. All active keys are of one epoch. */
static SCHUIL_RC way_add(struct carry *carry, uint32_t generation)
{
    struct work *work = carry->work;
    uint32_t number, seal_number, epoch;
    struct carry_way *way = &carry->ways[carry->way_count++];
    way->generation = generation;
    way->scalar = schuil_key_domain_inverse(work->snapshot, work->domain->number, generation,
                                            &number, &epoch);
    ENSURE(way->scalar != NULL, RC_BUSY_KEYS);
    ENSURE(schuil_key_domain_seal(work->snapshot, work->domain->number, generation, &seal_number) !=
               NULL,
           RC_BUSY_KEYS);
    ENSURE(carry->way_count == 1 || epoch == work->root_epoch, RC_BUSY_KEYS);
    work->root_epoch = epoch;
    TRY(work_add_key(work, number));
    return work_add_key(work, seal_number);
}

static SCHUIL_RC address_set(struct work *work)
{
    struct transport_ref transport;
    ENSURE(schuil_key_transport_newest(work->snapshot, &transport), RC_BUSY_KEYS);
    work->transport = transport.key;
    work->transport_number = transport.number;
    work->addressee = work->linkage->research;
    work->provider = work->registry->organisation;
    work->life_hours = work->linkage->life_hours;
    return work_add_key(work, transport.number);
}

SCHUIL_RC schuil_link_prepare(struct work *work)
{
    struct carry carry = {.work = work};
    const struct rotation *r = schuil_rotation_of(work->snapshot, work->domain->number);
    TRY(way_add(&carry, work->domain->generation));
    if (r != NULL)
        TRY(way_add(&carry, r->to));
    TRY(address_set(work));
    return carry_prepare(&carry);
}
