/* SPDX-License-Identifier: Apache-2.0 */
/* The whole service: parts made in order, run, and taken down in the opposite order. */
#ifndef SCHUIL_API_SERVICE_H
#define SCHUIL_API_SERVICE_H

#include "service_state.h"

/* Settings become a service with its wrapping keys (or sealed), without threads: what `check` looks
 * at. The service takes the settings, also on failure. service_free afterwards, always. */
SCHUIL_RC service_prepare(struct settings *settings, struct service *ret, char *ret_finding,
                          size_t cap);
/* The first snapshot; not while sealed. RC_CONFIG_WRAPPING: rows are wrapped under another key.
 */
SCHUIL_RC service_load(struct service *s, char *ret_finding, size_t cap);
/* Serve until SIGTERM or SIGINT, then drain. Sealed, that is not loaded: serves unsealing first. */
SCHUIL_RC service_run(struct service *s, char *ret_finding, size_t cap);
void service_free(struct service *s);

#endif
