/* SPDX-License-Identifier: Apache-2.0 */
/* What is made of many inputs at once, against each alone: expand_message_xmd in eight lanes and
 * one after another, AES-SIV in batches and by OpenSSL's own. The input is cut into messages by
 * lengths that it begins with. */
#include "expand.h"
#include "fuzz.h"
#include "schuilnaam/crypto/aead.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/memory.h"
#include "sha512_lanes.h"

void sha512_lanes_compress_portable(struct sha512_lanes *hashes);

enum { MESSAGE_COUNT = 20, SEAL_COUNT = 70, BOX_LEN_MAX = SIV_TAG_LEN + SIV_BATCH_PLAIN_LEN_MAX };

static struct bytes take(struct bytes *input, size_t len)
{
    struct bytes taken = bytes_of(input->data, len < input->len ? len : input->len);
    *input = bytes_of(input->data + taken.len, input->len - taken.len);
    return taken;
}

static void check_expand(struct bytes input)
{
    uint8_t lanes[MESSAGE_COUNT][EXPAND_MANY_LEN];
    uint8_t many[MESSAGE_COUNT][EXPAND_MANY_LEN];
    uint8_t each[MESSAGE_COUNT][EXPAND_MANY_LEN];
    struct bytes messages[MESSAGE_COUNT];
    size_t n = fuzz_take_u8(&input) % (MESSAGE_COUNT + 1);
    struct bytes dst = take(&input, 1 + fuzz_take_u8(&input) % EXPAND_MANY_DST_LEN_MAX);
    if (dst.len == 0)
        return;
    for (size_t i = 0; i < n; i++)
        messages[i] = take(&input, fuzz_take_u8(&input));
    expand_lanes(sha512_lanes_compress_portable, n, messages, dst, lanes[0]);
    FUZZ_CHECK(schuil_is_ok(expand_many(n, messages, dst, many[0])));
    FUZZ_CHECK(schuil_is_ok(expand_each(n, messages, dst, each[0])));
    FUZZ_CHECK(memcmp(lanes, each, n * EXPAND_MANY_LEN) == 0);
    FUZZ_CHECK(memcmp(many, each, n * EXPAND_MANY_LEN) == 0);
}

static void check_seals(const struct siv_template *siv, struct bytes input, size_t plain_len)
{
    static uint8_t boxes[SEAL_COUNT * BOX_LEN_MAX];
    uint8_t alone[BOX_LEN_MAX];
    size_t n = input.len / plain_len < SEAL_COUNT ? input.len / plain_len : SEAL_COUNT;
    size_t box_len = SIV_TAG_LEN + plain_len;
    FUZZ_CHECK(schuil_is_ok(schuil_siv_seal_many(siv, n, input.data, plain_len, boxes)));
    for (size_t i = 0; i < n; i++) {
        struct bytes plain = bytes_of(input.data + i * plain_len, plain_len);
        FUZZ_CHECK(schuil_is_ok(schuil_siv_seal(siv, plain, alone)));
        FUZZ_CHECK(memcmp(boxes + i * box_len, alone, box_len) == 0);
    }
}

static void check_siv(struct bytes input)
{
    struct siv_key key = {{0}};
    struct siv_template *siv;
    size_t plain_len = 1 + fuzz_take_u8(&input) % SIV_BATCH_PLAIN_LEN_MAX;
    struct bytes ad = take(&input, 1 + fuzz_take_u8(&input) % 64);
    struct bytes drawn = take(&input, sizeof key);
    if (ad.len == 0)
        return;
    if (drawn.len > 0)
        memcpy(key.b, drawn.data, drawn.len);
    FUZZ_CHECK(schuil_is_ok(schuil_siv_template_new(&key, ad, &siv)));
    check_seals(siv, input, plain_len);
    schuil_siv_template_free(siv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    FUZZ_CHECK(schuil_is_ok(schuil_crypto_init()));
    check_expand(bytes_of(data, len));
    check_siv(bytes_of(data, len));
    return 0;
}
