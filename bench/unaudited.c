/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for api/turn.c in schuilnaamd_unaudited, to measure what the audit costs: every event
 * counts as committed at the end of the pass of the loop that made it, and nothing is written. The
 * linker prefers these functions to those of the library, so the server itself has no switch that
 * could turn its audit off. Never installed; the contracts are those of api/turn.h. */
#include "turn.h"

#include <stdlib.h>

struct turn {
    struct turn_config config;
    struct audit_store *store; /* never connected: the worker finds nothing to watch */
    struct turn_list pending;
};

SCHUIL_RC turn_new(const struct turn_config *config, struct turn **ret)
{
    *ret = NULL;
    struct turn *turn = calloc(1, sizeof *turn);
    ENSURE(turn != NULL, RC_INTERNAL_MEMORY);
    turn->config = *config;
    struct schuil_rc rc = schuil_audit_store_new(config->conninfo, &turn->store);
    if (schuil_is_ok(rc))
        *ret = turn;
    else
        free(turn);
    return rc;
}

void turn_free(struct turn *turn)
{
    if (turn == NULL)
        return;
    schuil_audit_store_free(turn->store);
    free(turn);
}

const struct audit_store *turn_store(const struct turn *turn)
{
    return turn->store;
}

bool turn_is_ready(const struct turn *turn)
{
    (void)turn;
    return true;
}

bool turn_is_out(const struct turn *turn)
{
    (void)turn;
    return false;
}

void turn_add(struct turn *turn, struct turn_entry *entry, int64_t now_us)
{
    entry->next = NULL;
    entry->since_us = now_us;
    if (turn->pending.last == NULL)
        turn->pending.first = entry;
    else
        turn->pending.last->next = entry;
    turn->pending.last = entry;
    turn->pending.count++;
}

void turn_heads(struct turn *turn, const char *heads)
{
    (void)turn;
    (void)heads;
}

void turn_receive(struct turn *turn, int64_t now_us)
{
    (void)turn;
    (void)now_us;
}

void turn_submit(struct turn *turn, int64_t now_us)
{
    struct turn_list ended = turn->pending;
    (void)now_us;
    turn->pending = (struct turn_list){0};
    if (ended.count > 0)
        metrics_turn(turn->config.metrics, ended.count);
    while (ended.first != NULL) {
        struct turn_entry *entry = ended.first;
        ended.first = entry->next;
        entry->done(entry, TURN_COMMITTED);
    }
}

void turn_drive(struct turn *turn, int64_t now_us)
{
    turn_submit(turn, now_us);
}

bool turn_end(struct turn *turn, int64_t now_us)
{
    (void)now_us;
    return turn->pending.count == 0;
}
