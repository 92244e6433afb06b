/* SPDX-License-Identifier: Apache-2.0 */
/* Wrapping keys by name. A process holds one, and during a rewrap the next one beside it: whoever
 * opens a wrapped copy takes the key that the copy names, whoever makes one is told which.
 * Source: PROTOCOL section 6. */
#ifndef SCHUILNAAM_ENGINE_WRAPPING_H
#define SCHUILNAAM_ENGINE_WRAPPING_H

#include "schuilnaam/crypto/secret.h"

enum {
    WRAPPING_NAME_LEN = 63, /* bytes of a name, at most */
    WRAPPING_RING_CAP = 4   /* one in use, one to come, and what interrupted rewraps left */
};

struct wrapping_ref {
    const char *name;               /* public */
    const struct wrapping_key *key; /* secret, in guarded memory */
};

/* Names differ; the order is that of age, the newest last. All borrowed. */
struct wrapping_ring {
    size_t count;
    struct wrapping_ref refs[WRAPPING_RING_CAP];
};

/* The key of a name, or NULL. Any thread. */
const struct wrapping_ref *schuil_wrapping_find(const struct wrapping_ring *ring, const char *name);

#endif
