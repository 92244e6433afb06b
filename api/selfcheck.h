/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold before the program serves. Each check says in ret_finding (cap bytes) what it
 * found; none repeats a secret. `check` runs them all and serves nothing. */
#ifndef SCHUIL_API_SELFCHECK_H
#define SCHUIL_API_SELFCHECK_H

#include "schuilnaam/engine/store.h"
#include "settings.h"

/* No core dumps, no tracing by others; enough lockable memory and descriptors. Changes the process:
 * core size 0, not dumpable, descriptors up to their hard limit. RC_CONFIG_LIMITS, _MEMLOCK. */
SCHUIL_RC selfcheck_process(const struct settings *s, char *ret_finding, size_t cap);
/* A file that only its owner may read: this user's (or root's), no bits for group and others.
 * RC_CONFIG_FILE, RC_CONFIG_MODE. */
SCHUIL_RC selfcheck_secret_file(const char *path, char *ret_finding, size_t cap);
/* What TLS is set up from: certificates in date, the key's mode. The finding names setting or file.
 */
SCHUIL_RC selfcheck_tls(const struct settings *s, char *ret_finding, size_t cap);
/* The settings that serving needs are set; the key and the state directory have
 * safe modes; the certificate is in date. RC_CONFIG_*. */
SCHUIL_RC selfcheck_files(const struct settings *s, char *ret_finding, size_t cap);
/* The way from a value to a final pseudonym gives the known answer. RC_CONFIG_SELFTEST. */
SCHUIL_RC selfcheck_known_answer(char *ret_finding, size_t cap);
/* The database's settings and schema, and its clock. RC_CONFIG_DATABASE, RC_STORE_SCHEMA,
 * RC_CONFIG_CLOCK, RC_STORE_AWAY. */
SCHUIL_RC selfcheck_database(const struct settings *s, char *ret_finding, size_t cap);
/* All of them, in this order. */
SCHUIL_RC selfcheck_all(const struct settings *s, char *ret_finding, size_t cap);

#endif
