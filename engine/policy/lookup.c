/* SPDX-License-Identifier: Apache-2.0 */
/* Look-ups in a sealed snapshot: binary searches on public numbers and codes. Not permissions. Any
 * thread; nothing here writes. */
#include <string.h>

#include "policy/codes.h"
#include "policy/compare.h"
#include "snapshot_private.h"

const struct organisation *schuil_organisation_by_number(const struct snapshot *s, uint32_t number)
{
    struct organisation key = {.number = number};
    return view_find(&s->policy.organisation_by_number, &key, organisation_number_compare);
}

const struct organisation *schuil_organisation_by_code(const struct snapshot *s, struct bytes code)
{
    struct organisation key = {0};
    if (!code_copy(code, key.code, sizeof key.code))
        return NULL;
    return view_find(&s->policy.organisation_by_code, &key, organisation_code_compare);
}

const struct credential *schuil_credential_find(const struct snapshot *s,
                                                const uint8_t fingerprint[32])
{
    struct credential key = {0};
    memcpy(key.fingerprint, fingerprint, sizeof key.fingerprint);
    return view_find(&s->policy.credential_by_fingerprint, &key, credential_fingerprint_compare);
}

const struct credential *schuil_credential_by_number(const struct snapshot *s, uint32_t number)
{
    struct credential key = {.number = number};
    return view_find(&s->policy.credential_by_number, &key, credential_number_compare);
}

const struct credential *schuil_credential_of(const struct snapshot *s, uint32_t organisation,
                                              int64_t now_us)
{
    const struct credential *found = NULL;
    for (size_t i = 0; i < s->policy.credential_by_number.count; i++) {
        const struct credential *c = s->policy.credential_by_number.rows[i];
        if (c->organisation != organisation)
            continue;
        found = c;
        if (schuil_credential_is_good(c, now_us))
            break;
    }
    return found;
}

static const struct credential *credential_by_id(const struct snapshot *s,
                                                 const struct client_certificate *certificate,
                                                 enum credential_form form, const char *id)
{
    struct credential key = {.form = form};
    if (!certificate->has_issuer || id[0] == '\0')
        return NULL;
    memcpy(key.fingerprint, certificate->issuer, sizeof key.fingerprint);
    memcpy(key.id, id, strlen(id) + 1);
    return view_find(&s->policy.credential_by_id, &key, credential_id_compare);
}

const struct credential *schuil_credential_match(const struct snapshot *s,
                                                 const struct client_certificate *certificate)
{
    const struct credential *c = schuil_credential_find(s, certificate->fingerprint);
    if (c == NULL)
        c = credential_by_id(s, certificate, CREDENTIAL_OIN, certificate->oin);
    if (c == NULL)
        c = credential_by_id(s, certificate, CREDENTIAL_URA, certificate->ura);
    return c;
}

const struct registry *schuil_registry_by_code(const struct snapshot *s, struct bytes code)
{
    struct registry key = {0};
    if (!code_copy(code, key.code, sizeof key.code))
        return NULL;
    return view_find(&s->policy.registry_by_code, &key, registry_code_compare);
}

const struct registry *schuil_registry_by_number(const struct snapshot *s, uint32_t number)
{
    struct registry key = {.number = number};
    return view_find(&s->policy.registry_by_number, &key, registry_number_compare);
}

const struct domain *schuil_domain_by_number(const struct snapshot *s, uint32_t number)
{
    struct domain key = {.number = number};
    return view_find(&s->policy.domain_by_number, &key, domain_number_compare);
}

const struct connection *schuil_connection_find(const struct snapshot *s, uint32_t provider,
                                                uint32_t registry)
{
    struct connection key = {.provider = provider, .registry = registry};
    return view_find(&s->policy.connection_by_pair, &key, connection_pair_compare);
}

const struct ptype *schuil_ptype_by_tref(const struct snapshot *s, struct bytes tref)
{
    struct ptype key = {0};
    if (!code_copy(tref, key.tref, sizeof key.tref))
        return NULL;
    return view_find(&s->policy.type_by_tref, &key, type_tref_compare);
}

const struct ptype *schuil_ptype_by_number(const struct snapshot *s, uint16_t number)
{
    struct ptype key = {.number = number};
    return view_find(&s->policy.type_by_number, &key, type_number_compare);
}

const struct attribute *schuil_attribute_by_code(const struct snapshot *s, struct bytes code)
{
    struct attribute key = {0};
    if (!code_copy(code, key.code, sizeof key.code))
        return NULL;
    return view_find(&s->policy.attribute_by_code, &key, attribute_code_compare);
}

const struct attribute *schuil_attributes(const struct snapshot *s, size_t *ret_count)
{
    *ret_count = s->policy.attributes.count;
    return s->policy.attributes.rows;
}

const struct ptype *schuil_ptypes(const struct snapshot *s, size_t *ret_count)
{
    *ret_count = s->policy.types.count;
    return s->policy.types.rows;
}
