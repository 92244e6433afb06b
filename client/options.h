/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: tables of options, read by getopt_long, and kept as a list of what was given.
 *
 * A table ends with a row whose name is NULL. Options and words may stand in any order after the
 * command; global options may also stand before it. An option that is not OPTION_MANY is refused
 * when given twice, so that no wish is lost in silence. */
#ifndef SCHUILNAAM_CLIENT_OPTIONS_H
#define SCHUILNAAM_CLIENT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "schuilnaam/rc.h"

enum option_kind { OPTION_FLAG, OPTION_ONE, OPTION_MANY };

struct option_row {
    const char *name;
    char letter; /* short form, or 0 */
    enum option_kind kind;
    const char *value; /* what stands for the value in the help, NULL for a flag */
    const char *text;
};

struct given {
    const struct option_row *row;
    const char *value; /* borrowed from argv; NULL for a flag */
};

struct arguments {
    struct given *given;
    size_t given_count, given_cap;
    const char **words; /* borrowed from argv */
    size_t word_count;
};

extern const struct option_row global_options[];

/* Read options of the tables from argv (argv[0] is skipped) and add them to `arguments`. With
 * stop_at_word the first word ends the reading and *ret_next is its index (argc when there is
 * none); without, words are collected and ret_next may be NULL. RC_INPUT_USAGE: it was told. */
SCHUIL_RC arguments_read(int argc, char **argv, const struct option_row *const *tables,
                         size_t table_count, bool stop_at_word, struct arguments *arguments,
                         int *ret_next);
void arguments_done(struct arguments *arguments);

/* The value given, or NULL. For a flag: "" when given. */
const char *arguments_value(const struct arguments *arguments, const char *name);
size_t arguments_count(const struct arguments *arguments, const char *name);
/* A number of decimal digits in [least, most], or otherwise when not given. RC_INPUT_USAGE: told.
 */
SCHUIL_RC arguments_number(const struct arguments *arguments, const char *name, long least,
                           long most, long otherwise, long *ret);

/* Write one table as aligned lines for --help. */
void options_print(FILE *out, const struct option_row *rows);

#endif
