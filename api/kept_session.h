/* SPDX-License-Identifier: Apache-2.0 */
/* A database session that is kept between jobs and opened anew when it has ended. One thread. */
#ifndef SCHUIL_API_KEPT_SESSION_H
#define SCHUIL_API_KEPT_SESSION_H

#include "schuilnaam/engine/store.h"

struct kept_session {
    struct store_session *session; /* NULL: to be opened */
    int64_t failed_us;             /* monotonic: the last attempt that failed; 0: none since */
};

/* An open session in kept->session. RC_STORE_AWAY, and whatever schuil_store_open answers: at most
 * one failing attempt a second. */
SCHUIL_RC kept_session_need(struct kept_session *kept, const char *conninfo);
/* Close it; the next need opens another. */
void kept_session_end(struct kept_session *kept);

#endif
