/* SPDX-License-Identifier: Apache-2.0 */
/* The verb translate: temporary to final pseudonyms. Here the first half: open each text and make
 * one job for each final that is to be made (jobs.c runs them): one for each text, or two while the
 * domain is being rotated.
 *
 * Every refusal of a text is one and the same diagnostic, but for three that tell nothing new to
 * who holds it: a part after `~`, expiry, and a stopped connection or linkage; the last two only
 * after a good tag. Source: PROTOCOL sections 1, 4, 4.1, 4.2 and 4.4. */
#include "pseudonyms/final.h"
#include "pseudonyms/text.h"
#include "pseudonyms/token.h"
#include "verbs/work.h"

/* A generation that is answered. */
struct way {
    uint32_t generation;
    bool has_seal; /* w is there */
    uint32_t seal_number;
    /* s of the epoch that was looked up last */
    const struct scalar *key;
    uint32_t key_number;
};

struct translate {
    struct work *work;
    size_t way_count; /* 2 while the domain is being rotated */
    struct way ways[2];
    /* What was looked up last, and what was found: most records of a request are one provider's,
     * made under one transport key in one epoch. Number 0 names nothing. */
    uint32_t provider;
    enum schuil_diagnostic stop; /* why the provider's are not translated, or DIAG_NONE */
    uint32_t transport_number;
    const struct transport_key *transport;
    bool has_epoch; /* epoch, and the ways' keys, are set */
    uint32_t epoch;
};

/* One text of a record. */
struct opened {
    bool is_live; /* opened and not expired */
    uint32_t transport_number;
    uint32_t provider;
    struct token_body body;  /* irreversible types */
    struct carried *carried; /* reversible types; arena */
};

/* The texts of a record. Holds secrets. */
struct record_texts {
    struct opened opened[LIMIT_TYPE_COUNT];
    uint16_t text_count;
    uint32_t provider; /* what the texts that opened name; 0: none opened */
    bool is_mixed;
};

/* By a connection or, where there is none, a linkage. */
static enum schuil_diagnostic stop_look(const struct work *work, uint32_t provider)
{
    const struct connection *c =
        schuil_connection_find(work->snapshot, provider, work->registry->number);
    if (c != NULL)
        return c->state == STATE_SUSPENDED ? DIAG_CONNECTION_STOPPED : DIAG_NONE;
    if (schuil_linkage_is_stopped(work->snapshot, provider, work->registry->number))
        return DIAG_LINKAGE_STOPPED;
    return DIAG_NONE;
}

static enum schuil_diagnostic stop_find(struct translate *t, uint32_t provider)
{
    if (t->work->registry->state != REGISTRY_LISTED)
        return DIAG_CONNECTION_STOPPED;
    if (t->provider != provider) {
        t->provider = provider;
        t->stop = stop_look(t->work, provider);
    }
    return t->stop;
}

static const struct transport_key *transport_find(struct translate *t, uint32_t number)
{
    if (t->transport_number != number) {
        t->transport_number = number;
        t->transport = schuil_key_transport(t->work->snapshot, number);
    }
    return t->transport;
}

/* s of every generation that is answered, for a root epoch. false: one of the keys is not there. */
static bool domain_keys_find(struct translate *t, uint32_t epoch)
{
    bool has_all = true;
    for (size_t i = 0; i < t->way_count; i++) {
        struct way *way = &t->ways[i];
        if (!t->has_epoch || t->epoch != epoch)
            way->key = schuil_key_domain(t->work->snapshot, t->work->domain->number,
                                         way->generation, epoch, &way->key_number);
        has_all = has_all && way->has_seal && way->key != NULL;
    }
    t->has_epoch = true;
    t->epoch = epoch;
    return has_all;
}

/* A temporary pseudonym has expired when now >= expiry. */
static bool is_expired(const struct work *work, uint32_t expiry_s)
{
    return work->now_us >= (int64_t)expiry_s * 1000000;
}

/* The key that a header names; NULL: there is none. */
static const struct transport_key *header_key(struct translate *t,
                                              const struct token_header *header)
{
    t->work->needs_reload |= header->key > schuil_key_highest(t->work->snapshot);
    return transport_find(t, header->key);
}

static bool point_open(struct translate *t, const struct ptype *type, struct bytes text,
                       struct token_header *ret_header, struct opened *ret)
{
    uint8_t token[TOKEN_LEN];
    const struct transport_key *key = NULL;
    if (token_read(text, type, t->work->registry->number, token, ret_header))
        key = header_key(t, ret_header);
    bool is_open = token_open(key, token, &ret->body);
    ret->provider = ret->body.provider;
    return is_open;
}

static bool carried_open(struct translate *t, const struct ptype *type, struct bytes text,
                         struct token_header *ret_header, struct opened *ret)
{
    uint8_t token[CARRIER_LEN];
    size_t len;
    const struct transport_key *key = NULL;
    if (carrier_read(text, type, t->work->registry->number, token, &len, ret_header))
        key = header_key(t, ret_header);
    bool is_open = carrier_open(key, token, len, ret->carried);
    ret->provider = ret->carried->provider;
    return is_open;
}

/* Open one text. All refusals take the same way: what is not readable is opened as zeros, and an
 * absent key is played by a decoy. */
static enum schuil_diagnostic text_open(struct translate *t, const struct ptype *type,
                                        struct bytes text, struct opened *ret,
                                        struct record_texts *record)
{
    struct token_header header;
    if (text.len > 0 && memchr(text.data, '~', text.len) != NULL)
        return DIAG_TOKEN_SUFFIX;
    bool is_open = ret->carried != NULL ? carried_open(t, type, text, &header, ret)
                                        : point_open(t, type, text, &header, ret);
    if (!is_open)
        return DIAG_TOKEN_REFUSED;
    record->is_mixed |= record->provider != 0 && record->provider != ret->provider;
    record->provider = ret->provider;
    if (is_expired(t->work, header.expiry_s))
        return DIAG_TOKEN_EXPIRED;
    ret->transport_number = header.key;
    ret->is_live = true;
    return DIAG_NONE;
}

/* Few texts are of reversible types, so what they carry does not lie in every record's. */
static SCHUIL_RC opened_take(struct work *work, const struct ptype *type, struct opened *ret)
{
    if (type->kind != PTYPE_REVERSIBLE)
        return SCHUIL_OK;
    ret->carried = schuil_arena_take(work->arena, sizeof *ret->carried);
    ENSURE(ret->carried != NULL, RC_INTERNAL_MEMORY);
    return SCHUIL_OK;
}

static SCHUIL_RC texts_open(struct translate *t, uint32_t record, struct record_texts *ret)
{
    struct work *work = t->work;
    for (uint16_t c = 0; c < work->type_count; c++) {
        struct bytes text = work->texts[work_cell(work, c, record)];
        if (text.data == NULL)
            continue;
        ret->text_count++;
        TRY(opened_take(work, work->types[c], &ret->opened[c]));
        enum schuil_diagnostic found = text_open(t, work->types[c], text, &ret->opened[c], ret);
        if (found != DIAG_NONE)
            TRY(schuil_work_diagnose(work, record, found, bytes_text(work->types[c]->tref)));
    }
    return SCHUIL_OK;
}

static SCHUIL_RC job_add(struct translate *t, uint32_t record, uint16_t column, size_t i,
                         const struct element *q)
{
    struct work *work = t->work;
    const struct domain *d = work->domain;
    const struct way *way = &t->ways[i];
    struct job *job;
    TRY(work_add_job_in(
        work, i == 0 ? work->job_of : work->new_job_of, record, column,
        text_final_len(work->types[column]->tref, d->code, way->generation, FINAL_LEN), &job));
    job->element = *q;
    job->generation = way->generation;
    job->scalar = way->key;
    TRY(work_add_key(work, way->key_number));
    return work_add_key(work, way->seal_number);
}

/* What is carried is not opened here: this side has no key to it. It does not depend on the
 * domain's keys, so in a rotation the same text is answered for both generations. */
static SCHUIL_RC carried_prepare(const struct translate *t, uint32_t record, uint16_t column,
                                 const struct opened *opened)
{
    struct work *work = t->work;
    const struct domain *d = work->domain;
    const struct carried *carried = opened->carried;
    const char *tref = work->types[column]->tref;
    if (carried->domain != d->number)
        return schuil_work_diagnose(work, record, DIAG_TOKEN_REFUSED, bytes_text(tref));
    size_t len = schuil_reversible_text_len(tref, d->code, carried->provider, carried->generation,
                                            carried->box_len);
    for (size_t i = 0; i < t->way_count; i++) {
        struct job *job;
        TRY(work_add_job_in(work, i == 0 ? work->job_of : work->new_job_of, record, column, len,
                            &job));
        job->kind = JOB_CARRY;
        job->input = bytes_of(carried->box, carried->box_len);
        job->reversible.form = carried->form;
        job->generation = carried->generation;
    }
    work->records[record].provider = carried->provider;
    return work_add_key(work, opened->transport_number);
}

static SCHUIL_RC point_prepare(struct translate *t, uint32_t record, uint16_t column,
                               const struct opened *opened)
{
    struct work *work = t->work;
    const char *tref = work->types[column]->tref;
    if (!domain_keys_find(t, opened->body.root_epoch))
        return schuil_work_diagnose(work, record, DIAG_TOKEN_REFUSED, bytes_text(tref));
    work->records[record].provider = opened->body.provider;
    TRY(work_add_key(work, opened->transport_number));
    for (size_t i = 0; i < t->way_count; i++)
        TRY(job_add(t, record, column, i, &opened->body.element));
    return SCHUIL_OK;
}

/* The job of one text, or why there is none. */
static SCHUIL_RC pseudonym_prepare(struct translate *t, uint32_t record, uint16_t column,
                                   const struct opened *opened)
{
    struct work *work = t->work;
    enum schuil_diagnostic stop = stop_find(t, opened->provider);
    if (stop != DIAG_NONE)
        return schuil_work_diagnose(work, record, stop, bytes_text(work->types[column]->tref));
    return opened->carried != NULL ? carried_prepare(t, record, column, opened)
                                   : point_prepare(t, record, column, opened);
}

static SCHUIL_RC texts_prepare(struct translate *t, uint32_t record,
                               const struct record_texts *texts)
{
    struct work *work = t->work;
    if (texts->text_count == 0 && !work->records[record].has_error)
        return schuil_work_diagnose(work, record, DIAG_RECORD_EMPTY, bytes_text(""));
    if (texts->is_mixed)
        return schuil_work_diagnose(work, record, DIAG_PROVIDER_MIXED, bytes_text(""));
    for (uint16_t c = 0; c < work->type_count; c++) {
        if (texts->opened[c].is_live)
            TRY(pseudonym_prepare(t, record, c, &texts->opened[c]));
    }
    return SCHUIL_OK;
}

static SCHUIL_RC record_prepare(struct translate *t, uint32_t record)
{
    struct work *work = t->work;
    struct record_texts texts = {0};
    if (!work->records[record].is_object)
        return schuil_work_diagnose(work, record, DIAG_RECORD_SHAPE, bytes_text(""));
    struct schuil_rc rc = texts_open(t, record, &texts);
    if (schuil_is_ok(rc))
        rc = texts_prepare(t, record, &texts);
    schuil_wipe(texts.opened, work->type_count * sizeof texts.opened[0]);
    return rc;
}

static void way_add(struct translate *t, uint32_t generation)
{
    struct way *way = &t->ways[t->way_count++];
    way->generation = generation;
    way->has_seal = schuil_key_domain_seal(t->work->snapshot, t->work->domain->number, generation,
                                           &way->seal_number) != NULL;
}

/* The active generation, and the one that it is being rotated to. */
static SCHUIL_RC ways_find(struct translate *t)
{
    struct work *work = t->work;
    const struct rotation *r = schuil_rotation_of(work->snapshot, work->domain->number);
    size_t cells = (size_t)work->type_count * work->record_count;
    way_add(t, work->domain->generation);
    work->new_job_of = NULL;
    if (r == NULL || r->is_aborting)
        return SCHUIL_OK;
    way_add(t, r->to);
    work->new_job_of = schuil_arena_take_many(work->arena, cells, sizeof *work->new_job_of);
    ENSURE(work->new_job_of != NULL, RC_INTERNAL_MEMORY);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_translate_prepare(struct work *work)
{
    struct translate t = {.work = work};
    TRY(ways_find(&t));
    work->needs_reload = false;
    TRY(work_take_jobs(work, t.way_count * work_text_count(work)));
    for (uint32_t r = 0; r < work->record_count; r++)
        TRY(record_prepare(&t, r));
    return SCHUIL_OK;
}
