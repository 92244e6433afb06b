/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the configuration file into struct settings. A table made of settings.def tells where each
 * value goes, so a new setting is one line there. Contents are never repeated in a finding: a
 * connection string may hold a password. */
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schuilnaam/bytes.h"

enum { FILE_CAP = 64 << 10 };
enum setting_type { TEXT, NUMBER };

struct setting_row {
    const char *name;
    enum setting_type type;
    size_t offset;
    const char *preset;
    int64_t least, most;
    bool is_live;
};

static const struct setting_row rows[] = {
#define SETTING(name, field, type, preset, least, most, unit, text)                                \
    {name, type, offsetof(struct settings, field), preset, least, most, false},
#define LIVE_SETTING(name, field, type, preset, least, most, unit, text)                           \
    {name, type, offsetof(struct settings, field), preset, least, most, true},
#include "settings.def"
#undef SETTING
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static bool number_parse(const char *text, int64_t least, int64_t most, int64_t *ret)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] < '0' || text[0] > '9')
        return false;
    if (value < least || value > most)
        return false;
    *ret = value;
    return true;
}

static bool row_set(const struct setting_row *row, struct settings *s, const char *text)
{
    void *field = (char *)s + row->offset;
    if (row->type == TEXT) {
        memcpy(field, &text, sizeof text);
        return true;
    }
    int64_t value;
    if (!number_parse(text, row->least, row->most, &value))
        return false;
    memcpy(field, &value, sizeof value);
    return true;
}

static int row_find(const char *name)
{
    for (int i = 0; i < (int)ROW_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0)
            return i;
    return -1;
}

static char *trim(char *text)
{
    text += strspn(text, " \t\r");
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL)
        text[--len] = '\0';
    return text;
}

/* What is wrong with one line, or NULL. The line is cut up in place. */
static const char *line_take(char *line, struct settings *s, bool *seen)
{
    line = trim(line);
    if (line[0] == '\0' || line[0] == '#')
        return NULL;
    char *sign = strchr(line, '=');
    if (sign == NULL)
        return "not of the form name = value";
    *sign = '\0';
    int i = row_find(trim(line));
    if (i < 0)
        return "no such setting";
    if (seen[i])
        return "set twice";
    seen[i] = true;
    const char *value = trim(sign + 1);
    if (value[0] == '\0')
        return "no value";
    return row_set(&rows[i], s, value) ? NULL : "not a number in range";
}

static SCHUIL_RC lines_take(struct settings *s, char *ret_finding, size_t cap)
{
    bool seen[ROW_COUNT] = {false};
    unsigned number = 0;
    for (char *line = s->owned, *next; line != NULL; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        number++;
        const char *fault = line_take(line, s, seen);
        if (fault == NULL)
            continue;
        snprintf(ret_finding, cap, "line %u: %s", number, fault);
        return schuil_rc(RC_CONFIG_SETTING);
    }
    return SCHUIL_OK;
}

/* What no single line tells. A request may bring temporaries under each transport key that lives,
 * and its event names them all (LIMIT_KEY_NUMBER_COUNT, with room for domain keys of several
 * epochs). */
static SCHUIL_RC whole_check(const struct settings *s, char *ret_finding, size_t cap)
{
    enum { TRANSPORT_KEYS = 90 };
    if (s->life_longest <= TRANSPORT_KEYS * s->transport_period)
        return SCHUIL_OK;
    snprintf(ret_finding, cap, "transport.period: shorter than a ninetieth of life.longest");
    return schuil_rc(RC_CONFIG_SETTING);
}

SCHUIL_RC settings_parse(const char *text, size_t len, struct settings *ret, char *ret_finding,
                         size_t cap)
{
    *ret = (struct settings){0};
    for (size_t i = 0; i < ROW_COUNT; i++)
        row_set(&rows[i], ret, rows[i].preset);
    if (memchr(text, '\0', len) != NULL) {
        snprintf(ret_finding, cap, "the file holds a zero byte");
        return schuil_rc(RC_CONFIG_FILE);
    }
    ret->owned = malloc(len + 1);
    ENSURE(ret->owned != NULL, RC_INTERNAL_MEMORY);
    memcpy(ret->owned, text, len);
    ret->owned[len] = '\0';
    struct schuil_rc rc = lines_take(ret, ret_finding, cap);
    if (schuil_is_ok(rc))
        rc = whole_check(ret, ret_finding, cap);
    if (!schuil_is_ok(rc))
        settings_free(ret);
    return rc;
}

SCHUIL_RC settings_read(const char *path, struct settings *ret, char *ret_finding, size_t cap)
{
    *ret = (struct settings){0};
    static char text[FILE_CAP + 1]; /* by one thread: at the start, then control */
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        snprintf(ret_finding, cap, "%s: %s", path, strerrordesc_np(errno));
        return schuil_rc(RC_CONFIG_FILE);
    }
    size_t len = fread(text, 1, sizeof text, file);
    bool is_bad = ferror(file) != 0 || len > FILE_CAP;
    fclose(file);
    if (is_bad) {
        snprintf(ret_finding, cap, "%s: not readable, or larger than 64 KiB", path);
        return schuil_rc(RC_CONFIG_FILE);
    }
    char finding[200] = "";
    struct schuil_rc rc = settings_parse(text, len, ret, finding, sizeof finding);
    memset(text, 0, sizeof text);
    if (schuil_is_ok(rc))
        ret->file = path;
    if (!schuil_is_ok(rc))
        snprintf(ret_finding, cap, "%s: %s", path, finding);
    return rc;
}

SCHUIL_RC settings_need(const char *value, const char *name, char *ret_finding, size_t cap)
{
    if (value != NULL && value[0] != '\0')
        return SCHUIL_OK;
    snprintf(ret_finding, cap, "the setting %s is needed", name);
    return schuil_rc(RC_CONFIG_SETTING);
}

void settings_free(struct settings *s)
{
    free(s->owned);
    *s = (struct settings){0};
}

static const void *field_of(const struct settings *s, const struct setting_row *row)
{
    return (const char *)s + row->offset;
}

void settings_adopt(struct settings *s, const struct settings *fresh)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (!rows[i].is_live || rows[i].type != NUMBER)
            continue;
        int64_t *number = (int64_t *)(void *)((char *)s + rows[i].offset);
        const int64_t *value = field_of(fresh, &rows[i]);
        __atomic_store_n(number, *value, __ATOMIC_RELAXED);
    }
}

static bool is_same(const struct setting_row *row, const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return row->type == NUMBER ? memcmp(a, b, sizeof(int64_t)) == 0 : strcmp(*x, *y) == 0;
}

void settings_compare(const struct settings *was, const struct settings *is,
                      void (*tell)(void *arg, const char *name, bool is_live), void *arg)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (!is_same(&rows[i], field_of(was, &rows[i]), field_of(is, &rows[i])))
            tell(arg, rows[i].name, rows[i].is_live);
}
