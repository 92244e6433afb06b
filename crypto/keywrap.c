/* SPDX-License-Identifier: Apache-2.0 */
/* Keys at rest. The associated data names the row, so a wrapped key that was copied to another row,
 * swapped or edited does not unwrap. Source: PROTOCOL section 6. */
#include "schuilnaam/crypto/keywrap.h"

#include "schuilnaam/crypto/memory.h"
#include "xchacha.h"

enum { CONTEXT_LEN_MAX = 512 };

_Static_assert(WRAP_OVERHEAD == XCHACHA_NONCE_LEN + XCHACHA_TAG_LEN, "nonce and tag");

static SCHUIL_RC context_encode(const struct wrap_context *context, struct writer *w)
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

static bool is_key_len(size_t len)
{
    return len == 32 || len == 64;
}

static SCHUIL_RC wrap(const struct wrapping_key *wrapping, const struct wrap_context *context,
                      struct bytes key, uint8_t *ret)
{
    uint8_t buffer[CONTEXT_LEN_MAX];
    struct writer ad = writer_over(buffer, sizeof buffer);

    TRY(context_encode(context, &ad));
    TRY(schuil_random(ret, XCHACHA_NONCE_LEN));
    return xchacha_seal(wrapping->b, ret, writer_bytes(&ad), key, ret + XCHACHA_NONCE_LEN);
}

SCHUIL_RC schuil_key_wrap(const struct wrapping_key *wrapping, const struct wrap_context *context,
                          struct bytes key, uint8_t *ret)
{
    ENSURE(is_key_len(key.len), RC_INPUT_LENGTH);

    struct schuil_rc rc = wrap(wrapping, context, key, ret);
    if (!schuil_is_ok(rc))
        schuil_wipe(ret, key.len + WRAP_OVERHEAD);
    return rc;
}

static SCHUIL_RC unwrap(const struct wrapping_key *wrapping, const struct wrap_context *context,
                        struct bytes wrapped, uint8_t *ret, size_t ret_len)
{
    uint8_t buffer[CONTEXT_LEN_MAX];
    struct writer ad = writer_over(buffer, sizeof buffer);

    ENSURE(is_key_len(ret_len) && wrapped.len == ret_len + WRAP_OVERHEAD, RC_CRYPTO);
    ENSURE(schuil_is_ok(context_encode(context, &ad)), RC_CRYPTO);
    struct bytes box = bytes_of(wrapped.data + XCHACHA_NONCE_LEN, ret_len + XCHACHA_TAG_LEN);
    return xchacha_open(wrapping->b, wrapped.data, writer_bytes(&ad), box, ret);
}

SCHUIL_RC schuil_key_unwrap(const struct wrapping_key *wrapping, const struct wrap_context *context,
                            struct bytes wrapped, uint8_t *ret, size_t ret_len)
{
    struct schuil_rc rc = unwrap(wrapping, context, wrapped, ret, ret_len);

    if (!schuil_is_ok(rc))
        schuil_wipe(ret, ret_len);
    return rc;
}
