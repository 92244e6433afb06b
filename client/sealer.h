/* SPDX-License-Identifier: Apache-2.0 */
/* Reversible pseudonyms made and opened here, with the keys of a file: what the service does for
 * providers that leave it their key. Values and keys go nowhere; a pseudonym of another provider,
 * registry or key gets the one refusal, as at the service.
 *
 * Key schedules lie on OpenSSL's heap, as everywhere. Main thread. */
#ifndef SCHUILNAAM_CLIENT_SEALER_H
#define SCHUILNAAM_CLIENT_SEALER_H

#include "parameters.h"
#include "profile.h"
#include "schuilnaam/engine/reversible.h"
#include "source_key.h"

enum { SEALER_TEMPLATES = 16 };

struct sealer {
    struct source_keys keys;
    struct parameters parameters;
    size_t type_count;
    struct parameters_type types[LIMIT_TYPE_COUNT];
    struct {
        struct siv_template *siv;
        size_t type;
        uint32_t generation;
        enum reversible_form form;
    } templates[SEALER_TEMPLATES];
    size_t template_next; /* the place that is filled next; older ones give way */
};

/* A text, or why there is none. */
struct sealed_text {
    enum schuil_diagnostic found; /* DIAG_NONE: text and len are there */
    size_t len;
    char text[LIMIT_TEXT_R_LEN];
};

/* Read the key file and the parameters. RC_INPUT_USAGE: the file is of another organisation than we
 * are. Besides what source_keys_load and parameters_get tell; RC_CONFIG_SELFTEST. Told. sealer_done
 * in every case. */
SCHUIL_RC sealer_make(const char *key_path, const struct profile *profile, const char *registry,
                      const char *parameters_path_or_null, struct sealer *ret);
void sealer_done(struct sealer *sealer);
/* The place of a type, looked up in the parameters when it is new; *ret_is_reversible. RC_ABSENT,
 * RC_LIMIT_SIZE, RC_INTERNAL: told. */
SCHUIL_RC sealer_type(struct sealer *sealer, const char *tref, size_t *ret_type,
                      bool *ret_is_reversible);

/* Of a reversible type. now_us: wall clock. What is wrong with a value or text is told by
 * ret->found. RC_INTERNAL, RC_INTERNAL_MEMORY, RC_INTERNAL_RANDOM. */
SCHUIL_RC sealer_seal(struct sealer *sealer, size_t type, struct bytes value, int64_t now_us,
                      struct sealed_text *ret);
/* *ret_found is DIAG_NONE, or DIAG_REVERSAL_REFUSED with ret zeros. */
SCHUIL_RC sealer_open(struct sealer *sealer, size_t type, struct bytes text,
                      struct reversible_value *ret, enum schuil_diagnostic *ret_found);
/* The same value, in the same form, under the newest generation; one that is under it already comes
 * back as it is. */
SCHUIL_RC sealer_reseal(struct sealer *sealer, size_t type, struct bytes text,
                        struct sealed_text *ret);

#endif
