/* SPDX-License-Identifier: Apache-2.0 */
/* Shares and share sets as text, and the hashes that tie them together. Reading is by writing: a
 * text is taken apart, and refused unless writing the parts gives the same text again. */
#include "schuilnaam/engine/shares.h"

#include <stdio.h>
#include <stdlib.h>

#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/crypto/memory.h"

#define SHARE_FORM "schuilnaam-share-1"
#define SET_FORM "schuilnaam-share-set-1"
enum { PART_COUNT = 7, CHECK_LEN = 4, HEAD_CAP = 160 };

void schuil_share_wipe(struct share *share)
{
    schuil_wipe(share, sizeof *share);
}

bool schuil_wrapping_name_is_good(const char *name)
{
    size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    return len >= 1 && len <= WRAPPING_NAME_LEN && name[len] == '\0' && name[0] != '.';
}

static bool numbers_are_good(unsigned threshold, unsigned count)
{
    return threshold >= SHARE_LEAST && threshold <= count && count <= SHARE_COUNT_MAX;
}

static void hex_put(struct bytes data, char *ret)
{
    schuil_hex_encode(data, ret);
    ret[2 * data.len] = '\0';
}

/* ---- hashes ---- */

/* LV(label) || LV(name) || set || threshold || count */
static struct bytes head_put(uint8_t room[HEAD_CAP], const char *label, const char *name,
                             const uint8_t set[SHARE_SET_ID_LEN], uint8_t threshold, uint8_t count)
{
    struct writer w = writer_over(room, HEAD_CAP);
    put_lv_text(&w, label);
    put_lv_text(&w, name);
    put_bytes(&w, bytes_of(set, SHARE_SET_ID_LEN));
    put_u8(&w, threshold);
    put_u8(&w, count);
    return writer_bytes(&w);
}

static void share_hash(const struct share *share, uint8_t ret[HASH_LEN])
{
    uint8_t room[HEAD_CAP];
    const struct bytes parts[] = {head_put(room, "schuilnaam/v1/share", share->name, share->set,
                                           share->threshold, share->count),
                                  bytes_of(&share->point.x, 1),
                                  bytes_of(share->point.y.b, SHARE_LEN)};
    schuil_blake2b(sizeof parts / sizeof *parts, parts, ret);
}

static void key_mac(const struct share_set *set, const struct wrapping_key *key,
                    uint8_t ret[HASH_LEN])
{
    uint8_t room[HEAD_CAP];
    SECRET(manifest_key) mac_key; /* what keyed hashing takes */
    memcpy(mac_key.b, key->b, sizeof mac_key.b);
    const struct bytes head =
        head_put(room, "schuilnaam/v1/share-key", set->name, set->id, set->threshold, set->count);
    schuil_blake2b_keyed(&mac_key, 1, &head, ret);
}

/* ---- a share ---- */

void schuil_share_write(const struct share *share, char ret[SHARE_TEXT_LEN + 1])
{
    char set[2 * SHARE_SET_ID_LEN + 1], value[2 * SHARE_LEN + 1], check[2 * CHECK_LEN + 1];
    uint8_t hash[HASH_LEN];
    hex_put(bytes_of(share->set, sizeof share->set), set);
    hex_put(bytes_of(share->point.y.b, SHARE_LEN), value);
    int len = snprintf(ret, SHARE_TEXT_LEN + 1, SHARE_FORM ":%s:%s:%u:%u:%u:%s:", share->name, set,
                       (unsigned)share->threshold, (unsigned)share->count, (unsigned)share->point.x,
                       value);
    const struct bytes text = bytes_of(ret, (size_t)len);
    schuil_blake2b(1, &text, hash);
    hex_put(bytes_of(hash, CHECK_LEN), check);
    memcpy(ret + len, check, sizeof check);
    schuil_wipe(value, sizeof value);
}

/* Cut at the colons, in place. */
static bool parts_cut(char *text, char *ret_parts[PART_COUNT + 1])
{
    size_t count = 0;
    for (char *at = text; at != NULL; count++) {
        if (count > PART_COUNT)
            return false;
        ret_parts[count] = at;
        at = strchr(at, ':');
        if (at != NULL)
            *at++ = '\0';
    }
    return count == PART_COUNT + 1;
}

/* 1 .. SHARE_COUNT_MAX; anything else is 0. */
static uint8_t number_of(const char *text)
{
    size_t len = strspn(text, "0123456789");
    unsigned long number = len >= 1 && len <= 2 && text[len] == '\0' ? strtoul(text, NULL, 10) : 0;
    return number <= SHARE_COUNT_MAX ? (uint8_t)number : 0;
}

static bool share_take(char *text, struct share *ret)
{
    char *part[PART_COUNT + 1];
    if (!parts_cut(text, part) || strcmp(part[0], SHARE_FORM) != 0 ||
        !schuil_wrapping_name_is_good(part[1]))
        return false;
    memcpy(ret->name, part[1], strlen(part[1]) + 1);
    ret->threshold = number_of(part[3]);
    ret->count = number_of(part[4]);
    ret->point.x = number_of(part[5]);
    return numbers_are_good(ret->threshold, ret->count) && ret->point.x >= 1 &&
           ret->point.x <= ret->count &&
           schuil_is_ok(schuil_hex_decode(bytes_text(part[2]), ret->set, sizeof ret->set)) &&
           schuil_is_ok(schuil_hex_decode(bytes_text(part[6]), ret->point.y.b, SHARE_LEN));
}

SCHUIL_RC schuil_share_read(struct bytes text, struct share *ret)
{
    char copy[SHARE_TEXT_LEN + 1], again[SHARE_TEXT_LEN + 1] = "";
    *ret = (struct share){.count = 0};
    ENSURE(text.len >= 1 && text.len <= SHARE_TEXT_LEN, RC_INPUT_SHARE_TEXT);
    ENSURE(memchr(text.data, '\0', text.len) == NULL, RC_INPUT_SHARE_TEXT);
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    bool is_good = share_take(copy, ret);
    if (is_good)
        schuil_share_write(ret, again);
    is_good = is_good && strlen(again) == text.len && schuil_ct_equal(again, text.data, text.len);
    schuil_wipe(copy, sizeof copy);
    schuil_wipe(again, sizeof again);
    if (is_good)
        return SCHUIL_OK;
    schuil_share_wipe(ret);
    return schuil_rc(RC_INPUT_SHARE_TEXT);
}

/* ---- a set ---- */

static void shares_fill(struct share_set *set, const struct share_value *values,
                        struct share *ret_shares)
{
    for (uint8_t x = 1; x <= set->count; x++) {
        struct share *share = &ret_shares[x - 1];
        *share = (struct share){.threshold = set->threshold,
                                .count = set->count,
                                .point = {.x = x, .y = values[x - 1]}};
        memcpy(share->name, set->name, sizeof share->name);
        memcpy(share->set, set->id, sizeof share->set);
        share_hash(share, set->hashes[x - 1]);
    }
}

SCHUIL_RC schuil_shares_make(const struct wrapping_ref *key, uint8_t threshold, uint8_t count,
                             struct share_set *ret_set, struct share *ret_shares)
{
    struct share_value values[SHARE_COUNT_MAX];
    *ret_set = (struct share_set){.threshold = threshold, .count = count};
    ENSURE(schuil_wrapping_name_is_good(key->name), RC_INPUT_VALUE);
    memcpy(ret_set->name, key->name, strlen(key->name) + 1);
    TRY(schuil_random(ret_set->id, sizeof ret_set->id));
    struct schuil_rc rc = schuil_shamir_split(key->key, threshold, count, values);
    if (schuil_is_ok(rc)) {
        shares_fill(ret_set, values, ret_shares);
        key_mac(ret_set, key->key, ret_set->key);
    }
    schuil_wipe(values, sizeof values);
    return rc;
}

void schuil_share_set_write(const struct share_set *set, char ret[SHARE_SET_TEXT_LEN + 1])
{
    char hex[2 * HASH_LEN + 1];
    size_t cap = SHARE_SET_TEXT_LEN + 1;
    hex_put(bytes_of(set->id, sizeof set->id), hex);
    size_t len = (size_t)snprintf(ret, cap, SET_FORM "\nname %s\nset %s\nshares %u %u\n", set->name,
                                  hex, (unsigned)set->threshold, (unsigned)set->count);
    for (unsigned x = 1; x <= set->count; x++) {
        hex_put(bytes_of(set->hashes[x - 1], HASH_LEN), hex);
        len += (size_t)snprintf(ret + len, cap - len, "share %u %s\n", x, hex);
    }
    hex_put(bytes_of(set->key, HASH_LEN), hex);
    snprintf(ret + len, cap - len, "key %s\n", hex);
}

/* The value after `label ` on the next line, cut out of the text in place; NULL: it is not so. */
static char *line_take(char **text, const char *label)
{
    size_t len = strlen(label);
    char *line = *text, *end = strchr(line, '\n');
    if (end == NULL || strncmp(line, label, len) != 0)
        return NULL;
    *end = '\0';
    *text = end + 1;
    return line + len;
}

static bool hash_take(char **text, const char *label, uint8_t ret[HASH_LEN])
{
    const char *hex = line_take(text, label);
    return hex != NULL && schuil_is_ok(schuil_hex_decode(bytes_text(hex), ret, HASH_LEN));
}

static bool set_head_take(char **text, struct share_set *ret)
{
    if (line_take(text, SET_FORM) == NULL)
        return false;
    const char *name = line_take(text, "name "), *id = NULL;
    char *numbers = NULL;
    if (name != NULL && schuil_wrapping_name_is_good(name))
        id = line_take(text, "set ");
    if (id != NULL && schuil_is_ok(schuil_hex_decode(bytes_text(id), ret->id, sizeof ret->id)))
        numbers = line_take(text, "shares ");
    char *gap = numbers == NULL ? NULL : strchr(numbers, ' ');
    if (gap == NULL)
        return false;
    *gap = '\0';
    ret->threshold = number_of(numbers);
    ret->count = number_of(gap + 1);
    memcpy(ret->name, name, strlen(name) + 1);
    return numbers_are_good(ret->threshold, ret->count);
}

static bool set_take(char *text, struct share_set *ret)
{
    if (!set_head_take(&text, ret))
        return false;
    for (unsigned x = 1; x <= ret->count; x++) {
        char label[16];
        snprintf(label, sizeof label, "share %u ", x);
        if (!hash_take(&text, label, ret->hashes[x - 1]))
            return false;
    }
    return hash_take(&text, "key ", ret->key);
}

SCHUIL_RC schuil_share_set_read(struct bytes text, struct share_set *ret)
{
    char copy[SHARE_SET_TEXT_LEN + 1], again[SHARE_SET_TEXT_LEN + 1];
    *ret = (struct share_set){.count = 0};
    ENSURE(text.len >= 1 && text.len <= SHARE_SET_TEXT_LEN, RC_CONFIG_FILE);
    ENSURE(memchr(text.data, '\0', text.len) == NULL, RC_CONFIG_FILE);
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    ENSURE(set_take(copy, ret), RC_CONFIG_FILE);
    schuil_share_set_write(ret, again);
    ENSURE(bytes_equal(bytes_text(again), text), RC_CONFIG_FILE);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_share_set_check(const struct share_set *set, const struct share *share)
{
    uint8_t hash[HASH_LEN];
    bool is_ours = strcmp(set->name, share->name) == 0 &&
                   memcmp(set->id, share->set, sizeof set->id) == 0 &&
                   set->threshold == share->threshold && set->count == share->count;
    ENSURE(is_ours && share->point.x >= 1 && share->point.x <= set->count, RC_INPUT_SHARE);
    share_hash(share, hash);
    ENSURE(schuil_ct_equal(hash, set->hashes[share->point.x - 1], HASH_LEN), RC_INPUT_SHARE);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_share_set_combine(const struct share_set *set, const struct share_point *points,
                                   size_t count, struct wrapping_key *ret)
{
    uint8_t mac[HASH_LEN];
    memset(ret, 0, sizeof *ret);
    ENSURE(count >= set->threshold, RC_INPUT_SHARE);
    TRY(schuil_shamir_combine(points, count, ret));
    key_mac(set, ret, mac);
    if (schuil_ct_equal(mac, set->key, HASH_LEN))
        return SCHUIL_OK;
    schuil_wipe(ret, sizeof *ret);
    return schuil_rc(RC_INPUT_SHARE);
}
