/* SPDX-License-Identifier: Apache-2.0 */
/* Help of `admin NOUN` and `admin NOUN VERB`: usage and an example of each thing it can be asked.
 */
#ifndef SCHUILNAAM_CLIENT_ADMIN_EXAMPLES_H
#define SCHUILNAAM_CLIENT_ADMIN_EXAMPLES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "admin_table.h"

/* What follows "schuilnaam --profile operator admin NOUN VERB", NULL: there is no example. */
const char *admin_example_find(const struct admin_call *call);
/* Help of what the words name; false: they name nothing that `admin` knows. */
bool admin_words_print(FILE *out, const struct arguments *arguments);
/* A list of {call, text, example}, NULL without memory; the caller's. */
json_t *admin_calls_json(void);

#endif
