/* SPDX-License-Identifier: Apache-2.0 */
/* A small installation's policy: the shipped catalogue and types, two providers, two registries. */
#ifndef TESTS_ENGINE_FIXTURE_POLICY_H
#define TESTS_ENGINE_FIXTURE_POLICY_H

#include "schuilnaam/engine/snapshot.h"

enum {
    HOSP1 = 1,
    HOSP2 = 2, /* suspended */
    ORG1 = 3,  /* of registry REG1 */
    ORG2 = 4,  /* of registry REG2 */
    REG1 = 11, /* listed */
    REG2 = 12, /* announced */
    FIXTURE_FROM = 1000,
    FIXTURE_UNTIL = 2000 /* us: the life of connection 21 */
};

/* A builder with all of it; a failure fails the test. Connection 21: HOSP1 to REG1, types A and C.
 */
struct snapshot_builder *fixture_policy(void);
/* The parts, for tests that leave some out. */
void fixture_catalogue(struct snapshot_builder *b);
void fixture_organisations(struct snapshot_builder *b);
void fixture_registries(struct snapshot_builder *b);
struct connection fixture_connection(void);

#endif
