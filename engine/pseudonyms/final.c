/* SPDX-License-Identifier: Apache-2.0 */
/* Final pseudonyms: see final.h. */
#include "pseudonyms/final.h"

enum { AD_LEN_MAX = 2 + 19 + 2 + LIMIT_FIELD_CODE_LEN + 2 + 4 + 4 };

SCHUIL_RC final_template_new(const struct siv_key *key, const struct ptype *type,
                             uint32_t domain_number, uint32_t generation, struct siv_template **ret)
{
    uint8_t ad[AD_LEN_MAX];
    struct writer w = writer_over(ad, sizeof ad);
    *ret = NULL;
    put_lv_text(&w, "schuilnaam/v1/final");
    put_lv_text(&w, type->code);
    put_u16(&w, type->version);
    put_u32(&w, domain_number);
    put_u32(&w, generation);
    ENSURE(!w.is_full, RC_INTERNAL);
    return schuil_siv_template_new(key, writer_bytes(&w), ret);
}

SCHUIL_RC final_seal(const struct siv_template *siv, const struct element *point,
                     uint8_t ret[FINAL_LEN])
{
    return schuil_siv_seal(siv, bytes_of(point->b, sizeof point->b), ret);
}
