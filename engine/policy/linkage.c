/* SPDX-License-Identifier: Apache-2.0 */
/* Linkages, as policy holds them: taken in, checked, found, and what they permit. The database has
 * the same rules as constraints; a snapshot does not lean on that. Source: PROTOCOL sections 1 and
 * 4.5. */
#include "policy/compare.h"
#include "snapshot_private.h"

static int number_compare(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int linkage_number_compare(const void *a, const void *b)
{
    return number_compare(((const struct linkage *)a)->number, ((const struct linkage *)b)->number);
}

static int linkage_pair_compare(const void *a, const void *b)
{
    const struct linkage *x = a, *y = b;
    int order = number_compare(x->research, y->research);
    return order != 0 ? order : number_compare(x->source, y->source);
}

static bool linkage_is_open(const void *row)
{
    return ((const struct linkage *)row)->state != STATE_ENDED;
}

SCHUIL_RC schuil_snapshot_add_linkage(struct snapshot_builder *b, const struct linkage *l)
{
    ENSURE(l->number >= 1 && l->number <= INT32_MAX, RC_STORE_DATA);
    ENSURE(l->source != l->research, RC_STORE_DATA);
    ENSURE(l->type_count <= LIMIT_TYPE_COUNT, RC_STORE_DATA);
    ENSURE(l->life_hours >= 1 && l->life_hours <= LIMIT_LIFE_HOURS, RC_STORE_DATA);
    return table_add(&b->snapshot->policy.linkages, l);
}

static const struct registry *registry_find(const struct policy *p, uint32_t number)
{
    struct registry key = {.number = number};
    return view_find(&p->registry_by_number, &key, registry_number_compare);
}

static bool is_plain(const struct policy *p, uint32_t number)
{
    struct domain key = {.number = number};
    const struct domain *d = view_find(&p->domain_by_number, &key, domain_number_compare);
    return d != NULL && !d->is_bound;
}

static bool has_type(const struct policy *p, uint16_t number)
{
    struct ptype key = {.number = number};
    return view_find(&p->type_by_number, &key, type_number_compare) != NULL;
}

/* Without a connection of the pair the provider's number in a temporary pseudonym tells which of
 * the two permits it. */
static SCHUIL_RC linkage_check(const struct policy *p, const struct linkage *l)
{
    const struct registry *source = registry_find(p, l->source);
    const struct registry *research = registry_find(p, l->research);
    ENSURE(source != NULL && research != NULL, RC_STORE_DATA);
    for (size_t i = 0; i < l->type_count; i++)
        ENSURE(has_type(p, l->types[i]), RC_STORE_DATA);
    if (!linkage_is_open(l))
        return SCHUIL_OK;
    ENSURE(source->domain != research->domain, RC_STORE_DATA);
    ENSURE(is_plain(p, source->domain) && is_plain(p, research->domain), RC_STORE_DATA);
    struct connection key = {.provider = source->organisation, .registry = research->number};
    ENSURE(view_find(&p->connection_by_pair, &key, connection_pair_compare) == NULL, RC_STORE_DATA);
    return SCHUIL_OK;
}

SCHUIL_RC linkages_seal(struct policy *p)
{
    TRY(view_make(&p->linkage_by_number, &p->linkages, linkage_number_compare, NULL));
    TRY(view_make(&p->linkage_by_pair, &p->linkages, linkage_pair_compare, linkage_is_open));
    for (size_t i = 0; i < p->linkages.count; i++)
        TRY(linkage_check(p, table_row(&p->linkages, i)));
    return SCHUIL_OK;
}

const struct linkage *schuil_linkage_by_number(const struct snapshot *s, uint32_t number)
{
    struct linkage key = {.number = number};
    return view_find(&s->policy.linkage_by_number, &key, linkage_number_compare);
}

/* There are few linkages, and this is asked once for each provider of a request. */
bool schuil_linkage_is_stopped(const struct snapshot *s, uint32_t organisation, uint32_t research)
{
    const struct view *open = &s->policy.linkage_by_pair;
    for (size_t i = 0; i < open->count; i++) {
        const struct linkage *l = open->rows[i];
        if (l->research != research || l->state != STATE_SUSPENDED)
            continue;
        const struct registry *source = registry_find(&s->policy, l->source);
        if (source != NULL && source->organisation == organisation)
            return true;
    }
    return false;
}

static bool linkage_has_types(const struct linkage *l, const struct ptype *const *types,
                              size_t type_count)
{
    for (size_t i = 0; i < type_count; i++) {
        size_t at = 0;
        while (at < l->type_count && l->types[at] != types[i]->number)
            at++;
        if (at == l->type_count)
            return false;
    }
    return true;
}

static bool linkage_is_in_force(const struct linkage *l, int64_t now_us)
{
    return l->state == STATE_ACTIVE && l->valid_from_us <= now_us && now_us < l->valid_until_us;
}

SCHUIL_RC schuil_policy_may_link(const struct snapshot *s, uint32_t organisation, uint32_t number,
                                 const struct ptype *const *types, size_t type_count,
                                 int64_t now_us, const struct linkage **ret_linkage,
                                 const struct registry **ret_source)
{
    *ret_linkage = NULL;
    *ret_source = NULL;
    const struct linkage *l = schuil_linkage_by_number(s, number);
    ENSURE(l != NULL && linkage_is_in_force(l, now_us), RC_AUTH_PERMISSION);
    const struct registry *source = schuil_registry_by_number(s, l->source);
    const struct registry *research = schuil_registry_by_number(s, l->research);
    ENSURE(source != NULL && source->organisation == organisation, RC_AUTH_PERMISSION);
    ENSURE(source->state != REGISTRY_ENDED, RC_AUTH_PERMISSION);
    ENSURE(research != NULL && research->state == REGISTRY_LISTED, RC_AUTH_PERMISSION);
    const struct organisation *o = schuil_organisation_by_number(s, organisation);
    ENSURE(o != NULL && o->state == STATE_ACTIVE, RC_AUTH_PERMISSION);
    ENSURE(linkage_has_types(l, types, type_count), RC_AUTH_PERMISSION);
    *ret_linkage = l;
    *ret_source = source;
    return SCHUIL_OK;
}
