/* SPDX-License-Identifier: Apache-2.0 */
/* Quotients of the two generations of a domain that is being rotated. They are the same in every
 * epoch, so the active keys' suffice. See steps.h. */
#include "keys/steps.h"

#include "keys/key_compare.h"
#include "schuilnaam/crypto/group.h"

static bool is_active_domain(const void *row)
{
    const struct key_slot *slot = row;
    return slot->purpose == PURPOSE_DOMAIN && slot->state == KEY_ACTIVE &&
           (slot->copies & 1U << COMPARTMENT_TRANSLATE) != 0;
}

size_t keyring_steps_len(const struct key_table *table)
{
    size_t len = 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct key_row *row = &table->rows[i];
        if (row->purpose == PURPOSE_DOMAIN && row->state == KEY_ACTIVE && row->generation > 1)
            len += 2 * sizeof(struct scalar);
    }
    return len;
}

/* above / below, kept in the slab. */
static SCHUIL_RC quotient(struct keyring *keys, const struct scalar *above,
                          const struct scalar *below, const struct scalar **ret)
{
    SECRET(scalar) inverse;
    struct scalar *kept = schuil_slab_take(keys->slab, sizeof *kept);
    ENSURE(kept != NULL, RC_INTERNAL_MEMORY);
    TRY(schuil_scalar_invert(below, &inverse));
    TRY(schuil_scalar_multiply(above, &inverse, kept));
    *ret = kept;
    return SCHUIL_OK;
}

static SCHUIL_RC pair_step(struct keyring *keys, struct key_slot *slot, const struct key_slot *next)
{
    if (slot->scope != next->scope || slot->epoch != next->epoch)
        return SCHUIL_OK;
    slot->next = next;
    TRY(quotient(keys, next->secret, slot->secret, &slot->up));
    return quotient(keys, slot->secret, next->secret, &slot->down);
}

SCHUIL_RC keyring_steps(struct keyring *keys)
{
    const struct view *view = &keys->domain_active;
    TRY(view_make(&keys->domain_active, &keys->slots, key_generation_compare, is_active_domain));
    for (size_t i = 1; i < view->count; i++)
        TRY(pair_step(keys, (struct key_slot *)(uintptr_t)view->rows[i - 1], view->rows[i]));
    return SCHUIL_OK;
}
