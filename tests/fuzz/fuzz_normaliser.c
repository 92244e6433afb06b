/* SPDX-License-Identifier: Apache-2.0 */
/* The normaliser. The first byte of an input chooses the kind and the policy on test persons, the
 * rest is the value. A refused value leaves nothing behind; a canonical form has its kind's
 * alphabet and length, and is its own canonical form. */
#include "attributes/normalise.h"
#include "fuzz.h"

enum { TODAY_DAYS = 20000 }; /* 2024-10-04 */

static bool all_between(const struct canonical *c, uint8_t first, uint8_t last)
{
    for (size_t i = 0; i < c->len; i++) {
        if (c->data[i] < first || c->data[i] > last)
            return false;
    }
    return true;
}

/* What section 3 of docs/protocol.md says a canonical form of this kind looks like. */
static bool has_form(enum attribute_kind kind, const struct canonical *c)
{
    switch (kind) {
    case KIND_BSN:
        return c->len == 9 && all_between(c, '0', '9');
    case KIND_DATE:
        return c->len == 8 && all_between(c, '0', '9') && memcmp(c->data, "1850", 4) >= 0 &&
               memcmp(c->data, "20241005", 8) <= 0;
    case KIND_SEX:
        return c->len == 1 && strchr("MVO", c->data[0]) != NULL;
    case KIND_POSTCODE:
        return c->len == 6 && c->data[0] >= '1' && c->data[4] >= 'A' && c->data[5] <= 'Z';
    case KIND_NUMBER:
        return c->len >= 1 && c->len <= 5 && all_between(c, '0', '9') && c->data[0] != '0';
    case KIND_NAME:
        return c->len >= 1 && c->len <= 64 && all_between(c, 'A', 'Z');
    case KIND_TEXT:
        return c->len >= 1 && c->len <= LIMIT_CANONICAL_LEN;
    }
    return false;
}

static void check_refused(const struct canonical *c)
{
    static const struct canonical none;
    FUZZ_CHECK(memcmp(c, &none, sizeof none) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes value = bytes_of(data, len);
    uint8_t choice = fuzz_take_u8(&value);
    enum attribute_kind kind = (enum attribute_kind)(choice % (KIND_TEXT + 1));
    struct normaliser n = {.today_days = TODAY_DAYS, .allows_test_persons = choice >= 128};
    struct canonical first;
    if (normalise(&n, kind, value, &first) != DIAG_NONE) {
        check_refused(&first);
        return 0;
    }
    FUZZ_CHECK(has_form(kind, &first));
    struct canonical again;
    FUZZ_CHECK(normalise(&n, kind, canonical_bytes(&first), &again) == DIAG_NONE);
    FUZZ_CHECK(bytes_equal(canonical_bytes(&first), canonical_bytes(&again)));
    return 0;
}
