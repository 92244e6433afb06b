/* SPDX-License-Identifier: Apache-2.0 */
/* What holds between us and a registry: GET parameters, or a file that holds an answer of it. For
 * what a provider does with keys of its own: the answer's numbers go into keys and texts. */
#ifndef SCHUILNAAM_CLIENT_PARAMETERS_H
#define SCHUILNAAM_CLIENT_PARAMETERS_H

#include <jansson.h>

#include "profile.h"
#include "schuilnaam/engine/policy.h"

struct parameters {
    json_t *root;
    char registry[LIMIT_CODE_LEN + 1], domain[LIMIT_CODE_LEN + 1], organisation[LIMIT_CODE_LEN + 1];
    uint32_t domain_number, organisation_number;
    bool is_salted; /* what our connection delivers */
};

/* A pseudonym type, as far as it must be known to seal or open. */
struct parameters_type {
    char tref[LIMIT_TREF_LEN + 1], code[LIMIT_FIELD_CODE_LEN + 1];
    char attribute[LIMIT_FIELD_CODE_LEN + 1]; /* "" unless reversible */
    uint16_t version;
    bool is_reversible;
    enum attribute_kind kind; /* of the attribute */
};

/* From the service; file_or_null instead of it where it is given. Told: what https_call_run and
 * answer_check say; RC_INPUT_FILE (no such file, or it is of another form or registry); RC_INTERNAL
 * (the service's answer is of another form). parameters_done in every case. */
SCHUIL_RC parameters_get(const struct profile *profile, const char *registry,
                         const char *file_or_null, struct parameters *ret);
/* From the text of an answer. RC_INPUT_TEXT: of another form. */
SCHUIL_RC parameters_read(struct bytes text, struct parameters *ret);
void parameters_done(struct parameters *parameters);
/* RC_ABSENT: we have no such type with this registry. RC_INPUT_TEXT: of another form. */
SCHUIL_RC parameters_type(const struct parameters *parameters, const char *tref,
                          struct parameters_type *ret);

#endif
