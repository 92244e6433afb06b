/* SPDX-License-Identifier: Apache-2.0 */
/* One key: drawn or adopted, its public part, its wrapped copies. Not which keys a server uses
 * (keyring.c), not whether rows were edited (manifest_check.c).
 * Invariant: after a failure no key byte and no copy is left in an output.
 * Source: PROTOCOL section 6. */
#include <string.h>

#include "keys/public_part.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/memory.h"

static SCHUIL_RC scalar_adopt(enum key_purpose purpose, const uint8_t *key, uint8_t ret[32],
                              uint8_t *ret_len)
{
    SECRET(scalar) scalar;
    struct element base;
    memcpy(scalar.b, key, sizeof scalar.b);
    TRY(schuil_scalar_check(&scalar));
    if (purpose != PURPOSE_ROOT)
        return SCHUIL_OK;
    TRY(schuil_group_base(&scalar, &base));
    memcpy(ret, base.b, sizeof base.b);
    *ret_len = sizeof base.b;
    return SCHUIL_OK;
}

SCHUIL_RC key_public_part(enum key_purpose purpose, const uint8_t *key, uint8_t ret[32],
                          uint8_t *ret_len)
{
    memset(ret, 0, 32);
    *ret_len = 0;
    if (purpose == PURPOSE_ROOT || purpose == PURPOSE_DOMAIN)
        return scalar_adopt(purpose, key, ret, ret_len);
    if (purpose != PURPOSE_AUDIT && purpose != PURPOSE_POLICY)
        return SCHUIL_OK;
    SECRET(signing_seed) seed;
    memcpy(seed.b, key, sizeof seed.b);
    schuil_ed25519_public(&seed, ret);
    *ret_len = ED25519_PUBLIC_LEN;
    return SCHUIL_OK;
}

SCHUIL_RC schuil_key_adopt(struct key_row *row, struct bytes key)
{
    memset(row->public_part, 0, sizeof row->public_part);
    row->public_len = 0;
    ENSURE(key.len == schuil_purpose_len(row->purpose), RC_INPUT_LENGTH);
    return key_public_part(row->purpose, key.data, row->public_part, &row->public_len);
}

static SCHUIL_RC key_random(enum key_purpose purpose, uint8_t *ret)
{
    if (purpose != PURPOSE_ROOT && purpose != PURPOSE_DOMAIN)
        return schuil_random(ret, schuil_purpose_len(purpose));
    SECRET(scalar) scalar;
    TRY(schuil_scalar_random(&scalar));
    memcpy(ret, scalar.b, sizeof scalar.b);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_key_draw(struct key_row *row, uint8_t *ret)
{
    size_t len = schuil_purpose_len(row->purpose);
    memset(row->public_part, 0, sizeof row->public_part);
    row->public_len = 0;
    struct schuil_rc rc = key_random(row->purpose, ret);
    if (schuil_is_ok(rc))
        rc = schuil_key_adopt(row, bytes_of(ret, len));
    if (!schuil_is_ok(rc))
        schuil_wipe(ret, len);
    return rc;
}

static struct wrap_context row_context(const struct key_row *row, enum compartment c,
                                       const char *wrapping_name)
{
    return (struct wrap_context){
        .wrapping_name = wrapping_name,
        .number = row->number,
        .purpose = schuil_purpose_name(row->purpose),
        .scope = row->scope,
        .epoch = row->epoch,
        .generation = row->generation,
        .compartment = schuil_compartment_name(c),
    };
}

static bool row_has_home(const struct key_row *row)
{
    return row->purpose == PURPOSE_MANIFEST || row->purpose == PURPOSE_AUDIT;
}

static bool row_belongs_in(const struct key_row *row, enum compartment c)
{
    if (row_has_home(row))
        return row->home == (int8_t)c;
    return schuil_purpose_in(row->purpose, c);
}

static SCHUIL_RC home_check(const struct key_row *row)
{
    if (!row_has_home(row))
        return SCHUIL_OK;
    ENSURE(row->home >= 0 && row->home < COMPARTMENT_COUNT, RC_INPUT_VALUE);
    ENSURE(schuil_purpose_in(row->purpose, (enum compartment)row->home), RC_INPUT_VALUE);
    return SCHUIL_OK;
}

static SCHUIL_RC copy_make(struct key_row *row, enum compartment c, struct bytes key,
                           const struct wrapping_ref *wrapping)
{
    size_t name_len = strlen(wrapping->name);
    ENSURE(key.len == schuil_purpose_len(row->purpose), RC_INPUT_LENGTH);
    ENSURE(name_len > 0 && name_len <= WRAPPING_NAME_LEN, RC_INPUT_LENGTH);
    uint8_t wrapped[WRAPPED_LEN_MAX];
    struct wrap_context context = row_context(row, c, wrapping->name);
    TRY(schuil_key_wrap(wrapping->key, &context, key, wrapped));
    row->copies[c].exists = true;
    row->copies[c].len = (uint16_t)(key.len + WRAP_OVERHEAD);
    memcpy(row->copies[c].wrapped, wrapped, key.len + WRAP_OVERHEAD);
    memcpy(row->copies[c].wrapping_name, wrapping->name, name_len + 1);
    return SCHUIL_OK;
}

static SCHUIL_RC copies_make(struct key_row *row, struct bytes key,
                             const struct wrapping_ref *wrapping)
{
    TRY(home_check(row));
    for (unsigned c = 0; c < COMPARTMENT_COUNT; c++)
        if (row_belongs_in(row, (enum compartment)c))
            TRY(copy_make(row, (enum compartment)c, key, wrapping));
    return SCHUIL_OK;
}

SCHUIL_RC schuil_key_wrap_copies(struct key_row *row, struct bytes key,
                                 const struct wrapping_ref *wrapping)
{
    memset(row->copies, 0, sizeof row->copies);
    struct schuil_rc rc = copies_make(row, key, wrapping);
    if (!schuil_is_ok(rc))
        memset(row->copies, 0, sizeof row->copies);
    return rc;
}

SCHUIL_RC schuil_key_rewrap_copy(struct key_row *row, enum compartment c, struct bytes key,
                                 const struct wrapping_ref *wrapping)
{
    ENSURE(row->copies[c].exists && row->copies[c].len > 0, RC_INPUT_VALUE);
    return copy_make(row, c, key, wrapping);
}

const struct wrapping_ref *schuil_wrapping_find(const struct wrapping_ring *ring, const char *name)
{
    for (size_t i = 0; i < ring->count; i++)
        if (strcmp(ring->refs[i].name, name) == 0)
            return &ring->refs[i];
    return NULL;
}

SCHUIL_RC schuil_key_unwrap_copy(const struct key_row *row, enum compartment c,
                                 const struct wrapping_ring *ring, uint8_t *ret, size_t ret_len)
{
    memset(ret, 0, ret_len);
    ENSURE(ret_len == schuil_purpose_len(row->purpose), RC_CONFIG_KEY_ROW);
    ENSURE(row->copies[c].exists && row->copies[c].len > 0, RC_CONFIG_KEY_ROW);
    ENSURE(row->copies[c].len <= sizeof row->copies[c].wrapped, RC_CONFIG_KEY_ROW);
    const struct wrapping_ref *wrapping = schuil_wrapping_find(ring, row->copies[c].wrapping_name);
    ENSURE(wrapping != NULL, RC_CONFIG_WRAPPING);
    struct wrap_context context = row_context(row, c, wrapping->name);
    struct bytes wrapped = bytes_of(row->copies[c].wrapped, row->copies[c].len);
    struct schuil_rc rc = schuil_key_unwrap(wrapping->key, &context, wrapped, ret, ret_len);
    return rc.code == RC_CRYPTO ? schuil_rc(RC_CONFIG_KEY_ROW) : rc;
}
