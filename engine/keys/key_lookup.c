/* SPDX-License-Identifier: Apache-2.0 */
/* Which key for which use: chosen once when a keyring is made, or found by binary search. States
 * decide, by the table key_states.def: active works both ways; translate-only and pre-active open
 * only; every other state does nothing. Any thread; nothing here writes after the choice. */
#include "keys/key_compare.h"

static int number_compare(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

int key_number_compare(const void *a, const void *b)
{
    return number_compare(((const struct key_slot *)a)->number,
                          ((const struct key_slot *)b)->number);
}

int key_place_compare(const void *a, const void *b)
{
    const struct key_slot *x = a, *y = b;
    int order = number_compare(x->purpose, y->purpose);
    if (order == 0)
        order = number_compare(x->scope, y->scope);
    if (order == 0)
        order = number_compare(x->generation, y->generation);
    if (order == 0 && x->purpose != PURPOSE_DOMAIN_SEAL)
        order = number_compare(x->epoch, y->epoch);
    return order;
}

int key_order_compare(const void *a, const void *b)
{
    int order = key_place_compare(a, b);
    return order != 0 ? order : key_number_compare(a, b);
}

int key_generation_compare(const void *a, const void *b)
{
    const struct key_slot *x = a, *y = b;
    int order = number_compare(x->scope, y->scope);
    return order != 0 ? order : number_compare(x->generation, y->generation);
}

bool key_is_single(const struct key_slot *slot)
{
    return slot->purpose == PURPOSE_ROOT || slot->purpose == PURPOSE_DOMAIN ||
           slot->purpose == PURPOSE_DOMAIN_SEAL || slot->purpose == PURPOSE_SOURCE;
}

static bool slot_works(const struct key_slot *slot, enum key_purpose purpose, enum compartment c)
{
    return slot->purpose == purpose && schuil_key_state_works(slot->state) &&
           (slot->copies & 1U << c) != 0;
}

static bool slot_opens(const struct key_slot *slot, enum compartment c)
{
    return schuil_key_state_opens(slot->state) && (slot->copies & 1U << c) != 0;
}

static const struct key_slot *audit_choose(const struct keyring *keys)
{
    for (unsigned c = 0; c < COMPARTMENT_COUNT; c++)
        for (size_t i = keys->by_number.count; i > 0; i--)
            if (slot_works(keys->by_number.rows[i - 1], PURPOSE_AUDIT, (enum compartment)c))
                return keys->by_number.rows[i - 1];
    return NULL;
}

void keyring_choose(struct keyring *keys)
{
    for (size_t i = 0; i < keys->by_number.count; i++) {
        const struct key_slot *slot = keys->by_number.rows[i];
        bool is_root = slot_works(slot, PURPOSE_ROOT, COMPARTMENT_ISSUE);
        if (is_root && (keys->root == NULL || slot->epoch > keys->root->epoch))
            keys->root = slot;
        if (slot_works(slot, PURPOSE_TRANSPORT, COMPARTMENT_ISSUE))
            keys->transport = slot;
        if (slot_works(slot, PURPOSE_POLICY, COMPARTMENT_OPERATE))
            keys->policy = slot;
    }
    keys->audit = audit_choose(keys);
}

bool schuil_key_root_active(const struct snapshot *s, struct root_ref *ret)
{
    const struct key_slot *slot = s->keys.root;
    *ret = (struct root_ref){0};
    if (slot == NULL)
        return false;
    *ret = (struct root_ref){.key = slot->secret, .number = slot->number, .epoch = slot->epoch};
    return true;
}

bool schuil_key_transport_newest(const struct snapshot *s, struct transport_ref *ret)
{
    const struct key_slot *slot = s->keys.transport;
    *ret = (struct transport_ref){0};
    if (slot == NULL)
        return false;
    *ret = (struct transport_ref){.key = slot->secret, .number = slot->number};
    return true;
}

const struct transport_key *schuil_key_transport(const struct snapshot *s, uint32_t number)
{
    struct key_slot key = {.number = number};
    const struct key_slot *slot = view_find(&s->keys.by_number, &key, key_number_compare);
    if (slot == NULL || slot->purpose != PURPOSE_TRANSPORT ||
        !slot_opens(slot, COMPARTMENT_TRANSLATE))
        return NULL;
    return slot->secret;
}

uint32_t schuil_key_highest(const struct snapshot *s)
{
    return s->keys.highest;
}

/* A pre-active domain key is to take over the state of the key before it, by which it is judged
 * until then: what is suspended stays so while its epoch becomes active in other processes. */
static bool place_opens(const struct keyring *keys, const struct key_slot *slot, enum compartment c)
{
    if (slot->state != KEY_PRE_ACTIVE || !slot_opens(slot, c))
        return slot_opens(slot, c);
    struct key_slot key = *slot;
    while (slot->purpose == PURPOSE_DOMAIN && --key.epoch > 0) {
        const struct key_slot *before = view_find(&keys->by_place, &key, key_place_compare);
        if (before != NULL && before->state != KEY_PRE_ACTIVE)
            return slot_opens(before, c);
    }
    return false;
}

static const void *place_find(const struct snapshot *s, const struct key_slot *key,
                              enum compartment c, uint32_t *ret_number)
{
    const struct key_slot *slot = view_find(&s->keys.by_place, key, key_place_compare);
    bool is_found = slot != NULL && place_opens(&s->keys, slot, c);
    if (ret_number != NULL)
        *ret_number = is_found ? slot->number : 0;
    return is_found ? slot->secret : NULL;
}

const struct scalar *schuil_key_domain(const struct snapshot *s, uint32_t domain,
                                       uint32_t generation, uint32_t epoch, uint32_t *ret_number)
{
    struct key_slot key = {
        .purpose = PURPOSE_DOMAIN, .scope = domain, .generation = generation, .epoch = epoch};
    return place_find(s, &key, COMPARTMENT_TRANSLATE, ret_number);
}

static const struct key_slot *domain_active_find(const struct snapshot *s, uint32_t domain,
                                                 uint32_t generation)
{
    struct key_slot key = {.scope = domain, .generation = generation};
    return view_find(&s->keys.domain_active, &key, key_generation_compare);
}

const struct scalar *schuil_key_domain_inverse(const struct snapshot *s, uint32_t domain,
                                               uint32_t generation, uint32_t *ret_number,
                                               uint32_t *ret_epoch)
{
    const struct key_slot *slot = domain_active_find(s, domain, generation);
    *ret_number = slot == NULL ? 0 : slot->number;
    *ret_epoch = slot == NULL ? 0 : slot->epoch;
    return slot == NULL ? NULL : slot->inverse;
}

const struct scalar *schuil_key_domain_step(const struct snapshot *s, uint32_t domain,
                                            uint32_t from, uint32_t to, uint32_t ret_numbers[2])
{
    const struct key_slot *lower = domain_active_find(s, domain, from < to ? from : to);
    const struct key_slot *upper = domain_active_find(s, domain, from < to ? to : from);
    ret_numbers[0] = ret_numbers[1] = 0;
    if (lower == NULL || upper == NULL || lower->next != upper)
        return NULL;
    ret_numbers[0] = lower->number;
    ret_numbers[1] = upper->number;
    return from < to ? lower->up : lower->down;
}

const struct siv_key *schuil_key_domain_seal(const struct snapshot *s, uint32_t domain,
                                             uint32_t generation, uint32_t *ret_number)
{
    struct key_slot key = {
        .purpose = PURPOSE_DOMAIN_SEAL, .scope = domain, .generation = generation};
    return place_find(s, &key, COMPARTMENT_TRANSLATE, ret_number);
}

const struct source_key *schuil_key_source(const struct snapshot *s, uint32_t organisation,
                                           uint32_t generation, uint32_t *ret_number)
{
    struct key_slot key = {
        .purpose = PURPOSE_SOURCE, .scope = organisation, .generation = generation};
    return place_find(s, &key, COMPARTMENT_ISSUE, ret_number);
}

/* How many keys stand before the end of this purpose and scope. */
static size_t scope_end(const struct view *by_place, enum key_purpose purpose, uint32_t scope)
{
    struct key_slot last = {
        .purpose = purpose, .scope = scope, .generation = UINT32_MAX, .epoch = UINT32_MAX};
    size_t low = 0, high = by_place->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (key_place_compare(by_place->rows[middle], &last) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool schuil_key_source_active(const struct snapshot *s, uint32_t organisation,
                              struct source_ref *ret)
{
    const struct view *view = &s->keys.by_place;
    *ret = (struct source_ref){0};
    for (size_t i = scope_end(view, PURPOSE_SOURCE, organisation); i > 0; i--) {
        const struct key_slot *slot = view->rows[i - 1];
        if (slot->purpose != PURPOSE_SOURCE || slot->scope != organisation)
            return false;
        if (!slot_works(slot, PURPOSE_SOURCE, COMPARTMENT_ISSUE))
            continue;
        *ret = (struct source_ref){
            .key = slot->secret, .number = slot->number, .generation = slot->generation};
        return true;
    }
    return false;
}

const struct signing_pair *schuil_key_audit(const struct snapshot *s)
{
    return s->keys.audit_pair;
}

const struct signing_pair *schuil_key_policy(const struct snapshot *s)
{
    return s->keys.policy_pair;
}
