/* SPDX-License-Identifier: Apache-2.0 */
/* Shares and share sets as text: what is read writes back to the same bytes; what is refused leaves
 * no share. The same bytes are read as both. */
#include "fuzz.h"
#include "schuilnaam/engine/shares.h"

static void check_share(struct bytes text)
{
    static const struct share none;
    struct share share;
    char again[SHARE_TEXT_LEN + 1];
    if (!schuil_is_ok(schuil_share_read(text, &share))) {
        FUZZ_CHECK(memcmp(&share, &none, sizeof share) == 0);
        return;
    }
    FUZZ_CHECK(share.point.x >= 1 && share.point.x <= share.count);
    FUZZ_CHECK(share.threshold >= SHARE_LEAST && share.threshold <= share.count);
    schuil_share_write(&share, again);
    FUZZ_CHECK(bytes_equal(text, bytes_text(again)));
}

static void check_set(struct bytes text)
{
    struct share_set set;
    char again[SHARE_SET_TEXT_LEN + 1];
    if (!schuil_is_ok(schuil_share_set_read(text, &set)))
        return;
    FUZZ_CHECK(set.threshold >= SHARE_LEAST && set.threshold <= set.count);
    FUZZ_CHECK(set.count <= SHARE_COUNT_MAX && schuil_wrapping_name_is_good(set.name));
    schuil_share_set_write(&set, again);
    FUZZ_CHECK(bytes_equal(text, bytes_text(again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    check_share(bytes_of(data, len));
    check_set(bytes_of(data, len));
    return 0;
}
