/* SPDX-License-Identifier: Apache-2.0 */
/* POST /admin/v1/unseal on a server that is not sealed: shares of a key to come. While it is
 * sealed, sealed.c answers. */
#include "handlers/admin.h"
#include "operate.h"

void handle_unseal(struct request *r)
{
    request_event(r, AUDIT_UNSEAL);
    operate_unseal(r->service->operate, r);
}
