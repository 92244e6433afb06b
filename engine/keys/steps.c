/* SPDX-License-Identifier: Apache-2.0 */
/* Inverses of the active domain keys, and the quotients of the two generations of a domain that is
 * being rotated: those are the same in every epoch, so the active keys' suffice. See steps.h. */
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
        if (row->purpose == PURPOSE_DOMAIN && row->state == KEY_ACTIVE)
            len += (row->generation > 1 ? 3 : 1) * sizeof(struct scalar);
    }
    return len;
}

static SCHUIL_RC inverse_make(struct keyring *keys, struct key_slot *slot)
{
    struct scalar *kept = schuil_slab_take(keys->slab, sizeof *kept);
    ENSURE(kept != NULL, RC_INTERNAL_MEMORY);
    TRY(schuil_scalar_invert(slot->secret, kept));
    slot->inverse = kept;
    return SCHUIL_OK;
}

/* above / below, kept in the slab. */
static SCHUIL_RC quotient(struct keyring *keys, const struct key_slot *above,
                          const struct key_slot *below, const struct scalar **ret)
{
    struct scalar *kept = schuil_slab_take(keys->slab, sizeof *kept);
    ENSURE(kept != NULL, RC_INTERNAL_MEMORY);
    TRY(schuil_scalar_multiply(above->secret, below->inverse, kept));
    *ret = kept;
    return SCHUIL_OK;
}

static SCHUIL_RC pair_step(struct keyring *keys, struct key_slot *slot, const struct key_slot *next)
{
    if (slot->scope != next->scope || slot->epoch != next->epoch)
        return SCHUIL_OK;
    slot->next = next;
    TRY(quotient(keys, next, slot, &slot->up));
    return quotient(keys, slot, next, &slot->down);
}

/* The view's rows are the table's. */
static struct key_slot *row_at(const struct view *view, size_t i)
{
    return (struct key_slot *)(uintptr_t)view->rows[i];
}

SCHUIL_RC keyring_steps(struct keyring *keys)
{
    const struct view *view = &keys->domain_active;
    TRY(view_make(&keys->domain_active, &keys->slots, key_generation_compare, is_active_domain));
    for (size_t i = 0; i < view->count; i++)
        TRY(inverse_make(keys, row_at(view, i)));
    for (size_t i = 1; i < view->count; i++)
        TRY(pair_step(keys, row_at(view, i - 1), view->rows[i]));
    return SCHUIL_OK;
}
