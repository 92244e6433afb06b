/* SPDX-License-Identifier: Apache-2.0 */
/* The orders of policy's views. Each compares the fields that its name tells, and no others, so a
 * row with only those filled in serves as a key. */
#ifndef ENGINE_POLICY_COMPARE_H
#define ENGINE_POLICY_COMPARE_H

#include "policy/table.h"

table_compare organisation_number_compare, organisation_code_compare;
table_compare credential_number_compare, credential_fingerprint_compare;
table_compare credential_id_compare; /* form, fingerprint of the issuer, id */
table_compare mandate_pair_compare;  /* processor, then principal */
table_compare domain_number_compare, domain_code_compare;
table_compare registry_number_compare, registry_code_compare;
table_compare connection_number_compare;
table_compare connection_pair_compare; /* registry, then provider */
table_compare quota_subject_compare;   /* kind, then subject */
table_compare attribute_code_compare;
table_compare type_number_compare, type_tref_compare;

/* Not ended. */
table_keep connection_is_open, mandate_is_open;
/* Of one certificate; of an issuer. */
table_keep credential_is_single, credential_is_issued;

#endif
