/* SPDX-License-Identifier: Apache-2.0 */
/* Making a manifest: the bytes of one compartment's key rows and the mac over them. Comparing is
 * manifest_check.c.
 *
 *     LV(label) || LV(compartment) || U64(counter) || U32(n) || row ...
 *     row = U32(number) || LV(purpose) || U32(scope) || U32(epoch) || U32(generation) || LV(state)
 *           || U64(destruction time or 0) || LV(public part or "") || BLAKE2b-256(copy or "")
 *
 * Source: PROTOCOL section 6. */
#include "keys/manifest.h"

#include <stdlib.h>

/* Longest row: 4 + (2 + 11) + 12 + (2 + 14) + 8 + (2 + 32) + 32 = 119; head: 24 + 11 + 8 + 4. */
enum { MANIFEST_ROW_CAP = 128, MANIFEST_HEAD_CAP = 64 };

SCHUIL_RC rows_check_ascending(const struct key_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ENSURE(rows[i].number > (i == 0 ? 0 : rows[i - 1].number), RC_STORE_DATA);
    return SCHUIL_OK;
}

/* Does this compartment have, or did it have, a domain key of the epoch? */
static bool epoch_is_served(const struct key_row *rows, size_t count, enum compartment c,
                            uint32_t epoch)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].purpose == PURPOSE_DOMAIN && rows[i].epoch == epoch && rows[i].copies[c].exists)
            return true;
    return false;
}

static bool row_counts(const struct key_row *rows, size_t count, enum compartment c, size_t i)
{
    if (rows[i].copies[c].exists)
        return true;
    /* Translate leans on K_e in its self-test, so it vouches for the roots of its own epochs. */
    return c == COMPARTMENT_TRANSLATE && rows[i].purpose == PURPOSE_ROOT &&
           epoch_is_served(rows, count, c, rows[i].epoch);
}

static void row_put(struct writer *w, const struct key_row *row, enum compartment c)
{
    uint8_t hash[HASH_LEN];
    bool has_copy = row->copies[c].exists && row->copies[c].len > 0;
    struct bytes copy = bytes_of(row->copies[c].wrapped, has_copy ? row->copies[c].len : 0);
    schuil_blake2b(1, &copy, hash);
    put_u32(w, row->number);
    put_lv_text(w, schuil_purpose_name(row->purpose));
    put_u32(w, row->scope);
    put_u32(w, row->epoch);
    put_u32(w, row->generation);
    put_lv_text(w, schuil_key_state_name(has_copy ? row->state : KEY_DESTROYED));
    put_u64(w, has_copy ? row->destruction_time_s : 0);
    put_lv(w, bytes_of(row->public_part, row->public_len));
    put_bytes(w, bytes_of(hash, sizeof hash));
}

static void body_put(struct writer *w, const struct key_row *rows, size_t count, enum compartment c,
                     uint64_t counter)
{
    put_lv_text(w, MANIFEST_LABEL);
    put_lv_text(w, schuil_compartment_name(c));
    put_u64(w, counter);
    size_t count_at = w->len;
    put_u32(w, 0);
    uint32_t included = 0;
    for (size_t i = 0; i < count; i++) {
        if (!row_counts(rows, count, c, i))
            continue;
        row_put(w, &rows[i], c);
        included++;
    }
    struct writer count_place = writer_over(w->data + count_at, sizeof(uint32_t));
    put_u32(&count_place, included);
}

static SCHUIL_RC rows_check_sizes(const struct key_row *rows, size_t count, enum compartment c)
{
    for (size_t i = 0; i < count; i++) {
        ENSURE(rows[i].copies[c].len <= WRAPPED_LEN_MAX, RC_STORE_DATA);
        ENSURE(rows[i].public_len <= sizeof rows[i].public_part, RC_STORE_DATA);
    }
    return SCHUIL_OK;
}

SCHUIL_RC manifest_body(const struct key_row *rows, size_t count, enum compartment c,
                        uint64_t counter, uint8_t **ret_body, size_t *ret_body_len)
{
    *ret_body = NULL;
    *ret_body_len = 0;
    ENSURE(count <= UINT32_MAX, RC_STORE_DATA);
    TRY(rows_check_ascending(rows, count));
    TRY(rows_check_sizes(rows, count, c));
    size_t cap = MANIFEST_HEAD_CAP + count * MANIFEST_ROW_CAP;
    uint8_t *body = malloc(cap);
    ENSURE(body != NULL, RC_INTERNAL_MEMORY);
    struct writer w = writer_over(body, cap);
    body_put(&w, rows, count, c, counter);
    if (w.is_full) {
        free(body);
        return schuil_rc(RC_INTERNAL);
    }
    *ret_body = body;
    *ret_body_len = w.len;
    return SCHUIL_OK;
}

SCHUIL_RC schuil_manifest_make(const struct key_row *rows, size_t count, enum compartment c,
                               uint64_t counter, const struct manifest_key *key, uint8_t **ret_body,
                               size_t *ret_body_len, uint8_t ret_mac[HASH_LEN])
{
    *ret_body = NULL;
    *ret_body_len = 0;
    ENSURE(schuil_purpose_in(PURPOSE_MANIFEST, c), RC_INPUT_VALUE);
    TRY(manifest_body(rows, count, c, counter, ret_body, ret_body_len));
    struct bytes body = bytes_of(*ret_body, *ret_body_len);
    schuil_blake2b_keyed(key, 1, &body, ret_mac);
    return SCHUIL_OK;
}
