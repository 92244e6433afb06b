/* SPDX-License-Identifier: Apache-2.0 */
/* Shares of a wrapping key as people and files hold them, and the share set that tells a right
 * share from a wrong one the moment it is entered.
 *
 * A share is one line:
 *     schuilnaam-share-1:NAME:SET:THRESHOLD:COUNT:NUMBER:VALUE:CHECK
 * NAME of the wrapping key; SET 16 and VALUE 64 hexadecimal digits; CHECK 8 digits against
 * mistyping.
 *
 * A share set is a small text file, not secret:
 *     schuilnaam-share-set-1
 *     name NAME
 *     set SET
 *     shares THRESHOLD COUNT
 *     share NUMBER HASH      for each share, by number: a hash of it
 *     key HASH               a mac under the key that the shares give
 * A hash of 32 random bytes gives nothing away, and the set cannot be altered into taking a share
 * that gives another key without failing at `key`; a set altered as a whole gives a key that opens
 * no row. Source: docs/protocol.md section 6. */
#ifndef SCHUILNAAM_ENGINE_SHARES_H
#define SCHUILNAAM_ENGINE_SHARES_H

#include "schuilnaam/crypto/hash.h"
#include "schuilnaam/crypto/shamir.h"
#include "schuilnaam/engine/wrapping.h"

enum {
    SHARE_SET_ID_LEN = 8,
    SHARE_TEXT_LEN = 200,     /* characters of a share, at most */
    SHARE_SET_TEXT_LEN = 4096 /* characters of a share set, at most */
};

struct share {
    char name[WRAPPING_NAME_LEN + 1];
    uint8_t set[SHARE_SET_ID_LEN];
    uint8_t threshold, count;
    struct share_point point;
};
void schuil_share_wipe(struct share *share);

struct share_set {
    char name[WRAPPING_NAME_LEN + 1];
    uint8_t id[SHARE_SET_ID_LEN];
    uint8_t threshold, count;
    uint8_t hashes[SHARE_COUNT_MAX][HASH_LEN]; /* of share x at x - 1 */
    uint8_t key[HASH_LEN];
};

/* 1 .. WRAPPING_NAME_LEN characters A-Z a-z 0-9 . _ -, the first no dot: names of wrapping keys,
 * which become parts of file names. */
bool schuil_wrapping_name_is_good(const char *name);

/* The text of a share: at most SHARE_TEXT_LEN characters, and a terminator. Secret. */
void schuil_share_write(const struct share *share, char ret[SHARE_TEXT_LEN + 1]);
/* Strict: what was read writes back to the same text. RC_INPUT_SHARE_TEXT: *ret is wiped. */
SCHUIL_RC schuil_share_read(struct bytes text, struct share *ret);

/* Draw an id, split, and fill ret_set and ret_shares (count of them, the caller's to wipe).
 * RC_INPUT_VALUE (name, threshold, count), RC_INTERNAL_RANDOM: ret_shares are wiped. */
SCHUIL_RC schuil_shares_make(const struct wrapping_ref *key, uint8_t threshold, uint8_t count,
                             struct share_set *ret_set, struct share *ret_shares);
/* At most SHARE_SET_TEXT_LEN characters, and a terminator. */
void schuil_share_set_write(const struct share_set *set, char ret[SHARE_SET_TEXT_LEN + 1]);
/* Strict. RC_CONFIG_FILE. */
SCHUIL_RC schuil_share_set_read(struct bytes text, struct share_set *ret);
/* Whether a share is one of the set. Its name, id and hash are compared; RC_INPUT_SHARE if one
 * differs. Constant time in the value. */
SCHUIL_RC schuil_share_set_check(const struct share_set *set, const struct share *share);
/* The key of `count` (at least set->threshold) points, compared with the set. RC_INPUT_SHARE: it is
 * not the set's (too few, or of an altered set); ret is zeros. */
SCHUIL_RC schuil_share_set_combine(const struct share_set *set, const struct share_point *points,
                                   size_t count, struct wrapping_key *ret);

#endif
