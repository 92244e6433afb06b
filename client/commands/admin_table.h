/* SPDX-License-Identifier: Apache-2.0 */
/* What can be administered: one table of nouns, their verbs, and which option fills which field of
 * the JSON. The service decides what is right; this table only gives the names. */
#ifndef SCHUILNAAM_CLIENT_ADMIN_TABLE_H
#define SCHUILNAAM_CLIENT_ADMIN_TABLE_H

#include <stdbool.h>

#include "options.h"

enum admin_verb {
    VERB_LIST = 1,
    VERB_SHOW = 2,
    VERB_CREATE = 4,
    VERB_CHANGE = 8,
    VERB_END = 16,
    VERB_SET_STATE = 32,
    VERB_IMPORT = 64
};

/* How an option's text becomes JSON. */
enum admin_form {
    FORM_TEXT,
    FORM_NUMBER,
    FORM_LIST,       /* texts joined by commas: an array */
    FORM_TIME,       /* a date becomes midnight UTC */
    FORM_CERTIFICATE /* a PEM file: its SHA-256 in hexadecimal */
};

struct admin_option {
    const char *option;
    const char *field;
    enum admin_form form;
    unsigned verbs;
};

struct admin_noun {
    const char *name;                   /* on the command line */
    const char *path;                   /* in /admin/v1/ */
    const char *ended;                  /* state that `end` sets, NULL when it cannot end */
    unsigned verbs;                     /* that it knows */
    const struct admin_option *options; /* ends with option NULL */
};

extern const struct option_row admin_options[];

const struct admin_noun *admin_noun_find(const char *name); /* NULL: none */
unsigned admin_verb_find(const char *name);                 /* 0: none */
const struct admin_option *admin_option_find(const struct admin_noun *noun, const char *option);
/* Print nouns with their verbs and options. */
void admin_table_print(FILE *out);

#endif
