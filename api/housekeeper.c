/* SPDX-License-Identifier: Apache-2.0 */
#include "housekeeper.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "checkpoint.h"
#include "kept_session.h"
#include "log.h"

enum { FINDING_CAP = 512 };

struct housekeeper {
    struct service *service;
    struct kept_session kept; /* of the thread */
    pthread_t thread;
    pthread_mutex_t lock; /* of is_ending */
    pthread_cond_t ends;
    bool is_ending;
};

static void failure_log(struct housekeeper *h, const char *event, struct schuil_rc rc,
                        const char *finding)
{
    bool is_store = schuil_rc_class(rc) == RC_CLASS_STORE;
    struct log_field fields[] = {
        log_text("result", schuil_rc_name(rc)),
        log_text("finding", finding[0] == '\0' ? NULL : finding),
        log_text("database", is_store ? schuil_store_message(h->kept.session) : NULL)};
    log_write(LOG_LEVEL_WARNING, event, fields, 3);
    if (is_store)
        kept_session_end(&h->kept);
}

static void partitions_make(struct housekeeper *h)
{
    uint64_t made = 0;
    struct schuil_rc rc = kept_session_need(&h->kept, h->service->settings.database);
    if (schuil_is_ok(rc))
        rc = schuil_store_partitions(h->kept.session, &made);
    struct log_field fields[] = {log_number("made", (int64_t)made)};
    if (!schuil_is_ok(rc))
        failure_log(h, "housekeeper.partitions", rc, "");
    else if (made > 0)
        log_write(LOG_LEVEL_INFO, "housekeeper.partitions", fields, 1);
}

static void checkpoint_make(struct housekeeper *h)
{
    const char *directory = h->service->settings.checkpoint_directory;
    char path[CHECKPOINT_PATH_CAP] = "", finding[FINDING_CAP] = "";
    if (directory[0] == '\0' ||
        clock_wall_us() - checkpoint_newest_us(directory) < (int64_t)LIMIT_CHECKPOINT_S * 1000000)
        return;
    struct schuil_rc rc = kept_session_need(&h->kept, h->service->settings.database);
    if (schuil_is_ok(rc))
        rc = checkpoint_write(h->service, h->kept.session, NULL, path, finding, sizeof finding);
    struct log_field fields[] = {log_text("file", path)};
    if (schuil_is_ok(rc))
        log_write(LOG_LEVEL_INFO, "housekeeper.checkpoint", fields, 1);
    else
        failure_log(h, "housekeeper.checkpoint", rc, finding);
}

/* Until the next round; false: the end has come. */
static bool round_await(struct housekeeper *h)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LIMIT_HOUSEKEEPING_S;
    pthread_mutex_lock(&h->lock);
    int result = 0;
    while (!h->is_ending && result == 0)
        result = pthread_cond_timedwait(&h->ends, &h->lock, &until);
    bool goes_on = !h->is_ending;
    pthread_mutex_unlock(&h->lock);
    return goes_on;
}

static void *run(void *arg)
{
    struct housekeeper *h = arg;
    do {
        partitions_make(h);
        checkpoint_make(h);
    } while (round_await(h));
    kept_session_end(&h->kept);
    return NULL;
}

SCHUIL_RC housekeeper_new(struct service *service, struct housekeeper **ret)
{
    pthread_condattr_t attributes;
    *ret = NULL;
    struct housekeeper *h = calloc(1, sizeof *h);
    ENSURE(h != NULL, RC_INTERNAL_MEMORY);
    h->service = service;
    pthread_mutex_init(&h->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&h->ends, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&h->thread, NULL, run, h) != 0) {
        pthread_cond_destroy(&h->ends);
        pthread_mutex_destroy(&h->lock);
        free(h);
        return schuil_rc(RC_INTERNAL);
    }
    *ret = h;
    return SCHUIL_OK;
}

void housekeeper_free(struct housekeeper *h)
{
    if (h == NULL)
        return;
    pthread_mutex_lock(&h->lock);
    h->is_ending = true;
    pthread_cond_signal(&h->ends);
    pthread_mutex_unlock(&h->lock);
    pthread_join(h->thread, NULL);
    pthread_cond_destroy(&h->ends);
    pthread_mutex_destroy(&h->lock);
    free(h);
}
