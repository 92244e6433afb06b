/* SPDX-License-Identifier: Apache-2.0 */
/* What the client's unit tests share. */
#ifndef SCHUILNAAM_TESTS_CLIENT_UNIT_H
#define SCHUILNAAM_TESTS_CLIENT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "memory.h"
#include "options.h"
#include "schuilnaam/rc.h"

#define assert_ok(call) assert_string_equal(schuil_rc_name(call), "OK")
#define assert_rc(call, wanted) assert_string_equal(schuil_rc_name(call), #wanted)
#define assert_text(got, wanted)                                                                   \
    do {                                                                                           \
        struct bytes got_ = (got);                                                                 \
        assert_int_equal(got_.len, strlen(wanted));                                                \
        assert_memory_equal(got_.data, wanted, strlen(wanted));                                    \
    } while (0)

enum { WORDS_MOST = 64 };

/* Read words, parted by single spaces, as the arguments of a command with this table. */
static inline struct schuil_rc arguments_of(const struct option_row *table, const char *text,
                                            struct arguments *ret)
{
    static char copy[2048];
    char *argv[WORDS_MOST] = {(char *)(uintptr_t) "schuilnaam"};
    const struct option_row *const tables[] = {table, global_options};
    int argc = 1;
    *ret = (struct arguments){0};
    snprintf(copy, sizeof copy, "%s", text);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    return arguments_read(argc, argv, tables, 2, false, ret, NULL);
}

#endif
