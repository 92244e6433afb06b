/* SPDX-License-Identifier: Apache-2.0 */
/* See keys_read.h. Rows are taken as they are, also those that only tampering can make, wherever a
 * struct key_row can hold them: the manifest then names what differs. */
#include "keys_read.h"

#include <stdio.h>
#include <stdlib.h>

#include "manifest_file.h"

void key_set_done(struct key_set *set)
{
    free(set->rows);
    for (size_t c = 0; c < COMPARTMENT_COUNT; c++)
        free(set->bodies[c]);
    *set = (struct key_set){.cap = 0};
}

SCHUIL_RC key_set_add(struct key_set *set, const struct key_row *row)
{
    if (set->table.count == set->cap) {
        size_t cap = set->cap * 2 + 16;
        struct key_row *rows = realloc(set->rows, cap * sizeof *rows);
        ENSURE(rows != NULL, RC_INTERNAL_MEMORY);
        set->rows = rows;
        set->cap = cap;
    }
    set->rows[set->table.count++] = *row;
    set->table.rows = set->rows;
    return SCHUIL_OK;
}

static SCHUIL_RC u32_take(const PGresult *r, int i, int column, uint32_t *ret)
{
    uint64_t value;
    TRY(pg_u64(r, i, column, INT32_MAX, &value));
    *ret = (uint32_t)value;
    return SCHUIL_OK;
}

static struct bytes text_of(const PGresult *r, int i, int column)
{
    return bytes_text(PQgetvalue(r, i, column));
}

static SCHUIL_RC row_take(const PGresult *r, int i, struct key_row *row)
{
    *row = (struct key_row){.home = -1};
    TRY(u32_take(r, i, 0, &row->number));
    ENSURE(schuil_purpose_parse(text_of(r, i, 1), &row->purpose), RC_STORE_DATA);
    TRY(u32_take(r, i, 2, &row->scope));
    TRY(u32_take(r, i, 3, &row->epoch));
    TRY(u32_take(r, i, 4, &row->generation));
    ENSURE(schuil_key_state_parse(text_of(r, i, 5), &row->state), RC_STORE_DATA);
    TRY(pg_u64(r, i, 6, INT64_MAX, &row->destruction_time_s));
    if (PQgetisnull(r, i, 7))
        return SCHUIL_OK;
    row->public_len = sizeof row->public_part;
    return pg_bytea(r, i, 7, row->public_part, sizeof row->public_part);
}

static SCHUIL_RC copy_take(const PGresult *r, int i, struct key_row *row)
{
    enum compartment c;
    if (PQgetisnull(r, i, 8))
        return SCHUIL_OK;
    ENSURE(schuil_compartment_parse(text_of(r, i, 8), &c), RC_STORE_DATA);
    row->copies[c].exists = true;
    struct bytes name = text_of(r, i, 9);
    ENSURE(name.len < sizeof row->copies[c].wrapping_name, RC_STORE_DATA);
    memcpy(row->copies[c].wrapping_name, name.data, name.len + 1);
    if (PQgetisnull(r, i, 10))
        return SCHUIL_OK;
    size_t len = (size_t)PQgetlength(r, i, 10);
    ENSURE(len >= 2 && len % 2 == 0 && (len - 2) / 2 <= WRAPPED_LEN_MAX, RC_STORE_DATA);
    row->copies[c].len = (uint16_t)((len - 2) / 2);
    return pg_bytea(r, i, 10, row->copies[c].wrapped, row->copies[c].len);
}

static SCHUIL_RC rows_read(struct store_session *s, struct key_set *set)
{
    PG_RESULT *r = NULL;
    TRY(pg_query(s,
                 "SELECT k.number, k.purpose, k.scope, k.epoch, k.generation, k.state,"
                 " coalesce(extract(epoch FROM k.destruction)::bigint, 0), k.public_part,"
                 " c.compartment, c.wrapping, c.wrapped"
                 " FROM key k LEFT JOIN key_copy c ON c.key = k.number ORDER BY k.number",
                 0, NULL, &r));
    uint32_t last = 0;
    for (int i = 0; i < PQntuples(r); i++) {
        struct key_row row;
        char text[64];
        snprintf(text, sizeof text, "key %.20s: a value that cannot be", PQgetvalue(r, i, 0));
        if (!schuil_is_ok(row_take(r, i, &row)))
            return pg_fail(s, RC_STORE_DATA, text);
        if (row.number != last)
            TRY(key_set_add(set, &row));
        last = row.number;
        if (!schuil_is_ok(copy_take(r, i, &set->rows[set->table.count - 1])))
            return pg_fail(s, RC_STORE_DATA, text);
    }
    return SCHUIL_OK;
}

static SCHUIL_RC body_take(const PGresult *r, int i, uint8_t **ret, size_t *ret_len)
{
    size_t len = (size_t)PQgetlength(r, i, 2);
    ENSURE(len >= 2 && len % 2 == 0, RC_STORE_DATA);
    *ret_len = (len - 2) / 2;
    *ret = malloc(*ret_len + 1);
    ENSURE(*ret != NULL, RC_INTERNAL_MEMORY);
    return pg_bytea(r, i, 2, *ret, *ret_len);
}

static SCHUIL_RC manifest_take(const PGresult *r, int i, struct key_set *set)
{
    enum compartment c;
    ENSURE(schuil_compartment_parse(text_of(r, i, 0), &c), RC_STORE_DATA);
    struct manifest_row *m = &set->table.manifests[c];
    ENSURE(!m->exists, RC_STORE_DATA);
    TRY(body_take(r, i, &set->bodies[c], &m->body_len));
    m->body = set->bodies[c];
    TRY(pg_u64(r, i, 1, INT64_MAX, &m->counter));
    TRY(pg_bytea(r, i, 3, m->mac, sizeof m->mac));
    m->exists = true;
    return SCHUIL_OK;
}

static SCHUIL_RC manifests_read(struct store_session *s, struct key_set *set)
{
    PG_RESULT *r = NULL;
    TRY(pg_query(s, "SELECT compartment, counter, body, mac FROM manifest", 0, NULL, &r));
    for (int i = 0; i < PQntuples(r); i++) {
        char text[64];
        snprintf(text, sizeof text, "manifest of %.20s: a value that cannot be",
                 PQgetvalue(r, i, 0));
        if (!schuil_is_ok(manifest_take(r, i, set)))
            return pg_fail(s, RC_STORE_DATA, text);
    }
    return SCHUIL_OK;
}

SCHUIL_RC key_set_read(struct store_session *s, struct key_set *ret)
{
    *ret = (struct key_set){.cap = 0};
    TRY(rows_read(s, ret));
    return manifests_read(s, ret);
}

SCHUIL_RC key_seen_read(const char *directory, unsigned compartments, struct key_table *table,
                        char *finding, size_t cap)
{
    if (directory == NULL)
        return SCHUIL_OK;
    for (unsigned i = 0; i < COMPARTMENT_COUNT; i++) {
        enum compartment c = (enum compartment)i;
        if ((compartments & 1U << i) == 0 || !schuil_purpose_in(PURPOSE_MANIFEST, c))
            continue;
        TRY(manifest_file_read(directory, schuil_compartment_name(c), &table->seen[c].counter,
                               table->seen[c].mac, HASH_LEN, finding, cap));
    }
    return SCHUIL_OK;
}
