/* SPDX-License-Identifier: Apache-2.0 */
/* The door to ristretto255 and its scalars: inputs are checked and hashed here, elements are
 * computed by the kernel that was chosen (group_kernel.h), scalars by libsodium, which takes any 32
 * bytes for a scalar: that check is made here.
 *
 * Whether an element or scalar is refused is public; what it is, is not: nothing else branches.
 * Sources: RFC 9496 sections 4.3 and 4.4; RFC 9497 sections 3.1 and 4.1. */
#include "schuilnaam/crypto/group.h"

#include <sodium.h>

#include "declassify.h"
#include "expand.h"
#include "group_kernel.h"
#include "residue.h"
#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/limits.h"

/* "HashToGroup-" || contextString; contextString = "OPRFV1-" || mode 0x01 || "-" || suite. */
static const char hash_dst[] = "HashToGroup-OPRFV1-\x01-ristretto255-SHA512";

/* Refuse all of a batch. */
static void outputs_clear(size_t n, struct element *ret, bool *ret_ok)
{
    schuil_wipe(ret, n * sizeof *ret);
    if (n > 0)
        memset(ret_ok, 0, n * sizeof *ret_ok);
}

/* The result of a call, once what the call left on the stack is gone: inlined, so that the stack is
 * cleared from where the call's own frame began. */
static inline __attribute__((always_inline)) struct schuil_rc cleared(struct schuil_rc rc)
{
    residue_clear();
    return rc;
}

static SCHUIL_RC scalar_check(const struct scalar *s)
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

/* --- elements from inputs --- */

/* The strings of one slice, which the map takes. */
struct slice {
    struct uniform uniform[LIMIT_SLICE_COUNT];
};

static void slice_wipe(struct slice *slice)
{
    schuil_wipe(slice, sizeof *slice);
}

static SCHUIL_RC inputs_expand(size_t n, const struct bytes *inputs, struct slice *ret)
{
    for (size_t i = 0; i < n; i++)
        ENSURE(inputs[i].len <= UINT16_MAX, RC_INPUT_LENGTH);
    return expand_many(n, inputs, bytes_of(hash_dst, sizeof hash_dst - 1), ret->uniform[0].b);
}

/* H of all inputs, multiplied by scalar unless that is NULL. */
static SCHUIL_RC inputs_run(size_t n, const struct bytes *inputs, const struct scalar *scalar,
                            struct element *ret, bool *ret_ok)
{
    const struct group_kernel *kernel = kernel_get();
    SECRET(slice) slice;
    for (size_t i = 0; i < n; i += LIMIT_SLICE_COUNT) {
        size_t count = n - i < LIMIT_SLICE_COUNT ? n - i : LIMIT_SLICE_COUNT;
        TRY(inputs_expand(count, inputs + i, &slice));
        if (scalar == NULL)
            kernel->hash(count, slice.uniform, ret + i, ret_ok + i);
        else
            kernel->evaluate(count, slice.uniform, scalar, ret + i, ret_ok + i);
    }
    return SCHUIL_OK;
}

/* As inputs_run; after a failure nothing is left of ret. */
static SCHUIL_RC inputs_begin(size_t n, const struct bytes *inputs, const struct scalar *scalar,
                              struct element *ret, bool *ret_ok)
{
    struct schuil_rc rc = scalar == NULL ? SCHUIL_OK : scalar_check(scalar);

    if (schuil_is_ok(rc))
        rc = inputs_run(n, inputs, scalar, ret, ret_ok);
    if (!schuil_is_ok(rc))
        outputs_clear(n, ret, ret_ok);
    return rc;
}

SCHUIL_RC schuil_group_hash(size_t n, const struct bytes *inputs, struct element *ret, bool *ret_ok)
{
    return cleared(inputs_begin(n, inputs, NULL, ret, ret_ok));
}

SCHUIL_RC schuil_group_evaluate(size_t n, const struct bytes *inputs, const struct scalar *scalar,
                                struct element *ret, bool *ret_ok)
{
    return cleared(inputs_begin(n, inputs, scalar, ret, ret_ok));
}

/* --- elements --- */

static SCHUIL_RC multiply(size_t n, const struct element *elements, const struct scalar *scalar,
                          struct element *ret, bool *ret_ok)
{
    struct schuil_rc rc = scalar_check(scalar);

    if (schuil_is_ok(rc))
        kernel_get()->multiply(n, elements, scalar, ret, ret_ok);
    else
        outputs_clear(n, ret, ret_ok);
    return rc;
}

SCHUIL_RC schuil_group_multiply(size_t n, const struct element *elements,
                                const struct scalar *scalar, struct element *ret, bool *ret_ok)
{
    return cleared(multiply(n, elements, scalar, ret, ret_ok));
}

void schuil_group_check(size_t n, const struct element *elements, bool *ret_ok)
{
    kernel_check(n, elements, ret_ok);
    residue_clear();
}

static SCHUIL_RC base(const struct scalar *scalar, struct element *ret)
{
    struct schuil_rc rc = scalar_check(scalar);

    if (schuil_is_ok(rc) &&
        declassify_bool(crypto_scalarmult_ristretto255_base(ret->b, scalar->b) != 0))
        rc = schuil_rc(RC_INTERNAL); /* the identity: cannot be for a checked scalar */
    if (!schuil_is_ok(rc))
        element_wipe(ret);
    return rc;
}

SCHUIL_RC schuil_group_base(const struct scalar *scalar, struct element *ret)
{
    return cleared(base(scalar, ret));
}

/* --- the kernel in use, judged by the portable one --- */

/* What is compared; its scalar and strings are secret like any. */
struct trial {
    struct uniform uniform[LIMIT_SLICE_COUNT];
    struct element got[LIMIT_SLICE_COUNT], want[LIMIT_SLICE_COUNT];
    bool got_ok[LIMIT_SLICE_COUNT], want_ok[LIMIT_SLICE_COUNT];
    struct scalar scalar;
};

static void trial_wipe(struct trial *trial)
{
    schuil_wipe(trial, sizeof *trial);
}

static bool trial_agrees(const struct trial *trial)
{
    return declassify_bool(schuil_ct_equal(trial->got, trial->want, sizeof trial->got)) &&
           declassify_bool(schuil_ct_equal(trial->got_ok, trial->want_ok, sizeof trial->got_ok));
}

static SCHUIL_RC selftest(void)
{
    const struct group_kernel *kernel = kernel_get();
    SECRET(trial) t;

    TRY(schuil_scalar_random(&t.scalar));
    TRY(schuil_random(t.uniform, sizeof t.uniform));
    kernel->evaluate(LIMIT_SLICE_COUNT, t.uniform, &t.scalar, t.got, t.got_ok);
    kernel_portable.evaluate(LIMIT_SLICE_COUNT, t.uniform, &t.scalar, t.want, t.want_ok);
    ENSURE(trial_agrees(&t), RC_CONFIG_SELFTEST);
    t.want[1].b[0] ^= 2; /* another element, or none: that must be told alike */
    kernel->multiply(LIMIT_SLICE_COUNT, t.want, &t.scalar, t.got, t.got_ok);
    kernel_portable.multiply(LIMIT_SLICE_COUNT, t.want, &t.scalar, t.want, t.want_ok);
    ENSURE(trial_agrees(&t), RC_CONFIG_SELFTEST);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_group_selftest(void)
{
    return cleared(selftest());
}

/* --- scalars --- */

static SCHUIL_RC scalar_random(struct scalar *ret)
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

SCHUIL_RC schuil_scalar_random(struct scalar *ret)
{
    return cleared(scalar_random(ret));
}

static SCHUIL_RC scalar_reduce(const uint8_t wide[64], struct scalar *ret)
{
    crypto_core_ristretto255_scalar_reduce(ret->b, wide);
    return schuil_ct_is_zero(ret->b, sizeof ret->b) ? schuil_rc(RC_CRYPTO_SCALAR) : SCHUIL_OK;
}

SCHUIL_RC schuil_scalar_reduce(const uint8_t wide[64], struct scalar *ret)
{
    return cleared(scalar_reduce(wide, ret));
}

SCHUIL_RC schuil_scalar_check(const struct scalar *s)
{
    return cleared(scalar_check(s));
}

static SCHUIL_RC scalar_multiply(const struct scalar *a, const struct scalar *b, struct scalar *ret)
{
    SECRET(scalar) product = {{0}};
    struct schuil_rc rc = scalar_check(a);

    if (schuil_is_ok(rc))
        rc = scalar_check(b);
    if (schuil_is_ok(rc)) /* not zero: l is prime */
        crypto_core_ristretto255_scalar_mul(product.b, a->b, b->b);
    *ret = product;
    return rc;
}

SCHUIL_RC schuil_scalar_multiply(const struct scalar *a, const struct scalar *b, struct scalar *ret)
{
    return cleared(scalar_multiply(a, b, ret));
}

static SCHUIL_RC scalar_invert(const struct scalar *a, struct scalar *ret)
{
    SECRET(scalar) inverse = {{0}};
    struct schuil_rc rc = scalar_check(a);

    if (schuil_is_ok(rc))
        (void)crypto_core_ristretto255_scalar_invert(inverse.b, a->b); /* -1 for zero only */
    *ret = inverse;
    return rc;
}

SCHUIL_RC schuil_scalar_invert(const struct scalar *a, struct scalar *ret)
{
    return cleared(scalar_invert(a, ret));
}
