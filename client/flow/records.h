/* SPDX-License-Identifier: Apache-2.0 */
/* An answer to a batch, as lines of the output. The answer is read with mistrust: the right number
 * of records, only pseudonyms that were asked for and that look like what was asked, so that no
 * value can come back as a pseudonym. Anything else ends the work: RC_INTERNAL (told). */
#ifndef SCHUILNAAM_CLIENT_RECORDS_H
#define SCHUILNAAM_CLIENT_RECORDS_H

#include "flow/batch.h"
#include "flow/report.h"
#include "flow/work.h"

/* Append the batch's lines to out (line_end "\n" or "\r\n") and its findings to the report. */
SCHUIL_RC records_take(const struct work *work, const struct batch *batch, struct bytes answer,
                       const char *line_end, struct report *report, struct buffer *out);
/* Append the header of the output: kept columns, pseudonyms, provider (translate), diagnostics. */
SCHUIL_RC records_header(const struct work *work, const struct csv_row *header,
                         const char *line_end, struct buffer *out);

#endif
