/* SPDX-License-Identifier: Apache-2.0 */
/* The register of diagnostics. */
#include "engine_unit.h"

#include <string.h>

#include "schuilnaam/engine/diagnostic.h"

static void codes_ascend_and_names_are_unique(void **state)
{
    (void)state;
    for (unsigned i = 0; i < DIAG_COUNT; i++) {
        const struct diagnostic_row *row = schuil_diagnostic(i);
        assert_true(row->code >= 2000 && row->code <= 3999);
        assert_true(strlen(row->text) > 5);
        for (unsigned k = 0; k < i; k++) {
            assert_true(schuil_diagnostic(k)->code < row->code);
            assert_string_not_equal(schuil_diagnostic(k)->name, row->name);
        }
    }
}

static void severities_are_error_or_warning(void **state)
{
    (void)state;
    for (unsigned i = 0; i < DIAG_COUNT; i++) {
        const char *severity = schuil_diagnostic(i)->severity;
        assert_true(strcmp(severity, "error") == 0 || strcmp(severity, "warning") == 0);
        assert_int_equal(schuil_diagnostic_is_error(i), severity[0] == 'e');
    }
}

static void pinned_codes_are_what_the_protocol_says(void **state)
{
    (void)state;
    assert_int_equal(schuil_diagnostic(DIAG_BSN_CHECK)->code, 3001);
    assert_string_equal(schuil_diagnostic(DIAG_BSN_CHECK)->name, "BSN_CHECK");
    assert_string_equal(schuil_diagnostic(DIAG_BSN_CHECK)->text, "BSN fails the 11-test");
    assert_string_equal(schuil_diagnostic(DIAG_ATTRIBUTE_UNUSED)->severity, "warning");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_ascend_and_names_are_unique),
        cmocka_unit_test(severities_are_error_or_warning),
        cmocka_unit_test(pinned_codes_are_what_the_protocol_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
