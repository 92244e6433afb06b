/* SPDX-License-Identifier: Apache-2.0 */
/* Reading policy: every row of every table of policy_columns.def, hashed, in one order. Signing and
 * comparing is policy_manifest.c's. */
#include <stdlib.h>

#include "policy_manifest.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/limits.h"

enum { SQL_CAP = 2048, VALUE_CAP = 1024 };

enum column_kind {
    COLUMN_NUMBER,
    COLUMN_TEXT,
    COLUMN_BOOL,
    COLUMN_TIME,
    COLUMN_BYTES,
    COLUMN_LIST
};

struct policy_column {
    const char *table, *name;
    enum column_kind kind;
};

static const struct policy_column columns[] = {
#define POLICY_COLUMN(table, column, kind) {#table, #column, COLUMN_##kind},
#include "policy_columns.def"
#undef POLICY_COLUMN
};
enum { COLUMN_COUNT = sizeof columns / sizeof *columns };

void policy_rows_done(struct policy_rows *rows)
{
    free(rows->list);
    *rows = (struct policy_rows){.list = NULL};
}

/* The columns of one table, from `first` on. */
static size_t table_end(size_t first)
{
    size_t end = first;
    while (end < COLUMN_COUNT && strcmp(columns[end].table, columns[first].table) == 0)
        end++;
    return end;
}

/* What a column is selected as: texts before and after its name. */
static const struct {
    const char *before, *after;
} forms[] = {
    [COLUMN_NUMBER] = {"", ""},
    [COLUMN_TEXT] = {"", ""},
    [COLUMN_BYTES] = {"", ""},
    [COLUMN_LIST] = {"", ""},
    [COLUMN_BOOL] = {"", "::integer"},
    [COLUMN_TIME] = {"(extract(epoch FROM ", ") * 1000000)::bigint"},
};

static void sql_put(struct writer *w, const char *text)
{
    put_bytes(w, bytes_text(text));
}

/* Made of constants only. */
static SCHUIL_RC sql_make(size_t first, size_t end, char ret[SQL_CAP])
{
    struct writer w = writer_over(ret, SQL_CAP);
    sql_put(&w, "SELECT ");
    for (size_t i = first; i < end; i++) {
        sql_put(&w, i > first ? ", " : "");
        sql_put(&w, forms[columns[i].kind].before);
        sql_put(&w, columns[i].name);
        sql_put(&w, forms[columns[i].kind].after);
    }
    sql_put(&w, " FROM ");
    sql_put(&w, columns[first].table);
    sql_put(&w, " t ORDER BY t.");
    sql_put(&w, columns[first].name);
    put_u8(&w, 0);
    ENSURE(!w.is_full, RC_INTERNAL);
    return SCHUIL_OK;
}

/* ---- one cell ---- */
static SCHUIL_RC bytes_put(struct policy_dump *dump, const PGresult *r, int i, int c)
{
    uint8_t value[VALUE_CAP];
    size_t len = (size_t)PQgetlength(r, i, c);
    ENSURE(len >= 2 && len % 2 == 0 && (len - 2) / 2 <= sizeof value, RC_STORE_DATA);
    TRY(pg_bytea(r, i, c, value, (len - 2) / 2));
    schuil_policy_dump_value(dump, bytes_of(value, (len - 2) / 2));
    return SCHUIL_OK;
}

static SCHUIL_RC list_put(struct policy_dump *dump, const PGresult *r, int i, int c)
{
    uint8_t value[VALUE_CAP];
    struct writer w = writer_over(value, sizeof value);
    TRY(schuil_audit_list(bytes_of(PQgetvalue(r, i, c), (size_t)PQgetlength(r, i, c)), &w));
    ENSURE(!w.is_full, RC_STORE_DATA);
    schuil_policy_dump_value(dump, writer_bytes(&w));
    return SCHUIL_OK;
}

static SCHUIL_RC cell_put(struct policy_dump *dump, const PGresult *r, int i, int c,
                          enum column_kind kind)
{
    if (PQgetisnull(r, i, c)) {
        schuil_policy_dump_null(dump);
        return SCHUIL_OK;
    }
    if (kind == COLUMN_BYTES)
        return bytes_put(dump, r, i, c);
    if (kind == COLUMN_LIST)
        return list_put(dump, r, i, c);
    schuil_policy_dump_value(dump, bytes_of(PQgetvalue(r, i, c), (size_t)PQgetlength(r, i, c)));
    return SCHUIL_OK;
}

/* ---- the list of row hashes ----
 *     for each table: LV(name) || U32(rows) || for each row: LV(key) || first 16 bytes of its hash
 */
enum { SHORT_LEN = 16 };

static SCHUIL_RC list_grow(struct policy_rows *rows, size_t more)
{
    uint8_t *list = realloc(rows->list, rows->list_len + more);
    ENSURE(list != NULL, RC_INTERNAL_MEMORY);
    rows->list = list;
    return SCHUIL_OK;
}

static size_t list_room(const char *table, const PGresult *r)
{
    size_t room = 2 + strlen(table) + 4;
    for (int i = 0; i < PQntuples(r); i++)
        room += 2 + (size_t)PQgetlength(r, i, 0) + SHORT_LEN;
    return room;
}

static SCHUIL_RC row_put(struct policy_dump *dump, const PGresult *r, int i, size_t first,
                         struct writer *list)
{
    uint8_t hash[HASH_LEN];
    schuil_policy_dump_row(dump, (uint16_t)PQnfields(r));
    for (int c = 0; c < PQnfields(r); c++)
        TRY(cell_put(dump, r, i, c, columns[first + (size_t)c].kind));
    schuil_policy_dump_row_end(dump, hash);
    put_lv(list, bytes_of(PQgetvalue(r, i, 0), (size_t)PQgetlength(r, i, 0)));
    put_bytes(list, bytes_of(hash, SHORT_LEN));
    return SCHUIL_OK;
}

static SCHUIL_RC table_put(struct store_session *s, struct policy_dump *dump, size_t first,
                           size_t end, struct policy_rows *rows)
{
    char sql[SQL_CAP];
    PG_RESULT *r = NULL;
    const char *table = columns[first].table;
    TRY(sql_make(first, end, sql));
    TRY(pg_query(s, sql, 0, NULL, &r));
    size_t room = list_room(table, r);
    TRY(list_grow(rows, room));
    struct writer list = writer_over(rows->list + rows->list_len, room);
    put_lv_text(&list, table);
    put_u32(&list, (uint32_t)PQntuples(r));
    schuil_policy_dump_table(dump, table, (uint32_t)PQntuples(r));
    for (int i = 0; i < PQntuples(r); i++)
        TRY(row_put(dump, r, i, first, &list));
    rows->list_len += list.len;
    return SCHUIL_OK;
}

SCHUIL_RC policy_rows_read(struct store_session *s, struct policy_rows *ret)
{
    struct policy_dump dump;
    *ret = (struct policy_rows){.list = NULL};
    schuil_policy_dump_begin(&dump);
    for (size_t first = 0, end; first < COLUMN_COUNT; first = end) {
        end = table_end(first);
        TRY(table_put(s, &dump, first, end, ret));
    }
    schuil_policy_dump_end(&dump, ret->digest);
    return SCHUIL_OK;
}
