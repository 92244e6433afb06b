/* SPDX-License-Identifier: Apache-2.0 */
/* One line on standard error; results as exit codes. */
#include "fail.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static bool is_told;

SCHUIL_RC fail(enum schuil_rc_code code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("schuilnaam: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    is_told = true;
    return schuil_rc(code);
}

void fail_at_last(struct schuil_rc rc)
{
    if (!is_told && !schuil_is_ok(rc))
        fprintf(stderr, "schuilnaam: %s\n", schuil_rc_text(rc));
}

enum exit_code exit_code_of(struct schuil_rc rc)
{
    if (rc.code == RC_INPUT_USAGE)
        return EXIT_CODE_USAGE;
    switch (schuil_rc_class(rc)) {
    case RC_CLASS_OK:
        return EXIT_CODE_OK;
    case RC_CLASS_INPUT:
    case RC_CLASS_ABSENT:
    case RC_CLASS_CONFLICT:
        return EXIT_CODE_INPUT;
    case RC_CLASS_AUTH:
        return EXIT_CODE_AUTH;
    case RC_CLASS_LIMIT:
    case RC_CLASS_BUSY:
        return EXIT_CODE_AWAY;
    case RC_CLASS_CONFIG:
        return EXIT_CODE_CONFIG;
    case RC_CLASS_CRYPTO:
    case RC_CLASS_STORE:
    case RC_CLASS_INTERNAL:
        break;
    }
    return EXIT_CODE_INTERNAL;
}
