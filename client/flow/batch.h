/* SPDX-License-Identifier: Apache-2.0 */
/* The records of one request: what is sent, as JSON, and what is kept, already as CSV.
 *
 *     body      {"pseudonymTypes":["A"],"records":[{"BSN":"..."},...]}
 *     kept      a,"b ",|c,d,|...      each field with a delimiter behind it; kept_end[i] is where
 *                                     record i stops
 *     asked[i]  bit t: record i asks for trefs[t]
 *     found[i]  why a value was not sealed here */
#ifndef SCHUILNAAM_CLIENT_BATCH_H
#define SCHUILNAAM_CLIENT_BATCH_H

#include "flow/work.h"
#include "memory.h"

struct local_finding {
    uint16_t row;      /* enum schuil_diagnostic */
    const char *field; /* borrowed from the sealer */
};

struct batch {
    size_t first; /* number of the first record; records count from 1 */
    size_t count;
    struct buffer body, kept;
    size_t *kept_end;
    uint16_t *asked;
    struct local_finding *found; /* by record: what was found here; row DIAG_NONE: nothing */
};

/* Room for work->batch_count records. RC_INTERNAL_MEMORY. batch_done in every case. */
SCHUIL_RC batch_make(const struct work *work, struct batch *ret);
void batch_done(struct batch *batch);
/* Fill from the reader, up to batch_count records or the length a request may have. *ret_is_end:
 * the file has ended; count may then be 0. Failures of the reader are handed up. */
SCHUIL_RC batch_fill(struct batch *batch, const struct work *work, struct csv_reader *reader,
                     bool *ret_is_end);
static inline struct bytes batch_kept(const struct batch *batch, size_t i)
{
    size_t from = i > 0 ? batch->kept_end[i - 1] : 0;
    size_t len = batch->kept_end[i] - from;
    return len > 0 ? bytes_of(batch->kept.data + from, len) : bytes_of("", 0);
}

#endif
