/* SPDX-License-Identifier: Apache-2.0 */
/* One audit event as cells: for the INSERT, and in protocol form. */
#ifndef ENGINE_AUDIT_EVENT_H
#define ENGINE_AUDIT_EVENT_H

#include "schuilnaam/arena.h"
#include "schuilnaam/engine/audit.h"

/* Fill row->cells (text for the INSERT) and ret_cells (protocol form) from an event. Memory of the
 * arena; texts are borrowed from the event. RC_INPUT_LENGTH, RC_INTERNAL_MEMORY. */
SCHUIL_RC event_cells(const struct audit_event *event, struct arena *arena, struct audit_row *row,
                      struct audit_cell ret_cells[AUDIT_COL_COUNT]);

#endif
