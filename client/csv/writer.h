/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of a CSV file (RFC 4180), so written that the reader gives back the same values. */
#ifndef SCHUILNAAM_CLIENT_CSV_WRITER_H
#define SCHUILNAAM_CLIENT_CSV_WRITER_H

#include <stdbool.h>

#include "memory.h"
#include "schuilnaam/bytes.h"
#include "schuilnaam/rc.h"

/* Append one field: quoted when it holds the delimiter, a quote, a line break, a space at either
 * end (some programs trim), or when it is a quoted empty one. RC_INTERNAL_MEMORY. */
SCHUIL_RC csv_field_put(struct buffer *out, char delimiter, struct bytes field,
                        bool is_quoted_empty);

#endif
