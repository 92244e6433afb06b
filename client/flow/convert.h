/* SPDX-License-Identifier: Apache-2.0 */
/* A CSV file to another: what `issue`, `translate`, `rotate`, `reverse` and `reseal` share. */
#ifndef SCHUILNAAM_CLIENT_CONVERT_H
#define SCHUILNAAM_CLIENT_CONVERT_H

#include "flow/work.h"
#include "options.h"

/* Run. *ret_exit becomes 3 when some records had errors. Failures are told, and leave no output, or
 * the unfinished one of a work that can be resumed. */
SCHUIL_RC convert_run(const struct arguments *arguments, enum work_kind kind, int *ret_exit);

#endif
