/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps of the life of keys share: a step under way, in one transaction that holds the
 * lock of key changes, and the table key_operation of changes that take several steps. */
#ifndef STORE_KEY_LIFE_H
#define STORE_KEY_LIFE_H

#include "key_change.h"
#include "schuilnaam/engine/life.h"

enum operation_kind { OPERATION_TRANSPORT, OPERATION_REFRESH, OPERATION_KIND_COUNT };

/* An operation that is open; number 0: none. */
struct key_operation {
    uint32_t number;
    bool is_prepared;
    uint32_t epoch;
    uint64_t translate_counter;
    uint64_t age_s;    /* since it was prepared, or asked */
    char reason[1025]; /* ADMIN_VALUE_LEN at most */
};

/* What there is to do, as the database tells. */
struct life_look {
    uint64_t due_count;       /* keys whose destruction time has come */
    bool has_transport;       /* an active one */
    uint64_t transport_age_s; /* since the newest became active */
    struct key_operation operations[OPERATION_KIND_COUNT];
};
SCHUIL_RC life_look(struct store_session *s, struct life_look *ret);

struct life_step {
    const struct admin_context *context;
    struct key_change *change;
    struct audit_event *event; /* id, reason, key numbers, detail: filled by the step */
    char detail[128];
};

/* transport: make one pre-active; make it the newest. */
SCHUIL_RC transport_prepare(struct life_step *step);
SCHUIL_RC transport_activate(struct life_step *step, const struct key_operation *op);
/* The active transport keys become translate-only: issue's copies are destroyed, translate's have
 * their destruction time. */
SCHUIL_RC transport_retire(struct key_change *change, uint32_t longest_life_hours);

/* refresh: store the new epoch pre-active; make it the active one. */
SCHUIL_RC refresh_prepare(struct life_step *step, const struct key_operation *op);
SCHUIL_RC refresh_activate(struct life_step *step, const struct key_operation *op);

/* Destroy the pre-active keys of an operation and mark it failed; `why` is static. */
SCHUIL_RC operation_abort(struct life_step *step, enum operation_kind kind,
                          const struct key_operation *op, const char *why);

/* Destroy every key whose time has come. */
SCHUIL_RC due_destroy(struct life_step *step);

/* key_operation */
SCHUIL_RC operation_add(struct store_session *s, enum operation_kind kind, const char *reason,
                        uint32_t *ret_number);
/* Asked -> prepared; after key_change_end, as it notes the manifest's counter. */
SCHUIL_RC operation_prepared(struct store_session *s, uint32_t number, uint32_t epoch);
/* outcome NULL: done; else failed, and why. */
SCHUIL_RC operation_end(struct store_session *s, uint32_t number, const char *outcome);

/* Until the open transaction ends; false: another process makes a step at this moment. */
SCHUIL_RC steward_lock(struct store_session *s, bool *ret_is_ours);

/* The step's event tells of this key too; beyond the room for numbers the detail's counts do. */
void step_note(struct life_step *step, uint32_t key_number);

/* The time, in unix seconds by the database's clock, at which nothing that was issued up to now can
 * be translated any more: the lease, the longest life that any connection has or may have, the
 * rounding to an hour and the clocks. */
SCHUIL_RC destruction_time(struct store_session *s, uint32_t longest_life_hours, uint64_t *ret_s);

#endif
