/* SPDX-License-Identifier: Apache-2.0 */
/* The self-test: equal products exactly when every final is unchanged by a refresh. Needs no k_e,
 * only its public part, so translate can do it alone. Source: PROTOCOL section 4.3, step 3. */
#include "keys/selftest.h"

#include "schuilnaam/crypto/group.h"

/* K_e: of the last root of its epoch (an import replaces a root within its epoch by one of a higher
 * number). Its state is not asked: translate's manifest does not vouch for that. */
static const struct key_row *root_row(const struct key_table *table, uint32_t epoch)
{
    const struct key_row *found = NULL;
    for (size_t i = 0; i < table->count; i++) {
        const struct key_row *row = &table->rows[i];
        if (row->purpose != PURPOSE_ROOT || row->epoch != epoch || row->public_len != 32)
            continue;
        found = row;
    }
    return found;
}

static SCHUIL_RC product_make(const struct key_slot *slot, const struct key_table *table,
                              struct element *ret)
{
    const struct key_row *root = root_row(table, slot->epoch);
    struct element base;
    bool is_ok = false;
    ENSURE(root != NULL, RC_CONFIG_SELFTEST);
    memcpy(base.b, root->public_part, sizeof base.b);
    TRY(schuil_group_multiply(1, &base, slot->secret, ret, &is_ok));
    ENSURE(is_ok, RC_CONFIG_SELFTEST);
    return SCHUIL_OK;
}

static bool is_same_domain(const struct key_slot *a, const struct key_slot *b)
{
    return a->purpose == PURPOSE_DOMAIN && b->purpose == PURPOSE_DOMAIN && a->scope == b->scope &&
           a->generation == b->generation;
}

static SCHUIL_RC pair_test(const struct key_slot *a, const struct key_slot *b,
                           const struct key_table *table)
{
    SECRET(element) first, second;
    TRY(product_make(a, table, &first));
    TRY(product_make(b, table, &second));
    ENSURE(schuil_ct_equal(&first, &second, sizeof first), RC_CONFIG_SELFTEST);
    return SCHUIL_OK;
}

SCHUIL_RC keyring_selftest(const struct keyring *keys, const struct key_table *table,
                           uint32_t *ret_number)
{
    *ret_number = 0;
    for (size_t i = 1; i < keys->by_place.count; i++) {
        const struct key_slot *before = keys->by_place.rows[i - 1], *slot = keys->by_place.rows[i];
        if (!is_same_domain(before, slot))
            continue;
        *ret_number = slot->number;
        TRY(pair_test(before, slot, table));
    }
    *ret_number = 0;
    return SCHUIL_OK;
}
