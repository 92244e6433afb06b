/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file: lines `name = value`; a line that starts with # is a comment. Every
 * setting is a line of settings.def; an unknown or repeated name, an empty value and a number out
 * of range are refused, with the line. Nothing else configures the program. */
#ifndef SCHUIL_API_SETTINGS_H
#define SCHUIL_API_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schuilnaam/rc.h"

typedef const char *setting_TEXT; /* "" when not set */
typedef int64_t setting_NUMBER;

struct settings {
#define SETTING(name, field, type, preset, least, most, unit, text) setting_##type field;
#include "settings.def"
#undef SETTING
    const char *file; /* that they were read from, borrowed; NULL: none */
    char *owned;      /* the file's text, which the texts above point into */
};

/* Read a file. RC_CONFIG_FILE (not readable, larger than 64 KiB) or RC_CONFIG_SETTING: *ret is
 * empty and ret_finding (cap bytes) names the line or setting. */
SCHUIL_RC settings_read(const char *path, struct settings *ret, char *ret_finding, size_t cap);
/* The same for text of len bytes (copied). */
SCHUIL_RC settings_parse(const char *text, size_t len, struct settings *ret, char *ret_finding,
                         size_t cap);
/* The setting that a subcommand cannot do without: RC_CONFIG_SETTING names it when not set. */
SCHUIL_RC settings_need(const char *value, const char *name, char *ret_finding, size_t cap);
void settings_free(struct settings *s);

/* A live number, while another thread may adopt a new one. */
static inline int64_t setting_now(const int64_t *number)
{
    return __atomic_load_n(number, __ATOMIC_RELAXED);
}
/* Take the live numbers of fresh into s; texts stay. One thread; others read by setting_now. */
void settings_adopt(struct settings *s, const struct settings *fresh);
/* Tell each setting that differs, and whether it is live. */
void settings_compare(const struct settings *was, const struct settings *is,
                      void (*tell)(void *arg, const char *name, bool is_live), void *arg);

#endif
