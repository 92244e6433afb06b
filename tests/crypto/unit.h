/* SPDX-License-Identifier: Apache-2.0 */
/* What every test of this room includes: cmocka, and assertions on results and zeros. */
#ifndef TESTS_CRYPTO_UNIT_H
#define TESTS_CRYPTO_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/rc.h"
#include "vector_file.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

#define assert_ok(call) assert_string_equal(schuil_rc_name(call), "OK")
#define assert_rc(call, expected)                                                                  \
    assert_string_equal(schuil_rc_name(call), schuil_rc_name(schuil_rc(expected)))

static inline void assert_all(const void *data, uint8_t value, size_t len)
{
    const uint8_t *b = data;

    for (size_t i = 0; i < len; i++)
        assert_int_equal(b[i], value);
}

#define assert_zeros(data, len) assert_all(data, 0, len)

static inline int crypto_setup(void **state)
{
    (void)state;
    return schuil_is_ok(schuil_crypto_init()) ? 0 : -1;
}

#endif
