/* SPDX-License-Identifier: Apache-2.0 */
/* A small installation to issue and translate in: fixture_keys.h's keys, two hospitals, two
 * registries of a domain each, the shipped catalogue and types, and works to fill.
 *
 *   hospitals   1 HOSP1, 2 HOSP2      registries  1 REG1 (domain 1), 2 REG2 (domain 2)
 *   connections HOSP1-REG1, HOSP2-REG1, HOSP1-REG2, 48 hours of life each */
#ifndef TESTS_ENGINE_FIXTURE_WORK_H
#define TESTS_ENGINE_FIXTURE_WORK_H

#include "fixture_keys.h"
#include "schuilnaam/engine/work.h"

enum { FIXTURE_CONNECTIONS = 3, FIXTURE_LIFE_HOURS = 48 };

struct fixture_work {
    struct fixture_keys keys;
    /* change these, then fixture_work_load */
    enum registry_state registry_state; /* of REG1 */
    enum entity_state connection_states[FIXTURE_CONNECTIONS];
    bool allows_test_persons;
    bool is_bound;                 /* both domains */
    bool is_salted;                /* all connections */
    bool is_rotating, is_aborting; /* domain 1, from generation 1 to 2 */
    bool has_linkage;              /* number 1, of type A, from REG1 to REG2 */
    enum entity_state linkage_state;
    uint32_t generation; /* of domain 1 */

    struct snapshot *snapshot;
    struct arena *arena;
    int64_t now_us;
};

void fixture_work_init(struct fixture_work *f);
void fixture_work_done(struct fixture_work *f);
/* A new snapshot of the fields and keys as they are; works made before must not be used after. */
void fixture_work_load(struct fixture_work *f);
/* The refresh that the keys have prepared: epoch 2 active, k_1 gone, s_1 kept to translate. Loads.
 */
void fixture_work_refresh(struct fixture_work *f);

/* trefs: "A,C". provider: organisation number. */
struct work *fixture_issue(struct fixture_work *f, uint32_t provider, const char *registry,
                           uint32_t record_count, const char *trefs);
struct work *fixture_link(struct fixture_work *f, uint32_t record_count); /* linkage 1 */
struct work *fixture_rotate(struct fixture_work *f, const char *registry, uint32_t record_count);
struct work *fixture_translate(struct fixture_work *f, const char *registry, uint32_t record_count);
struct work *fixture_reverse(struct fixture_work *f, uint32_t provider, const char *registry,
                             uint32_t record_count);
void fixture_value(struct work *work, uint32_t record, const char *code, const char *value);
/* BSN, or GN VL GD G PC of a person. */
void fixture_person(struct work *work, uint32_t record, const char *bsn);
void fixture_text(struct work *work, uint32_t record, const char *tref, const char *text);
/* Run all jobs of a prepared work, and finish it. */
void fixture_run(struct work *work);

/* The pseudonym of a record in a column with a terminator, malloc'ed; NULL: none was made. */
char *fixture_new_made(const struct work *work, uint32_t record, uint16_t column);
char *fixture_made(const struct work *work, uint32_t record, uint16_t column);
size_t fixture_entry_count(const struct work *work, uint32_t record);
bool fixture_has_entry(const struct work *work, uint32_t record, enum schuil_diagnostic d,
                       const char *field);

#endif
