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
    VERB_ACTION = 64 /* one of the table of actions */
};

/* How an option's text becomes JSON. */
enum admin_form {
    FORM_TEXT,
    FORM_NUMBER,
    FORM_BOOL,       /* true or false */
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

/* What can be done beside the verbs: POST /admin/v1/{path of the noun}[/CODE]/{name}. */
struct admin_action {
    const char *noun; /* on the command line */
    const char *name; /* both there and in the path */
    bool has_id;
    bool has_key; /* the field `key` is read from standard input, in hexadecimal */
    const struct admin_option *options; /* ends with option NULL; their verbs play no part */
    const char *text;                   /* one line */
};

extern const struct option_row admin_options[];

const struct admin_noun *admin_noun_find(const char *name); /* NULL: none */
unsigned admin_verb_find(const char *name);                 /* 0: none */
const struct admin_action *admin_action_find(const struct admin_noun *noun, const char *name);
/* In a list that ends with option NULL, or is NULL: the one that one of the verbs `taking` takes;
 * or of those that every change takes.
 */
const struct admin_option *admin_option_find(const struct admin_option *list, unsigned taking,
                                             const char *option);
/* One thing that `admin` can be asked: a noun and a verb or action. Begin with zeroes. */
struct admin_call {
    const struct admin_noun *noun;
    size_t place;      /* of the verb or action */
    const char *name;  /* of the verb or action */
    const char *words; /* that follow it, each after a space */
    unsigned verb;
    const struct admin_option *options;
    const char *text; /* one line */
};

bool admin_call_next(struct admin_call *call); /* false: that was the last */
/* One line: noun, verb, words, options. */
void admin_call_print(FILE *out, const struct admin_call *call);
/* Print nouns with their verbs and options. */
void admin_table_print(FILE *out);

#endif
