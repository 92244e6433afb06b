/* SPDX-License-Identifier: Apache-2.0 */
/* ristretto255 by libsodium, one element after another: runs everywhere, and judges the other
 * kernel. libsodium 1.0.18 takes the all-zero encoding for a valid point and does not look at the
 * highest bit of an encoding: those checks are made here.
 *
 * Whether an element is refused is public; what it is, is not: nothing else branches.
 * Sources: RFC 9496 sections 4.3.1 - 4.3.4. */
#include <sodium.h>

#include "declassify.h"
#include "group_kernel.h"

static bool is_identity(const struct element *e)
{
    return declassify_bool(schuil_ct_is_zero(e->b, sizeof e->b));
}

static void hash(size_t n, const struct uniform *uniform, struct element *ret, bool *ret_ok)
{
    for (size_t i = 0; i < n; i++) {
        (void)crypto_core_ristretto255_from_hash(ret[i].b, uniform[i].b); /* always 0 */
        ret_ok[i] = !is_identity(&ret[i]);
    }
}

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

static void multiply(size_t n, const struct element *elements, const struct scalar *scalar,
                     struct element *ret, bool *ret_ok)
{
    for (size_t i = 0; i < n; i++)
        ret_ok[i] = multiply_one(&elements[i], scalar, &ret[i]);
}

static void evaluate(size_t n, const struct uniform *uniform, const struct scalar *scalar,
                     struct element *ret, bool *ret_ok)
{
    hash(n, uniform, ret, ret_ok);
    multiply(n, ret, scalar, ret, ret_ok); /* refuses the identity again */
}

void kernel_check(size_t n, const struct element *elements, bool *ret_ok)
{
    for (size_t i = 0; i < n; i++)
        ret_ok[i] = !is_identity(&elements[i]) && !is_high(&elements[i]) &&
                    declassify_bool(crypto_core_ristretto255_is_valid_point(elements[i].b) == 1);
}

const struct group_kernel kernel_portable = {
    .name = "portable",
    .hash = hash,
    .evaluate = evaluate,
    .multiply = multiply,
};
