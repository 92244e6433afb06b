/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a provider that keeps its own source keys: one provider, all generations.
 *
 *     schuilnaam source keys 1
 *     organisation HOSP1
 *     number 3
 *     key 1 <128 hexadecimal digits>
 *     key 2 <128 hexadecimal digits>
 *
 * Generations ascend; the last one seals, all open. The file is its owner's alone (0600), appears
 * complete or not at all, and is never replaced by one that holds less. Its bytes and the keys lie
 * in a guarded slab, never in a buffer of the C library. */
#ifndef SCHUILNAAM_CLIENT_SOURCE_KEY_H
#define SCHUILNAAM_CLIENT_SOURCE_KEY_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/crypto/secret.h"
#include "schuilnaam/limits.h"
#include "schuilnaam/rc.h"

enum { SOURCE_KEYS_MOST = 256, SOURCE_KEYS_FILE_MOST = 64 << 10 /* bytes */ };

struct source_keys {
    struct slab *slab; /* what the rest borrows from; NULL: empty */
    struct bytes text; /* the file */
    char organisation[LIMIT_CODE_LEN + 1];
    uint32_t number; /* of the organisation */
    size_t count;
    struct {
        uint32_t generation;
        const struct source_key *key;
    } keys[SOURCE_KEYS_MOST]; /* ascending */
};

/* Read. RC_CONFIG_MODE: not a file of ours alone; RC_CONFIG_FILE: not there, or not of this form;
 * RC_CONFIG_MEMLOCK, RC_INTERNAL_MEMORY. All told, with the line's number and never its contents.
 * source_keys_done in every case. */
SCHUIL_RC source_keys_load(const char *path, struct source_keys *ret);
/* The same from a text, which is copied; name is for messages. For tests. */
SCHUIL_RC source_keys_read(struct bytes text, const char *name, struct source_keys *ret);
void source_keys_done(struct source_keys *keys);
/* NULL: there is none of this generation. */
const struct source_key *source_keys_find(const struct source_keys *keys, uint32_t generation);
/* The generation that seals. */
static inline uint32_t source_keys_newest(const struct source_keys *keys)
{
    return keys->keys[keys->count - 1].generation;
}

/* Make a file with generation 1. RC_CONFLICT_EXISTS: there is one. RC_INTERNAL: it cannot be
 * written. Told. */
SCHUIL_RC source_keys_make(const char *path, const char *organisation, uint32_t number);
/* Add the next generation. As load; RC_LIMIT_SIZE: it holds SOURCE_KEYS_MOST. Told. */
SCHUIL_RC source_keys_add(const char *path, uint32_t *ret_generation);

#endif
