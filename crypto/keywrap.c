/* SPDX-License-Identifier: Apache-2.0 */
/* Keys at rest, bound to their row by the associated data. Source: PROTOCOL section 6. */
#include "schuilnaam/crypto/keywrap.h"

#include <string.h>

#include "schuilnaam/crypto/aead.h"
#include "schuilnaam/crypto/memory.h"

enum { CONTEXT_LEN_MAX = 256 };

static SCHUIL_RC context_bytes(const struct wrap_context *context, struct writer *w)
{
    put_lv_text(w, "schuilnaam/v1/wrap");
    put_lv_text(w, context->wrapping_name);
    put_u32(w, context->number);
    put_lv_text(w, context->purpose);
    put_u32(w, context->scope);
    put_u32(w, context->epoch);
    put_u32(w, context->generation);
    put_lv_text(w, context->compartment);
    ENSURE(!w->is_full, RC_INPUT_LENGTH);
    return SCHUIL_OK;
}

static struct transport_key as_box_key(const struct wrapping_key *wrapping)
{
    struct transport_key key;

    _Static_assert(sizeof key.b == sizeof wrapping->b, "one length");
    memcpy(key.b, wrapping->b, sizeof key.b);
    return key;
}

SCHUIL_RC schuil_key_wrap(const struct wrapping_key *wrapping, const struct wrap_context *context,
                          struct bytes key, uint8_t *ret)
{
    uint8_t space[CONTEXT_LEN_MAX];
    struct writer ad = writer_over(space, sizeof space);

    ENSURE(key.len == 32 || key.len == 64, RC_INPUT_LENGTH);
    TRY(context_bytes(context, &ad));
    TRY(schuil_random(ret, XCHACHA_NONCE_LEN));
    SECRET(transport_key) box_key = as_box_key(wrapping);
    return schuil_xchacha_seal(&box_key, ret, writer_bytes(&ad), key, ret + XCHACHA_NONCE_LEN);
}

SCHUIL_RC schuil_key_unwrap(const struct wrapping_key *wrapping, const struct wrap_context *context,
                            struct bytes wrapped, uint8_t *ret, size_t ret_len)
{
    uint8_t space[CONTEXT_LEN_MAX];
    struct writer ad = writer_over(space, sizeof space);

    schuil_wipe(ret, ret_len);
    ENSURE(ret_len == 32 || ret_len == 64, RC_INPUT_LENGTH);
    ENSURE(wrapped.len == ret_len + WRAP_OVERHEAD, RC_CRYPTO);
    TRY(context_bytes(context, &ad));
    SECRET(transport_key) box_key = as_box_key(wrapping);
    struct bytes box = bytes_of(wrapped.data + XCHACHA_NONCE_LEN, wrapped.len - XCHACHA_NONCE_LEN);
    return schuil_xchacha_open(&box_key, wrapped.data, writer_bytes(&ad), box, ret);
}
