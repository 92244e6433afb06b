/* SPDX-License-Identifier: Apache-2.0 */
/* The steps by which transport keys follow each other.
 *
 *   pre-active --(every live translating process has it)--> active: the newest, it alone issues
 *     --(a newer one)--> translate-only, issue's copy destroyed --(its time)--> destroyed
 *
 * Source: PROTOCOL section 4.1. */
#include "key_life.h"

SCHUIL_RC transport_prepare(struct life_step *step)
{
    uint32_t number;
    struct key_change *change = step->change;
    struct key_row row = {.purpose = PURPOSE_TRANSPORT, .home = -1};
    TRY(operation_add(change->session, OPERATION_TRANSPORT, NULL, &number));
    TRY(key_change_prepare(change, &row, NULL, "made ahead of its use", NULL));
    step->event->id = AUDIT_KEY_PREPARE;
    step_note(step, row.number);
    TRY(key_change_end(change));
    return operation_prepared(change->session, number, 0);
}

SCHUIL_RC transport_retire(struct key_change *change, uint32_t longest_life_hours)
{
    struct key_fate fate = {.state = KEY_TRANSLATE_ONLY};
    TRY(destruction_time(change->session, longest_life_hours, &fate.destruction_time_s));
    for (size_t i = 0; i < change->set.table.count; i++) {
        const struct key_row *row = &change->set.rows[i];
        /* One without a time was retired by a version that gave none. */
        bool is_timeless = row->state == KEY_TRANSLATE_ONLY && row->destruction_time_s == 0;
        if (row->purpose != PURPOSE_TRANSPORT || (row->state != KEY_ACTIVE && !is_timeless))
            continue;
        TRY(key_change_fate(change, i, &fate, "a newer transport key took its place"));
        TRY(key_change_copy_destroy(change, i, COMPARTMENT_ISSUE));
    }
    return SCHUIL_OK;
}

/* The pre-active key, unless one that is newer issues already. */
static const struct key_row *successor_find(const struct key_change *change, size_t *ret_index)
{
    const struct key_row *found = NULL;
    for (size_t i = 0; i < change->set.table.count; i++) {
        const struct key_row *row = &change->set.rows[i];
        if (row->purpose != PURPOSE_TRANSPORT)
            continue;
        if (row->state == KEY_ACTIVE)
            found = NULL;
        if (row->state != KEY_PRE_ACTIVE)
            continue;
        found = row;
        *ret_index = i;
    }
    return found;
}

SCHUIL_RC transport_activate(struct life_step *step, const struct key_operation *op)
{
    size_t index = 0;
    struct key_change *change = step->change;
    const struct key_fate active = {.state = KEY_ACTIVE};
    if (successor_find(change, &index) == NULL)
        return operation_abort(step, OPERATION_TRANSPORT, op, "a newer transport key is active");
    TRY(transport_retire(change, step->context->longest_life_hours));
    TRY(key_change_fate(change, index, &active, "every translating process has loaded it"));
    step->event->id = AUDIT_KEY_ACTIVATE;
    step_note(step, change->set.rows[index].number);
    TRY(key_change_end(change));
    return operation_end(change->session, op->number, NULL);
}
