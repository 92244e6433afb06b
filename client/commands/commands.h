/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of the program: what main knows of each. */
#ifndef SCHUILNAAM_CLIENT_COMMANDS_H
#define SCHUILNAAM_CLIENT_COMMANDS_H

#include <jansson.h>

#include "options.h"
#include "schuilnaam/rc.h"

struct command {
    const char *name;
    const char *summary; /* one line */
    const char *usage;   /* how to call it, without "schuilnaam" */
    const char *text;    /* what it does, "Example:" and examples; ends with a newline */
    const struct option_row *options; /* its own, beside the global ones */
    void (*print_more)(FILE *out);    /* further help, or NULL */
    /* Help for what the words after the command name; false: for none of it. Or NULL. */
    bool (*print_words)(FILE *out, const struct arguments *arguments);
    json_t *(*calls)(void); /* what its words can be: {call, text, example}; or NULL */
    /* Failures have been told. *ret_exit is 0 before the call: 3 or 9 where that is the outcome. */
    SCHUIL_RC (*run)(const struct arguments *arguments, int *ret_exit);
};

extern const struct command command_admin;
extern const struct command command_audit;
extern const struct command command_issue;
extern const struct command command_link;
extern const struct command command_reseal;
extern const struct command command_reverse;
extern const struct command command_rotate;
extern const struct command command_source_key;
extern const struct command command_translate;

#endif
