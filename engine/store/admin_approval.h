/* SPDX-License-Identifier: Apache-2.0 */
/* Two persons: what needs a second operator is kept until he approves it, and is then done in the
 * transaction in which the approval ends. */
#ifndef STORE_ADMIN_APPROVAL_H
#define STORE_ADMIN_APPROVAL_H

#include "admin_job.h"

/* The row of approvals.def that a call needs, or NULL: it may be done by one. Reads what is there
 * now; the values must have been checked. */
SCHUIL_RC admin_approval_need(struct admin_job *job, const char **ret_name);
/* Keep the call of job, with its plan, for a second operator. job->number becomes the approval's.
 */
SCHUIL_RC admin_approval_ask(struct admin_job *job, const char *name);
/* The answer to a call that waits: one row with the fields of schuil_admin_asked. */
SCHUIL_RC admin_approval_show(struct admin_job *job, PGresult **ret);
/* Run of the actions approve and refuse of noun approvals. */
SCHUIL_RC admin_approval_approve(struct admin_job *job);
SCHUIL_RC admin_approval_refuse(struct admin_job *job);

#endif
