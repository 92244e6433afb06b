/* SPDX-License-Identifier: Apache-2.0 */
/* Many expansions at once against the single one, which the RFC's figures hold: the way that this
 * processor takes, eight lanes compiled without AVX-512, and one after another. */
#include "unit.h"

#include "expand.h"
#include "schuilnaam/crypto/group.h"
#include "sha512_lanes.h"

void sha512_lanes_compress_portable(struct sha512_lanes *hashes);

enum { MESSAGE_COUNT = 21, MESSAGE_LEN_MAX = 2400 };

static uint8_t data[MESSAGE_COUNT + MESSAGE_LEN_MAX];
static const uint8_t dst[] = "HashToGroup-OPRFV1-\x01-ristretto255-SHA512";

static void many(size_t n, const struct bytes *messages, struct bytes tag, uint8_t *ret)
{
    assert_ok(expand_many(n, messages, tag, ret));
}

static void portable(size_t n, const struct bytes *messages, struct bytes tag, uint8_t *ret)
{
    expand_lanes(sha512_lanes_compress_portable, n, messages, tag, ret);
}

static void each(size_t n, const struct bytes *messages, struct bytes tag, uint8_t *ret)
{
    assert_ok(expand_each(n, messages, tag, ret));
}

static void (*const ways[])(size_t, const struct bytes *, struct bytes,
                            uint8_t *) = {many, portable, each};

/* All n together, each way, and each alone. */
static void check(size_t n, const struct bytes *messages, struct bytes tag)
{
    uint8_t got[MESSAGE_COUNT * EXPAND_MANY_LEN + 1];
    uint8_t want[EXPAND_MANY_LEN];

    for (size_t w = 0; w < COUNT_OF(ways); w++) {
        memset(got, 0xaa, sizeof got);
        ways[w](n, messages, tag, got);
        for (size_t i = 0; i < n; i++) {
            assert_ok(schuil_expand_message_xmd(messages[i], tag, want, sizeof want));
            assert_memory_equal(got + i * sizeof want, want, sizeof want);
        }
        assert_all(got + n * sizeof want, 0xaa, sizeof got - n * sizeof want);
    }
}

static void each_length_is_expanded_as_alone(void **state)
{
    struct bytes messages[8];

    (void)state;
    assert_ok(schuil_random(data, sizeof data));
    for (size_t len = 0; len <= 400; len++) {
        for (size_t i = 0; i < COUNT_OF(messages); i++)
            messages[i] = bytes_of(data + i, len);
        check(COUNT_OF(messages), messages, bytes_of(dst, sizeof dst - 1));
    }
}

static void lanes_of_other_lengths_do_not_touch_each_other(void **state)
{
    struct bytes messages[MESSAGE_COUNT];

    (void)state;
    for (size_t round = 0; round < 300; round++) {
        uint16_t draws[MESSAGE_COUNT];
        assert_ok(schuil_random(data, sizeof data));
        assert_ok(schuil_random(draws, sizeof draws));
        size_t most = round % 3 == 0 ? MESSAGE_LEN_MAX : round % 3 == 1 ? 130 : 80;
        for (size_t i = 0; i < MESSAGE_COUNT; i++)
            messages[i] = bytes_of(data + i, draws[i] % (most + 1));
        check(round % (MESSAGE_COUNT + 1), messages, bytes_of(dst, sizeof dst - 1));
    }
}

static void every_tag_that_fits_is_taken(void **state)
{
    struct bytes messages[3] = {bytes_text("1"), bytes_of(NULL, 0), bytes_of(data, 77)};

    (void)state;
    for (size_t len = 1; len <= EXPAND_MANY_DST_LEN_MAX; len++)
        check(COUNT_OF(messages), messages, bytes_of(data + 5, len));
}

static void no_message_is_no_work(void **state)
{
    (void)state;
    check(0, NULL, bytes_of(dst, sizeof dst - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_length_is_expanded_as_alone),
        cmocka_unit_test(lanes_of_other_lengths_do_not_touch_each_other),
        cmocka_unit_test(every_tag_that_fits_is_taken),
        cmocka_unit_test(no_message_is_no_work),
    };

    return cmocka_run_group_tests(tests, crypto_setup, NULL);
}
