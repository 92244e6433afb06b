/* SPDX-License-Identifier: Apache-2.0 */
/* See refresh.h. */
#include "schuilnaam/engine/refresh.h"

#include <string.h>

SCHUIL_RC schuil_refresh_root(const struct scalar *r, const struct scalar *root, struct scalar *ret)
{
    return schuil_scalar_multiply(r, root, ret);
}

SCHUIL_RC schuil_refresh_domain(const struct scalar *r, const struct scalar *domain,
                                struct scalar *ret)
{
    SECRET(scalar) inverse;
    memset(ret, 0, sizeof *ret);
    TRY(schuil_scalar_invert(r, &inverse));
    return schuil_scalar_multiply(&inverse, domain, ret);
}

static SCHUIL_RC product_make(const struct refresh_pair *pair, struct element *ret)
{
    struct element base;
    bool is_ok = false;
    memcpy(base.b, pair->root_public, sizeof base.b);
    TRY(schuil_group_multiply(1, &base, pair->domain, ret, &is_ok));
    ENSURE(is_ok, RC_CONFIG_SELFTEST);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_refresh_test(const struct refresh_pair *before, const struct refresh_pair *after)
{
    SECRET(element) first, second;
    TRY(product_make(before, &first));
    TRY(product_make(after, &second));
    ENSURE(schuil_ct_equal(&first, &second, sizeof first), RC_CONFIG_SELFTEST);
    return SCHUIL_OK;
}
