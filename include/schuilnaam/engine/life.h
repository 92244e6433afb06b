/* SPDX-License-Identifier: Apache-2.0 */
/* The life of keys: transport keys that change by themselves, destruction at its time, and refresh.
 * Each is made of steps; each step is one transaction with its audit event, and leaves the keys in
 * the old or in the new state. What is under way stands in the database, so any process can make
 * the next step. Source: PROTOCOL sections 4.1 and 4.3. */
#ifndef SCHUILNAAM_ENGINE_LIFE_H
#define SCHUILNAAM_ENGINE_LIFE_H

#include "schuilnaam/engine/admin.h"

struct life_plan {
    uint32_t transport_period_hours;
};

enum life_progress {
    LIFE_REST,  /* nothing is to be done now */
    LIFE_WAITS, /* processes have yet to load what was prepared: come again soon */
    LIFE_MOVED  /* a step was made: come again at once */
};

/* Ask a refresh, in the open transaction or one of its own. *ret_number: the operation's, that of
 * one that is open already if there is one. */
SCHUIL_RC schuil_refresh_ask(struct store_session *s, const char *reason, uint32_t *ret_number);
/* How a refresh stands, as the rows that the action `refresh` of keys answers with, the caller's to
 * free. One that was begun anew goes on under another number; RC_ABSENT: there is none. */
enum refresh_state { REFRESH_OPEN, REFRESH_DONE, REFRESH_FAILED };
SCHUIL_RC schuil_refresh_status(struct store_session *s, uint32_t number, struct admin_rows **ret,
                                enum refresh_state *ret_state);
/* Whether there is a step to be made (LIFE_MOVED), to be waited for, or none. One or two queries.
 */
SCHUIL_RC schuil_life_look(struct store_session *s, const struct life_plan *plan,
                           enum life_progress *ret);
/* Make at most one step. context->event: the prototype of its audit event. A step that another
 * process makes at this moment is left to it (LIFE_REST). Results other than ok: as
 * schuil_admin_run; nothing was changed, or, after RC_STORE_UNKNOWN, perhaps the whole step. Not
 * inside a transaction. Needs the wrapping key of the compartments issue and translate. */
SCHUIL_RC schuil_life_step(const struct admin_context *context, const struct life_plan *plan,
                           enum life_progress *ret);

/* Whether destroyed keys can still be had with a wrapping key that is in use. */
enum rewrap_need {
    REWRAP_NOT_DUE,
    REWRAP_DUE,       /* and all live processes run on one host, so that it can go by itself */
    REWRAP_FOR_PEOPLE /* due, and on several hosts the next key must be put there first */
};
/* ring: this process's; only a key of it counts. One query for each of its keys, two if due. */
SCHUIL_RC schuil_rewrap_look(struct store_session *s, const struct wrapping_ring *ring,
                             enum rewrap_need *ret);
/* Move to the next wrapping key if that is due and can go by itself; *ret_is_done: it was. Not
 * inside a transaction. What the event needs is taken as by schuil_life_step; context->wrapping
 * makes the key. RC_CONFLICT_WRAPPING and RC_CONFIG_*: there is no next key; nothing was changed.
 */
SCHUIL_RC schuil_rewrap_step(const struct admin_context *context, bool *ret_is_done);

#endif
