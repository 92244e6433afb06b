/* SPDX-License-Identifier: Apache-2.0 */
/* What can be wrong with a body as JSON, and how it is told: static texts, as a text of a parser's
 * own could repeat part of the body. Any thread. */
#ifndef SCHUIL_API_JSON_FAULT_H
#define SCHUIL_API_JSON_FAULT_H

#include "schuilnaam/bytes.h"

enum json_fault {
    FAULT_NONE,
    FAULT_SYNTAX,
    FAULT_EARLY_END, /* the text ends where more must come */
    FAULT_UTF8,
    FAULT_ZERO, /* U+0000 in a string or key, written as an escape */
    FAULT_DUPLICATE,
    FAULT_OVERFLOW, /* a number past the range of a double */
    FAULT_TRAILING,
    FAULT_DEPTH,
    FAULT_ZERO_BYTE, /* or no byte at all */
    FAULT_MEMORY,    /* ours, not the body's */
    FAULT_COUNT
};

/* For the field `detail` of a problem. Static; NULL for FAULT_NONE. */
const char *json_fault_text(enum json_fault fault);
/* FAULT_DEPTH, FAULT_ZERO_BYTE or FAULT_NONE, by a look at the whole body that knows no grammar:
 * brackets outside strings nest deeper than LIMIT_JSON_DEPTH, or a zero byte is in it. */
enum json_fault json_fault_look(struct bytes body);

#endif
