/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs of reversible pseudonyms:
 *
 *   JOB_SEAL    issue      canonical value -> box -> temporary pseudonym
 *   JOB_CARRY   issue      box that the provider made -> temporary pseudonym
 *               translate  box from the temporary pseudonym -> its text
 *   JOB_OPEN    reverse    box -> value, or refused
 *
 * Jobs of one request, type, generation and form share a template, which lives as long as the
 * slice: a cache of them would hold a key schedule for each provider, domain, type and generation.
 * Source: PROTOCOL sections 4.1 and 5. */
#include "verbs/reversible_jobs.h"

#include "pseudonyms/text.h"
#include "pseudonyms/token.h"
#include "schuilnaam/crypto/memory.h"

typedef uint8_t nonce_bytes[XCHACHA_NONCE_LEN];

/* ---- temporaries ---- */

static SCHUIL_RC temporary_write(struct job *job, struct bytes box, const nonce_bytes nonce)
{
    const struct work *work = job->work;
    uint8_t token[CARRIER_LEN];
    struct token_header header = {
        .kind = TOKEN_KIND_REVERSIBLE,
        .type = job->type->number,
        .registry = work->registry->number,
        .key = work->transport_number,
        .expiry_s = token_expiry_s(work->now_us, work->connection->life_hours),
    };
    struct carried body = {
        .provider = work->connection->provider,
        .root_epoch = work->root_epoch,
        .form = job->reversible.form,
        .domain = work->domain->number,
        .generation = job->generation,
        .box_len = (uint16_t)box.len,
    };
    memcpy(body.box, box.data, box.len);
    TRY(carrier_seal(work->transport, &header, nonce, &body, token));
    text_temporary_write(job->type->tref, bytes_of(token, carrier_len(box.len)), job->text);
    return SCHUIL_OK;
}

/* ---- one job each ---- */

static const char *attribute_of(const struct job *job, enum attribute_kind *ret_kind)
{
    size_t count;
    const struct attribute *a =
        &schuil_attributes(job->work->snapshot, &count)[job->type->parts[0].attribute];
    *ret_kind = a->kind;
    return a->code;
}

static SCHUIL_RC seal_run(struct job *job, const struct siv_template *siv, const nonce_bytes nonce)
{
    uint8_t box[REVERSIBLE_BOX_LEN];
    enum attribute_kind kind;
    const char *attribute = attribute_of(job, &kind);
    enum reversible_form form = (enum reversible_form)job->reversible.form;
    size_t len = schuil_reversible_box_len(form, attribute, job->input.len);
    TRY(schuil_reversible_seal(siv, form, attribute, job->input, box));
    return temporary_write(job, bytes_of(box, len), nonce);
}

static SCHUIL_RC carry_run(struct job *job, const nonce_bytes nonce)
{
    const struct work *work = job->work;
    if (work->verb == WORK_ISSUE)
        return temporary_write(job, job->input, nonce);
    schuil_reversible_write((enum reversible_form)job->reversible.form, job->type->tref,
                            work->domain->code, work->records[job->record].provider,
                            job->generation, job->input, job->text);
    return SCHUIL_OK;
}

static SCHUIL_RC open_run(struct job *job, const struct siv_template *siv)
{
    __attribute__((cleanup(reversible_value_wipe))) struct reversible_value value;
    enum attribute_kind kind;
    const char *attribute = attribute_of(job, &kind);
    struct schuil_rc rc = schuil_reversible_open(siv, (enum reversible_form)job->reversible.form,
                                                 attribute, kind, job->input, &value);
    job->is_refused = !schuil_is_ok(rc) || job->reversible.is_decoy;
    ENSURE(!job->is_refused, RC_CRYPTO);
    memcpy(job->text, value.data, value.len);
    job->text_len = value.len;
    return SCHUIL_OK;
}

/* ---- those of one template ---- */

static bool is_alike(const struct job *a, const struct job *b)
{
    return a->work == b->work && a->type == b->type && a->reversible.form == b->reversible.form &&
           a->reversible.source == b->reversible.source && a->generation == b->generation;
}

/* For JOB_CARRY there is none. */
static SCHUIL_RC template_make(const struct job *job, struct siv_template **ret)
{
    const struct reversible_place place = {
        .type_code = job->type->code,
        .type_version = job->type->version,
        .provider = job->kind == JOB_CARRY ? 0 : job->work->connection->provider,
        .domain = job->work->domain->number,
        .generation = job->generation,
        .form = (enum reversible_form)job->reversible.form,
    };
    *ret = NULL;
    if (job->kind == JOB_CARRY)
        return SCHUIL_OK;
    return schuil_reversible_template_new(job->reversible.source, &place, ret);
}

static SCHUIL_RC job_run(struct job *job, const struct siv_template *siv, const nonce_bytes nonce)
{
    switch (job->kind) {
    case JOB_SEAL:
        return seal_run(job, siv, nonce);
    case JOB_CARRY:
        return carry_run(job, nonce);
    case JOB_OPEN:
        return open_run(job, siv);
    default:
        return schuil_rc(RC_INTERNAL);
    }
}

/* Run the first job that is left, and those that go with it. false: none is left. */
static bool group_run(struct job *const *jobs, size_t count, bool *are_done,
                      const nonce_bytes *nonces)
{
    struct siv_template *siv = NULL;
    struct schuil_rc made = SCHUIL_OK;
    const struct job *first = NULL;
    for (size_t i = 0; i < count; i++) {
        if (are_done[i] || (first != NULL && !is_alike(jobs[i], first)))
            continue;
        if (first == NULL) {
            first = jobs[i];
            made = template_make(first, &siv);
        }
        are_done[i] = true;
        jobs[i]->is_ok = schuil_is_ok(made) && schuil_is_ok(job_run(jobs[i], siv, nonces[i]));
    }
    schuil_siv_template_free(siv);
    return first != NULL;
}

SCHUIL_RC reversible_jobs_run(struct job *const *jobs, size_t count)
{
    nonce_bytes nonces[LIMIT_SLICE_COUNT];
    bool are_done[LIMIT_SLICE_COUNT] = {false};
    if (jobs[0]->work->verb == WORK_ISSUE)
        TRY(schuil_random(nonces, count * sizeof nonces[0]));
    while (group_run(jobs, count, are_done, (const nonce_bytes *)nonces)) {
    }
    return SCHUIL_OK;
}
