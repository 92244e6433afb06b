/* SPDX-License-Identifier: Apache-2.0 */
/* The verb translate: temporary to final pseudonyms. Here the first half: open each text and make
 * one job for each that is to be translated (jobs.c runs them).
 *
 * Every refusal of a text is one and the same diagnostic, but for three that tell nothing new to
 * who holds it: a part after `~`, expiry, and a stopped connection; the last two only after a good
 * tag. Source: PROTOCOL sections 1, 4, 4.1 and 4.2. */
#include "pseudonyms/final.h"
#include "pseudonyms/text.h"
#include "pseudonyms/token.h"
#include "verbs/work.h"

struct translate {
    struct work *work;
    bool has_seal; /* w of the active generation is there */
    uint32_t seal_number;
    /* What was looked up last, and what was found: most records of a request are one provider's,
     * made under one transport key in one epoch. Number 0 names nothing. */
    uint32_t provider;
    bool is_stopped;
    uint32_t transport_number;
    const struct transport_key *transport;
    bool has_epoch; /* epoch, key and key_number are set */
    uint32_t epoch, key_number;
    const struct scalar *key;
};

/* One text of a record. */
struct opened {
    bool is_live; /* opened and not expired */
    uint32_t transport_number;
    struct token_body body;
};

/* The texts of a record. Holds secrets. */
struct record_texts {
    struct opened opened[LIMIT_TYPE_COUNT];
    uint16_t text_count;
    uint32_t provider; /* what the texts that opened name; 0: none opened */
    bool is_mixed;
};

static bool is_stopped(struct translate *t, uint32_t provider)
{
    const struct work *work = t->work;
    if (work->registry->state != REGISTRY_LISTED)
        return true;
    if (t->provider != provider) {
        const struct connection *c =
            schuil_connection_find(work->snapshot, provider, work->registry->number);
        t->provider = provider;
        t->is_stopped = c != NULL && c->state == STATE_SUSPENDED;
    }
    return t->is_stopped;
}

static const struct transport_key *transport_find(struct translate *t, uint32_t number)
{
    if (t->transport_number != number) {
        t->transport_number = number;
        t->transport = schuil_key_transport(t->work->snapshot, number);
    }
    return t->transport;
}

/* s of the active generation for a root epoch. */
static const struct scalar *domain_key_find(struct translate *t, uint32_t epoch)
{
    const struct domain *d = t->work->domain;
    if (!t->has_epoch || t->epoch != epoch) {
        t->has_epoch = true;
        t->epoch = epoch;
        t->key =
            schuil_key_domain(t->work->snapshot, d->number, d->generation, epoch, &t->key_number);
    }
    return t->key;
}

/* A temporary pseudonym has expired when now >= expiry. */
static bool is_expired(const struct work *work, uint32_t expiry_s)
{
    return work->now_us >= (int64_t)expiry_s * 1000000;
}

/* Open one text. All refusals take the same way: what is not readable is opened as zeros, and an
 * absent key is played by a decoy. */
static enum schuil_diagnostic text_open(struct translate *t, const struct ptype *type,
                                        struct bytes text, struct opened *ret,
                                        struct record_texts *record)
{
    struct work *work = t->work;
    uint8_t token[TOKEN_LEN];
    struct token_header header;
    if (text.len > 0 && memchr(text.data, '~', text.len) != NULL)
        return DIAG_TOKEN_SUFFIX;
    const struct transport_key *key = NULL;
    if (token_read(text, type, work->registry->number, token, &header)) {
        key = transport_find(t, header.key);
        work->needs_reload |= header.key > schuil_key_highest(work->snapshot);
    }
    if (!token_open(key, token, &ret->body))
        return DIAG_TOKEN_REFUSED;
    record->is_mixed |= record->provider != 0 && record->provider != ret->body.provider;
    record->provider = ret->body.provider;
    if (is_expired(work, header.expiry_s))
        return DIAG_TOKEN_EXPIRED;
    ret->transport_number = header.key;
    ret->is_live = true;
    return DIAG_NONE;
}

static SCHUIL_RC texts_open(struct translate *t, uint32_t record, struct record_texts *ret)
{
    struct work *work = t->work;
    for (uint16_t c = 0; c < work->type_count; c++) {
        struct bytes text = work->texts[work_cell(work, c, record)];
        if (text.data == NULL)
            continue;
        ret->text_count++;
        enum schuil_diagnostic found = text_open(t, work->types[c], text, &ret->opened[c], ret);
        if (found != DIAG_NONE)
            TRY(schuil_work_diagnose(work, record, found, bytes_text(work->types[c]->tref)));
    }
    return SCHUIL_OK;
}

/* The job of one text, or why there is none. */
static SCHUIL_RC pseudonym_prepare(struct translate *t, uint32_t record, uint16_t column,
                                   const struct opened *opened)
{
    struct work *work = t->work;
    const struct domain *d = work->domain;
    const char *tref = work->types[column]->tref;
    struct job *job;
    if (is_stopped(t, opened->body.provider))
        return schuil_work_diagnose(work, record, DIAG_CONNECTION_STOPPED, bytes_text(tref));
    const struct scalar *key = domain_key_find(t, opened->body.root_epoch);
    if (key == NULL || !t->has_seal)
        return schuil_work_diagnose(work, record, DIAG_TOKEN_REFUSED, bytes_text(tref));
    TRY(work_add_job(work, record, column, text_final_len(tref, d->code, d->generation, FINAL_LEN),
                     &job));
    job->element = opened->body.element;
    job->scalar = key;
    work->records[record].provider = opened->body.provider;
    TRY(work_add_key(work, opened->transport_number));
    TRY(work_add_key(work, t->key_number));
    return work_add_key(work, t->seal_number);
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

static size_t texts_count(const struct work *work)
{
    size_t count = 0, cells = (size_t)work->type_count * work->record_count;
    for (size_t i = 0; i < cells; i++)
        count += work->texts[i].data != NULL ? 1 : 0;
    return count;
}

SCHUIL_RC schuil_translate_prepare(struct work *work)
{
    struct translate t = {.work = work};
    t.has_seal = schuil_key_domain_seal(work->snapshot, work->domain->number,
                                        work->domain->generation, &t.seal_number) != NULL;
    work->needs_reload = false;
    TRY(work_take_jobs(work, texts_count(work)));
    for (uint32_t r = 0; r < work->record_count; r++)
        TRY(record_prepare(&t, r));
    return SCHUIL_OK;
}
