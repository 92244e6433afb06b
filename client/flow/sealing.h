/* SPDX-License-Identifier: Apache-2.0 */
/* Where the plan of a command and keys of our own meet: which columns are sealed here instead of
 * being sent, and records that are opened or resealed without the service. */
#ifndef SCHUILNAAM_CLIENT_SEALING_H
#define SCHUILNAAM_CLIENT_SEALING_H

#include <jansson.h>

#include "flow/batch.h"
#include "flow/report.h"
#include "sealer.h"

/* Look up the types of the plan; issue: mark the columns that are sealed. work->sealer is set.
 * RC_INPUT_USAGE: a type is not reversible, or its attribute is not mapped (told); as sealer_type.
 */
SCHUIL_RC sealing_bind(struct work *work);
/* issue: add "sealed" to a record's object, or say what was found. Nothing where there is no
 * sealer. RC_INTERNAL_*. */
SCHUIL_RC sealing_add(const struct work *work, struct csv_reader *reader, const struct csv_row *row,
                      json_t *object, struct local_finding *ret_found);

/* reverse, reseal: append the line of one record, without its end, and count it. diagnostics is
 * working space. RC_INTERNAL_*. */
SCHUIL_RC sealing_line(const struct work *work, struct csv_reader *reader,
                       const struct csv_row *row, struct report *report, struct buffer *diagnostics,
                       struct buffer *out);
/* A value as a field, in the encoding of the file. RC_INPUT_TEXT: it does not have a character of
 * it, and nothing was appended. */
SCHUIL_RC value_put(const struct work *work, struct bytes value, struct buffer *out);

#endif
