/* SPDX-License-Identifier: Apache-2.0 */
/* How the program tells that it failed: one line on standard error where the cause is known, and
 * the result handed up; main turns the result into an exit code. A line never holds a value. */
#ifndef SCHUILNAAM_CLIENT_FAIL_H
#define SCHUILNAAM_CLIENT_FAIL_H

#include "schuilnaam/rc.h"

enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_FINDINGS = 1,  /* something does not verify */
    EXIT_CODE_SOME = 3,      /* done, some records with errors */
    EXIT_CODE_APPROVAL = 9,  /* waiting for approval */
    EXIT_CODE_USAGE = 64,    /* the command line */
    EXIT_CODE_INPUT = 65,    /* input refused, by us or by the service */
    EXIT_CODE_AWAY = 69,     /* the service is away, or says: later */
    EXIT_CODE_INTERNAL = 70, /* also: output that cannot be written */
    EXIT_CODE_AUTH = 77,     /* not permitted, or one side does not trust the other */
    EXIT_CODE_CONFIG = 78,   /* profile, or a certificate or key file of ours */
};

/* Print "schuilnaam: <text>" and return the result. */
__attribute__((format(printf, 2, 3))) SCHUIL_RC fail(enum schuil_rc_code code, const char *format,
                                                     ...);
/* Tell a failure by its general text, unless something was told already. */
void fail_at_last(struct schuil_rc rc);
enum exit_code exit_code_of(struct schuil_rc rc);

#endif
