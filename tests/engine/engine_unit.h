/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this room include: cmocka, and assertions on results and zeros. */
#ifndef TESTS_ENGINE_ENGINE_UNIT_H
#define TESTS_ENGINE_ENGINE_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "schuilnaam/rc.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define assert_ok(call) assert_string_equal(schuil_rc_name(call), "OK")
#define assert_rc(call, expected)                                                                  \
    assert_string_equal(schuil_rc_name(call), schuil_rc_name(schuil_rc(expected)))

static inline void assert_zeros(const void *data, size_t len)
{
    const uint8_t *b = data;

    for (size_t i = 0; i < len; i++)
        assert_int_equal(b[i], 0);
}

#endif
