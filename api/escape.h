/* SPDX-License-Identifier: Apache-2.0 */
/* JSON strings into a fixed buffer, for the few places that write JSON without jansson: log lines
 * and problem documents, which must be possible without memory. */
#ifndef SCHUIL_API_ESCAPE_H
#define SCHUIL_API_ESCAPE_H

#include "schuilnaam/bytes.h"

/* Append text as a JSON string with its quotes. Control characters and DEL become \u00XX; bytes
 * outside ASCII become '?', so the result is valid whatever came in (our texts are ASCII; what a
 * stranger sends must not be able to break a line). Source: RFC 8259, section 7. */
void put_json_text(struct writer *w, struct bytes text);

#endif
