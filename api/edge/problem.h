/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that turns results into HTTP: status, what it means for the connection, and the
 * problem document. Pure. Sources: RFC 9457 (problem details), RFC 9110, 15 (statuses). */
#ifndef SCHUIL_EDGE_PROBLEM_H
#define SCHUIL_EDGE_PROBLEM_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/rc.h"

#define PROBLEM_MEDIA_TYPE "application/problem+json"

enum { PROBLEM_LEN = 2048 }; /* bytes: longer details are cut */

/* The status for a result; 500 for RC_OK, which no problem has. */
int problem_status(struct schuil_rc rc);
/* Whether the connection closes after an answer with this status: every failure after which the
 * next bytes could be misread, or the caller should come back elsewhere or not at all. */
bool problem_closes(int status);
/* Seconds for Retry-After, 0 for none. */
int problem_retry_after_s(int status);
/* "Bad Request"; "" for a status that is not used here. */
const char *problem_phrase(int status);

/* Write the document {"type","title","status","detail","request"}. status_or_0: 0 for the result's
 * own; detail: public text about this one occurrence, never a value, or NULL for the result's text;
 * request: the request id. Every cryptographic result has the same type and title. Returns its
 * length, at most PROBLEM_LEN; ret is not terminated. */
size_t problem_write(struct schuil_rc rc, int status_or_0, const char *detail, const char *request,
                     char ret[PROBLEM_LEN]);

#endif
