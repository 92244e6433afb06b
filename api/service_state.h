/* SPDX-License-Identifier: Apache-2.0 */
/* What all threads of a serving process share. Set up before they start and torn down after they
 * ended; in between only what is atomic or has a lock of its own changes. */
#ifndef SCHUIL_API_SERVICE_STATE_H
#define SCHUIL_API_SERVICE_STATE_H

#include <stdatomic.h>

#include "clock.h"
#include "metrics.h"
#include "pool.h"
#include "route.h"
#include "schuilnaam/crypto/hash.h"
#include "settings.h"
#include "unseal_notes.h"

struct archivist;
struct clerk;
struct holders;
struct housekeeper;
struct keeper;
struct operate;
struct steward;
struct worker;
struct wrapping;

struct service {
    struct settings settings;
    struct wrapping *wrapping;
    struct unseal unseal; /* of the control thread while sealed, then of operate */
    uint8_t policy_key[ED25519_PUBLIC_LEN]; /* that policy must be signed with */
    char process[96];                       /* host name and process number, for the audit events */
    unsigned roles;                         /* bit 1 << enum compartment */
    const char *compartment;                /* the first of this process's compartments */
    struct route_table routes;
    struct metrics metrics;
    struct quota_table *quotas;
    struct edge_tls *tls;
    struct holders *holders; /* connections by organisation */
    struct pool *pool;
    size_t pool_threads;
    struct clerk *clerk;
    struct keeper *keeper;
    struct housekeeper *housekeeper;
    struct operate *operate;
    struct archivist *archivist;
    struct steward *steward; /* NULL: this process has not the keys of both compartments */
    struct worker **workers; /* worker_count of the api, then one of the admin listener */
    size_t worker_count;
    _Atomic int64_t connection_count;
    _Atomic int64_t confirmed_us;        /* monotonic; 0: no snapshot was ever confirmed */
    _Atomic int64_t clock_difference_us; /* ours less the database's */
    _Atomic uint64_t snapshot_counter;
    _Atomic size_t running_count; /* workers whose loop runs */
    _Atomic bool is_draining;
};

/* Whether this process holds the keys of issue and of translate, so that it can change both. */
static inline bool service_has_keys(const struct service *s)
{
    unsigned both = 1U << COMPARTMENT_ISSUE | 1U << COMPARTMENT_TRANSLATE;
    return (s->roles & both) == both;
}

/* The lease of PROTOCOL 4.1. */
static inline bool service_is_fresh(struct service *s, int64_t mono_us)
{
    int64_t confirmed_us = atomic_load(&s->confirmed_us);
    return confirmed_us != 0 && mono_us - confirmed_us < (int64_t)LIMIT_LEASE_S * 1000000;
}

static inline bool service_clock_is_good(struct service *s)
{
    int64_t difference_us = atomic_load(&s->clock_difference_us);
    int64_t bound_us = (int64_t)LIMIT_CLOCK_S * 1000000;
    return difference_us <= bound_us && difference_us >= -bound_us;
}

#endif
