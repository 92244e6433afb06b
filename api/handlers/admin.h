/* SPDX-License-Identifier: Apache-2.0 */
/* The administration's calls: JSON to an admin_call, and rows to JSON. */
#ifndef SCHUIL_API_HANDLERS_ADMIN_H
#define SCHUIL_API_HANDLERS_ADMIN_H

#include "request.h"

/* What schuil_admin_run gave becomes r's answer. The admin job's thread. rows may be NULL. */
void admin_answer(struct request *r, struct schuil_rc rc, const struct admin_rows *rows,
                  const char *field);

#endif
