/* SPDX-License-Identifier: Apache-2.0 */
/* Final pseudonyms: see final.h. And the snapshot's templates to seal and open them with: a
 * template costs 8 us and about 5 KiB, so it is made once and only where finals are made.
 *
 *   place: NULL -> template      the first to exchange it; whoever comes second frees its own
 */
#include "pseudonyms/final.h"

#include <assert.h>
#include <stdlib.h>

#include "pseudonyms/text.h"
#include "schuilnaam/crypto/codec.h"
#include "snapshot_private.h"

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

SCHUIL_RC final_seal_many(const struct siv_template *siv, size_t n, const struct element *points,
                          uint8_t ret[][FINAL_LEN])
{
    return schuil_siv_seal_many(siv, n, (const uint8_t *)points, sizeof *points, (uint8_t *)ret);
}

bool final_read(struct bytes text, const struct ptype *type, const struct domain *domain,
                uint8_t ret[FINAL_LEN], uint32_t *ret_generation)
{
    struct text_form form;
    bool is_good = schuil_is_ok(text_parse(text, &form)) && form.letter == 'P' &&
                   bytes_equal(form.tref, bytes_text(type->tref)) &&
                   bytes_equal(form.domain, bytes_text(domain->code));
    is_good = schuil_is_ok(schuil_b64u_decode(form.body, ret, FINAL_LEN)) && is_good;
    *ret_generation = is_good ? form.generation : 0;
    if (!is_good)
        memset(ret, 0, FINAL_LEN);
    return is_good;
}

bool final_open(const struct siv_template *siv, const uint8_t box[FINAL_LEN], struct element *ret)
{
    return schuil_is_ok(schuil_siv_open(siv, bytes_of(box, FINAL_LEN), ret->b));
}

SCHUIL_RC final_templates_init(struct final_templates *finals, const struct policy *policy)
{
    size_t domain_count = policy->domains.count, type_count = policy->types.count;
    *finals = (struct final_templates){0};
    if (domain_count == 0 || type_count == 0)
        return SCHUIL_OK;
    /* Zeros are null pointers here; most places are never touched. */
    finals->places = calloc(domain_count, 2 * type_count * sizeof *finals->places);
    ENSURE(finals->places != NULL, RC_INTERNAL_MEMORY);
    finals->count = 2 * domain_count * type_count;
    return SCHUIL_OK;
}

void final_templates_done(struct final_templates *finals)
{
    for (size_t i = 0; i < finals->count; i++)
        schuil_siv_template_free(atomic_load_explicit(&finals->places[i], memory_order_relaxed));
    free(finals->places);
    *finals = (struct final_templates){0};
}

static SCHUIL_RC template_make(const struct snapshot *s, const struct domain *d,
                               const struct ptype *type, uint32_t generation,
                               struct siv_template **ret)
{
    const struct siv_key *key = schuil_key_domain_seal(s, d->number, generation, NULL);
    *ret = NULL;
    ENSURE(key != NULL, RC_INTERNAL);
    return final_template_new(key, type, d->number, generation, ret);
}

/* The place of a generation: the active one's, or that of the one that the domain is rotated to. */
static SCHUIL_RC place_find(const struct snapshot *s, const struct domain *domain,
                            const struct ptype *type, uint32_t generation,
                            _Atomic(struct siv_template *) **ret)
{
    size_t domain_row = (size_t)(domain - (const struct domain *)s->policy.domains.rows);
    size_t type_row = (size_t)(type - (const struct ptype *)s->policy.types.rows);
    assert(domain_row < s->policy.domains.count && type_row < s->policy.types.count);
    size_t place = 2 * (domain_row * s->policy.types.count + type_row);
    if (generation != domain->generation) {
        const struct rotation *r = schuil_rotation_of(s, domain->number);
        ENSURE(r != NULL && r->to == generation, RC_INTERNAL);
        place++;
    }
    *ret = &s->finals.places[place];
    return SCHUIL_OK;
}

SCHUIL_RC final_template_find(const struct snapshot *s, const struct domain *domain,
                              const struct ptype *type, uint32_t generation,
                              const struct siv_template **ret)
{
    _Atomic(struct siv_template *) *place;
    *ret = NULL;
    TRY(place_find(s, domain, type, generation, &place));
    struct siv_template *made, *found = atomic_load_explicit(place, memory_order_acquire);
    *ret = found;
    if (found != NULL)
        return SCHUIL_OK;
    TRY(template_make(s, domain, type, generation, &made));
    if (atomic_compare_exchange_strong_explicit(place, &found, made, memory_order_acq_rel,
                                                memory_order_acquire)) {
        *ret = made;
        return SCHUIL_OK;
    }
    schuil_siv_template_free(made); /* another thread was first */
    *ret = found;
    return SCHUIL_OK;
}
