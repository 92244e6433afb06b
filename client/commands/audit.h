/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of `schuilnaam audit`, and what they share. Failures have been told. */
#ifndef SCHUILNAAM_CLIENT_AUDIT_H
#define SCHUILNAAM_CLIENT_AUDIT_H

#include <jansson.h>

#include "https.h"
#include "options.h"

SCHUIL_RC audit_export(const struct arguments *arguments, int *ret_exit);
SCHUIL_RC audit_report(const struct arguments *arguments, int *ret_exit);
SCHUIL_RC audit_verify(const struct arguments *arguments, int *ret_exit);

/* --period, or --from and --to, as {"fromUs":...,"toUs":...}; the caller's to free. No --to: now.
 * RC_INPUT_USAGE. */
SCHUIL_RC audit_span(const struct arguments *arguments, json_t **ret);
/* POST the body and check the answer; https_call_done in every case. */
SCHUIL_RC audit_ask(const struct profile *profile, const char *path, const json_t *body,
                    struct https_call *ret);
/* A CSV cell and what ends it: a comma, or the line. A text that a spreadsheet would take for a
 * formula gets an apostrophe before it. */
SCHUIL_RC audit_csv_put(struct buffer *out, const char *text, bool is_last);

#endif
