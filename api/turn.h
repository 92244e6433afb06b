/* SPDX-License-Identifier: Apache-2.0 */
/* One worker's audit chain and the answers that wait for it.
 *
 *   added -> pending -> in flight -> committed: done(TURN_COMMITTED), the answer may leave
 *                                 -> failed:    done(TURN_FAILED), the chain stays where it was
 *                                 -> unknown:   done(TURN_UNKNOWN), the chain is given up
 *
 * One transaction at a time, of at most LIMIT_AUDIT_ROW_COUNT events, or of the one event whose
 * effect in the database may be refused: that must not fail others. A new chain begins with
 * CHAIN_START, alone in its transaction, which names the heads of all chains; those are read by
 * another thread (ask_heads, turn_heads), because reading them blocks. What waits longer than
 * LIMIT_STORE_S is done(TURN_AWAY). Knows no loop: the worker has it receive when the store's
 * descriptor is ready, submit at the end of each pass of the loop, and drives it a few times a
 * second. Source: PROTOCOL section 7. One thread. */
#ifndef SCHUIL_API_TURN_H
#define SCHUIL_API_TURN_H

#include "metrics.h"
#include "schuilnaam/engine/store.h"

enum turn_result { TURN_COMMITTED, TURN_FAILED, TURN_UNKNOWN, TURN_AWAY };

struct turn_entry {
    struct turn_entry *next;
    const struct audit_event *event; /* lies still until done */
    bool is_alone;    /* its event has an effect that may be refused: a transaction of its own */
    int64_t since_us; /* monotonic; set by turn_add */
    struct schuil_rc refusal; /* TURN_FAILED: why */
    void (*done)(struct turn_entry *entry, enum turn_result result);
};

struct turn_list {
    struct turn_entry *first, *last;
    size_t count;
};

struct turn_config {
    const char *conninfo;
    struct audit_event prototype; /* of CHAIN_START and CHAIN_END: role, access, compartment... */
    struct metrics *metrics;
    /* The key that heads are signed with now, or NULL: none yet. */
    const struct signing_pair *(*pair)(void *arg);
    /* Begin to read the heads of all chains; turn_heads must follow, later. */
    void (*ask_heads)(void *arg);
    void *arg;
};

struct turn;
SCHUIL_RC turn_new(const struct turn_config *config, struct turn **ret);
void turn_add(struct turn *turn, struct turn_entry *entry, int64_t now_us);
/* Step the store and finish what ended, when its descriptor is ready. May call done of any entry.
 */
void turn_receive(struct turn *turn, int64_t now_us);
/* Submit what waits, unless a transaction is out. May call done of any entry. */
void turn_submit(struct turn *turn, int64_t now_us);
/* Both, and what has waited too long: a few times a second. */
void turn_drive(struct turn *turn, int64_t now_us);
/* A transaction is out: what is added now waits for its end. */
bool turn_is_out(const struct turn *turn);
/* heads: JSON text, or NULL: they could not be read (asked again at a later drive). */
void turn_heads(struct turn *turn, const char *heads);
/* The database is there and the chain has begun. */
bool turn_is_ready(const struct turn *turn);
/* Write CHAIN_END once nothing waits. True when that has ended, one way or the other. */
bool turn_end(struct turn *turn, int64_t now_us);
const struct audit_store *turn_store(const struct turn *turn);
void turn_free(struct turn *turn);

#endif
