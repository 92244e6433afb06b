/* SPDX-License-Identifier: Apache-2.0 */
/* Public audit keys, and the file in which they are noted outside the database:
 *
 *     schuilnaam-audit-keys 1
 *     issue 8f3c...
 *     operate 01ab...
 *
 * A key that was planted in the database verifies its own forgeries; it is not in that file. */
#include "audit/scan.h"
#include "schuilnaam/engine/audit_proof.h"

#define HEAD "schuilnaam-audit-keys 1\n"

bool schuil_audit_keys_have(const struct audit_keys *keys, const struct audit_key *key)
{
    for (size_t i = 0; i < keys->count; i++)
        if (keys->keys[i].compartment == key->compartment &&
            memcmp(keys->keys[i].public_part, key->public_part, sizeof key->public_part) == 0)
            return true;
    return false;
}

SCHUIL_RC schuil_audit_keys_add(struct audit_keys *keys, const struct audit_key *key)
{
    if (schuil_audit_keys_have(keys, key))
        return SCHUIL_OK;
    ENSURE(keys->count < AUDIT_KEY_CAP, RC_LIMIT_SIZE);
    keys->keys[keys->count++] = *key;
    return SCHUIL_OK;
}

void schuil_audit_keys_write(const struct audit_keys *keys, struct writer *w)
{
    put_text(w, HEAD);
    for (size_t i = 0; i < keys->count; i++) {
        put_text(w, schuil_compartment_name(keys->keys[i].compartment));
        put_u8(w, ' ');
        put_hex(w, keys->keys[i].public_part, ED25519_PUBLIC_LEN);
        put_u8(w, '\n');
    }
}

static SCHUIL_RC key_read(struct scan *s, struct audit_keys *keys)
{
    struct audit_key key;
    bool is_known = schuil_compartment_parse(scan_until(s, ' '), &key.compartment);
    scan_hex(s, key.public_part, sizeof key.public_part);
    scan_literal(s, "\n");
    ENSURE(is_known && !s->is_bad, RC_INPUT_FILE);
    return schuil_audit_keys_add(keys, &key);
}

SCHUIL_RC schuil_audit_keys_read(struct bytes text, struct audit_keys *ret)
{
    struct scan s = scan_over(text);
    struct audit_keys keys = {.count = 0};
    ret->count = 0;
    scan_literal(&s, HEAD);
    while (!s.is_bad && s.rest.len > 0)
        TRY(key_read(&s, &keys));
    ENSURE(scan_is_done(&s) && keys.count > 0, RC_INPUT_FILE);
    *ret = keys;
    return SCHUIL_OK;
}
