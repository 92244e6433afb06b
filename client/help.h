/* SPDX-License-Identifier: Apache-2.0 */
/* What --help prints, and the same as JSON (`schuilnaam tables`), from which scripts/make-man makes
 * the manual pages. Both from the tables of commands and options. */
#ifndef SCHUILNAAM_CLIENT_HELP_H
#define SCHUILNAAM_CLIENT_HELP_H

#include <stddef.h>
#include <stdio.h>

#include "commands/commands.h"

void help_print(FILE *out, const struct command *const *commands, size_t count);
/* Of one command; words that follow it may narrow it down (`admin domain list --help`). */
void help_command_print(FILE *out, const struct command *command,
                        const struct arguments *arguments);
/* Every command with its options, nouns and examples. RC_INTERNAL_MEMORY; RC_INTERNAL: not
 * written. */
SCHUIL_RC help_tables_print(FILE *out, const struct command *const *commands, size_t count);
/* The list with the item added, both taken. NULL, and nothing is left of them: either was NULL, or
 * no memory. So a list never lacks a row in silence. */
json_t *help_list_add(json_t *list, json_t *item);

#endif
