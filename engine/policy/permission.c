/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what. Every refusal is one and the same result, so that nobody can ask which
 * registries, organisations and connections exist; the audit event and the operator's `explain`
 * tell the reason to those who may know. */
#include "policy/compare.h"
#include "snapshot_private.h"

bool schuil_credential_is_good(const struct credential *c, int64_t now_us)
{
    return c->state == STATE_ACTIVE && c->valid_from_us <= now_us && now_us < c->valid_until_us;
}

static bool organisation_is_active(const struct snapshot *s, uint32_t number)
{
    const struct organisation *o = schuil_organisation_by_number(s, number);
    return o != NULL && o->state == STATE_ACTIVE;
}

static bool connection_is_in_force(const struct connection *c, int64_t now_us)
{
    return c->state == STATE_ACTIVE && c->valid_from_us <= now_us && now_us < c->valid_until_us;
}

static bool connection_has_type(const struct connection *c, uint16_t number)
{
    for (size_t i = 0; i < c->type_count; i++)
        if (c->types[i] == number)
            return true;
    return false;
}

static bool connection_has_types(const struct connection *c, const struct ptype *const *types,
                                 size_t type_count)
{
    for (size_t i = 0; i < type_count; i++)
        if (!connection_has_type(c, types[i]->number))
            return false;
    return true;
}

SCHUIL_RC schuil_policy_may_issue(const struct snapshot *s, uint32_t provider,
                                  struct bytes registry_code, const struct ptype *const *types,
                                  size_t type_count, int64_t now_us,
                                  const struct registry **ret_registry,
                                  const struct connection **ret_connection)
{
    *ret_registry = NULL;
    *ret_connection = NULL;
    const struct registry *registry = schuil_registry_by_code(s, registry_code);
    ENSURE(registry != NULL, RC_AUTH_PERMISSION);
    ENSURE(registry->state == REGISTRY_LISTED, RC_AUTH_PERMISSION);
    ENSURE(organisation_is_active(s, provider), RC_AUTH_PERMISSION);
    const struct connection *c = schuil_connection_find(s, provider, registry->number);
    ENSURE(c != NULL && connection_is_in_force(c, now_us), RC_AUTH_PERMISSION);
    ENSURE(connection_has_types(c, types, type_count), RC_AUTH_PERMISSION);
    *ret_registry = registry;
    *ret_connection = c;
    return SCHUIL_OK;
}

SCHUIL_RC schuil_policy_may_reverse(const struct snapshot *s, uint32_t provider,
                                    struct bytes registry_code, int64_t now_us,
                                    const struct registry **ret_registry,
                                    const struct connection **ret_connection)
{
    *ret_registry = NULL;
    *ret_connection = NULL;
    const struct registry *registry = schuil_registry_by_code(s, registry_code);
    ENSURE(registry != NULL, RC_AUTH_PERMISSION);
    ENSURE(organisation_is_active(s, provider), RC_AUTH_PERMISSION);
    const struct connection *c = schuil_connection_find(s, provider, registry->number);
    ENSURE(c != NULL && connection_is_in_force(c, now_us), RC_AUTH_PERMISSION);
    *ret_registry = registry;
    *ret_connection = c;
    return SCHUIL_OK;
}

SCHUIL_RC schuil_policy_may_translate(const struct snapshot *s, uint32_t organisation,
                                      struct bytes registry_code,
                                      const struct registry **ret_registry)
{
    *ret_registry = NULL;
    const struct registry *registry = schuil_registry_by_code(s, registry_code);
    ENSURE(registry != NULL && registry->organisation == organisation, RC_AUTH_PERMISSION);
    ENSURE(registry->state != REGISTRY_ENDED, RC_AUTH_PERMISSION);
    ENSURE(organisation_is_active(s, organisation), RC_AUTH_PERMISSION);
    *ret_registry = registry;
    return SCHUIL_OK;
}

/* ---- processors ---- */

static const struct mandate *mandate_find(const struct snapshot *s, uint32_t processor,
                                          uint32_t principal)
{
    struct mandate key = {.processor = processor, .principal = principal};
    return view_find(&s->policy.mandate_by_pair, &key, mandate_pair_compare);
}

SCHUIL_RC schuil_policy_may_act(const struct snapshot *s, uint32_t processor,
                                struct bytes principal, int64_t now_us,
                                const struct organisation **ret_principal)
{
    *ret_principal = NULL;
    const struct organisation *o = schuil_organisation_by_code(s, principal);
    ENSURE(o != NULL && o->state == STATE_ACTIVE, RC_AUTH_PERMISSION);
    const struct mandate *m = mandate_find(s, processor, o->number);
    ENSURE(m != NULL && m->state == STATE_ACTIVE, RC_AUTH_PERMISSION);
    ENSURE(m->valid_from_us <= now_us && now_us < m->valid_until_us, RC_AUTH_PERMISSION);
    *ret_principal = o;
    return SCHUIL_OK;
}

/* How somebody stands at one end: not at all, as that end itself, by a mandate. */
struct stand {
    bool is_there, is_self, is_overridden;
};

/* A mandate that is suspended, or begins later, counts: what may come into force must not surprise.
 */
static struct stand stand_of(const struct snapshot *s, uint32_t who, uint32_t end, int64_t now_us)
{
    if (who == end)
        return (struct stand){.is_there = true, .is_self = true};
    const struct mandate *m = mandate_find(s, who, end);
    if (m == NULL || now_us >= m->valid_until_us)
        return (struct stand){0};
    return (struct stand){.is_there = true, .is_overridden = m->allows_both_ends};
}

static bool has_both_ends(const struct snapshot *s, uint32_t who, uint32_t provider,
                          const struct registry *registry, int64_t now_us)
{
    const struct connection *c = schuil_connection_find(s, provider, registry->number);
    struct stand a = stand_of(s, who, provider, now_us);
    struct stand b = stand_of(s, who, registry->organisation, now_us);
    if (c == NULL || c->allows_both_ends || (a.is_self && b.is_self))
        return false;
    return a.is_there && b.is_there && !a.is_overridden && !b.is_overridden;
}

SCHUIL_RC schuil_policy_one_end(const struct snapshot *s, uint32_t processor, uint32_t principal,
                                struct bytes registry_code, int64_t now_us)
{
    const struct registry *registry = schuil_registry_by_code(s, registry_code);
    if (registry == NULL)
        return SCHUIL_OK;
    ENSURE(!has_both_ends(s, processor, principal, registry, now_us), RC_AUTH_PERMISSION);
    if (registry->organisation != principal)
        return SCHUIL_OK;
    /* For the registry: whichever provider it is or acts for. */
    ENSURE(!has_both_ends(s, processor, processor, registry, now_us), RC_AUTH_PERMISSION);
    for (size_t i = 0; i < s->policy.mandate_by_pair.count; i++) {
        const struct mandate *m = s->policy.mandate_by_pair.rows[i];
        ENSURE(m->processor != processor ||
                   !has_both_ends(s, processor, m->principal, registry, now_us),
               RC_AUTH_PERMISSION);
    }
    return SCHUIL_OK;
}
