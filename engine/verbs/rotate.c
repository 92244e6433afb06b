/* SPDX-License-Identifier: Apache-2.0 */
/* The verb rotate: a registry's finals of one generation to those of the next, and back while the
 * rotation is being aborted. The quotient of the two keys is the same in every epoch, and no person
 * is looked up: P' = (s_{g+1} / s_g) * P. Source: PROTOCOL section 4.4. */
#include "verbs/carry.h"

/* The keys of both generations, for the audit event. */
static SCHUIL_RC seals_find(struct work *work, uint32_t from, uint32_t to)
{
    const uint32_t generations[2] = {from, to};
    for (size_t i = 0; i < 2; i++) {
        uint32_t number;
        const struct siv_key *seal =
            schuil_key_domain_seal(work->snapshot, work->domain->number, generations[i], &number);
        ENSURE(seal != NULL, RC_BUSY_KEYS);
        TRY(work_add_key(work, number));
    }
    return SCHUIL_OK;
}

SCHUIL_RC schuil_rotate_prepare(struct work *work)
{
    uint32_t numbers[2];
    const struct rotation *r = schuil_rotation_of(work->snapshot, work->domain->number);
    ENSURE(r != NULL, RC_CONFLICT_ROTATION);
    uint32_t from = r->is_aborting ? r->to : r->from;
    struct carry carry = {
        .work = work, .way_count = 1, .generation = r->is_aborting ? r->from : r->to};
    carry.ways[0].generation = from;
    carry.ways[0].scalar = schuil_key_domain_step(work->snapshot, work->domain->number, from,
                                                  carry.generation, numbers);
    ENSURE(carry.ways[0].scalar != NULL, RC_BUSY_KEYS);
    TRY(work_add_key(work, numbers[0]));
    TRY(work_add_key(work, numbers[1]));
    TRY(seals_find(work, from, carry.generation));
    return carry_prepare(&carry);
}
