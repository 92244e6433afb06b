/* SPDX-License-Identifier: Apache-2.0 */
/* Revocation lists of a folder, into what verifies clients' certificates. */
#ifndef SCHUIL_EDGE_REVOCATION_H
#define SCHUIL_EDGE_REVOCATION_H

#include <stddef.h>

#include "schuilnaam/rc.h"

struct x509_store_st;

/* Load every file of the folder (PEM or DER; names that begin with a dot are passed over) and check
 * certificates against them. policy:
 *   "listed"   an issuer with a list is checked, and an expired list refuses all it issued; others
 *              are not checked
 *   "all"      an issuer without a list in force has all it issued refused
 *   "lenient"  as listed, but an expired list still counts for what it says
 * folder "": nothing is checked ("all" is then refused). RC_CONFIG_SETTING: ret_finding names the
 * setting and the file. Source: RFC 5280, 5 and 6.3. */
SCHUIL_RC revocation_load(struct x509_store_st *store, const char *folder, const char *policy,
                          char *ret_finding, size_t cap);

#endif
