/* SPDX-License-Identifier: Apache-2.0 */
/* A small installation's key rows with good copies and manifests, for tests to load and to spoil.
 */
#ifndef TESTS_ENGINE_FIXTURE_KEYS_H
#define TESTS_ENGINE_FIXTURE_KEYS_H

#include "schuilnaam/engine/keys.h"

#define FIXTURE_WRAPPING_NAME "w1"
#define FIXTURE_ALL_COMPARTMENTS ((1U << COMPARTMENT_COUNT) - 1)

/* Rows of the fixture by position; the number of a key is its position + 1. */
enum fixture_row {
    ROW_MANIFEST_ISSUE,
    ROW_MANIFEST_TRANSLATE,
    ROW_AUDIT_ISSUE,
    ROW_AUDIT_TRANSLATE,
    ROW_AUDIT_OPERATE,
    ROW_POLICY,
    ROW_ROOT,           /* epoch 1, active */
    ROW_TRANSPORT_OLD,  /* translate-only, issue's copy destroyed */
    ROW_TRANSPORT,      /* active */
    ROW_TRANSPORT_NEXT, /* pre-active */
    ROW_TRANSPORT_GONE, /* destroyed */
    ROW_DOMAIN,         /* domain 1, generation 1, epoch 1, active */
    ROW_DOMAIN_SEAL,    /* domain 1, generation 1, active */
    ROW_DOMAIN_2,       /* domain 2, generation 1, epoch 1, suspended */
    ROW_DOMAIN_SEAL_2,  /* domain 2, generation 1, translate-only */
    ROW_SOURCE,         /* organisation 3 */
    ROW_SOURCE_OLD,     /* organisation 1, generation 1, translate-only */
    ROW_SOURCE_NEW,     /* organisation 1, generation 2, active */
    ROW_PAIR,
    ROW_ROOT_NEXT,      /* epoch 2, pre-active: r * k_1 */
    ROW_DOMAIN_NEXT,    /* domain 1, epoch 2, pre-active: r^-1 * s_1 */
    ROW_DOMAIN_G2,      /* domain 1, generation 2, epoch 1, active */
    ROW_DOMAIN_SEAL_G2, /* domain 1, generation 2, active */
    ROW_DOMAIN_G2_NEXT, /* domain 1, generation 2, epoch 2, pre-active */
    FIXTURE_ROW_COUNT
};

struct fixture_keys {
    struct wrapping_key wrapping;
    struct wrapping_ring ring; /* holds it, by its name */
    struct key_row rows[FIXTURE_ROW_COUNT];
    uint8_t keys[FIXTURE_ROW_COUNT][64];
    uint8_t *bodies[COMPARTMENT_COUNT];
    struct key_table table;
};

/* Calls schuil_crypto_init. A failure fails the test. */
void fixture_keys_init(struct fixture_keys *f);
void fixture_keys_done(struct fixture_keys *f);
/* Wrap row i anew from keys[i], with the public part of that key. */
void fixture_keys_wrap(struct fixture_keys *f, enum fixture_row i);
/* Make both manifests over the rows as they are, with this counter. */
void fixture_keys_vouch(struct fixture_keys *f, uint64_t counter);

#endif
