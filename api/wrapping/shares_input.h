/* SPDX-License-Identifier: Apache-2.0 */
/* Shares from standard input, for the subcommands of schuilnaamd: a line each, or at a terminal by
 * a prompt without echo. */
#ifndef SCHUIL_WRAPPING_SHARES_INPUT_H
#define SCHUIL_WRAPPING_SHARES_INPUT_H

#include "wrapping.h"

/* Read shares into w until it is not sealed; what is entered is told on standard error, by number.
 * A wrong share at a terminal is asked again, else it ends the reading. RC_BUSY_SEALED (the input
 * ended before), RC_INPUT_SHARE_TEXT, RC_INPUT_SHARE. */
SCHUIL_RC shares_input(struct wrapping *w, char *ret_finding, size_t cap);
/* One line without its end into room; false: the input has ended, or the line is too long. Secret:
 * room is the caller's to wipe. */
bool share_line_read(const char *prompt, char *room, size_t room_cap);

#endif
