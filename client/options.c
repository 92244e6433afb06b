/* SPDX-License-Identifier: Apache-2.0 */
/* getopt_long driven by tables. */
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "memory.h"

enum { OPTIONS_MOST = 64, LETTERS_MOST = 3 * OPTIONS_MOST + 3, LONG_ONLY = 256, HELP_WIDTH = 28 };

const struct option_row global_options[] = {
    {"server", 0, OPTION_ONE, "URL",
     "https:// address of the service (admin: of its admin listener)"},
    {"cert", 0, OPTION_ONE, "FILE", "our certificate, PEM"},
    {"key", 0, OPTION_ONE, "FILE", "its private key, PEM"},
    {"ca", 0, OPTION_ONE, "FILE", "the authorities that the service's certificate must come from"},
    {"proxy", 0, OPTION_ONE, "URL", "go through this proxy; the environment is not asked"},
    {"on-behalf-of", 0, OPTION_ONE, "CODE", "as a processor: the organisation that we act for"},
    {"profile", 0, OPTION_ONE, "NAME", "read the above from ~/.config/schuilnaam/NAME.conf"},
    {"json", 0, OPTION_FLAG, NULL, "print what the service answered, as JSON"},
    {"help", 'h', OPTION_FLAG, NULL, "this page"},
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

/* The tables in the form that getopt_long wants. */
struct getopt_form {
    const struct option_row *rows[OPTIONS_MOST];
    struct option long_form[OPTIONS_MOST + 1];
    char letters[LETTERS_MOST];
    size_t count;
};

static void form_add(struct getopt_form *form, const struct option_row *row)
{
    int argument = row->kind == OPTION_FLAG ? no_argument : required_argument;
    form->rows[form->count] = row;
    form->long_form[form->count] =
        (struct option){row->name, argument, NULL, LONG_ONLY + (int)form->count};
    form->count++;
    if (row->letter == 0)
        return;
    size_t len = strlen(form->letters);
    form->letters[len++] = row->letter;
    if (argument == required_argument)
        form->letters[len++] = ':';
    form->letters[len] = '\0';
}

static SCHUIL_RC form_make(struct getopt_form *form, const struct option_row *const *tables,
                           size_t table_count, bool stop_at_word)
{
    memset(form, 0, sizeof *form);
    memcpy(form->letters, stop_at_word ? "+:" : ":", stop_at_word ? 2 : 1);
    for (size_t t = 0; t < table_count; t++) {
        for (const struct option_row *row = tables[t]; row->name != NULL; row++) {
            ENSURE(form->count < OPTIONS_MOST, RC_INTERNAL);
            form_add(form, row);
        }
    }
    return SCHUIL_OK;
}

static const struct option_row *form_row(const struct getopt_form *form, int found)
{
    if (found >= LONG_ONLY)
        return form->rows[found - LONG_ONLY];
    for (size_t i = 0; i < form->count; i++) {
        if (form->rows[i]->letter == (char)found)
            return form->rows[i];
    }
    return NULL;
}

static SCHUIL_RC given_add(struct arguments *a, const struct option_row *row, const char *value)
{
    if (row->kind == OPTION_ONE && arguments_count(a, row->name) > 0)
        return fail(RC_INPUT_USAGE, "--%s is given twice", row->name);
    ENSURE(a->given_count < a->given_cap, RC_INTERNAL);
    a->given[a->given_count++] = (struct given){row, row->kind == OPTION_FLAG ? "" : value};
    return SCHUIL_OK;
}

/* Room for as many options and words as argv can hold, beside those already there. */
static SCHUIL_RC arguments_reserve(struct arguments *a, size_t more)
{
    size_t cap = a->given_count + more;
    struct given *given = memory_take(cap * sizeof *given);
    const char **words = memory_take((a->word_count + more) * sizeof *words);
    if (given == NULL || words == NULL) {
        memory_free(given);
        memory_free(words);
        return schuil_rc(RC_INTERNAL_MEMORY);
    }
    if (a->given_count > 0)
        memcpy(given, a->given, a->given_count * sizeof *given);
    if (a->word_count > 0)
        memcpy(words, a->words, a->word_count * sizeof *words);
    size_t given_count = a->given_count;
    size_t word_count = a->word_count;
    arguments_done(a);
    *a = (struct arguments){given, given_count, cap, words, word_count};
    return SCHUIL_OK;
}

/* What getopt refused, told by the word it stood in: never more than the option's name. */
static SCHUIL_RC option_refused(char **argv, int found)
{
    const char *word = argv[optind - 1];
    int name_len = (int)strcspn(word, "=");
    if (found == ':')
        return fail(RC_INPUT_USAGE, "%.*s needs a value", name_len, word);
    return fail(RC_INPUT_USAGE, "%.*s is no option here, or not one of its own", name_len, word);
}

SCHUIL_RC arguments_read(int argc, char **argv, const struct option_row *const *tables,
                         size_t table_count, bool stop_at_word, struct arguments *arguments,
                         int *ret_next)
{
    struct getopt_form form;
    TRY(form_make(&form, tables, table_count, stop_at_word));
    TRY(arguments_reserve(arguments, (size_t)argc));
    opterr = 0;
    optind = 0;
    int found;
    while ((found = getopt_long(argc, argv, form.letters, form.long_form, NULL)) != -1) {
        const struct option_row *row = found == '?' || found == ':' ? NULL : form_row(&form, found);
        if (row == NULL)
            return option_refused(argv, found);
        TRY(given_add(arguments, row, optarg));
    }
    if (ret_next != NULL)
        *ret_next = optind;
    for (int i = optind; !stop_at_word && i < argc; i++)
        arguments->words[arguments->word_count++] = argv[i];
    return SCHUIL_OK;
}

void arguments_done(struct arguments *arguments)
{
    memory_free(arguments->given);
    memory_free(arguments->words);
    *arguments = (struct arguments){0};
}

const char *arguments_value(const struct arguments *arguments, const char *name)
{
    for (size_t i = 0; i < arguments->given_count; i++) {
        if (strcmp(arguments->given[i].row->name, name) == 0)
            return arguments->given[i].value;
    }
    return NULL;
}

size_t arguments_count(const struct arguments *arguments, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < arguments->given_count; i++)
        count += strcmp(arguments->given[i].row->name, name) == 0;
    return count;
}

SCHUIL_RC arguments_number(const struct arguments *arguments, const char *name, long least,
                           long most, long otherwise, long *ret)
{
    *ret = otherwise;
    const char *text = arguments_value(arguments, name);
    if (text == NULL)
        return SCHUIL_OK;
    size_t len = strspn(text, "0123456789");
    long number = len > 0 && len <= 9 && text[len] == '\0' ? strtol(text, NULL, 10) : -1;
    if (number < least || number > most)
        return fail(RC_INPUT_USAGE, "--%s is a number from %ld to %ld", name, least, most);
    *ret = number;
    return SCHUIL_OK;
}

void options_print(FILE *out, const struct option_row *rows)
{
    for (; rows->name != NULL; rows++) {
        char left[64];
        char letter[5] = "    ";
        if (rows->letter != 0)
            snprintf(letter, sizeof letter, "-%c, ", rows->letter);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, rows->name, rows->value ? " " : "",
                 rows->value ? rows->value : "");
        fprintf(out, "  %-*s %s\n", HELP_WIDTH, left, rows->text);
    }
}
