/* SPDX-License-Identifier: Apache-2.0 */
/* Open, keep, and open again. See kept_session.h. */
#include "kept_session.h"

#include "clock.h"

enum { AGAIN_US = 1000000 };

SCHUIL_RC kept_session_need(struct kept_session *kept, const char *conninfo)
{
    int64_t now_us = clock_mono_us();
    if (schuil_store_is_open(kept->session))
        return SCHUIL_OK;
    kept_session_end(kept); /* ended by the database since its last use */
    ENSURE(kept->failed_us == 0 || now_us - kept->failed_us >= AGAIN_US, RC_STORE_AWAY);
    struct schuil_rc rc = schuil_store_open(conninfo, &kept->session);
    kept->failed_us = schuil_is_ok(rc) ? 0 : now_us;
    return rc;
}

void kept_session_end(struct kept_session *kept)
{
    schuil_store_close(kept->session);
    kept->session = NULL;
}
