/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what. Every refusal is one and the same result, so that nobody can ask which
 * registries, organisations and connections exist; the audit event and the operator's `explain`
 * tell the reason to those who may know. */
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
