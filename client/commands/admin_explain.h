/* SPDX-License-Identifier: Apache-2.0 */
/* `schuilnaam admin explain`: whether a call would be permitted, and why. */
#ifndef SCHUILNAAM_CLIENT_ADMIN_EXPLAIN_H
#define SCHUILNAAM_CLIENT_ADMIN_EXPLAIN_H

#include "options.h"
#include "schuilnaam/rc.h"

/* Ask the service and print a line a rule and the verdict, or with --json the answer. *ret_exit: 0
 * permitted, 1 not. Failures have been told. */
SCHUIL_RC admin_explain(const struct arguments *arguments, int *ret_exit);

#endif
