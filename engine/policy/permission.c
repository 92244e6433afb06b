/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what. Every refusal is one and the same result, so that nobody can ask which
 * registries, organisations and connections exist; an explanation, when one is asked, tells the
 * rules that were looked at to those who may know. */
#include "policy/compare.h"
#include "snapshot_private.h"

static bool is_within(int64_t from_us, int64_t until_us, int64_t now_us)
{
    return from_us <= now_us && now_us < until_us;
}

bool schuil_credential_is_good(const struct credential *c, int64_t now_us)
{
    return c->state == STATE_ACTIVE && is_within(c->valid_from_us, c->valid_until_us, now_us);
}

static bool organisation_is_active(const struct snapshot *s, uint32_t number)
{
    const struct organisation *o = schuil_organisation_by_number(s, number);
    return o != NULL && o->state == STATE_ACTIVE;
}

SCHUIL_RC schuil_policy_may_call(const struct snapshot *s, const struct credential *c,
                                 int64_t now_us, struct explanation *why)
{
    bool is_in_dates = is_within(c->valid_from_us, c->valid_until_us, now_us);
    ENSURE(schuil_rule(why, RULE_CREDENTIAL_ACTIVE, c->state == STATE_ACTIVE), RC_AUTH_CREDENTIAL);
    ENSURE(schuil_rule(why, RULE_CREDENTIAL_DATES, is_in_dates), RC_AUTH_CREDENTIAL);
    bool is_active = c->operator_number != 0 || organisation_is_active(s, c->organisation);
    ENSURE(schuil_rule(why, RULE_CALLER_ACTIVE, is_active), RC_AUTH_CREDENTIAL);
    return SCHUIL_OK;
}

/* ---- at a registry ---- */

static SCHUIL_RC registry_find(const struct snapshot *s, struct bytes code, struct explanation *why,
                               const struct registry **ret)
{
    *ret = schuil_registry_by_code(s, code);
    ENSURE(schuil_rule(why, RULE_REGISTRY_KNOWN, *ret != NULL), RC_AUTH_PERMISSION);
    return SCHUIL_OK;
}

/* The connection of an active organisation, in force now. */
static SCHUIL_RC connection_find(const struct snapshot *s, uint32_t provider,
                                 const struct registry *registry, int64_t now_us,
                                 struct explanation *why, const struct connection **ret)
{
    bool is_active = organisation_is_active(s, provider);
    ENSURE(schuil_rule(why, RULE_ORGANISATION_ACTIVE, is_active), RC_AUTH_PERMISSION);
    const struct connection *c = schuil_connection_find(s, provider, registry->number);
    ENSURE(schuil_rule(why, RULE_CONNECTION_KNOWN, c != NULL), RC_AUTH_PERMISSION);
    ENSURE(schuil_rule(why, RULE_CONNECTION_ACTIVE, c->state == STATE_ACTIVE), RC_AUTH_PERMISSION);
    bool is_in_dates = is_within(c->valid_from_us, c->valid_until_us, now_us);
    ENSURE(schuil_rule(why, RULE_CONNECTION_DATES, is_in_dates), RC_AUTH_PERMISSION);
    *ret = c;
    return SCHUIL_OK;
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

/* NOLINTNEXTLINE(readability-function-size): nine parameters, as `why` stands beside the eight */
SCHUIL_RC schuil_policy_may_issue(const struct snapshot *s, uint32_t provider,
                                  struct bytes registry_code, const struct ptype *const *types,
                                  size_t type_count, int64_t now_us, struct explanation *why,
                                  const struct registry **ret_registry,
                                  const struct connection **ret_connection)
{
    const struct registry *registry;
    const struct connection *c;
    *ret_registry = NULL;
    *ret_connection = NULL;
    TRY(registry_find(s, registry_code, why, &registry));
    bool is_listed = registry->state == REGISTRY_LISTED;
    ENSURE(schuil_rule(why, RULE_REGISTRY_LISTED, is_listed), RC_AUTH_PERMISSION);
    TRY(connection_find(s, provider, registry, now_us, why, &c));
    bool has_types = connection_has_types(c, types, type_count);
    ENSURE(schuil_rule(why, RULE_CONNECTION_TYPES, has_types), RC_AUTH_PERMISSION);
    *ret_registry = registry;
    *ret_connection = c;
    return SCHUIL_OK;
}

SCHUIL_RC schuil_policy_may_reverse(const struct snapshot *s, uint32_t provider,
                                    struct bytes registry_code, int64_t now_us,
                                    struct explanation *why, const struct registry **ret_registry,
                                    const struct connection **ret_connection)
{
    const struct registry *registry;
    const struct connection *c;
    *ret_registry = NULL;
    *ret_connection = NULL;
    TRY(registry_find(s, registry_code, why, &registry));
    TRY(connection_find(s, provider, registry, now_us, why, &c));
    *ret_registry = registry;
    *ret_connection = c;
    return SCHUIL_OK;
}

SCHUIL_RC schuil_policy_may_translate(const struct snapshot *s, uint32_t organisation,
                                      struct bytes registry_code, struct explanation *why,
                                      const struct registry **ret_registry)
{
    const struct registry *registry;
    *ret_registry = NULL;
    TRY(registry_find(s, registry_code, why, &registry));
    bool is_own = registry->organisation == organisation;
    ENSURE(schuil_rule(why, RULE_REGISTRY_OWN, is_own), RC_AUTH_PERMISSION);
    bool is_open = registry->state != REGISTRY_ENDED;
    ENSURE(schuil_rule(why, RULE_REGISTRY_OPEN, is_open), RC_AUTH_PERMISSION);
    bool is_active = organisation_is_active(s, organisation);
    ENSURE(schuil_rule(why, RULE_ORGANISATION_ACTIVE, is_active), RC_AUTH_PERMISSION);
    *ret_registry = registry;
    return SCHUIL_OK;
}

SCHUIL_RC schuil_policy_may_rotate(const struct snapshot *s, uint32_t organisation,
                                   struct bytes registry_code, struct explanation *why,
                                   const struct registry **ret_registry)
{
    const struct registry *registry;
    *ret_registry = NULL;
    TRY(schuil_policy_may_translate(s, organisation, registry_code, why, &registry));
    bool is_rotated = schuil_rotation_of(s, registry->domain) != NULL;
    ENSURE(schuil_rule(why, RULE_ROTATION, is_rotated), RC_CONFLICT_ROTATION);
    *ret_registry = registry;
    return SCHUIL_OK;
}

SCHUIL_RC schuil_policy_may_see(const struct snapshot *s, uint32_t organisation,
                                struct bytes registry_code, struct explanation *why,
                                const struct registry **ret_registry,
                                const struct connection **ret_connection)
{
    const struct registry *registry;
    *ret_registry = NULL;
    *ret_connection = NULL;
    TRY(registry_find(s, registry_code, why, &registry));
    const struct connection *c = schuil_connection_find(s, organisation, registry->number);
    bool is_member = c != NULL || registry->organisation == organisation;
    ENSURE(schuil_rule(why, RULE_REGISTRY_MEMBER, is_member), RC_AUTH_PERMISSION);
    *ret_registry = registry;
    *ret_connection = c;
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
                                struct bytes principal, int64_t now_us, struct explanation *why,
                                const struct organisation **ret_principal)
{
    *ret_principal = NULL;
    const struct organisation *o = schuil_organisation_by_code(s, principal);
    bool is_active = o != NULL && o->state == STATE_ACTIVE;
    ENSURE(schuil_rule(why, RULE_PRINCIPAL_ACTIVE, is_active), RC_AUTH_PERMISSION);
    const struct mandate *m = mandate_find(s, processor, o->number);
    ENSURE(schuil_rule(why, RULE_MANDATE_KNOWN, m != NULL), RC_AUTH_PERMISSION);
    ENSURE(schuil_rule(why, RULE_MANDATE_ACTIVE, m->state == STATE_ACTIVE), RC_AUTH_PERMISSION);
    bool is_in_dates = is_within(m->valid_from_us, m->valid_until_us, now_us);
    ENSURE(schuil_rule(why, RULE_MANDATE_DATES, is_in_dates), RC_AUTH_PERMISSION);
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

/* For the registry: whichever provider it is or acts for. */
static bool has_some_provider(const struct snapshot *s, uint32_t who,
                              const struct registry *registry, int64_t now_us)
{
    if (has_both_ends(s, who, who, registry, now_us))
        return true;
    for (size_t i = 0; i < s->policy.mandate_by_pair.count; i++) {
        const struct mandate *m = s->policy.mandate_by_pair.rows[i];
        if (m->processor == who && has_both_ends(s, who, m->principal, registry, now_us))
            return true;
    }
    return false;
}

SCHUIL_RC schuil_policy_one_end(const struct snapshot *s, uint32_t processor, uint32_t principal,
                                struct bytes registry_code, int64_t now_us, struct explanation *why)
{
    const struct registry *registry = schuil_registry_by_code(s, registry_code);
    if (registry == NULL)
        return SCHUIL_OK;
    bool has_both =
        has_both_ends(s, processor, principal, registry, now_us) ||
        (registry->organisation == principal && has_some_provider(s, processor, registry, now_us));
    ENSURE(schuil_rule(why, RULE_ONE_END, !has_both), RC_AUTH_PERMISSION);
    return SCHUIL_OK;
}
