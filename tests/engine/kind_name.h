/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds by their names in vector files. */
#ifndef TESTS_ENGINE_KIND_NAME_H
#define TESTS_ENGINE_KIND_NAME_H

#include <string.h>

#include "engine_unit.h"
#include "schuilnaam/engine/policy.h"

static inline enum attribute_kind kind_named(const char *name)
{
    static const char *const names[] = {
        [KIND_BSN] = "bsn",           [KIND_DATE] = "date",     [KIND_SEX] = "sex",
        [KIND_POSTCODE] = "postcode", [KIND_NUMBER] = "number", [KIND_NAME] = "name",
        [KIND_TEXT] = "text",
    };
    for (unsigned i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(names[i], name) == 0)
            return (enum attribute_kind)i;
    }
    fail_msg("no kind %s", name);
    return KIND_TEXT;
}

#endif
