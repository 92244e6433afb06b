/* SPDX-License-Identifier: Apache-2.0 */
/* Final pseudonyms: the point P under the domain's outer layer, 48 bytes V || C.
 * Not the texts (text.h). Source: PROTOCOL section 4. */
#ifndef ENGINE_PSEUDONYMS_FINAL_H
#define ENGINE_PSEUDONYMS_FINAL_H

#include "schuilnaam/crypto/aead.h"
#include "schuilnaam/engine/policy.h"
#include "schuilnaam/engine/snapshot.h"

enum { FINAL_LEN = SIV_TAG_LEN + 32 };

/* A template for the finals of one type, domain and generation, to be freed with
 * schuil_siv_template_free. key: w_{D,g}. Results as schuil_siv_template_new. */
SCHUIL_RC final_template_new(const struct siv_key *key, const struct ptype *type,
                             uint32_t domain_number, uint32_t generation,
                             struct siv_template **ret);
/* The snapshot's template for the finals of a type in a domain: made at first, then the same one
 * until the snapshot goes.
 * domain, type   of this snapshot.
 * generation     the domain's active one, or the one that it is being rotated to.
 * ret            borrowed from the snapshot; NULL on failure.
 * Results        ok; RC_INTERNAL (another generation, or its key is not there), or as
 *                final_template_new: it is tried again next time.
 * Any thread. */
SCHUIL_RC final_template_find(const struct snapshot *s, const struct domain *domain,
                              const struct ptype *type, uint32_t generation,
                              const struct siv_template **ret);
/* Read a text as a final of this type in this domain.
 * ret       the bytes, of which nothing is proven before final_open; ret_generation what it says.
 * Result    false: the letter, tref, domain, length or base64url is another; both are zeros. */
bool final_read(struct bytes text, const struct ptype *type, const struct domain *domain,
                uint8_t ret[FINAL_LEN], uint32_t *ret_generation);
/* Open with the template of its type, domain and generation: the point P, secret, not yet checked
 * to be an element. Result    false: this service did not make it; ret is zeros. */
bool final_open(const struct siv_template *siv, const uint8_t box[FINAL_LEN], struct element *ret);
/* Seal n points. Results as schuil_siv_seal_many. */
SCHUIL_RC final_seal_many(const struct siv_template *siv, size_t n, const struct element *points,
                          uint8_t ret[][FINAL_LEN]);

#endif
