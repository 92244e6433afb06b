/* SPDX-License-Identifier: Apache-2.0 */
/* The encodings a file may be declared in. All three have ASCII as a part, so that the CSV grammar
 * can be read from the bytes, and bytes that are kept need no conversion. */
#ifndef SCHUILNAAM_CLIENT_ENCODING_H
#define SCHUILNAAM_CLIENT_ENCODING_H

#include <stdbool.h>

#include "memory.h"
#include "schuilnaam/bytes.h"
#include "schuilnaam/rc.h"

enum text_encoding { ENCODING_UTF_8, ENCODING_WINDOWS_1252, ENCODING_ISO_8859_1 };

/* The name as it is declared: utf-8, windows-1252, iso-8859-1, in either case. False: another. */
bool encoding_find(const char *name, enum text_encoding *ret);

struct text_decoder;
/* One for each file. RC_INTERNAL when the C library lacks the encoding. *ret NULL on failure. */
SCHUIL_RC decoder_new(enum text_encoding encoding, struct text_decoder **ret);
void decoder_free(struct text_decoder *decoder);
/* Text as UTF-8. *ret borrows: the text itself when it is plain ASCII, else the decoder's buffer,
 * until the next call. RC_INPUT_TEXT: a byte that the encoding does not have; also a NUL, and a
 * byte 0x80-0x9f in ISO-8859-1, where it would be a control character: such a file is in truth
 * windows-1252, and names would come out wrong. *ret is then empty. */
SCHUIL_RC decoder_decode(struct text_decoder *decoder, struct bytes text, struct bytes *ret);

/* Append UTF-8 in the encoding of a file. RC_INPUT_TEXT: it has a character that the encoding does
 * not have, or is no UTF-8; nothing of use is appended. */
SCHUIL_RC encoding_put(enum text_encoding encoding, struct bytes text, struct buffer *out);

#endif
