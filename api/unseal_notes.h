/* SPDX-License-Identifier: Apache-2.0 */
/* Attempts to enter a share, until they stand in an audit chain: what struct service keeps of them.
 * The functions are unseal.h's. */
#ifndef SCHUIL_API_UNSEAL_NOTES_H
#define SCHUIL_API_UNSEAL_NOTES_H

#include "schuilnaam/engine/wrapping.h"
#include "schuilnaam/limits.h"
#include "schuilnaam/rc.h"

struct unseal_note {
    int64_t time_us;
    uint32_t credential; /* 0: none that is registered */
    enum schuil_rc_code code;
    unsigned number;
    char name[WRAPPING_NAME_LEN + 1];
    char source[64], request[33];
};

struct unseal {
    int64_t window_us; /* when the minute of wrong shares began */
    unsigned wrong_count;
    size_t count, lost; /* notes; those that had no room */
    struct unseal_note notes[LIMIT_UNSEAL_COUNT * 8];
};

#endif
