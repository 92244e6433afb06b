/* SPDX-License-Identifier: Apache-2.0 */
/* Wiping and comparing secrets: libsodium's, behind our names. */
#include "schuilnaam/crypto/secret.h"

#include <sodium.h>

void schuil_wipe(void *data, size_t len)
{
    if (len > 0)
        sodium_memzero(data, len);
}

bool schuil_ct_equal(const void *a, const void *b, size_t len)
{
    return len == 0 || sodium_memcmp(a, b, len) == 0;
}

bool schuil_ct_is_zero(const void *data, size_t len)
{
    return len == 0 || sodium_is_zero(data, len) == 1;
}
