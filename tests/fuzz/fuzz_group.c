/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels against each other: whatever the scalar, the number of elements and their bytes, the
 * eight lanes answer as libsodium does, to the byte, and judge each encoding as it does.
 *
 * Input: a byte for the count (1 .. 24), a byte for the kind (evaluate or multiply), 32 bytes of a
 * scalar, then the elements' bytes; what is missing is zeros. */
#include <sodium.h>

#include "fuzz.h"
#include "lanes/emulated.h"
#include "schuilnaam/crypto/memory.h"

enum { COUNT_MAX = 24 };

struct answer {
    struct element e[COUNT_MAX];
    bool is_good[COUNT_MAX];
};

static const struct group_kernel *rival(void)
{
    return kernel_ifma() != NULL ? kernel_ifma() : &kernel_emulated;
}

/* Fill ret from the input's front. */
static void take(struct bytes *input, void *ret, size_t len)
{
    size_t n = input->len < len ? input->len : len;
    memset(ret, 0, len);
    if (n > 0)
        memcpy(ret, input->data, n);
    *input = bytes_of(input->data + n, input->len - n);
}

/* Any 32 bytes, made canonical; 1 for what would be 0. */
static void take_scalar(struct bytes *input, struct scalar *ret)
{
    uint8_t wide[64] = {0};
    take(input, wide, 32);
    crypto_core_ristretto255_scalar_reduce(ret->b, wide);
    if (!schuil_is_ok(schuil_scalar_check(ret)))
        *ret = (struct scalar){{1}};
}

static void check_same(size_t n, const struct answer *a, const struct answer *b)
{
    FUZZ_CHECK(memcmp(a->e, b->e, n * sizeof a->e[0]) == 0);
    for (size_t i = 0; i < n; i++)
        FUZZ_CHECK(a->is_good[i] == b->is_good[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes input = bytes_of(data, len);
    size_t n = 1 + fuzz_take_u8(&input) % COUNT_MAX;
    bool evaluates = fuzz_take_u8(&input) & 1;
    struct uniform uniform[COUNT_MAX];
    struct element elements[COUNT_MAX];
    struct answer got, want;
    struct scalar s;
    FUZZ_CHECK(schuil_is_ok(schuil_crypto_init()));
    take_scalar(&input, &s);
    take(&input, uniform, sizeof uniform);
    memcpy(elements, uniform, sizeof elements);
    if (evaluates) {
        rival()->evaluate(n, uniform, &s, got.e, got.is_good);
        kernel_portable.evaluate(n, uniform, &s, want.e, want.is_good);
    } else {
        rival()->multiply(n, elements, &s, got.e, got.is_good);
        kernel_portable.multiply(n, elements, &s, want.e, want.is_good);
    }
    check_same(n, &got, &want);
    return 0;
}
