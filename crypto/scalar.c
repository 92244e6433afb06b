/* SPDX-License-Identifier: Apache-2.0 */
/* Scalars modulo l = 2^252 + 27742317777372353535851937790883648493, little-endian.
 * Source: RFC 9496 section 4.4; PROTOCOL notation (64 random bytes reduced; zero: draw again). */
#include <sodium.h>
#include <string.h>

#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/memory.h"

static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                  0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                  0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

/* 1 when s < order: the borrow of s - order, over all bytes and without a branch. */
static unsigned below_order(const uint8_t s[32])
{
    unsigned borrow = 0;

    for (size_t i = 0; i < 32; i++)
        borrow = ((unsigned)s[i] - order[i] - borrow) >> 31;
    return borrow;
}

SCHUIL_RC schuil_scalar_check(const struct scalar *s)
{
    ENSURE(below_order(s->b) == 1, RC_CRYPTO_SCALAR);
    ENSURE(!schuil_ct_is_zero(s->b, sizeof s->b), RC_CRYPTO_SCALAR);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_scalar_random(struct scalar *ret)
{
    uint8_t wide[crypto_core_ristretto255_NONREDUCEDSCALARBYTES];

    do {
        TRY(schuil_random(wide, sizeof wide));
        crypto_core_ristretto255_scalar_reduce(ret->b, wide);
    } while (schuil_ct_is_zero(ret->b, sizeof ret->b));
    schuil_wipe(wide, sizeof wide);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_scalar_multiply(const struct scalar *a, const struct scalar *b, struct scalar *ret)
{
    TRY(schuil_scalar_check(a));
    TRY(schuil_scalar_check(b));
    crypto_core_ristretto255_scalar_mul(ret->b, a->b, b->b);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_scalar_invert(const struct scalar *a, struct scalar *ret)
{
    TRY(schuil_scalar_check(a));
    ENSURE(crypto_core_ristretto255_scalar_invert(ret->b, a->b) == 0, RC_CRYPTO_SCALAR);
    return SCHUIL_OK;
}
