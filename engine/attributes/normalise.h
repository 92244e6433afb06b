/* SPDX-License-Identifier: Apache-2.0 */
/* One canonical form for each attribute value, or a diagnostic: normaliser version 1.
 *
 * Not the catalogue (which attributes there are, is data) and not recipes. Never a silently
 * different value: what has no canonical form is refused. A change here that moves any canonical
 * value is a new normaliser version.
 * Source: PROTOCOL section 2; the Unicode Standard 15.0 (UAX #15 for NFKD and NFC). */
#ifndef ENGINE_ATTRIBUTES_NORMALISE_H
#define ENGINE_ATTRIBUTES_NORMALISE_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/engine/diagnostic.h"
#include "schuilnaam/engine/policy.h"
#include "schuilnaam/limits.h"

enum { NORMALISER_VERSION = 1 };

/* What besides the value decides. */
struct normaliser {
    int64_t today_days; /* the UTC date, days since 1970 */
    bool allows_test_persons;
};

/* A canonical value: secret as the value is. */
struct canonical {
    uint8_t len; /* 1 .. LIMIT_CANONICAL_LEN */
    uint8_t data[LIMIT_CANONICAL_LEN];
};

static inline struct bytes canonical_bytes(const struct canonical *c)
{
    return bytes_of(c->data, c->len);
}

/* value     borrowed, as it came from outside: any bytes, any length.
 * ret       the canonical form; wiped when the value is refused.
 * Result    DIAG_NONE, or the one diagnostic, found in this order: VALUE_LENGTH, UTF8_INVALID,
 * EMPTY, CONTROL_CHARACTER, then the kind's own. Any thread. Needs schuil_normaliser_check to have
 * passed. */
enum schuil_diagnostic normalise(const struct normaliser *n, enum attribute_kind kind,
                                 struct bytes value, struct canonical *ret);

#endif
