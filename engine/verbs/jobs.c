/* SPDX-License-Identifier: Apache-2.0 */
/* Run jobs: the group arithmetic of many requests together, then each its seal and text. Those of
 * reversible types have none, and are reversible_jobs.c's.
 *
 *   jobs -> gathered by scalar -> slices of at most 64 -> one call of the group -> seals
 *
 * Finals of a slice are sealed together, those of one type, domain and generation at a time.
 * Works are only read, so any thread may run any jobs; nothing is taken from arenas. What a slice
 * holds of elements is wiped. A job that fails leaves the others alone.
 * Source: PROTOCOL sections 4 and 4.1; DESIGN "The way of one request". */
#include "pseudonyms/final.h"
#include "pseudonyms/text.h"
#include "pseudonyms/token.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/memory.h"
#include "verbs/reversible_jobs.h"
#include "verbs/work.h"

enum { BLOCK_COUNT = 4 * LIMIT_SLICE_COUNT /* jobs among which those of one scalar are sought */ };

/* Jobs of one verb, one kind and one scalar. */
struct slice {
    struct job *jobs[LIMIT_SLICE_COUNT];
    struct element elements[LIMIT_SLICE_COUNT];
    bool are_good[LIMIT_SLICE_COUNT];
    size_t count;
};

/* Points of a slice that one template seals. Secret. */
struct finals {
    struct job *jobs[LIMIT_SLICE_COUNT];
    struct element points[LIMIT_SLICE_COUNT];
    size_t count;
};

static SCHUIL_RC temporary_write(struct job *job, const struct element *q,
                                 const uint8_t nonce[XCHACHA_NONCE_LEN])
{
    const struct work *work = job->work;
    uint8_t token[TOKEN_LEN];
    struct token_header header = {
        .kind = TOKEN_KIND_IRREVERSIBLE,
        .type = job->type->number,
        .registry = work->addressee,
        .key = work->transport_number,
        .expiry_s = token_expiry_s(work->now_us, work->life_hours),
    };
    SECRET(token_body)
    body = {
        .provider = work->provider,
        .root_epoch = work->root_epoch,
        .element = *q,
    };
    TRY(token_seal(work->transport, &header, nonce, &body, token));
    text_temporary_write(job->type->tref, bytes_of(token, sizeof token), job->text);
    return SCHUIL_OK;
}

/* Move the first good element that is left, and those that go with it. */
static void finals_gather(const struct slice *slice, bool *are_done, struct finals *ret)
{
    ret->count = 0;
    for (size_t i = 0; i < slice->count; i++) {
        struct job *job = slice->jobs[i];
        if (are_done[i] || !slice->are_good[i])
            continue;
        const struct job *first = ret->count == 0 ? job : ret->jobs[0];
        if (job->type != first->type || job->generation != first->generation ||
            job->work->domain != first->work->domain)
            continue;
        are_done[i] = true;
        ret->points[ret->count] = slice->elements[i];
        ret->jobs[ret->count++] = job;
    }
}

static SCHUIL_RC finals_seal(const struct finals *finals, uint8_t ret[][FINAL_LEN])
{
    const struct work *work = finals->jobs[0]->work;
    const struct siv_template *siv;
    TRY(final_template_find(work->snapshot, work->domain, finals->jobs[0]->type,
                            finals->jobs[0]->generation, &siv));
    return final_seal_many(siv, finals->count, finals->points, ret);
}

/* A seal that fails fails its own jobs: they stay as they are, not made. */
static void finals_write(const struct finals *finals)
{
    uint8_t boxes[LIMIT_SLICE_COUNT][FINAL_LEN];
    const struct domain *d = finals->jobs[0]->work->domain;
    const char *tref = finals->jobs[0]->type->tref;
    uint32_t generation = finals->jobs[0]->generation;
    struct schuil_rc rc = finals_seal(finals, boxes);
    for (size_t i = 0; schuil_is_ok(rc) && i < finals->count; i++) {
        text_final_write(tref, d->code, generation, bytes_of(boxes[i], FINAL_LEN),
                         finals->jobs[i]->text);
        finals->jobs[i]->is_ok = true;
    }
}

static void slice_seal_finals(const struct slice *slice)
{
    bool are_done[LIMIT_SLICE_COUNT] = {false};
    struct finals finals = {0};
    for (;;) {
        finals_gather(slice, are_done, &finals);
        if (finals.count == 0)
            return;
        finals_write(&finals);
        schuil_wipe(finals.points, finals.count * sizeof finals.points[0]);
    }
}

static SCHUIL_RC slice_seal_temporaries(const struct slice *slice)
{
    uint8_t nonces[LIMIT_SLICE_COUNT][XCHACHA_NONCE_LEN];
    TRY(schuil_random(nonces, slice->count * sizeof nonces[0]));
    for (size_t i = 0; i < slice->count; i++) {
        if (slice->are_good[i])
            slice->jobs[i]->is_ok =
                schuil_is_ok(temporary_write(slice->jobs[i], &slice->elements[i], nonces[i]));
    }
    return SCHUIL_OK;
}

/* All but issue: scalar * Q or P. A scalar that is refused fails the slice's jobs and no
 * others. */
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

static SCHUIL_RC slice_seal(const struct slice *slice, enum work_verb verb)
{
    if (verb == WORK_ISSUE || verb == WORK_LINK)
        return slice_seal_temporaries(slice);
    slice_seal_finals(slice);
    return SCHUIL_OK;
}

static SCHUIL_RC slice_run(struct slice *slice)
{
    enum work_verb verb = slice->jobs[0]->work->verb;
    if (slice->jobs[0]->kind != JOB_POINT)
        return reversible_jobs_run(slice->jobs, slice->count);
    struct schuil_rc rc = slice_elements(slice, verb);
    if (schuil_is_ok(rc))
        rc = slice_seal(slice, verb);
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
        if (jobs[i]->scalar != first->scalar || jobs[i]->kind != first->kind ||
            jobs[i]->work->verb != first->work->verb)
            continue;
        are_done[i] = true;
        ret->jobs[ret->count++] = jobs[i];
    }
}

static SCHUIL_RC block_run(struct job *const *jobs, size_t count)
{
    bool are_done[BLOCK_COUNT] = {false};
    struct slice slice = {0};
    for (;;) {
        slice_gather(jobs, count, are_done, &slice);
        if (slice.count == 0)
            return SCHUIL_OK;
        TRY(slice_run(&slice));
    }
}

SCHUIL_RC schuil_jobs_run(struct job *const *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        jobs[i]->is_ok = false;
        jobs[i]->is_refused = false;
    }
    for (size_t i = 0; i < count; i += BLOCK_COUNT) {
        size_t left = count - i;
        TRY(block_run(jobs + i, left < BLOCK_COUNT ? left : BLOCK_COUNT));
    }
    return SCHUIL_OK;
}
