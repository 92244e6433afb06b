/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up and the guarded slab.
 *
 *     | guard | ... canary | taken | taken | free ... | guard |
 *                          ^data           ^data + len
 *                          |<----------- cap ------------->|
 *
 * The slab is one allocation of libsodium's, which ignores a lock that fails. So the lock is asked
 * for again here: pages already locked are not counted twice, and this time the answer is read.
 * Invariants: len <= cap; len and cap are multiples of SLAB_ALIGN; after sealing nothing is
 * written. Not here: what the keys mean, and OpenSSL's key schedules, which lie on its own heap.
 * Sources: mlock(2), madvise(2); libsodium 1.0.18, "Secure memory". */
#include "schuilnaam/crypto/memory.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "algorithms.h"
#include "group_kernel.h"
#include "schuilnaam/limits.h"

enum { SLAB_ALIGN = 16 };

struct slab {
    uint8_t *data; /* guarded */
    size_t len;    /* taken */
    size_t cap;
    bool is_sealed;
};

SCHUIL_RC schuil_crypto_init(void)
{
    ENSURE(sodium_init() >= 0, RC_INTERNAL_RANDOM);
    TRY(kernel_choose());
    return algorithms_fetch();
}

static size_t align_up(size_t n)
{
    return (n + SLAB_ALIGN - 1) & ~(size_t)(SLAB_ALIGN - 1);
}

/* Lock the pages of the slab and leave them out of core dumps; true when both were done. */
static bool pages_protect(uint8_t *data, size_t cap)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *first = data - ((uintptr_t)data & (page - 1));
    size_t len = (size_t)(data + cap - first);

    return mlock(first, len) == 0 && madvise(first, len, MADV_DONTDUMP) == 0;
}

SCHUIL_RC schuil_slab_new(size_t cap, struct slab **ret_slab)
{
    *ret_slab = NULL;
    ENSURE(cap >= 1 && cap <= LIMIT_MEMORY_SLAB_LEN, RC_INPUT_LENGTH);

    struct slab *slab = calloc(1, sizeof *slab);
    ENSURE(slab != NULL, RC_INTERNAL_MEMORY);
    slab->cap = align_up(cap);
    slab->data = sodium_malloc(slab->cap);
    if (slab->data == NULL) {
        schuil_slab_free(slab);
        return schuil_rc(RC_INTERNAL_MEMORY);
    }
    if (!pages_protect(slab->data, slab->cap)) {
        schuil_slab_free(slab);
        return schuil_rc(RC_CONFIG_MEMLOCK);
    }
    memset(slab->data, 0, slab->cap);
    *ret_slab = slab;
    return SCHUIL_OK;
}

void *schuil_slab_take(struct slab *slab, size_t len)
{
    if (slab->is_sealed || len == 0 || len > slab->cap - slab->len)
        return NULL;
    void *taken = slab->data + slab->len;
    slab->len += align_up(len);
    return taken;
}

SCHUIL_RC schuil_slab_seal(struct slab *slab)
{
    ENSURE(sodium_mprotect_readonly(slab->data) == 0, RC_INTERNAL_MEMORY);
    slab->is_sealed = true;
    return SCHUIL_OK;
}

void schuil_slab_free(struct slab *slab)
{
    if (slab == NULL)
        return;
    sodium_free(slab->data); /* makes it writable, checks the canary, wipes, unlocks */
    free(slab);
}
