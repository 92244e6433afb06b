/* SPDX-License-Identifier: Apache-2.0 */
/* A ring is made whole in a slab of its own, never changed, and counted by references: who holds
 * one may use it without a lock while the next one is made. Shares that were entered wait in a slab
 * too, which is wiped as soon as their key is there. */
#include "wrapping.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provider.h"
#include "schuilnaam/engine/shares.h"

struct held {
    struct wrapping_ring ring; /* its address is what wrapping_hold gives */
    _Atomic size_t references;
    struct slab *slab;
    char names[WRAPPING_RING_CAP][WRAPPING_NAME_LEN + 1];
};

/* A share set, and those of its shares that are there. */
struct gathering {
    struct share_set set;
    size_t count;
    struct share_point points[SHARE_COUNT_MAX];
};

struct wrapping {
    const struct settings *settings;
    const struct wrapping_provider *provider;
    pthread_mutex_t lock; /* all below */
    struct held *held;
    struct slab *slab; /* gatherings lie here; NULL: no shares are asked */
    size_t gathering_count;
    struct gathering *gatherings; /* WRAPPING_RING_CAP of them */
};

/* ---- providers ---- */

static SCHUIL_RC file_open(const struct settings *s, const struct wrapping_file *file,
                           struct wrapping_key *ret, char *ret_finding, size_t cap)
{
    size_t len;
    (void)s;
    TRY(wrapping_file_read(file->path, true, ret->b, sizeof ret->b, &len, ret_finding, cap));
    if (len == sizeof ret->b)
        return SCHUIL_OK;
    schuil_wipe(ret, sizeof *ret);
    snprintf(ret_finding, cap, "%s: not a file of 32 bytes", file->path);
    return schuil_rc(RC_CONFIG_FILE);
}

static const struct wrapping_provider providers[] = {
    {.name = "file", .open = file_open, .can_make = true},
    {.name = "shamir"},
    {.name = "pkcs11", .open = pkcs11_open},
};

const struct wrapping_provider *wrapping_provider_find(const char *name)
{
    for (size_t i = 0; i < sizeof providers / sizeof providers[0]; i++)
        if (strcmp(providers[i].name, name) == 0)
            return &providers[i];
    return NULL;
}

/* ---- rings ---- */

static void held_free(struct held *held)
{
    if (held == NULL)
        return;
    schuil_slab_free(held->slab);
    free(held);
}

static SCHUIL_RC held_new(struct held **ret)
{
    *ret = calloc(1, sizeof **ret);
    ENSURE(*ret != NULL, RC_INTERNAL_MEMORY);
    atomic_init(&(*ret)->references, 1);
    struct schuil_rc rc =
        schuil_slab_new(WRAPPING_RING_CAP * sizeof(struct wrapping_key), &(*ret)->slab);
    if (!schuil_is_ok(rc)) {
        held_free(*ret);
        *ret = NULL;
    }
    return rc;
}

/* Room for one more key of the ring; the key is the caller's to fill. */
static SCHUIL_RC held_add(struct held *held, const char *name, struct wrapping_key **ret)
{
    struct wrapping_ring *ring = &held->ring;
    ENSURE(ring->count < WRAPPING_RING_CAP, RC_CONFIG_FILE);
    *ret = schuil_slab_take(held->slab, sizeof **ret);
    ENSURE(*ret != NULL, RC_INTERNAL_MEMORY);
    snprintf(held->names[ring->count], sizeof held->names[0], "%s", name);
    ring->refs[ring->count] = (struct wrapping_ref){.name = held->names[ring->count], .key = *ret};
    ring->count++;
    return SCHUIL_OK;
}

static SCHUIL_RC held_copy(struct held *held, const struct wrapping_ref *ref)
{
    struct wrapping_key *key;
    TRY(held_add(held, ref->name, &key));
    memcpy(key, ref->key, sizeof *key);
    return SCHUIL_OK;
}

static void held_unref(struct held *held)
{
    if (held != NULL && atomic_fetch_sub(&held->references, 1) == 1)
        held_free(held);
}

/* 0: not one of ours. */
static unsigned number_of(const struct wrapping *w, const char *name)
{
    size_t len = strlen(w->settings->wrapping_name);
    if (strncmp(name, w->settings->wrapping_name, len) != 0)
        return 0;
    if (name[len] == '\0')
        return 1;
    return name[len] == '.' ? (unsigned)strtoul(name + len + 1, NULL, 10) : 0;
}

/* By number, the newest last. */
static void ring_sort(const struct wrapping *w, struct wrapping_ring *ring)
{
    for (size_t i = 1; i < ring->count; i++) {
        struct wrapping_ref ref = ring->refs[i];
        size_t at = i;
        for (; at > 0 && number_of(w, ring->refs[at - 1].name) > number_of(w, ref.name); at--)
            ring->refs[at] = ring->refs[at - 1];
        ring->refs[at] = ref;
    }
}

/* Takes `held`, whatever the result. */
static SCHUIL_RC publish(struct wrapping *w, struct held *held, struct schuil_rc rc)
{
    ring_sort(w, &held->ring);
    if (schuil_is_ok(rc))
        rc = schuil_slab_seal(held->slab);
    if (!schuil_is_ok(rc)) {
        held_free(held);
        return rc;
    }
    struct held *old = w->held;
    w->held = held;
    held_unref(old);
    return rc;
}

const struct wrapping_ring *wrapping_hold(struct wrapping *w)
{
    pthread_mutex_lock(&w->lock);
    atomic_fetch_add(&w->held->references, 1);
    const struct wrapping_ring *ring = &w->held->ring;
    pthread_mutex_unlock(&w->lock);
    return ring;
}

void wrapping_release(const struct wrapping_ring *ring)
{
    _Static_assert(offsetof(struct held, ring) == 0, "a ring is the front of what holds it");
    struct held *held;
    memcpy(&held, &ring, sizeof(void *)); /* ours, and not const underneath */
    held_unref(held);
}

bool wrapping_is_sealed(struct wrapping *w)
{
    pthread_mutex_lock(&w->lock);
    bool is_sealed = w->held->ring.count == 0;
    pthread_mutex_unlock(&w->lock);
    return is_sealed;
}

/* ---- looking for files ---- */

static SCHUIL_RC gathering_add(struct wrapping *w, const struct wrapping_file *file,
                               char *ret_finding, size_t cap)
{
    char text[SHARE_SET_TEXT_LEN];
    struct share_set set;
    size_t len;
    TRY(wrapping_file_read(file->path, false, text, sizeof text, &len, ret_finding, cap));
    struct schuil_rc rc = schuil_share_set_read(bytes_of(text, len), &set);
    if (!schuil_is_ok(rc) || strcmp(set.name, file->name) != 0) {
        snprintf(ret_finding, cap, "%s: not the share set of %s", file->path, file->name);
        return schuil_rc(RC_CONFIG_FILE);
    }
    struct gathering *at = w->gatherings;
    while (at < w->gatherings + w->gathering_count && strcmp(at->set.name, set.name) != 0)
        at++;
    if (at < w->gatherings + w->gathering_count && memcmp(&at->set, &set, sizeof set) == 0)
        return SCHUIL_OK; /* with what was entered */
    ENSURE(at < w->gatherings + WRAPPING_RING_CAP, RC_CONFIG_FILE);
    schuil_wipe(at, sizeof *at);
    at->set = set;
    if (at == w->gatherings + w->gathering_count)
        w->gathering_count++;
    return SCHUIL_OK;
}

static SCHUIL_RC gatherings_find(struct wrapping *w, const struct wrapping_files *files,
                                 char *ret_finding, size_t cap)
{
    for (size_t i = 0; i < files->count; i++)
        TRY(gathering_add(w, &files->list[i], ret_finding, cap));
    return SCHUIL_OK;
}

static SCHUIL_RC file_take(struct wrapping *w, struct held *held, const struct wrapping_file *file,
                           char *ret_finding, size_t cap)
{
    struct wrapping_key *key;
    if (schuil_wrapping_find(&held->ring, file->name) != NULL)
        return SCHUIL_OK;
    TRY(held_add(held, file->name, &key));
    return w->provider->open(w->settings, file, key, ret_finding, cap);
}

static SCHUIL_RC ring_fill(struct wrapping *w, struct held *held,
                           const struct wrapping_files *files, char *ret_finding, size_t cap)
{
    for (size_t i = 0; w->held != NULL && i < w->held->ring.count; i++)
        TRY(held_copy(held, &w->held->ring.refs[i]));
    for (size_t i = 0; w->provider->open != NULL && i < files->count; i++)
        TRY(file_take(w, held, &files->list[i], ret_finding, cap));
    return SCHUIL_OK;
}

static SCHUIL_RC look(struct wrapping *w, char *ret_finding, size_t cap)
{
    struct wrapping_files files;
    struct held *held;
    TRY(wrapping_files_find(w->settings, &files, ret_finding, cap));
    if (files.count == 0 && (w->held == NULL || w->held->ring.count == 0)) {
        struct wrapping_file first;
        TRY(wrapping_file_at(w->settings, 1, &first, ret_finding, cap));
        snprintf(ret_finding, cap, "%s: no such file, nor one with a number behind it", first.path);
        return schuil_rc(RC_CONFIG_FILE);
    }
    if (w->provider->open == NULL)
        TRY(gatherings_find(w, &files, ret_finding, cap));
    TRY(held_new(&held));
    return publish(w, held, ring_fill(w, held, &files, ret_finding, cap));
}

SCHUIL_RC wrapping_look(struct wrapping *w, char *ret_finding, size_t cap)
{
    pthread_mutex_lock(&w->lock);
    struct schuil_rc rc = look(w, ret_finding, cap);
    pthread_mutex_unlock(&w->lock);
    return rc;
}

/* ---- life ---- */

static SCHUIL_RC gatherings_make(struct wrapping *w)
{
    size_t len = WRAPPING_RING_CAP * sizeof(struct gathering);
    if (w->provider->open != NULL)
        return SCHUIL_OK;
    TRY(schuil_slab_new(len, &w->slab));
    w->gatherings = schuil_slab_take(w->slab, len);
    ENSURE(w->gatherings != NULL, RC_INTERNAL_MEMORY);
    return SCHUIL_OK;
}

static bool rewrap_is_known(const char *word)
{
    return strcmp(word, "automatic") == 0 || strcmp(word, "manual") == 0;
}

static SCHUIL_RC fill(struct wrapping *w, char *ret_finding, size_t cap)
{
    w->provider = wrapping_provider_find(w->settings->wrapping_provider);
    snprintf(ret_finding, cap, "wrapping.provider: file, shamir or pkcs11");
    ENSURE(w->provider != NULL, RC_CONFIG_SETTING);
    snprintf(ret_finding, cap, "wrapping.rewrap: automatic or manual");
    ENSURE(rewrap_is_known(w->settings->wrapping_rewrap), RC_CONFIG_SETTING);
    ret_finding[0] = '\0';
    TRY(gatherings_make(w));
    return look(w, ret_finding, cap);
}

SCHUIL_RC wrapping_open(const struct settings *settings, struct wrapping **ret, char *ret_finding,
                        size_t cap)
{
    *ret = NULL;
    struct wrapping *w = calloc(1, sizeof *w);
    ENSURE(w != NULL, RC_INTERNAL_MEMORY);
    w->settings = settings;
    pthread_mutex_init(&w->lock, NULL);
    struct schuil_rc rc = fill(w, ret_finding, cap);
    if (schuil_is_ok(rc))
        *ret = w;
    else
        wrapping_free(w);
    return rc;
}

void wrapping_free(struct wrapping *w)
{
    if (w == NULL)
        return;
    held_unref(w->held);
    schuil_slab_free(w->slab);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

/* ---- a new key, and the end of an old one ---- */

static SCHUIL_RC key_write(const struct wrapping_file *file, char *ret_finding, size_t cap)
{
    SECRET(wrapping_key) key;
    TRY(schuil_random(key.b, sizeof key.b));
    return wrapping_file_write(file->path, bytes_of(key.b, sizeof key.b), ret_finding, cap);
}

SCHUIL_RC wrapping_make(const struct settings *s, char *ret_finding, size_t cap)
{
    struct wrapping_file file;
    struct wrapping_files files;
    TRY(wrapping_file_at(s, 1, &file, ret_finding, cap));
    TRY(wrapping_files_find(s, &files, ret_finding, cap));
    ENSURE(files.count == 0, RC_CONFLICT_EXISTS);
    return key_write(&file, ret_finding, cap);
}

static bool has_newer(const struct wrapping *w, const char *current)
{
    const struct wrapping_ring *ring = &w->held->ring;
    return ring->count > 0 && strcmp(ring->refs[ring->count - 1].name, current) != 0;
}

static bool is_makeable(const struct wrapping *w)
{
    return w->provider->can_make && w->settings->wrapping_credential[0] == '\0';
}

bool wrapping_is_automatic(const struct wrapping *w)
{
    return is_makeable(w) && strcmp(w->settings->wrapping_rewrap, "automatic") == 0;
}

static SCHUIL_RC next_make(struct wrapping *w, const char *current, bool can_make,
                           char *ret_finding, size_t cap)
{
    struct wrapping_file file;
    TRY(look(w, ret_finding, cap));
    if (has_newer(w, current))
        return SCHUIL_OK;
    snprintf(ret_finding, cap, "the next wrapping key of this provider is made by people");
    ENSURE(can_make && is_makeable(w), RC_CONFLICT_WRAPPING);
    TRY(wrapping_file_at(w->settings, number_of(w, current) + 1, &file, ret_finding, cap));
    TRY(key_write(&file, ret_finding, cap));
    return look(w, ret_finding, cap);
}

SCHUIL_RC wrapping_next(struct wrapping *w, const char *current, bool can_make, char *ret_finding,
                        size_t cap)
{
    pthread_mutex_lock(&w->lock);
    struct schuil_rc rc = next_make(w, current, can_make, ret_finding, cap);
    pthread_mutex_unlock(&w->lock);
    return rc;
}

static SCHUIL_RC others_copy(const struct wrapping *w, struct held *held, const char *name)
{
    for (size_t i = 0; i < w->held->ring.count; i++)
        if (strcmp(w->held->ring.refs[i].name, name) != 0)
            TRY(held_copy(held, &w->held->ring.refs[i]));
    return SCHUIL_OK;
}

static void gathering_drop(struct wrapping *w, const char *name)
{
    for (size_t i = 0; i < w->gathering_count; i++) {
        if (strcmp(w->gatherings[i].set.name, name) != 0)
            continue;
        w->gatherings[i] = w->gatherings[--w->gathering_count];
        schuil_wipe(&w->gatherings[w->gathering_count], sizeof w->gatherings[0]);
    }
}

static SCHUIL_RC end(struct wrapping *w, const char *name, bool *ret_is_ended, char *ret_finding,
                     size_t cap)
{
    struct wrapping_file file;
    struct held *held;
    unsigned number = number_of(w, name);
    ENSURE(number > 0, RC_ABSENT);
    TRY(wrapping_file_at(w->settings, number, &file, ret_finding, cap));
    TRY(held_new(&held));
    TRY(publish(w, held, others_copy(w, held, name)));
    gathering_drop(w, name);
    if (w->settings->wrapping_credential[0] != '\0')
        return SCHUIL_OK; /* systemd's folder is not ours to write */
    TRY(wrapping_file_end(file.path, ret_finding, cap));
    *ret_is_ended = w->provider->open != NULL; /* shares lie with people */
    return SCHUIL_OK;
}

SCHUIL_RC wrapping_end(struct wrapping *w, const char *name, bool *ret_is_ended, char *ret_finding,
                       size_t cap)
{
    *ret_is_ended = false;
    pthread_mutex_lock(&w->lock);
    struct schuil_rc rc = end(w, name, ret_is_ended, ret_finding, cap);
    pthread_mutex_unlock(&w->lock);
    return rc;
}

/* ---- shares ---- */

static struct gathering *gathering_find(struct wrapping *w, const char *name)
{
    for (size_t i = 0; i < w->gathering_count; i++)
        if (strcmp(w->gatherings[i].set.name, name) == 0)
            return &w->gatherings[i];
    return NULL;
}

/* Enough are there: the key goes into the ring, and the shares are wiped. */
static SCHUIL_RC gathering_end(struct wrapping *w, struct gathering *g)
{
    struct held *held;
    struct wrapping_key *key = NULL;
    TRY(held_new(&held));
    struct schuil_rc rc = others_copy(w, held, g->set.name);
    if (schuil_is_ok(rc))
        rc = held_add(held, g->set.name, &key);
    if (schuil_is_ok(rc))
        rc = schuil_share_set_combine(&g->set, g->points, g->count, key);
    schuil_wipe(g->points, sizeof g->points);
    g->count = 0;
    return publish(w, held, rc);
}

static SCHUIL_RC share_add(struct wrapping *w, struct gathering *g, const struct share *share,
                           unsigned *ret_missing)
{
    *ret_missing = 0;
    if (schuil_wrapping_find(&w->held->ring, g->set.name) != NULL)
        return SCHUIL_OK;
    size_t at = 0;
    while (at < g->count && g->points[at].x != share->point.x)
        at++;
    if (at == g->count)
        g->points[g->count++] = share->point;
    *ret_missing = g->set.threshold - (unsigned)g->count;
    return *ret_missing == 0 ? gathering_end(w, g) : SCHUIL_OK;
}

/* A set may have been put there since: then the files are looked at again. */
static SCHUIL_RC share_take(struct wrapping *w, const struct share *share, unsigned *ret_missing)
{
    char finding[256] = "";
    if (gathering_find(w, share->name) == NULL)
        TRY(look(w, finding, sizeof finding));
    struct gathering *g = gathering_find(w, share->name);
    ENSURE(g != NULL, RC_INPUT_SHARE);
    TRY(schuil_share_set_check(&g->set, share));
    return share_add(w, g, share, ret_missing);
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct bytes trimmed(struct bytes text)
{
    while (text.len > 0 && is_space(text.data[text.len - 1]))
        text.len--;
    while (text.len > 0 && is_space(text.data[0]))
        text = bytes_of(text.data + 1, text.len - 1);
    return text;
}

SCHUIL_RC wrapping_enter(struct wrapping *w, struct bytes text, struct wrapping_entered *ret)
{
    struct share share;
    *ret = (struct wrapping_entered){.number = 0};
    ENSURE(w->provider->open == NULL, RC_CONFLICT_STATE);
    TRY(schuil_share_read(trimmed(text), &share));
    snprintf(ret->name, sizeof ret->name, "%s", share.name);
    ret->number = share.point.x;
    pthread_mutex_lock(&w->lock);
    struct schuil_rc rc = share_take(w, &share, &ret->missing);
    pthread_mutex_unlock(&w->lock);
    schuil_share_wipe(&share);
    return rc;
}

static unsigned missing(const struct wrapping *w)
{
    unsigned least = SHARE_COUNT_MAX;
    for (size_t i = 0; i < w->gathering_count; i++) {
        unsigned of_this = w->gatherings[i].set.threshold - (unsigned)w->gatherings[i].count;
        least = of_this < least ? of_this : least;
    }
    return w->held->ring.count > 0 ? 0 : least;
}

unsigned wrapping_missing(struct wrapping *w)
{
    pthread_mutex_lock(&w->lock);
    unsigned count = missing(w);
    pthread_mutex_unlock(&w->lock);
    return count;
}
