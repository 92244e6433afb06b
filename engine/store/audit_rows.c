/* SPDX-License-Identifier: Apache-2.0 */
/* Rows to array literals, and one row to plain texts. Text arrays are cast by the INSERT, because
 * unnest of an array of arrays would flatten the lists. Source: PostgreSQL 15 documentation, 8.15.2
 * (array value input). */
#include "audit_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "schuilnaam/crypto/codec.h"

enum { SQL_CAP = 4096 };

struct column {
    const char *name;
    const char *type;
};

static const struct column columns[AUDIT_PARAM_COUNT] = {
#define AUDIT_COLUMN(name, sqltype) {#name, sqltype},
#include "schuilnaam/audit_columns.def"
#undef AUDIT_COLUMN
    {"chain", "bytea"},
    {"i", "bigint"},
    {"link", "bytea"},
    {"signature", "bytea"},
};

/* Append to a statement under construction; what does not fit is a mistake of ours, and the
 * database would refuse the torn statement when it is prepared. */
static void sql_add(char *sql, size_t cap, const char *format, const char *a, size_t n,
                    const char *b)
{
    size_t len = strlen(sql);
    char number[24];
    snprintf(number, sizeof number, "%zu", n);
    for (; *format != '\0' && len + 1 < cap; format++) {
        const char *part = *format == 'A' ? a : *format == 'B' ? b : *format == 'N' ? number : NULL;
        if (part == NULL)
            sql[len++] = *format;
        else
            len += (size_t)snprintf(sql + len, cap - len, "%s", part);
    }
    sql[len < cap ? len : cap - 1] = '\0';
}

/* The values as SQL expressions over texts named prefix and number, the first of which is given. */
static void values_add(char *sql, size_t cap, const char *prefix, size_t first)
{
    for (size_t c = 0; c < AUDIT_PARAM_COUNT; c++) {
        if (c == AUDIT_COL_time)
            sql_add(sql, cap, "timestamptz 'epoch' + AN::bigint * interval '1 microsecond'", prefix,
                    first + c, NULL);
        else
            sql_add(sql, cap, ", AN::B", prefix, first + c, columns[c].type);
    }
}

static void insert_add(char *sql, size_t cap)
{
    sql_add(sql, cap, "A", "INSERT INTO schuilnaam.audit_event (", 0, NULL);
    for (size_t c = 0; c < AUDIT_PARAM_COUNT; c++)
        sql_add(sql, cap, c == 0 ? "A" : ", A", columns[c].name, 0, NULL);
    sql_add(sql, cap, "A", ") ", 0, NULL);
}

static void many_make(char *sql, size_t cap)
{
    insert_add(sql, cap);
    sql_add(sql, cap, "A", "SELECT ", 0, NULL);
    values_add(sql, cap, "c", 0);
    sql_add(sql, cap, "A", " FROM unnest(", 0, NULL);
    for (size_t c = 0; c < AUDIT_PARAM_COUNT; c++)
        sql_add(sql, cap, c == 0 ? "$N::text[]" : ", $N::text[]", NULL, c + 1, NULL);
    sql_add(sql, cap, "A", ") AS rows (", 0, NULL);
    for (size_t c = 0; c < AUDIT_PARAM_COUNT; c++)
        sql_add(sql, cap, c == 0 ? "cN" : ", cN", NULL, c, NULL);
    sql_add(sql, cap, "A", ")", 0, NULL);
}

const char *audit_insert_sql(void)
{
    static _Thread_local char sql[SQL_CAP];
    if (sql[0] == '\0')
        many_make(sql, sizeof sql);
    return sql;
}

const char *audit_insert_one_sql(void)
{
    static _Thread_local char sql[SQL_CAP];
    if (sql[0] != '\0')
        return sql;
    insert_add(sql, sizeof sql);
    sql_add(sql, sizeof sql, "A", "VALUES (", 0, NULL);
    values_add(sql, sizeof sql, "$", 1);
    sql_add(sql, sizeof sql, "A", ")", 0, NULL);
    return sql;
}

static bool room_make(struct audit_params *p, size_t more)
{
    if (p->is_full || more <= p->cap - p->len)
        return !p->is_full;
    size_t cap = (p->cap + more) * 2;
    char *text = realloc(p->text, cap);
    if (text == NULL) {
        p->is_full = true;
        return false;
    }
    p->text = text;
    p->cap = cap;
    return true;
}

static void put(struct audit_params *p, const char *data, size_t len)
{
    if (!room_make(p, len))
        return;
    memcpy(p->text + p->len, data, len);
    p->len += len;
}

static void put_number(struct audit_params *p, uint64_t number)
{
    char text[24];
    struct writer w = writer_over(text, sizeof text);
    put_decimal(&w, (int64_t)number);
    put(p, text, w.len);
}

/* An element between quotes; " and \ are escaped. NULL: the word NULL, which quotes would make a
 * text. */
static void put_element(struct audit_params *p, const char *text)
{
    if (text == NULL) {
        put(p, "NULL", 4);
        return;
    }
    if (!room_make(p, 2 * strlen(text) + 2))
        return;
    char *at = p->text + p->len;
    *at++ = '"';
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            *at++ = '\\';
        *at++ = *text;
    }
    *at++ = '"';
    p->len = (size_t)(at - p->text);
}

enum { HEX_CAP = 3 + 2 * ED25519_SIGNATURE_LEN };

static void bytea_write(const uint8_t *data, size_t len, char ret[HEX_CAP])
{
    ret[0] = '\\';
    ret[1] = 'x';
    schuil_hex_encode(bytes_of(data, len), ret + 2);
    ret[2 + 2 * len] = '\0';
}

static void put_bytea(struct audit_params *p, const uint8_t *data, size_t len)
{
    char text[HEX_CAP];
    bytea_write(data, len, text);
    put_element(p, text);
}

static void put_cell(struct audit_params *p, const struct audit_row *row, size_t c)
{
    if (c < AUDIT_COL_COUNT)
        put_element(p, row->cells[c]);
    else if (c == AUDIT_COL_COUNT)
        put_bytea(p, row->chain, sizeof row->chain);
    else if (c == AUDIT_COL_COUNT + 1)
        put_number(p, row->i);
    else if (c == AUDIT_COL_COUNT + 2)
        put_bytea(p, row->link, sizeof row->link);
    else if (row->is_signed)
        put_bytea(p, row->signature, sizeof row->signature);
    else
        put_element(p, NULL);
}

SCHUIL_RC audit_params_fill(struct audit_params *p, const struct audit_row *rows, size_t n)
{
    p->len = 0;
    p->is_full = false;
    for (size_t c = 0; c < AUDIT_PARAM_COUNT; c++) {
        p->starts[c] = p->len;
        for (size_t r = 0; r < n; r++) {
            put(p, r == 0 ? "{" : ",", 1);
            put_cell(p, &rows[r], c);
        }
        put(p, "}", 2); /* with its zero */
    }
    ENSURE(!p->is_full, RC_INTERNAL_MEMORY);
    for (size_t c = 0; c < AUDIT_PARAM_COUNT; c++)
        p->values[c] = p->text + p->starts[c];
    return SCHUIL_OK;
}

SCHUIL_RC audit_params_fill_one(struct audit_params *p, const struct audit_row *row)
{
    enum { NUMBER_CAP = 24, CAP = 3 * HEX_CAP + NUMBER_CAP };
    p->len = 0;
    p->is_full = false;
    ENSURE(room_make(p, CAP), RC_INTERNAL_MEMORY);
    char *chain = p->text, *link = chain + HEX_CAP, *signature = link + HEX_CAP;
    char *number = signature + HEX_CAP;
    bytea_write(row->chain, sizeof row->chain, chain);
    bytea_write(row->link, sizeof row->link, link);
    bytea_write(row->signature, sizeof row->signature, signature);
    snprintf(number, NUMBER_CAP, "%" PRIu64, row->i);
    for (size_t c = 0; c < AUDIT_COL_COUNT; c++)
        p->values[c] = row->cells[c];
    p->values[AUDIT_COL_COUNT] = chain;
    p->values[AUDIT_COL_COUNT + 1] = number;
    p->values[AUDIT_COL_COUNT + 2] = link;
    p->values[AUDIT_COL_COUNT + 3] = row->is_signed ? signature : NULL;
    return SCHUIL_OK;
}

void audit_params_done(struct audit_params *p)
{
    free(p->text);
    *p = (struct audit_params){.text = NULL};
}
