/* SPDX-License-Identifier: Apache-2.0 */
/* api/edge/peer.c: the text of the UZI register's name. Certificates themselves are read in
 * tests/integration/test_credentials.py and in fuzz_peer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "edge/peer.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static bool reads(const char *text, char ura[LIMIT_URA_LEN + 1])
{
    return uzi_ura_read(bytes_text(text), ura);
}

static void names_of_every_pass_give_their_ura(void **state)
{
    static const char *const names[] = {
        "2.16.528.1.1007.99.2110-1-900030787-S-90000380-00.000-11223344",
        "2.16.528.1.1003.1.3.5.5.2-1-12345678-Z-90000380-01.015-00000000",
        "2.16.528.1.1007.99.218-1-900021219-N-90000380-00.000-00000000",
        "2.16.528.1.1003.1.3.5.5.2-1-0000006666-M-90000380-30.000-00000000"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char ura[LIMIT_URA_LEN + 1] = "?";
        assert_true(reads(names[i], ura));
        assert_string_equal(ura, "90000380");
    }
}

static void every_other_form_is_refused(void **state)
{
    static const char *const names[] = {
        "",
        "-",
        "------",
        "2.16.528.1.1007.99.2110-1-900030787-S-90000380-00.000",
        "2.16.528.1.1007.99.2110-1-900030787-S-90000380-00.000-11223344-",
        "2.16.528.1.1007.99.2110-1-900030787-S-90000380-00.000-1122334",
        "2.16.528.1.1007.99.2110-1-900030787-S-9000038-00.000-11223344",
        "2.16.528.1.1007.99.2110-1-900030787-S-900003800-00.000-11223344",
        "2.16.528.1.1007.99.2110-1-900030787-S-9000038O-00.000-11223344",
        "2.16.528.1.1007.99.2110-1-900030787-S- 9000038-00.000-11223344",
        "2.16.528.1.1007.99.2110-1-900030787-s-90000380-00.000-11223344",
        "2.16.528.1.1007.99.2110-1-900030787-K-90000380-00.000-11223344",
        "2.16.528.1.1007.99.2110-1-900030787-SS-90000380-00.000-11223344",
        "2.16.528.1.1007.99.2110-2-900030787-S-90000380-00.000-11223344",
        "2.16.528.1.1007.99.2110-1-9000307-S-90000380-00.000-11223344",
        "2.16.528.1.1007.99.2110-1-90003078711-S-90000380-00.000-11223344",
        "2.16.528.1.1007.99.2110-1-900030787-S-90000380-0.0000-11223344",
        "2.16.528.1.1007.99.2110-1-900030787-S-90000380-000000-11223344",
        "2.16.528.1.1007.99.2110-1-900030787-S-90000380-00..00-11223344",
        "2.16.528.1.1008.99.2110-1-900030787-S-90000380-00.000-11223344",
        "2.16.528.1.1007.99.2110x-1-900030787-S-90000380-00.000-11223344",
        "2.16.528.1.1007.-1-900030787-S-90000380-00.000-11223344",
        " 2.16.528.1.1007.99.2110-1-900030787-S-90000380-00.000-11223344",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char ura[LIMIT_URA_LEN + 1] = "?";
        if (reads(names[i], ura))
            fail_msg("taken: %s", names[i]);
        assert_string_equal(ura, "");
    }
}

static void a_zero_byte_is_not_an_end(void **state)
{
    static const char name[] = "2.16.528.1.1007.99.2110-1-900030787-S-90000380-00.000-11223344\0x";
    char ura[LIMIT_URA_LEN + 1];
    (void)state;
    assert_false(uzi_ura_read(bytes_of(name, sizeof name - 1), ura));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_every_pass_give_their_ura),
        cmocka_unit_test(every_other_form_is_refused),
        cmocka_unit_test(a_zero_byte_is_not_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
