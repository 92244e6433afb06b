/* SPDX-License-Identifier: Apache-2.0 */
#include "auth.h"

struct principal auth_holder(const struct snapshot *snapshot, const struct credential *c)
{
    struct principal who = {.credential = c, .operator_number = c->operator_number};
    if (c->organisation != 0)
        who.organisation = schuil_organisation_by_number(snapshot, c->organisation);
    return who;
}

SCHUIL_RC auth_principal(const struct snapshot *snapshot, const struct exchange *x, int64_t now_us,
                         struct principal *ret)
{
    *ret = (struct principal){0};
    const struct client_certificate *certificate = exchange_certificate(x);
    ENSURE(certificate != NULL, RC_AUTH_CREDENTIAL);
    const struct credential *c = schuil_credential_match(snapshot, certificate);
    ENSURE(c != NULL, RC_AUTH_CREDENTIAL);
    *ret = auth_holder(snapshot, c);
    TRY(schuil_policy_may_call(snapshot, c, now_us, NULL));
    /* A connection may outlive the certificate that opened it. */
    ENSURE(now_us < certificate->end_us, RC_AUTH_CREDENTIAL);
    ENSURE(exchange_certificate_is_trusted(x), RC_AUTH_CREDENTIAL);
    return SCHUIL_OK;
}

static bool is_organisation(const struct principal *who, struct explanation *why)
{
    return schuil_rule(why, RULE_CALLER_ORGANISATION, who->organisation != NULL);
}

SCHUIL_RC auth_behalf(const struct snapshot *snapshot, struct bytes code, struct bytes registry,
                      int64_t now_us, struct explanation *why, struct principal *who)
{
    const struct organisation *principal;
    if (code.data == NULL)
        return SCHUIL_OK;
    ENSURE(is_organisation(who, why), RC_AUTH_PERMISSION);
    uint32_t processor = who->organisation->number;
    TRY(schuil_policy_may_act(snapshot, processor, code, now_us, why, &principal));
    TRY(schuil_policy_one_end(snapshot, processor, principal->number, registry, now_us, why));
    who->processor = who->organisation;
    who->organisation = principal;
    return SCHUIL_OK;
}

SCHUIL_RC auth_itself(const struct principal *who, struct explanation *why)
{
    ENSURE(schuil_rule(why, RULE_CALLER_ITSELF, who->processor == NULL), RC_AUTH_PERMISSION);
    return SCHUIL_OK;
}

SCHUIL_RC auth_permission(const struct principal *who, enum permission permission,
                          struct explanation *why)
{
    switch (permission) {
    case PERMISSION_NONE:
        return SCHUIL_OK;
    case PERMISSION_CREDENTIAL:
        ENSURE(who->credential != NULL, RC_AUTH_PERMISSION);
        return SCHUIL_OK;
    case PERMISSION_OPERATOR:
        ENSURE(who->operator_number != 0, RC_AUTH_PERMISSION);
        return SCHUIL_OK;
    default:
        ENSURE(is_organisation(who, why), RC_AUTH_PERMISSION);
        return SCHUIL_OK;
    }
}
