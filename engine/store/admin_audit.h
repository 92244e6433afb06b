/* SPDX-License-Identifier: Apache-2.0 */
/* The audit events of the administration. */
#ifndef STORE_ADMIN_AUDIT_H
#define STORE_ADMIN_AUDIT_H

#include "admin_job.h"

/* The event of a job that went well, into its open transaction. */
SCHUIL_RC admin_audit_job(const struct admin_job *job, struct audit_chain *ret_next);
/* The event of a job that was refused, in a transaction of its own. */
SCHUIL_RC admin_audit_refusal(const struct admin_job *job, struct schuil_rc why);

#endif
