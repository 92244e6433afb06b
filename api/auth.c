/* SPDX-License-Identifier: Apache-2.0 */
#include "auth.h"

static bool holder_is_good(const struct principal *who)
{
    if (who->operator_number != 0)
        return true;
    return who->organisation != NULL && who->organisation->state == STATE_ACTIVE;
}

SCHUIL_RC auth_principal(const struct snapshot *snapshot, const struct exchange *x, int64_t now_us,
                         struct principal *ret)
{
    *ret = (struct principal){0};
    const struct client_certificate *certificate = exchange_certificate(x);
    ENSURE(certificate != NULL, RC_AUTH_CREDENTIAL);
    const struct credential *c = schuil_credential_match(snapshot, certificate);
    ENSURE(c != NULL, RC_AUTH_CREDENTIAL);
    ret->credential = c;
    ret->operator_number = c->operator_number;
    if (c->organisation != 0)
        ret->organisation = schuil_organisation_by_number(snapshot, c->organisation);
    ENSURE(schuil_credential_is_good(c, now_us), RC_AUTH_CREDENTIAL);
    /* A connection may outlive the certificate that opened it. */
    ENSURE(now_us < certificate->end_us, RC_AUTH_CREDENTIAL);
    ENSURE(exchange_certificate_is_trusted(x), RC_AUTH_CREDENTIAL);
    ENSURE(holder_is_good(ret), RC_AUTH_CREDENTIAL);
    return SCHUIL_OK;
}

SCHUIL_RC auth_behalf(const struct snapshot *snapshot, const struct exchange *x,
                      struct bytes registry, int64_t now_us, struct principal *who)
{
    const struct organisation *principal;
    struct bytes code = exchange_header(x, "on-behalf-of");
    if (code.data == NULL)
        return SCHUIL_OK;
    ENSURE(who->organisation != NULL, RC_AUTH_PERMISSION);
    uint32_t processor = who->organisation->number;
    TRY(schuil_policy_may_act(snapshot, processor, code, now_us, &principal));
    TRY(schuil_policy_one_end(snapshot, processor, principal->number, registry, now_us));
    who->processor = who->organisation;
    who->organisation = principal;
    return SCHUIL_OK;
}

SCHUIL_RC auth_permission(const struct principal *who, enum permission permission)
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
        ENSURE(who->organisation != NULL, RC_AUTH_PERMISSION);
        return SCHUIL_OK;
    }
}
