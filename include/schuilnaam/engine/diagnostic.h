/* SPDX-License-Identifier: Apache-2.0 */
/* The register of stable diagnostic codes, from diagnostics.def. */
#ifndef SCHUILNAAM_ENGINE_DIAGNOSTIC_H
#define SCHUILNAAM_ENGINE_DIAGNOSTIC_H

#include <stdbool.h>
#include <stdint.h>

enum schuil_diagnostic {
#define DIAGNOSTIC(code, name, severity, text) DIAG_##name,
#include "schuilnaam/diagnostics.def"
#undef DIAGNOSTIC
    DIAG_COUNT,
    DIAG_NONE = 0xffff
};

struct diagnostic_row {
    uint16_t code;        /* 2xxx, 3xxx */
    const char *name;     /* "BSN_CHECK" */
    const char *severity; /* "error" or "warning" */
    const char *text;
};

const struct diagnostic_row *schuil_diagnostic(enum schuil_diagnostic d);
bool schuil_diagnostic_is_error(enum schuil_diagnostic d);

#endif
