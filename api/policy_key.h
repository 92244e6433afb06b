/* SPDX-License-Identifier: Apache-2.0 */
/* The public key that policy must be signed with, as this server's configuration names it: the
 * setting policy.key, or where that is not set the file policy.key in the state directory, which
 * bootstrap leaves there. Never the database: whoever can edit its rows could edit that one too. */
#ifndef SCHUIL_API_POLICY_KEY_H
#define SCHUIL_API_POLICY_KEY_H

#include "schuilnaam/crypto/hash.h"
#include "settings.h"

/* RC_CONFIG_SETTING: not 64 hexadecimal digits; RC_CONFIG_FILE: neither is there, or the file
 * holds something else. ret is zeros on failure; ret_finding (cap bytes) tells. */
SCHUIL_RC policy_key_read(const struct settings *s, uint8_t ret[ED25519_PUBLIC_LEN],
                          char *ret_finding, size_t cap);
/* Leave the file. RC_CONFIG_FILE: one is there already, or it cannot be written. */
SCHUIL_RC policy_key_keep(const struct settings *s, const uint8_t key[ED25519_PUBLIC_LEN],
                          char *ret_finding, size_t cap);

#endif
