/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands of schuilnaamd. Each returns the exit code and has told what went wrong in one
 * line on standard error. */
#ifndef SCHUIL_API_COMMANDS_H
#define SCHUIL_API_COMMANDS_H

#include <stdbool.h>

#include "schuilnaam/rc.h"

enum exit_code {
    EXIT_OK = 0,
    EXIT_FINDINGS = 1,
    EXIT_USAGE = 64,
    EXIT_INPUT = 65,
    EXIT_AWAY = 69,
    EXIT_INTERNAL = 70,
    EXIT_PERMISSION = 77,
    EXIT_CONFIG = 78,
};

struct arguments {
    const char *config; /* NULL: not given */
    const char *operator_name;
    const char *certificate;
    bool makes_wrapping_key, makes_token_key, enters_shares;
    const char *keys;        /* file of public audit keys */
    const char *checkpoints; /* folder */
    const char *month;       /* YYYY-MM */
    const char *output;      /* file, or folder */
    const char *statement;   /* file */
    const char *reason;
    const char *signatures[2];      /* files */
    int signature_count;            /* given; more than two: too many */
    const char *threshold, *shares; /* numbers, not looked at yet */
    const char *set;                /* file of a share set */
};

int command_serve(const struct arguments *a);
int command_check(const struct arguments *a);
int command_migrate(const struct arguments *a);
int command_bootstrap(const struct arguments *a);
/* commands_accept.c */
int command_manifest_accept(const struct arguments *a);
/* commands_audit.c */
int command_audit_verify(const struct arguments *a);
int command_audit_keys(const struct arguments *a);
int command_audit_checkpoint(const struct arguments *a);
int command_audit_archive(const struct arguments *a);
/* wrapping/commands.c */
int command_wrapping_make(const struct arguments *a);
int command_wrapping_split(const struct arguments *a);
int command_wrapping_join(const struct arguments *a);
int command_wrapping_seal(const struct arguments *a);
/* For scripts/make-openapi, not for people: routes, nouns, statuses and limits as JSON. */
int command_routes(const struct arguments *a);

/* The exit code for a failure, after one line on standard error. */
int command_failed(struct schuil_rc rc, const char *finding);

#endif
