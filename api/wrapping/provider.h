/* SPDX-License-Identifier: Apache-2.0 */
/* What a provider can do with the file of a key. */
#ifndef SCHUIL_WRAPPING_PROVIDER_H
#define SCHUIL_WRAPPING_PROVIDER_H

#include "files.h"
#include "schuilnaam/crypto/secret.h"

struct wrapping_provider {
    const char *name; /* as in the setting */
    /* The key of a file into guarded memory; NULL: people give it. */
    SCHUIL_RC(*open)
    (const struct settings *s, const struct wrapping_file *file, struct wrapping_key *ret,
     char *ret_finding, size_t cap);
    bool can_make; /* a new key by writing its 32 bytes to a file */
};

/* NULL: no such provider. */
const struct wrapping_provider *wrapping_provider_find(const char *name);

/* pkcs11.c */
SCHUIL_RC pkcs11_open(const struct settings *s, const struct wrapping_file *file,
                      struct wrapping_key *ret, char *ret_finding, size_t cap);
/* Have the token seal a key, bound to its name, as the text of its file (at most PKCS11_TEXT_LEN
 * characters and a terminator). makes_key: the token's key is made if it is not there. */
enum { PKCS11_TEXT_LEN = 400 };
SCHUIL_RC pkcs11_seal(const struct settings *s, const struct wrapping_ref *key, bool makes_key,
                      char ret[PKCS11_TEXT_LEN + 1], char *ret_finding, size_t cap);

#endif
