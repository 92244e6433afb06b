/* SPDX-License-Identifier: Apache-2.0 */
/* The ring of batches over curl_multi. */
#include "flow/pipeline.h"

#include <time.h>

#include "answer.h"
#include "fail.h"
#include "https.h"
#include "interrupt.h"
#include "schuilnaam/crypto/memory.h"

enum {
    BACKOFF_FIRST_MS = 500,
    BACKOFF_MOST_MS = 10000,
    RETRY_AFTER_MOST_S = 60, /* a service that says longer is asked again after this */
    WAIT_MOST_MS = 200       /* so that signals are seen */
};

enum slot_state { SLOT_EMPTY, SLOT_READY, SLOT_RUNNING, SLOT_DONE };

struct slot {
    enum slot_state state;
    struct batch batch;
    struct https_call call;
    bool has_call;
    size_t attempt_count; /* that failed */
    int64_t due_ms;
};

struct pipeline {
    const struct profile *profile;
    const struct work *work;
    const char *path;
    const struct pipeline_ends *ends;
    CURLM *multi;
    struct slot *slots;
    size_t slot_count;
    size_t oldest, held_count; /* the slots not empty, as a stretch of the ring */
    size_t running_count;
    bool is_end;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct slot *slot_at(struct pipeline *p, size_t i)
{
    return &p->slots[(p->oldest + i) % p->slot_count];
}

static SCHUIL_RC slot_fill(struct pipeline *p)
{
    struct slot *slot = slot_at(p, p->held_count);
    TRY(p->ends->fill(p->ends->context, &slot->batch, &p->is_end));
    if (slot->batch.count == 0)
        return SCHUIL_OK;
    slot->has_call = true;
    slot->attempt_count = 0;
    slot->due_ms = 0;
    slot->state = SLOT_READY;
    p->held_count++;
    return https_call_make(p->profile, "POST", p->path, buffer_bytes(&slot->batch.body),
                           &slot->call);
}

static void slot_empty(struct slot *slot)
{
    if (slot->has_call)
        https_call_done(&slot->call);
    slot->has_call = false;
    buffer_clear(&slot->batch.body);
    buffer_clear(&slot->batch.kept);
    slot->state = SLOT_EMPTY;
}

static SCHUIL_RC slot_start(struct pipeline *p, struct slot *slot)
{
    https_call_reset(&slot->call);
    ENSURE(curl_multi_add_handle(p->multi, slot->call.handle) == CURLM_OK, RC_INTERNAL);
    slot->state = SLOT_RUNNING;
    p->running_count++;
    return SCHUIL_OK;
}

static SCHUIL_RC slots_start(struct pipeline *p)
{
    for (size_t i = 0; i < p->held_count && p->running_count < p->work->parallel_count; i++) {
        struct slot *slot = slot_at(p, i);
        if (slot->state == SLOT_READY && slot->due_ms <= now_ms())
            TRY(slot_start(p, slot));
    }
    return SCHUIL_OK;
}

/* Doubling, and up to half as much again by chance, so that clients do not return together. */
static SCHUIL_RC backoff_ms(const struct slot *slot, int64_t *ret)
{
    uint32_t chance = 0;
    int64_t wait_ms = BACKOFF_FIRST_MS;
    TRY(schuil_random(&chance, sizeof chance));
    for (size_t i = 1; i < slot->attempt_count && wait_ms < BACKOFF_MOST_MS; i++)
        wait_ms *= 2;
    if (wait_ms > BACKOFF_MOST_MS)
        wait_ms = BACKOFF_MOST_MS;
    int64_t asked_s = slot->call.retry_after_s;
    int64_t asked_ms = 1000 * (asked_s < RETRY_AFTER_MOST_S ? asked_s : RETRY_AFTER_MOST_S);
    wait_ms = wait_ms > asked_ms ? wait_ms : asked_ms;
    *ret = wait_ms + (int64_t)(chance % (uint32_t)(wait_ms / 2 + 1));
    return SCHUIL_OK;
}

static SCHUIL_RC slot_again(struct pipeline *p, struct slot *slot, CURLcode code)
{
    int64_t wait_ms = 0;
    if (slot->attempt_count == p->work->retry_count)
        return code == CURLE_OK ? answer_check(&slot->call) : https_tell(&slot->call, code);
    slot->attempt_count++;
    TRY(backoff_ms(slot, &wait_ms));
    slot->due_ms = now_ms() + wait_ms;
    slot->state = SLOT_READY;
    return SCHUIL_OK;
}

static SCHUIL_RC slot_judge(struct pipeline *p, struct slot *slot, CURLcode code)
{
    curl_multi_remove_handle(p->multi, slot->call.handle);
    p->running_count--;
    switch (https_call_judge(&slot->call, code)) {
    case HTTPS_AGAIN:
        return slot_again(p, slot, code);
    case HTTPS_REFUSED:
        return https_tell(&slot->call, code);
    case HTTPS_ANSWERED:
        break;
    }
    TRY(answer_check(&slot->call));
    slot->state = SLOT_DONE;
    return SCHUIL_OK;
}

static struct slot *slot_of(struct pipeline *p, const CURL *handle)
{
    for (size_t i = 0; i < p->slot_count; i++) {
        if (p->slots[i].has_call && p->slots[i].call.handle == handle)
            return &p->slots[i];
    }
    return NULL;
}

static SCHUIL_RC messages_read(struct pipeline *p)
{
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(p->multi, &left)) != NULL) {
        struct slot *slot = slot_of(p, message->easy_handle);
        ENSURE(slot != NULL && message->msg == CURLMSG_DONE, RC_INTERNAL);
        TRY(slot_judge(p, slot, message->data.result));
    }
    return SCHUIL_OK;
}

static SCHUIL_RC answers_take(struct pipeline *p)
{
    while (p->held_count > 0 && p->slots[p->oldest].state == SLOT_DONE) {
        struct slot *slot = &p->slots[p->oldest];
        TRY(p->ends->take(p->ends->context, &slot->batch, buffer_bytes(&slot->call.answer)));
        slot_empty(slot);
        p->oldest = (p->oldest + 1) % p->slot_count;
        p->held_count--;
    }
    return SCHUIL_OK;
}

/* Whether a call can be started now: then there is nothing to wait for. */
static bool can_start(struct pipeline *p)
{
    for (size_t i = 0; i < p->held_count && p->running_count < p->work->parallel_count; i++) {
        const struct slot *slot = slot_at(p, i);
        if (slot->state == SLOT_READY && slot->due_ms <= now_ms())
            return true;
    }
    return false;
}

static SCHUIL_RC step(struct pipeline *p)
{
    int running;
    while (!p->is_end && p->held_count < p->slot_count)
        TRY(slot_fill(p));
    TRY(slots_start(p));
    ENSURE(curl_multi_perform(p->multi, &running) == CURLM_OK, RC_INTERNAL);
    TRY(messages_read(p));
    TRY(answers_take(p));
    if (interrupt_came())
        return fail(RC_INTERNAL, "interrupted; no output is left");
    if (p->held_count > 0 && !can_start(p))
        curl_multi_poll(p->multi, NULL, 0, WAIT_MOST_MS, NULL);
    return SCHUIL_OK;
}

static SCHUIL_RC run(struct pipeline *p)
{
    p->multi = curl_multi_init();
    p->slot_count = 2 * p->work->parallel_count;
    p->slots = memory_take(p->slot_count * sizeof *p->slots);
    ENSURE(p->multi != NULL && p->slots != NULL, RC_INTERNAL_MEMORY);
    memset(p->slots, 0, p->slot_count * sizeof *p->slots);
    for (size_t i = 0; i < p->slot_count; i++)
        TRY(batch_make(p->work, &p->slots[i].batch));
    while (!p->is_end || p->held_count > 0)
        TRY(step(p));
    return SCHUIL_OK;
}

static void stop(struct pipeline *p)
{
    for (size_t i = 0; p->slots != NULL && i < p->slot_count; i++) {
        struct slot *slot = &p->slots[i];
        if (slot->state == SLOT_RUNNING)
            curl_multi_remove_handle(p->multi, slot->call.handle);
        slot_empty(slot);
        batch_done(&slot->batch);
    }
    memory_free(p->slots);
    curl_multi_cleanup(p->multi);
}

SCHUIL_RC pipeline_run(const struct profile *profile, const struct work *work, const char *path,
                       const struct pipeline_ends *ends)
{
    struct pipeline p = {.profile = profile, .work = work, .path = path, .ends = ends};
    struct schuil_rc rc = run(&p);
    stop(&p);
    return rc;
}
