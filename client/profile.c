/* SPDX-License-Identifier: Apache-2.0 */
/* Options and a profile file, joined. */
#include "profile.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "memory.h"

enum { LINE_MOST = 4096, PATH_MOST = 4096 };

static const struct {
    const char *name;
    bool is_path;
} fields[PROFILE_FIELD_COUNT] = {
    [PROFILE_SERVER] = {"server", false}, [PROFILE_CERT] = {"cert", true},
    [PROFILE_KEY] = {"key", true},        [PROFILE_CA] = {"ca", true},
    [PROFILE_PROXY] = {"proxy", false},   [PROFILE_BEHALF] = {"on-behalf-of", false},
};

static SCHUIL_RC value_set(struct profile *profile, int field, const char *folder,
                           const char *value)
{
    bool joins = folder != NULL && fields[field].is_path && value[0] != '/';
    size_t len = strlen(value) + (joins ? strlen(folder) + 1 : 0) + 1;
    char *copy = memory_take(len);
    ENSURE(copy != NULL, RC_INTERNAL_MEMORY);
    snprintf(copy, len, "%s%s%s", joins ? folder : "", joins ? "/" : "", value);
    profile->value[field] = copy;
    return SCHUIL_OK;
}

/* Cut white space from both ends, in place. */
static char *text_trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t len = strlen(text);
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        text[--len] = '\0';
    return text;
}

static int field_find(const char *name)
{
    for (int i = 0; i < PROFILE_FIELD_COUNT; i++) {
        if (strcmp(fields[i].name, name) == 0)
            return i;
    }
    return -1;
}

static SCHUIL_RC line_read(char *line, unsigned number, const char *file_name, const char *folder,
                           struct profile *profile, bool *seen)
{
    char *name = text_trim(line);
    if (*name == '\0' || *name == '#')
        return SCHUIL_OK;
    char *equals = strchr(name, '=');
    if (equals == NULL)
        return fail(RC_CONFIG_FILE, "%s:%u: not `name = value`", file_name, number);
    *equals = '\0';
    char *value = text_trim(equals + 1);
    int field = field_find(text_trim(name));
    if (field < 0 || seen[field])
        return fail(RC_CONFIG_FILE, "%s:%u: a name that is unknown or stands twice", file_name,
                    number);
    if (*value == '\0')
        return fail(RC_CONFIG_FILE, "%s:%u: no value", file_name, number);
    seen[field] = true;
    if (profile->value[field] != NULL)
        return SCHUIL_OK;
    return value_set(profile, field, folder, value);
}

SCHUIL_RC profile_read(FILE *file, const char *file_name, const char *folder,
                       struct profile *profile)
{
    char line[LINE_MOST];
    bool seen[PROFILE_FIELD_COUNT] = {false};
    for (unsigned number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        if (strlen(line) == sizeof line - 1)
            return fail(RC_CONFIG_FILE, "%s:%u: the line is too long", file_name, number);
        TRY(line_read(line, number, file_name, folder, profile, seen));
    }
    if (ferror(file))
        return fail(RC_CONFIG_FILE, "%s: cannot be read", file_name);
    return SCHUIL_OK;
}

static SCHUIL_RC folder_find(char *ret, size_t cap)
{
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    int len = -1;
    if (config != NULL && config[0] == '/')
        len = snprintf(ret, cap, "%s/schuilnaam", config);
    else if (home != NULL && home[0] == '/')
        len = snprintf(ret, cap, "%s/.config/schuilnaam", home);
    if (len < 0 || (size_t)len >= cap)
        return fail(RC_CONFIG_FILE, "--profile needs HOME or XDG_CONFIG_HOME");
    return SCHUIL_OK;
}

static SCHUIL_RC profile_open_named(const char *name, struct profile *profile)
{
    if (*name == '\0' || strchr(name, '/') != NULL || name[0] == '.')
        return fail(RC_INPUT_USAGE, "--profile is a name, not a path");
    char folder[PATH_MOST];
    char path[PATH_MOST];
    TRY(folder_find(folder, sizeof folder));
    int len = snprintf(path, sizeof path, "%s/%s.conf", folder, name);
    FILE *file = len > 0 && (size_t)len < sizeof path ? fopen(path, "re") : NULL;
    if (file == NULL)
        return fail(RC_CONFIG_FILE, "%s/%s.conf: cannot be opened", folder, name);
    struct schuil_rc rc = profile_read(file, path, folder, profile);
    fclose(file);
    return rc;
}

static SCHUIL_RC profile_fill(const struct arguments *arguments, struct profile *profile)
{
    for (int i = 0; i < PROFILE_FIELD_COUNT; i++) {
        const char *value = arguments_value(arguments, fields[i].name);
        if (value != NULL)
            TRY(value_set(profile, i, NULL, value));
    }
    const char *name = arguments_value(arguments, "profile");
    if (name != NULL)
        TRY(profile_open_named(name, profile));
    if (profile->value[PROFILE_SERVER] == NULL)
        return fail(RC_INPUT_USAGE, "--server or --profile is needed");
    if (strncmp(profile->value[PROFILE_SERVER], "https://", 8) != 0)
        return fail(RC_INPUT_USAGE, "the server's address begins with https://");
    return SCHUIL_OK;
}

SCHUIL_RC profile_load(const struct arguments *arguments, struct profile *ret)
{
    *ret = (struct profile){0};
    struct schuil_rc rc = profile_fill(arguments, ret);
    if (!schuil_is_ok(rc))
        profile_done(ret);
    return rc;
}

void profile_done(struct profile *profile)
{
    for (int i = 0; i < PROFILE_FIELD_COUNT; i++)
        memory_free(profile->value[i]);
    *profile = (struct profile){0};
}
