/* SPDX-License-Identifier: Apache-2.0 */
/* See sealer.h. Templates are kept, a few of them: a file has pseudonyms of few generations. */
#include "sealer.h"

#include "fail.h"
#include "schuilnaam/engine/work.h"

/* ---- life ---- */

SCHUIL_RC sealer_make(const char *key_path, const struct profile *profile, const char *registry,
                      const char *parameters_path_or_null, struct sealer *ret)
{
    memset(ret, 0, sizeof *ret);
    TRY(schuil_normaliser_check());
    TRY(source_keys_load(key_path, &ret->keys));
    TRY(parameters_get(profile, registry, parameters_path_or_null, &ret->parameters));
    if (strcmp(ret->keys.organisation, ret->parameters.organisation) != 0 ||
        ret->keys.number != ret->parameters.organisation_number)
        return fail(RC_INPUT_USAGE, "%s: is the key of %s, and we are %s", key_path,
                    ret->keys.organisation, ret->parameters.organisation);
    return SCHUIL_OK;
}

void sealer_done(struct sealer *sealer)
{
    for (size_t i = 0; i < SEALER_TEMPLATES; i++)
        schuil_siv_template_free(sealer->templates[i].siv);
    source_keys_done(&sealer->keys);
    parameters_done(&sealer->parameters);
    memset(sealer, 0, sizeof *sealer);
}

static SCHUIL_RC type_add(struct sealer *sealer, const char *tref)
{
    if (sealer->type_count == LIMIT_TYPE_COUNT)
        return fail(RC_LIMIT_SIZE, "at most %d pseudonym types", LIMIT_TYPE_COUNT);
    struct schuil_rc rc =
        parameters_type(&sealer->parameters, tref, &sealer->types[sealer->type_count]);
    if (rc.code == RC_ABSENT)
        return fail(RC_ABSENT, "registry %s has no type %s for us", sealer->parameters.registry,
                    tref);
    if (!schuil_is_ok(rc))
        return fail(RC_INTERNAL, "the parameters do not have the shape that is promised");
    sealer->type_count++;
    return SCHUIL_OK;
}

SCHUIL_RC sealer_type(struct sealer *sealer, const char *tref, size_t *ret_type,
                      bool *ret_is_reversible)
{
    size_t i = 0;
    while (i < sealer->type_count && strcmp(sealer->types[i].tref, tref) != 0)
        i++;
    if (i == sealer->type_count)
        TRY(type_add(sealer, tref));
    *ret_type = i;
    *ret_is_reversible = sealer->types[i].is_reversible;
    return SCHUIL_OK;
}

/* ---- templates ---- */

static struct siv_template *template_find(const struct sealer *sealer, size_t type,
                                          uint32_t generation, enum reversible_form form)
{
    for (size_t i = 0; i < SEALER_TEMPLATES; i++) {
        if (sealer->templates[i].siv != NULL && sealer->templates[i].type == type &&
            sealer->templates[i].generation == generation && sealer->templates[i].form == form)
            return sealer->templates[i].siv;
    }
    return NULL;
}

/* *ret is borrowed until SEALER_TEMPLATES others were asked for. */
static SCHUIL_RC template_get(struct sealer *sealer, size_t type, uint32_t generation,
                              enum reversible_form form, struct siv_template **ret)
{
    *ret = template_find(sealer, type, generation, form);
    if (*ret != NULL)
        return SCHUIL_OK;
    const struct source_key *key = source_keys_find(&sealer->keys, generation);
    const struct reversible_place place = {
        .type_code = sealer->types[type].code,
        .type_version = sealer->types[type].version,
        .provider = sealer->keys.number,
        .domain = sealer->parameters.domain_number,
        .generation = generation,
        .form = form,
    };
    ENSURE(key != NULL, RC_INTERNAL);
    TRY(schuil_reversible_template_new(key, &place, ret));
    size_t at = sealer->template_next++ % SEALER_TEMPLATES;
    schuil_siv_template_free(sealer->templates[at].siv);
    sealer->templates[at].siv = *ret;
    sealer->templates[at].type = type;
    sealer->templates[at].generation = generation;
    sealer->templates[at].form = form;
    return SCHUIL_OK;
}

/* ---- one pseudonym ---- */

/* Seal a canonical value under the newest generation. */
static SCHUIL_RC text_make(struct sealer *sealer, size_t type, enum reversible_form form,
                           struct bytes value, struct sealed_text *ret)
{
    uint8_t box[REVERSIBLE_BOX_LEN];
    struct siv_template *siv;
    const struct parameters_type *t = &sealer->types[type];
    const char *domain = sealer->parameters.domain;
    uint32_t provider = sealer->keys.number, newest = source_keys_newest(&sealer->keys);
    size_t box_len = schuil_reversible_box_len(form, t->attribute, value.len);
    TRY(template_get(sealer, type, newest, form, &siv));
    TRY(schuil_reversible_seal(siv, form, t->attribute, value, box));
    ret->len = schuil_reversible_text_len(t->tref, domain, provider, newest, box_len);
    ENSURE(ret->len <= sizeof ret->text, RC_INTERNAL);
    schuil_reversible_write(form, t->tref, domain, provider, newest, bytes_of(box, box_len),
                            ret->text);
    return SCHUIL_OK;
}

SCHUIL_RC sealer_seal(struct sealer *sealer, size_t type, struct bytes value, int64_t now_us,
                      struct sealed_text *ret)
{
    __attribute__((cleanup(reversible_value_wipe))) struct reversible_value canonical;
    enum reversible_form form = sealer->parameters.is_salted ? REVERSIBLE_SALTED : REVERSIBLE_SAME;
    memset(ret, 0, sizeof *ret);
    ret->found = schuil_reversible_value(sealer->types[type].kind, value, now_us, &canonical);
    if (ret->found != DIAG_NONE)
        return SCHUIL_OK;
    return text_make(sealer, type, form, bytes_of(canonical.data, canonical.len), ret);
}

static bool is_ours(const struct sealer *sealer, size_t type, const struct reversible_text *text)
{
    return bytes_equal(text->tref, bytes_text(sealer->types[type].tref)) &&
           bytes_equal(text->domain, bytes_text(sealer->parameters.domain)) &&
           text->provider == sealer->keys.number &&
           source_keys_find(&sealer->keys, text->generation) != NULL;
}

/* RC_CRYPTO: refused, whatever is wrong. */
static SCHUIL_RC text_open(struct sealer *sealer, size_t type, const struct reversible_text *text,
                           struct reversible_value *ret)
{
    struct siv_template *siv;
    const struct parameters_type *t = &sealer->types[type];
    ENSURE(is_ours(sealer, type, text), RC_CRYPTO);
    TRY(template_get(sealer, type, text->generation, text->form, &siv));
    return schuil_reversible_open(siv, text->form, t->attribute, t->kind,
                                  bytes_of(text->box, text->box_len), ret);
}

/* *ret_parsed: what the text says, good or not. */
static SCHUIL_RC text_take(struct sealer *sealer, size_t type, struct bytes text,
                           struct reversible_text *ret_parsed, struct reversible_value *ret,
                           enum schuil_diagnostic *ret_found)
{
    *ret_found = DIAG_NONE;
    memset(ret, 0, sizeof *ret);
    struct schuil_rc rc = schuil_reversible_parse(text, ret_parsed);
    if (schuil_is_ok(rc))
        rc = text_open(sealer, type, ret_parsed, ret);
    if (rc.code != RC_INPUT_TEXT && rc.code != RC_CRYPTO)
        return rc;
    *ret_found = DIAG_REVERSAL_REFUSED;
    return SCHUIL_OK;
}

SCHUIL_RC sealer_open(struct sealer *sealer, size_t type, struct bytes text,
                      struct reversible_value *ret, enum schuil_diagnostic *ret_found)
{
    struct reversible_text parsed;
    return text_take(sealer, type, text, &parsed, ret, ret_found);
}

SCHUIL_RC sealer_reseal(struct sealer *sealer, size_t type, struct bytes text,
                        struct sealed_text *ret)
{
    __attribute__((cleanup(reversible_value_wipe))) struct reversible_value value;
    struct reversible_text parsed;
    memset(ret, 0, sizeof *ret);
    TRY(text_take(sealer, type, text, &parsed, &value, &ret->found));
    if (ret->found != DIAG_NONE)
        return SCHUIL_OK;
    if (parsed.generation != source_keys_newest(&sealer->keys))
        return text_make(sealer, type, parsed.form, bytes_of(value.data, value.len), ret);
    ENSURE(text.len <= sizeof ret->text, RC_INTERNAL);
    memcpy(ret->text, text.data, text.len);
    ret->len = text.len;
    return SCHUIL_OK;
}
