/* SPDX-License-Identifier: Apache-2.0 */
/* The one door to randomness: the kernel's generator.
 *
 * libsodium's randombytes_buf reads the same source, but ends the process when that fails; here it
 * is a result. There is no state in the process that a fork could share.
 * Source: getrandom(2). */
#include <errno.h>
#include <stdint.h>
#include <sys/random.h>

#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/crypto/secret.h"

SCHUIL_RC schuil_random(void *ret_data, size_t len)
{
    uint8_t *data = ret_data;
    size_t done = 0;

    while (done < len) {
        ssize_t got = getrandom(data + done, len - done, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            schuil_wipe(ret_data, len);
            return schuil_rc(RC_INTERNAL_RANDOM);
        }
        done += (size_t)got;
    }
    return SCHUIL_OK;
}
