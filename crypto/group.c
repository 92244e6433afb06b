/* SPDX-License-Identifier: Apache-2.0 */
/* ristretto255 and its scalars by libsodium, one element after another: the portable kernel, and
 * the only file that calls libsodium's group. The checks that libsodium 1.0.18 leaves out are made
 * here: it takes the all-zero encoding for a valid point, does not look at the highest bit of an
 * encoding, and takes any 32 bytes for a scalar.
 *
 * Whether an element or scalar is refused is public; what it is, is not: nothing else branches.
 * Sources: RFC 9496 sections 4.3 and 4.4; RFC 9497 sections 3.1 and 4.1. */
#include "schuilnaam/crypto/group.h"

#include <sodium.h>

#include "declassify.h"
#include "expand.h"
#include "schuilnaam/crypto/memory.h"

enum { UNIFORM_LEN = 64 };

SECRET_TYPE(uniform, UNIFORM_LEN)

/* "HashToGroup-" || contextString; contextString = "OPRFV1-" || mode 0x01 || "-" || suite. */
static const char hash_dst[] = "HashToGroup-OPRFV1-\x01-ristretto255-SHA512";

static bool is_identity(const struct element *e)
{
    return declassify_bool(schuil_ct_is_zero(e->b, sizeof e->b));
}

/* Refuse all of a batch. */
static void outputs_clear(size_t n, struct element *ret, bool *ret_ok)
{
    schuil_wipe(ret, n * sizeof *ret);
    if (n > 0)
        memset(ret_ok, 0, n * sizeof *ret_ok);
}

/* --- hash to group --- */

static SCHUIL_RC hash_one(struct expander *expander, struct bytes input, struct element *ret)
{
    SECRET(uniform) uniform;

    TRY(expander_run(expander, input, bytes_of(hash_dst, sizeof hash_dst - 1), uniform.b,
                     sizeof uniform.b));
    (void)crypto_core_ristretto255_from_hash(ret->b, uniform.b); /* always 0 */
    return SCHUIL_OK;
}

static SCHUIL_RC hash_all(struct expander *expander, size_t n, const struct bytes *inputs,
                          struct element *ret, bool *ret_ok)
{
    for (size_t i = 0; i < n; i++) {
        ENSURE(inputs[i].len <= UINT16_MAX, RC_INPUT_LENGTH);
        TRY(hash_one(expander, inputs[i], &ret[i]));
        ret_ok[i] = !is_identity(&ret[i]);
    }
    return SCHUIL_OK;
}

SCHUIL_RC schuil_group_hash(size_t n, const struct bytes *inputs, struct element *ret, bool *ret_ok)
{
    struct expander expander;
    struct schuil_rc rc = expander_init(&expander);

    if (schuil_is_ok(rc))
        rc = hash_all(&expander, n, inputs, ret, ret_ok);
    if (!schuil_is_ok(rc))
        outputs_clear(n, ret, ret_ok);
    expander_done(&expander);
    return rc;
}

/* --- elements --- */

/* libsodium 1.0.18 looks at 255 bits of an encoding: the 256th is ours to refuse. */
static bool is_high(const struct element *e)
{
    return declassify_bool(e->b[sizeof e->b - 1] >> 7 != 0);
}

/* ret = scalar * element; false and zeros when the element is refused. */
static bool multiply_one(const struct element *element, const struct scalar *scalar,
                         struct element *ret)
{
    struct element product = {{0}};

    /* libsodium checks the encoding, and answers -1 too when the product is the identity. */
    bool is_good =
        !is_identity(element) && !is_high(element) &&
        declassify_bool(crypto_scalarmult_ristretto255(product.b, scalar->b, element->b) == 0);
    if (is_good)
        *ret = product;
    else
        element_wipe(ret);
    element_wipe(&product);
    return is_good;
}

SCHUIL_RC schuil_group_multiply(size_t n, const struct element *elements,
                                const struct scalar *scalar, struct element *ret, bool *ret_ok)
{
    struct schuil_rc rc = schuil_scalar_check(scalar);

    if (!schuil_is_ok(rc)) {
        outputs_clear(n, ret, ret_ok);
        return rc;
    }
    for (size_t i = 0; i < n; i++)
        ret_ok[i] = multiply_one(&elements[i], scalar, &ret[i]);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_group_evaluate(size_t n, const struct bytes *inputs, const struct scalar *scalar,
                                struct element *ret, bool *ret_ok)
{
    struct schuil_rc rc = schuil_scalar_check(scalar);

    if (!schuil_is_ok(rc)) {
        outputs_clear(n, ret, ret_ok);
        return rc;
    }
    TRY(schuil_group_hash(n, inputs, ret, ret_ok));
    return schuil_group_multiply(n, ret, scalar, ret, ret_ok); /* refuses the identity again */
}

void schuil_group_check(size_t n, const struct element *elements, bool *ret_ok)
{
    for (size_t i = 0; i < n; i++)
        ret_ok[i] = !is_identity(&elements[i]) && !is_high(&elements[i]) &&
                    declassify_bool(crypto_core_ristretto255_is_valid_point(elements[i].b) == 1);
}

SCHUIL_RC schuil_group_base(const struct scalar *scalar, struct element *ret)
{
    struct schuil_rc rc = schuil_scalar_check(scalar);

    if (schuil_is_ok(rc) &&
        declassify_bool(crypto_scalarmult_ristretto255_base(ret->b, scalar->b) != 0))
        rc = schuil_rc(RC_INTERNAL); /* the identity: cannot be for a checked scalar */
    if (!schuil_is_ok(rc))
        element_wipe(ret);
    return rc;
}

/* --- scalars --- */

SCHUIL_RC schuil_scalar_random(struct scalar *ret)
{
    SECRET(uniform) wide;

    do {
        struct schuil_rc rc = schuil_random(wide.b, sizeof wide.b);
        if (!schuil_is_ok(rc)) {
            scalar_wipe(ret);
            return rc;
        }
        crypto_core_ristretto255_scalar_reduce(ret->b, wide.b);
    } while (declassify_bool(schuil_ct_is_zero(ret->b, sizeof ret->b)));
    return SCHUIL_OK;
}

SCHUIL_RC schuil_scalar_check(const struct scalar *s)
{
    SECRET(uniform) wide = {{0}};
    SECRET(scalar) reduced;

    /* A scalar is canonical exactly when reducing it changes nothing. */
    memcpy(wide.b, s->b, sizeof s->b);
    crypto_core_ristretto255_scalar_reduce(reduced.b, wide.b);
    bool is_canonical = schuil_ct_equal(reduced.b, s->b, sizeof s->b);
    bool is_zero = schuil_ct_is_zero(s->b, sizeof s->b);
    ENSURE(declassify_bool(is_canonical) && !declassify_bool(is_zero), RC_CRYPTO_SCALAR);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_scalar_multiply(const struct scalar *a, const struct scalar *b, struct scalar *ret)
{
    SECRET(scalar) product = {{0}};
    struct schuil_rc rc = schuil_scalar_check(a);

    if (schuil_is_ok(rc))
        rc = schuil_scalar_check(b);
    if (schuil_is_ok(rc)) /* not zero: l is prime */
        crypto_core_ristretto255_scalar_mul(product.b, a->b, b->b);
    *ret = product;
    return rc;
}

SCHUIL_RC schuil_scalar_invert(const struct scalar *a, struct scalar *ret)
{
    SECRET(scalar) inverse = {{0}};
    struct schuil_rc rc = schuil_scalar_check(a);

    if (schuil_is_ok(rc))
        (void)crypto_core_ristretto255_scalar_invert(inverse.b, a->b); /* -1 for zero only */
    *ret = inverse;
    return rc;
}
