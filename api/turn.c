/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the chain and of its one transaction. `flight` names what is out:
 *
 *   FLIGHT_NONE --submit--> FLIGHT_START | FLIGHT_EVENTS | FLIGHT_END --outcome--> FLIGHT_NONE
 *
 * Invariants: `sent` is empty unless FLIGHT_EVENTS; events are submitted by turn_submit alone; the
 * chain is advanced only by an outcome COMMITTED. */
#include "turn.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"

enum flight { FLIGHT_NONE, FLIGHT_START, FLIGHT_EVENTS, FLIGHT_END };
enum { ARENA_CAP = 64 << 20, RECONNECT_US = 1000000, HEADS_AGAIN_US = 1000000 };

struct turn {
    struct turn_config config;
    struct audit_store *store;
    struct arena *arena; /* rows of the transaction in flight */
    struct audit_chain chain, next;
    bool has_chain, has_ended;
    enum flight flight;
    int64_t sent_us, connected_us, asked_us; /* asked_us 0: no heads asked */
    char *heads;                             /* for the next CHAIN_START; NULL: to be asked */
    struct turn_list pending, sent;
};

/* ---- lists ---- */

static void list_put(struct turn_list *list, struct turn_entry *entry)
{
    entry->next = NULL;
    if (list->last == NULL)
        list->first = entry;
    else
        list->last->next = entry;
    list->last = entry;
    list->count++;
}

static struct turn_entry *list_take(struct turn_list *list)
{
    struct turn_entry *entry = list->first;
    if (entry == NULL)
        return NULL;
    list->first = entry->next;
    if (list->first == NULL)
        list->last = NULL;
    list->count--;
    return entry;
}

static void list_end(struct turn_list *list, enum turn_result result, struct schuil_rc refusal)
{
    struct turn_list ended = *list;
    *list = (struct turn_list){0}; /* done may add new entries */
    for (struct turn_entry *entry; (entry = list_take(&ended)) != NULL;) {
        entry->refusal = refusal;
        entry->done(entry, result);
    }
}

/* ---- life ---- */

SCHUIL_RC turn_new(const struct turn_config *config, struct turn **ret)
{
    *ret = NULL;
    struct turn *turn = calloc(1, sizeof *turn);
    ENSURE(turn != NULL, RC_INTERNAL_MEMORY);
    turn->config = *config;
    turn->arena = schuil_arena_new(ARENA_CAP);
    struct schuil_rc rc = schuil_rc(RC_INTERNAL_MEMORY);
    if (turn->arena != NULL)
        rc = schuil_audit_store_new(config->conninfo, &turn->store);
    if (!schuil_is_ok(rc)) {
        turn_free(turn);
        return rc;
    }
    *ret = turn;
    return SCHUIL_OK;
}

void turn_free(struct turn *turn)
{
    if (turn == NULL)
        return;
    schuil_audit_store_free(turn->store);
    schuil_arena_free(turn->arena);
    free(turn->heads);
    free(turn);
}

const struct audit_store *turn_store(const struct turn *turn)
{
    return turn->store;
}

bool turn_is_ready(const struct turn *turn)
{
    enum store_state state = schuil_audit_store_state(turn->store);
    return turn->has_chain && (state == STORE_IDLE || state == STORE_BUSY);
}

void turn_add(struct turn *turn, struct turn_entry *entry, int64_t now_us)
{
    entry->since_us = now_us;
    list_put(&turn->pending, entry);
}

void turn_heads(struct turn *turn, const char *heads)
{
    free(turn->heads);
    turn->heads = heads == NULL ? NULL : strdup(heads);
    if (turn->heads != NULL)
        turn->asked_us = 0;
}

/* ---- outcomes ---- */

static void chain_drop(struct turn *turn)
{
    schuil_wipe(&turn->chain, sizeof turn->chain);
    turn->has_chain = false;
    free(turn->heads);
    turn->heads = NULL; /* heads read before the loss are stale */
    turn->asked_us = 0;
}

static void on_committed(struct turn *turn, enum flight flight, int64_t now_us)
{
    turn->chain = turn->next;
    turn->has_chain = flight != FLIGHT_END;
    turn->has_ended = flight == FLIGHT_END;
    metric_add(&turn->config.metrics->audit_committed, 1);
    metrics_audit_latency(turn->config.metrics, now_us - turn->sent_us);
    list_end(&turn->sent, TURN_COMMITTED, SCHUIL_OK);
}

static void on_failed(struct turn *turn, enum flight flight)
{
    struct schuil_rc refusal = schuil_audit_store_refusal(turn->store);
    struct log_field fields[] = {log_number("events", (int64_t)turn->sent.count)};
    if (refusal.code == RC_STORE_REFUSED) {
        metric_add(&turn->config.metrics->audit_failed, 1);
        log_write(LOG_LEVEL_ERROR, "audit.refused", fields, 1);
    }
    if (flight == FLIGHT_START)
        chain_drop(turn);
    turn->has_ended = flight == FLIGHT_END;
    list_end(&turn->sent, TURN_FAILED, refusal);
}

static void on_unknown(struct turn *turn, enum flight flight)
{
    struct log_field fields[] = {log_number("events", (int64_t)turn->sent.count)};
    metric_add(&turn->config.metrics->audit_unknown, 1);
    log_write(LOG_LEVEL_ERROR, "audit.unknown", fields, 1);
    chain_drop(turn);
    turn->has_ended = flight == FLIGHT_END;
    list_end(&turn->sent, TURN_UNKNOWN, schuil_rc(RC_STORE_UNKNOWN));
}

static void on_outcome(struct turn *turn, enum store_outcome outcome, int64_t now_us)
{
    enum flight flight = turn->flight;
    if (outcome == STORE_NOTHING)
        return;
    turn->flight = FLIGHT_NONE;
    if (outcome == STORE_COMMITTED)
        on_committed(turn, flight, now_us);
    else if (outcome == STORE_FAILED)
        on_failed(turn, flight);
    else
        on_unknown(turn, flight);
}

/* ---- submitting ---- */

static struct schuil_rc rows_submit(struct turn *turn, const struct audit_event *events, size_t n,
                                    int64_t now_us)
{
    const struct signing_pair *pair = turn->config.pair(turn->config.arg);
    ENSURE(pair != NULL, RC_BUSY_SNAPSHOT);
    schuil_arena_reset(turn->arena);
    struct audit_row *rows = schuil_arena_take_many(turn->arena, n, sizeof *rows);
    ENSURE(rows != NULL, RC_INTERNAL_MEMORY);
    TRY(schuil_audit_make(&turn->chain, events, n, pair, turn->arena, rows, &turn->next));
    TRY(schuil_audit_store_submit(turn->store, rows, n, now_us));
    turn->sent_us = now_us;
    metrics_turn(turn->config.metrics, n);
    return SCHUIL_OK;
}

/* An event of the chain itself, alone in its transaction. */
static struct schuil_rc mark_submit(struct turn *turn, enum audit_event_id id, const char *detail,
                                    int64_t now_us)
{
    struct audit_event event = turn->config.prototype;
    event.id = id;
    event.time_us = clock_wall_us();
    event.outcome = "ok";
    event.detail = detail;
    return rows_submit(turn, &event, 1, now_us);
}

static void submit_failed(struct schuil_rc rc)
{
    struct log_field fields[] = {log_text("result", schuil_rc_name(rc))};
    log_write(LOG_LEVEL_ERROR, "audit.submit", fields, 1);
}

static void start_submit(struct turn *turn, int64_t now_us)
{
    if (turn->config.pair(turn->config.arg) == NULL)
        return;
    if (turn->heads == NULL) {
        if (turn->asked_us == 0 || now_us - turn->asked_us > HEADS_AGAIN_US) {
            turn->asked_us = now_us;
            turn->config.ask_heads(turn->config.arg);
        }
        return;
    }
    struct schuil_rc rc = schuil_audit_chain_new(&turn->chain);
    if (schuil_is_ok(rc))
        rc = mark_submit(turn, AUDIT_CHAIN_START, turn->heads, now_us);
    if (schuil_is_ok(rc))
        turn->flight = FLIGHT_START;
    else
        submit_failed(rc);
}

/* How many of the first that wait go together. */
static size_t pending_count(const struct turn *turn)
{
    size_t n = 0;
    const struct turn_entry *entry = turn->pending.first;
    if (entry->is_alone)
        return 1;
    for (; n < LIMIT_AUDIT_ROW_COUNT && entry != NULL && !entry->is_alone; entry = entry->next)
        n++;
    return n;
}

static void pending_submit(struct turn *turn, int64_t now_us)
{
    size_t n = pending_count(turn);
    struct audit_event *events = calloc(n, sizeof *events);
    for (size_t i = 0; i < n; i++) {
        struct turn_entry *entry = list_take(&turn->pending);
        if (events != NULL)
            events[i] = *entry->event;
        list_put(&turn->sent, entry);
    }
    struct schuil_rc rc =
        events == NULL ? schuil_rc(RC_INTERNAL_MEMORY) : rows_submit(turn, events, n, now_us);
    free(events);
    if (schuil_is_ok(rc)) {
        turn->flight = FLIGHT_EVENTS;
        return;
    }
    submit_failed(rc);
    list_end(&turn->sent, TURN_FAILED, rc);
}

void turn_submit(struct turn *turn, int64_t now_us)
{
    if (turn->flight != FLIGHT_NONE || schuil_audit_store_state(turn->store) != STORE_IDLE)
        return;
    if (turn->has_ended)
        return;
    if (!turn->has_chain)
        start_submit(turn, now_us);
    else if (turn->pending.count > 0)
        pending_submit(turn, now_us);
}

/* ---- driving ---- */

static void connect_again(struct turn *turn, int64_t now_us)
{
    if (schuil_audit_store_state(turn->store) != STORE_DOWN || turn->has_ended)
        return;
    if (turn->connected_us != 0 && now_us - turn->connected_us < RECONNECT_US)
        return;
    turn->connected_us = now_us;
    schuil_audit_store_connect(turn->store, now_us);
}

/* What has waited too long is answered: nobody waits for ever. Entries are in order of time. */
static void pending_expire(struct turn *turn, int64_t now_us)
{
    struct turn_list late = {0};
    while (turn->pending.first != NULL &&
           now_us - turn->pending.first->since_us > (int64_t)LIMIT_STORE_S * 1000000)
        list_put(&late, list_take(&turn->pending));
    list_end(&late, TURN_AWAY, schuil_rc(RC_STORE_AWAY));
}

void turn_receive(struct turn *turn, int64_t now_us)
{
    on_outcome(turn, schuil_audit_store_step(turn->store, now_us), now_us);
}

bool turn_is_out(const struct turn *turn)
{
    return turn->flight != FLIGHT_NONE;
}

void turn_drive(struct turn *turn, int64_t now_us)
{
    turn_receive(turn, now_us);
    connect_again(turn, now_us);
    turn_submit(turn, now_us);
    pending_expire(turn, now_us);
}

bool turn_end(struct turn *turn, int64_t now_us)
{
    if (turn->has_ended)
        return true;
    if (turn->flight != FLIGHT_NONE || turn->pending.count > 0)
        return false;
    struct schuil_rc rc = schuil_rc(RC_STORE_AWAY);
    if (turn->has_chain && schuil_audit_store_state(turn->store) == STORE_IDLE)
        rc = mark_submit(turn, AUDIT_CHAIN_END, NULL, now_us);
    if (schuil_is_ok(rc))
        turn->flight = FLIGHT_END;
    else
        turn->has_ended = true; /* the chain stays open: verification tells so */
    return turn->has_ended;
}
