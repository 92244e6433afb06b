/* SPDX-License-Identifier: Apache-2.0 */
/* Final pseudonyms: the point P under the domain's outer layer, 48 bytes V || C.
 * Not the texts (text.h). Source: PROTOCOL section 4. */
#ifndef ENGINE_PSEUDONYMS_FINAL_H
#define ENGINE_PSEUDONYMS_FINAL_H

#include "schuilnaam/crypto/aead.h"
#include "schuilnaam/engine/policy.h"

enum { FINAL_LEN = SIV_TAG_LEN + 32 };

/* A template for the finals of one type, domain and generation, to be freed with
 * schuil_siv_template_free. key: w_{D,g}. Results as schuil_siv_template_new. */
SCHUIL_RC final_template_new(const struct siv_key *key, const struct ptype *type,
                             uint32_t domain_number, uint32_t generation,
                             struct siv_template **ret);
/* Seal a point into ret. Results as schuil_siv_seal. */
SCHUIL_RC final_seal(const struct siv_template *siv, const struct element *point,
                     uint8_t ret[FINAL_LEN]);

#endif
