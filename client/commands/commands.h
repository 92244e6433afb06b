/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of the program: what main knows of each. */
#ifndef SCHUILNAAM_CLIENT_COMMANDS_H
#define SCHUILNAAM_CLIENT_COMMANDS_H

#include "options.h"
#include "schuilnaam/rc.h"

struct command {
    const char *name;
    const char *summary;              /* one line */
    const char *usage;                /* how to call it, without "schuilnaam" */
    const char *text;                 /* what it does, and an example; ends with a newline */
    const struct option_row *options; /* its own, beside the global ones */
    void (*print_more)(FILE *out);    /* further help, or NULL */
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
