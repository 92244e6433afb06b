/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for whole elements of a head, apart from the byte machine that finds them. Pure, as
 * http1.h says. Each gives NULL when its element is right, or the rule that it breaks. */
#ifndef SCHUIL_EDGE_HTTP1_RULES_H
#define SCHUIL_EDGE_HTTP1_RULES_H

#include "http1.h"

bool http1_is_tchar(uint8_t c);       /* RFC 9110, 5.6.2 */
bool http1_is_target_char(uint8_t c); /* RFC 3986, 2: what may stand anywhere in a target */

/* The request target: its form, its percent signs, and where its path lies. */
const char *http1_judge_target(struct http1_head *head, const uint8_t *data);
/* A field line, once it is complete: those that frame the message, and those that may come once. */
const char *http1_judge_field(struct http1_head *head, const uint8_t *data,
                              const struct http1_field *field);
/* All fields together: a host, and the same one in an absolute target. */
const char *http1_judge_fields(const struct http1_head *head, const uint8_t *data);

#endif
