/* SPDX-License-Identifier: Apache-2.0 */
/* Run jobs: the group arithmetic of many requests together, then each its seal and text.
 *
 *   jobs -> gathered by scalar -> slices of at most 64 -> one call of the group -> seal
 *
 * Works are only read, so any thread may run any jobs; nothing is taken from arenas. What a slice
 * holds of elements is wiped. A job that fails leaves the others alone.
 * Source: PROTOCOL sections 4 and 4.1; DESIGN "The way of one request". */
#include "pseudonyms/final.h"
#include "pseudonyms/text.h"
#include "pseudonyms/token.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/memory.h"
#include "verbs/work.h"

enum {
    BLOCK_COUNT = 4 * LIMIT_SLICE_COUNT, /* jobs among which those of one scalar are sought */
    TEMPLATE_COUNT = LIMIT_TYPE_COUNT,
};

/* A sealing template of one type and domain. Pointers tell them apart: two snapshots never share.
 */
struct final_template {
    const struct ptype *type;
    const struct domain *domain;
    struct siv_template *siv;
};

/* The templates of one call; the oldest makes room. */
struct templates {
    struct final_template items[TEMPLATE_COUNT];
    size_t next;
};

/* Jobs of one verb and one scalar. */
struct slice {
    struct job *jobs[LIMIT_SLICE_COUNT];
    struct element elements[LIMIT_SLICE_COUNT];
    bool are_good[LIMIT_SLICE_COUNT];
    size_t count;
};

static void templates_done(struct templates *templates)
{
    for (size_t i = 0; i < TEMPLATE_COUNT; i++)
        schuil_siv_template_free(templates->items[i].siv);
}

static SCHUIL_RC template_make(struct templates *templates, const struct job *job,
                               const struct siv_template **ret)
{
    const struct domain *d = job->work->domain;
    struct final_template *item = &templates->items[templates->next];
    const struct siv_key *key =
        schuil_key_domain_seal(job->work->snapshot, d->number, d->generation, NULL);
    ENSURE(key != NULL, RC_INTERNAL);
    schuil_siv_template_free(item->siv);
    *item = (struct final_template){0};
    TRY(final_template_new(key, job->type, d->number, d->generation, &item->siv));
    item->type = job->type;
    item->domain = d;
    templates->next = (templates->next + 1) % TEMPLATE_COUNT;
    *ret = item->siv;
    return SCHUIL_OK;
}

static SCHUIL_RC template_find(struct templates *templates, const struct job *job,
                               const struct siv_template **ret)
{
    for (size_t i = 0; i < TEMPLATE_COUNT; i++) {
        const struct final_template *item = &templates->items[i];
        if (item->type == job->type && item->domain == job->work->domain) {
            *ret = item->siv;
            return SCHUIL_OK;
        }
    }
    return template_make(templates, job, ret);
}

static SCHUIL_RC temporary_write(struct job *job, const struct element *q,
                                 const uint8_t nonce[XCHACHA_NONCE_LEN])
{
    const struct work *work = job->work;
    uint8_t token[TOKEN_LEN];
    struct token_header header = {
        .kind = TOKEN_KIND_IRREVERSIBLE,
        .type = job->type->number,
        .registry = work->registry->number,
        .key = work->transport_number,
        .expiry_s = token_expiry_s(work->now_us, work->connection->life_hours),
    };
    SECRET(token_body)
    body = {
        .provider = work->connection->provider,
        .root_epoch = work->root_epoch,
        .element = *q,
    };
    TRY(token_seal(work->transport, &header, nonce, &body, token));
    text_temporary_write(job->type->tref, bytes_of(token, sizeof token), job->text);
    return SCHUIL_OK;
}

static SCHUIL_RC final_write(struct templates *templates, struct job *job,
                             const struct element *point)
{
    const struct domain *d = job->work->domain;
    const struct siv_template *siv;
    uint8_t final[FINAL_LEN];
    TRY(template_find(templates, job, &siv));
    TRY(final_seal(siv, point, final));
    text_final_write(job->type->tref, d->code, d->generation, bytes_of(final, sizeof final),
                     job->text);
    return SCHUIL_OK;
}

/* Translate: scalar * Q. A scalar that is refused fails the slice's jobs and no others. */
static void slice_multiply(struct slice *slice)
{
    for (size_t i = 0; i < slice->count; i++)
        slice->elements[i] = slice->jobs[i]->element;
    struct schuil_rc rc = schuil_group_multiply(
        slice->count, slice->elements, slice->jobs[0]->scalar, slice->elements, slice->are_good);
    for (size_t i = 0; i < slice->count; i++)
        slice->jobs[i]->is_refused = schuil_is_ok(rc) && !slice->are_good[i];
}

/* Issue: scalar * H(x). A scalar that is refused fails the slice's jobs and no others. */
static SCHUIL_RC slice_evaluate(struct slice *slice)
{
    struct bytes inputs[LIMIT_SLICE_COUNT];
    for (size_t i = 0; i < slice->count; i++)
        inputs[i] = slice->jobs[i]->input;
    struct schuil_rc rc = schuil_group_evaluate(slice->count, inputs, slice->jobs[0]->scalar,
                                                slice->elements, slice->are_good);
    return rc.code == RC_CRYPTO_SCALAR ? SCHUIL_OK : rc;
}

/* The group's part: the elements that are to be sealed. */
static SCHUIL_RC slice_elements(struct slice *slice, enum work_verb verb)
{
    if (verb == WORK_ISSUE)
        return slice_evaluate(slice);
    slice_multiply(slice);
    return SCHUIL_OK;
}

static SCHUIL_RC slice_seal(struct slice *slice, enum work_verb verb, struct templates *templates)
{
    uint8_t nonces[LIMIT_SLICE_COUNT][XCHACHA_NONCE_LEN];
    if (verb == WORK_ISSUE)
        TRY(schuil_random(nonces, slice->count * sizeof nonces[0]));
    for (size_t i = 0; i < slice->count; i++) {
        struct job *job = slice->jobs[i];
        if (!slice->are_good[i])
            continue;
        struct schuil_rc rc = verb == WORK_ISSUE
                                  ? temporary_write(job, &slice->elements[i], nonces[i])
                                  : final_write(templates, job, &slice->elements[i]);
        job->is_ok = schuil_is_ok(rc);
    }
    return SCHUIL_OK;
}

static SCHUIL_RC slice_run(struct slice *slice, struct templates *templates)
{
    enum work_verb verb = slice->jobs[0]->work->verb;
    struct schuil_rc rc = slice_elements(slice, verb);
    if (schuil_is_ok(rc))
        rc = slice_seal(slice, verb, templates);
    schuil_wipe(slice->elements, slice->count * sizeof slice->elements[0]);
    return rc;
}

/* Move the first job that is left, and those that go with it, into a slice. */
static void slice_gather(struct job *const *jobs, size_t count, bool *are_done, struct slice *ret)
{
    ret->count = 0;
    for (size_t i = 0; i < count && ret->count < LIMIT_SLICE_COUNT; i++) {
        if (are_done[i])
            continue;
        const struct job *first = ret->count == 0 ? jobs[i] : ret->jobs[0];
        if (jobs[i]->scalar != first->scalar || jobs[i]->work->verb != first->work->verb)
            continue;
        are_done[i] = true;
        ret->jobs[ret->count++] = jobs[i];
    }
}

static SCHUIL_RC block_run(struct job *const *jobs, size_t count, struct templates *templates)
{
    bool are_done[BLOCK_COUNT] = {false};
    struct slice slice = {0};
    for (;;) {
        slice_gather(jobs, count, are_done, &slice);
        if (slice.count == 0)
            return SCHUIL_OK;
        TRY(slice_run(&slice, templates));
    }
}

SCHUIL_RC schuil_jobs_run(struct job *const *jobs, size_t count)
{
    struct templates templates = {0};
    struct schuil_rc rc = SCHUIL_OK;
    for (size_t i = 0; i < count; i++) {
        jobs[i]->is_ok = false;
        jobs[i]->is_refused = false;
    }
    for (size_t i = 0; i < count && schuil_is_ok(rc); i += BLOCK_COUNT) {
        size_t left = count - i;
        rc = block_run(jobs + i, left < BLOCK_COUNT ? left : BLOCK_COUNT, &templates);
    }
    templates_done(&templates);
    return rc;
}
