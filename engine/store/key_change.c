/* SPDX-License-Identifier: Apache-2.0 */
/* See key_change.h. Source: PROTOCOL section 6. */
#include "key_change.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "schuilnaam/crypto/codec.h"

/* Any number that nothing else in this database locks. */
#define KEY_LOCK "7309440316741124719"

enum { KEY_LEN_MAX = 64, HEX_CAP = 3 + 2 * WRAPPED_LEN_MAX };

static const enum compartment with_manifest[] = {COMPARTMENT_ISSUE, COMPARTMENT_TRANSLATE};
#define EACH_MANIFEST(i)                                                                           \
    size_t i = 0;                                                                                  \
    i < sizeof with_manifest / sizeof *with_manifest;                                              \
    i++

void key_change_done(struct key_change *change)
{
    key_set_done(&change->set);
    schuil_wipe(change->manifest_keys, sizeof change->manifest_keys);
}

SCHUIL_RC key_change_lock(struct store_session *s)
{
    return pg_do(s, "SELECT pg_advisory_xact_lock(" KEY_LOCK ")", 0, NULL);
}

SCHUIL_RC key_change_begin_empty(struct key_change *change, const struct admin_context *context)
{
    *change = (struct key_change){.session = context->session, .ring = context->ring};
    ENSURE(context->ring->count > 0, RC_CONFIG_WRAPPING);
    change->wrapping = &context->ring->refs[context->ring->count - 1];
    TRY(key_change_lock(change->session));
    return key_set_read(change->session, &change->set);
}

static SCHUIL_RC manifest_key_open(struct key_change *change, enum compartment c)
{
    char text[96];
    struct manifest_key *key = &change->manifest_keys[c];
    for (size_t i = 0; i < change->set.table.count; i++) {
        const struct key_row *row = &change->set.rows[i];
        if (row->purpose != PURPOSE_MANIFEST || row->state != KEY_ACTIVE || !row->copies[c].exists)
            continue;
        snprintf(text, sizeof text, "key %u, compartment %s: does not unwrap",
                 (unsigned)row->number, schuil_compartment_name(c));
        struct schuil_rc rc = schuil_key_unwrap_copy(row, c, change->ring, key->b, sizeof key->b);
        if (!schuil_is_ok(rc))
            return pg_fail(change->session, (enum schuil_rc_code)rc.code, text);
        /* What is made is wrapped under the key that the rest lies under, not under one that is
         * only there for a rewrap to come. */
        change->wrapping = schuil_wrapping_find(change->ring, row->copies[c].wrapping_name);
        return SCHUIL_OK;
    }
    snprintf(text, sizeof text, "compartment %s has no manifest key", schuil_compartment_name(c));
    return pg_fail(change->session, RC_CONFIG_MANIFEST, text);
}

static SCHUIL_RC manifest_verify(struct key_change *change, enum compartment c)
{
    char finding[sizeof change->session->message];
    TRY(manifest_key_open(change, c));
    struct schuil_rc rc = schuil_manifest_check(&change->set.table, c, &change->manifest_keys[c],
                                                finding, sizeof finding);
    if (!schuil_is_ok(rc))
        return pg_fail(change->session, (enum schuil_rc_code)rc.code, finding);
    return SCHUIL_OK;
}

SCHUIL_RC key_change_begin(struct key_change *change, const struct admin_context *context)
{
    char finding[sizeof context->session->message];
    TRY(key_change_begin_empty(change, context));
    struct schuil_rc rc = key_seen_read(context->state_directory, UINT_MAX, &change->set.table,
                                        finding, sizeof finding);
    if (!schuil_is_ok(rc))
        return pg_fail(change->session, (enum schuil_rc_code)rc.code, finding);
    for (EACH_MANIFEST(i))
        TRY(manifest_verify(change, with_manifest[i]));
    return SCHUIL_OK;
}

bool key_change_find(const struct key_change *change, enum key_purpose purpose, uint32_t scope,
                     size_t *ret_index)
{
    const struct key_row *best = NULL;
    for (size_t i = 0; i < change->set.table.count; i++) {
        const struct key_row *row = &change->set.rows[i];
        if (row->purpose != purpose || row->scope != scope || row->state != KEY_ACTIVE)
            continue;
        if (best == NULL || row->generation > best->generation ||
            (row->generation == best->generation && row->epoch > best->epoch)) {
            best = row;
            *ret_index = i;
        }
    }
    return best != NULL;
}

/* ---- making ---- */
static SCHUIL_RC number_next(struct key_change *change, uint32_t *ret)
{
    PG_RESULT *r = NULL;
    uint64_t number;
    size_t count = change->set.table.count;
    TRY(pg_query(change->session, "SELECT nextval('key_number')", 0, NULL, &r));
    TRY(pg_u64(r, 0, 0, INT32_MAX, &number));
    *ret = (uint32_t)number;
    /* A sequence that was set back would give a number that was used before. */
    if (count > 0 && *ret <= change->set.rows[count - 1].number)
        return pg_fail(change->session, RC_STORE_DATA, "key numbers were set back");
    return SCHUIL_OK;
}

SCHUIL_RC key_change_numbers_from(struct key_change *change, uint32_t *ret)
{
    PG_RESULT *r = NULL;
    uint64_t number;
    TRY(pg_query(change->session, "SELECT numbers_from FROM state", 0, NULL, &r));
    ENSURE(PQntuples(r) == 1, RC_STORE_DATA);
    TRY(pg_u64(r, 0, 0, INT32_MAX, &number));
    *ret = (uint32_t)number;
    return SCHUIL_OK;
}

static SCHUIL_RC row_insert(struct key_change *change, const struct key_row *row,
                            const char *reason)
{
    char text[4][16], public_part[HEX_CAP], destruction[24];
    const uint32_t numbers[4] = {row->number, row->scope, row->epoch, row->generation};
    const char *params[9] = {text[0],
                             text[1],
                             text[2],
                             text[3],
                             schuil_purpose_name(row->purpose),
                             NULL,
                             reason,
                             schuil_key_state_name(row->state),
                             NULL};
    for (size_t i = 0; i < 4; i++)
        snprintf(text[i], sizeof text[i], "%u", (unsigned)numbers[i]);
    if (row->public_len > 0) {
        pg_hex(row->public_part, row->public_len, public_part);
        params[5] = public_part;
    }
    if (row->destruction_time_s > 0) {
        snprintf(destruction, sizeof destruction, "%" PRIu64, row->destruction_time_s);
        params[8] = destruction;
    }
    return pg_do(change->session,
                 "INSERT INTO key (number, scope, epoch, generation, purpose, public_part, reason,"
                 " state, activated, destruction) VALUES ($1, $2, $3, $4, $5, $6, $7, $8,"
                 " CASE WHEN $8 <> 'pre-active' THEN now() END, to_timestamp($9::bigint))",
                 9, params);
}

static SCHUIL_RC copies_insert(struct key_change *change, const struct key_row *row)
{
    char number[16], wrapped[HEX_CAP];
    snprintf(number, sizeof number, "%u", (unsigned)row->number);
    for (int c = 0; c < COMPARTMENT_COUNT; c++) {
        const char *params[4] = {number, schuil_compartment_name((enum compartment)c),
                                 row->copies[c].wrapping_name, wrapped};
        if (!row->copies[c].exists)
            continue;
        pg_hex(row->copies[c].wrapped, row->copies[c].len, wrapped);
        TRY(pg_do(change->session,
                  "INSERT INTO key_copy (key, compartment, wrapping, wrapped)"
                  " VALUES ($1, $2, $3, $4)",
                  4, params));
    }
    return SCHUIL_OK;
}

static SCHUIL_RC row_make(struct key_change *change, struct key_row *row, const struct bytes *key,
                          const char *reason, uint8_t *secret)
{
    size_t len = schuil_purpose_len(row->purpose);
    if (key == NULL) {
        TRY(schuil_key_draw(row, secret));
    } else {
        TRY(schuil_key_adopt(row, *key));
        memcpy(secret, key->data, len);
    }
    TRY(schuil_key_wrap_copies(row, bytes_of(secret, len), change->wrapping));
    TRY(row_insert(change, row, reason));
    TRY(copies_insert(change, row));
    return key_set_add(&change->set, row);
}

SCHUIL_RC key_change_make_as(struct key_change *change, struct key_row *row,
                             const struct bytes *key, const char *reason, uint8_t *ret_key)
{
    uint8_t secret[KEY_LEN_MAX];
    TRY(number_next(change, &row->number));
    struct schuil_rc rc = row_make(change, row, key, reason, secret);
    if (schuil_is_ok(rc) && ret_key != NULL)
        memcpy(ret_key, secret, schuil_purpose_len(row->purpose));
    schuil_wipe(secret, sizeof secret);
    return rc;
}

SCHUIL_RC key_change_make(struct key_change *change, struct key_row *row, const struct bytes *key,
                          const char *reason, uint8_t *ret_key)
{
    row->state = KEY_ACTIVE;
    row->destruction_time_s = 0;
    return key_change_make_as(change, row, key, reason, ret_key);
}

SCHUIL_RC key_change_prepare(struct key_change *change, struct key_row *row,
                             const struct bytes *key, const char *reason, uint8_t *ret_key)
{
    row->state = KEY_PRE_ACTIVE;
    row->destruction_time_s = 0;
    return key_change_make_as(change, row, key, reason, ret_key);
}

/* ---- what there is ---- */
SCHUIL_RC key_change_open(struct key_change *change, size_t index, enum compartment c, uint8_t *ret)
{
    char text[96];
    const struct key_row *row = &change->set.rows[index];
    struct schuil_rc rc =
        schuil_key_unwrap_copy(row, c, change->ring, ret, schuil_purpose_len(row->purpose));
    if (rc.code != RC_CONFIG_KEY_ROW)
        return rc;
    snprintf(text, sizeof text, "key %u, compartment %s: does not unwrap", (unsigned)row->number,
             schuil_compartment_name(c));
    return pg_fail(change->session, RC_CONFIG_KEY_ROW, text);
}

static SCHUIL_RC copies_destroy(struct key_change *change, struct key_row *row, const char *number)
{
    TRY(pg_do(change->session, "UPDATE key_copy SET wrapped = NULL WHERE key = $1", 1, &number));
    for (int c = 0; c < COMPARTMENT_COUNT; c++)
        row->copies[c].len = 0;
    return SCHUIL_OK;
}

SCHUIL_RC key_change_fate(struct key_change *change, size_t index, const struct key_fate *fate,
                          const char *reason)
{
    char number[16], time[24];
    bool is_destroyed = fate->state == KEY_DESTROYED;
    struct key_row *row = &change->set.rows[index];
    const char *params[5] = {number, schuil_key_state_name(fate->state), reason, time,
                             is_destroyed && fate->may_be_in_flight ? "t" : "f"};
    if (!schuil_key_state_may_become(row->state, fate->state))
        return pg_fail(change->session, RC_CONFLICT_STATE, "no key goes from its state to this");
    row->state = fate->state;
    row->destruction_time_s = is_destroyed ? 0 : fate->destruction_time_s;
    snprintf(number, sizeof number, "%u", (unsigned)row->number);
    snprintf(time, sizeof time, "%" PRIu64, row->destruction_time_s);
    TRY(pg_do(change->session,
              "UPDATE key SET state = $2, reason = $3,"
              " destruction = to_timestamp(nullif($4::bigint, 0)),"
              " activated = CASE WHEN $2 = 'active' THEN coalesce(activated, now())"
              " ELSE activated END,"
              " destroyed = CASE WHEN $2 = 'destroyed' THEN now() ELSE destroyed END,"
              " in_flight_until = CASE WHEN $5::boolean"
              " THEN clock_timestamp() + interval '120 seconds' END WHERE number = $1",
              5, params));
    return is_destroyed ? copies_destroy(change, row, number) : SCHUIL_OK;
}

SCHUIL_RC key_change_copy_destroy(struct key_change *change, size_t index, enum compartment c)
{
    char number[16];
    struct key_row *row = &change->set.rows[index];
    const char *params[2] = {number, schuil_compartment_name(c)};
    snprintf(number, sizeof number, "%u", (unsigned)row->number);
    row->copies[c].len = 0;
    return pg_do(change->session,
                 "UPDATE key_copy SET wrapped = NULL WHERE key = $1 AND compartment = $2", 2,
                 params);
}

SCHUIL_RC key_change_state(struct key_change *change, size_t index, enum key_state state,
                           const char *reason)
{
    const struct key_fate fate = {.state = state,
                                  .destruction_time_s = change->set.rows[index].destruction_time_s};
    return key_change_fate(change, index, &fate, reason);
}

/* ---- manifests ---- */
static SCHUIL_RC manifest_store(struct key_change *change, enum compartment c, uint64_t counter,
                                const uint8_t *body, size_t body_len, const uint8_t mac[HASH_LEN])
{
    char number[24], mac_hex[3 + 2 * HASH_LEN];
    char *body_hex = malloc(3 + 2 * body_len);
    ENSURE(body_hex != NULL, RC_INTERNAL_MEMORY);
    const char *params[4] = {schuil_compartment_name(c), number, body_hex, mac_hex};
    snprintf(number, sizeof number, "%" PRIu64, counter);
    pg_hex(body, body_len, body_hex);
    pg_hex(mac, HASH_LEN, mac_hex);
    struct schuil_rc rc =
        pg_do(change->session,
              counter == 1 ? "INSERT INTO manifest (compartment, counter, body, mac)"
                             " VALUES ($1, $2, $3, $4)"
                           : "UPDATE manifest SET counter = $2, body = $3, mac = $4"
                             " WHERE compartment = $1",
              4, params);
    free(body_hex);
    return rc;
}

static SCHUIL_RC manifest_make(struct key_change *change, enum compartment c, uint64_t counter,
                               bool is_stored, bool *ret_differs)
{
    uint8_t *body = NULL, mac[HASH_LEN];
    size_t body_len = 0;
    const struct manifest_row *old = &change->set.table.manifests[c];
    TRY(schuil_manifest_make(change->set.rows, change->set.table.count, c, counter,
                             &change->manifest_keys[c], &body, &body_len, mac));
    *ret_differs = !bytes_equal(bytes_of(body, body_len), bytes_of(old->body, old->body_len));
    struct schuil_rc rc = SCHUIL_OK;
    if (is_stored)
        rc = manifest_store(change, c, counter, body, body_len, mac);
    free(body);
    return rc;
}

SCHUIL_RC key_change_end(struct key_change *change)
{
    for (EACH_MANIFEST(i)) {
        enum compartment c = with_manifest[i];
        const struct manifest_row *old = &change->set.table.manifests[c];
        bool differs = true;
        /* Under the old counter the bytes are the same when nothing of this compartment changed. */
        if (old->exists)
            TRY(manifest_make(change, c, old->counter, false, &differs));
        if (differs)
            TRY(manifest_make(change, c, old->counter + 1, true, &differs));
    }
    return SCHUIL_OK;
}

SCHUIL_RC key_change_raise(struct key_change *change, enum compartment c, uint64_t counter)
{
    bool differs;
    ENSURE(counter > change->set.table.manifests[c].counter, RC_INTERNAL);
    return manifest_make(change, c, counter, true, &differs);
}
