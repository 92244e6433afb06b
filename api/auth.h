/* SPDX-License-Identifier: Apache-2.0 */
/* From a client's certificate to who calls. The TLS layer has proved the certificate; here it is
 * looked up in every request, so that a revoked credential ends at once. */
#ifndef SCHUIL_API_AUTH_H
#define SCHUIL_API_AUTH_H

#include "edge/exchange.h"
#include "route.h"

struct principal {
    const struct credential *credential;     /* NULL: none registered */
    const struct organisation *organisation; /* for whom is called; NULL: an operator, or nobody */
    const struct organisation *processor;    /* who calls on its behalf; NULL: it does itself */
    uint32_t operator_number;                /* 0: an organisation, or nobody */
};

/* Who holds a credential; borrowed from the snapshot. */
struct principal auth_holder(const struct snapshot *snapshot, const struct credential *c);
/* Borrowed from the snapshot. RC_AUTH_CREDENTIAL: not registered, not in force, certificate ended,
 * organisation not active; *ret tells what is known then, for the audit event. */
SCHUIL_RC auth_principal(const struct snapshot *snapshot, const struct exchange *x, int64_t now_us,
                         struct principal *ret);
/* Take what On-Behalf-Of says into who; code without data: there is no such header. registry: the
 * code that the path names, or no data. why: NULL, or what was looked at is noted there.
 * RC_AUTH_PERMISSION: the caller is no processor of that principal, or would stand at both ends of
 * a connection; who is as it was. */
SCHUIL_RC auth_behalf(const struct snapshot *snapshot, struct bytes code, struct bytes registry,
                      int64_t now_us, struct explanation *why, struct principal *who);
/* RC_AUTH_PERMISSION: a processor calls. For reversals: what comes out is the provider's alone to
 * see. why: as above. */
SCHUIL_RC auth_itself(const struct principal *who, struct explanation *why);
/* RC_AUTH_PERMISSION: not this kind of caller. why: as above. */
SCHUIL_RC auth_permission(const struct principal *who, enum permission permission,
                          struct explanation *why);

#endif
