/* SPDX-License-Identifier: Apache-2.0 */
/* A signed chain in memory, as the verifier takes it. */
#ifndef TESTS_ENGINE_FIXTURE_AUDIT_H
#define TESTS_ENGINE_FIXTURE_AUDIT_H

#include "schuilnaam/arena.h"
#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/engine/audit_proof.h"

enum { FIXTURE_CHAIN_CAP = 32 };

struct fixture_chain {
    struct arena *arena;
    struct signing_pair pair;
    struct audit_keys keys; /* the pair's public half, for compartment issue */
    size_t count;
    struct audit_entry entries[FIXTURE_CHAIN_CAP];
};

/* count events of a chain named by 16 times `name`, in transactions of two; the last event is
 * signed. detail: of the first event, or NULL. Asserts that it works. */
void fixture_chain_make(struct fixture_chain *ret, uint8_t name, size_t count, const char *detail);
void fixture_chain_done(struct fixture_chain *chain);

#endif
