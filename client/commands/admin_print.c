/* SPDX-License-Identifier: Apache-2.0 */
/* Tables for people. */
#include "admin_print.h"

#include <string.h>

#include "answer.h"

enum { CELL_MOST = 512, COLUMNS_MOST = 32 };

static void list_text(const json_t *list, char ret[CELL_MOST])
{
    size_t len = 0;
    size_t i;
    json_t *part;
    ret[0] = '\0';
    json_array_foreach(list, i, part)
    {
        const char *text = json_string_value(part);
        size_t text_len = text != NULL ? strlen(text) : 0;
        if (text_len + 2 > CELL_MOST - len)
            return;
        len += (size_t)snprintf(ret + len, CELL_MOST - len, "%s%s", i > 0 ? "," : "",
                                text != NULL ? text : "");
    }
}

static void cell_text(const json_t *value, char ret[CELL_MOST])
{
    char raw[CELL_MOST] = "";
    if (json_is_string(value))
        snprintf(raw, sizeof raw, "%s", json_string_value(value));
    else if (json_is_integer(value))
        snprintf(raw, sizeof raw, "%lld", (long long)json_integer_value(value));
    else if (json_is_boolean(value))
        snprintf(raw, sizeof raw, "%s", json_is_true(value) ? "yes" : "no");
    else if (json_is_array(value))
        list_text(value, raw);
    answer_printable(raw[0] != '\0' ? raw : "-", ret, CELL_MOST);
}

/* Characters, not bytes: continuation bytes of UTF-8 take no room on a terminal. */
static size_t text_width(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void pad(FILE *out, const char *text, size_t width, int is_last)
{
    fputs(text, out);
    for (size_t i = text_width(text); !is_last && i < width + 2; i++)
        fputc(' ', out);
}

/* A list shows the first line of a text of several. */
static void first_line_text(const json_t *value, char ret[CELL_MOST])
{
    const char *text = json_string_value(value);
    size_t len = text != NULL ? strcspn(text, "\n") : 0;
    cell_text(value, ret);
    if (text != NULL && text[len] == '\n' && len < CELL_MOST - sizeof " ...")
        snprintf(ret + len, CELL_MOST - len, "%s", text[len + 1] != '\0' ? " ..." : "");
}

static void widths_find(const json_t *rows, const char *const *names, size_t count, size_t *widths)
{
    char cell[CELL_MOST];
    for (size_t c = 0; c < count; c++) {
        size_t i;
        json_t *row;
        widths[c] = text_width(names[c]);
        json_array_foreach(rows, i, row)
        {
            first_line_text(json_object_get(row, names[c]), cell);
            size_t width = text_width(cell);
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
}

static void print_rows(FILE *out, const json_t *rows)
{
    const char *names[COLUMNS_MOST];
    size_t widths[COLUMNS_MOST];
    size_t count = 0;
    const char *name;
    json_t *value;
    json_object_foreach(json_array_get(rows, 0), name, value)
    {
        if (count < COLUMNS_MOST)
            names[count++] = name;
    }
    widths_find(rows, names, count, widths);
    for (size_t c = 0; c < count; c++)
        pad(out, names[c], widths[c], c + 1 == count);
    fputc('\n', out);
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        char cell[CELL_MOST];
        for (size_t c = 0; c < count; c++) {
            first_line_text(json_object_get(row, names[c]), cell);
            pad(out, cell, widths[c], c + 1 == count);
        }
        fputc('\n', out);
    }
}

/* A text whole, each of its lines under the one before: an approval's plan must not be cut. */
static void print_text(FILE *out, const char *text, size_t indent)
{
    size_t len = strlen(text);
    len -= len > 0 && text[len - 1] == '\n';
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '\n')
            fprintf(out, "\n%*s", (int)indent, "");
        else
            fputc(c < 0x20 || c == 0x7f ? '?' : c, out);
    }
    fputc('\n', out);
}

static void print_object(FILE *out, json_t *object)
{
    const char *name;
    json_t *value;
    size_t width = 0;
    char cell[CELL_MOST];
    json_object_foreach(object, name, value)
    {
        width = text_width(name) > width ? text_width(name) : width;
    }
    json_object_foreach(object, name, value)
    {
        pad(out, name, width, 0);
        cell_text(value, cell);
        const char *text = json_string_value(value);
        print_text(out, text != NULL && *text != '\0' ? text : cell, width + 2);
    }
}

/* The one array of objects that a list answer holds, or NULL. */
static const json_t *rows_of(json_t *value)
{
    if (json_is_array(value))
        return value;
    void *only = json_object_size(value) == 1 ? json_object_iter(value) : NULL;
    const json_t *inner = only != NULL ? json_object_iter_value(only) : NULL;
    bool is_rows = json_is_array(inner) &&
                   (json_array_size(inner) == 0 || json_is_object(json_array_get(inner, 0)));
    return is_rows ? inner : NULL;
}

void admin_print(FILE *out, json_t *value)
{
    const json_t *rows = rows_of(value);
    if (rows == NULL)
        print_object(out, value);
    else if (json_array_size(rows) == 0)
        fputs("none\n", out);
    else
        print_rows(out, rows);
}
