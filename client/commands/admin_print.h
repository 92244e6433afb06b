/* SPDX-License-Identifier: Apache-2.0 */
/* The service's JSON as a table for people: a list becomes aligned columns, one object becomes
 * lines of name and value. The columns are those of the answer, in its order. */
#ifndef SCHUILNAAM_CLIENT_ADMIN_PRINT_H
#define SCHUILNAAM_CLIENT_ADMIN_PRINT_H

#include <jansson.h>
#include <stdio.h>

/* value: an array of objects, an object that holds one array of them, or an object. */
void admin_print(FILE *out, json_t *value);

#endif
