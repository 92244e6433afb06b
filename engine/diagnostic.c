/* SPDX-License-Identifier: Apache-2.0 */
/* The register of diagnostics as a table. The lines live in diagnostics.def and nowhere else. */
#include "schuilnaam/engine/diagnostic.h"

#include <assert.h>
#include <string.h>

static const struct diagnostic_row rows[DIAG_COUNT] = {
#define DIAGNOSTIC(code_, name_, severity_, text_)                                                 \
    [DIAG_##name_] = {.code = (code_), .name = #name_, .severity = (severity_), .text = (text_)},
#include "schuilnaam/diagnostics.def"
#undef DIAGNOSTIC
};

const struct diagnostic_row *schuil_diagnostic(enum schuil_diagnostic d)
{
    assert((unsigned)d < DIAG_COUNT);
    return &rows[d];
}

bool schuil_diagnostic_is_error(enum schuil_diagnostic d)
{
    return strcmp(schuil_diagnostic(d)->severity, "error") == 0;
}
