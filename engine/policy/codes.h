/* SPDX-License-Identifier: Apache-2.0 */
/* Codes of organisations, registries, domains, types and attributes, as policy takes them in. Not
 * the text forms of pseudonyms, which have a reader of their own. */
#ifndef ENGINE_POLICY_CODES_H
#define ENGINE_POLICY_CODES_H

#include <stdbool.h>

#include "schuilnaam/bytes.h"

/* [A-Z][A-Z0-9]*, at most max characters. */
bool code_is_good(struct bytes code, size_t max);
/* The same for a field of cap bytes that must hold a terminator. */
bool code_field_is_good(const char *field, size_t cap);
/* Copy into a field of cap bytes with a terminator. false: empty, too long, or holds a zero byte;
 * the field is then "". */
bool code_copy(struct bytes code, char *ret, size_t cap);

#endif
