/* SPDX-License-Identifier: Apache-2.0 */
/* Opening reversible pseudonyms. The input is taken as a text, as a box, and as the body of a box
 * with a good tag: what opens seals to the same box again, what does not leaves zeros. */
#include "fuzz.h"
#include "pseudonyms/token.h"
#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/engine/reversible.h"

static struct siv_template *template_get(enum reversible_form form)
{
    static struct siv_template *made[3];
    const struct source_key source = {{1}};
    const struct reversible_place place = {"R", 1, 1, 1, 1, form};
    if (made[form] == NULL)
        FUZZ_CHECK(schuil_is_ok(schuil_reversible_template_new(&source, &place, &made[form])));
    return made[form];
}

static bool check_open(enum reversible_form form, struct bytes box, struct reversible_value *ret)
{
    static const struct reversible_value none;
    struct schuil_rc rc =
        schuil_reversible_open(template_get(form), form, "LID", KIND_TEXT, box, ret);
    if (schuil_is_ok(rc))
        return true;
    FUZZ_CHECK(rc.code == RC_CRYPTO && memcmp(ret, &none, sizeof none) == 0);
    return false;
}

/* One value has one body, but for its salt. */
static void check_body(enum reversible_form form, struct bytes input)
{
    uint8_t body[REVERSIBLE_BODY_LEN + REVERSIBLE_BLOCK_LEN] = {0};
    uint8_t box[sizeof body + SIV_TAG_LEN], again[REVERSIBLE_BOX_LEN];
    struct reversible_value value;
    size_t len = input.len < sizeof body ? input.len : sizeof body;
    if (len == 0)
        return;
    memcpy(body, input.data, len);
    len = (len + REVERSIBLE_BLOCK_LEN - 1) / REVERSIBLE_BLOCK_LEN * REVERSIBLE_BLOCK_LEN;
    FUZZ_CHECK(schuil_is_ok(schuil_siv_seal(template_get(form), bytes_of(body, len), box)));
    if (!check_open(form, bytes_of(box, SIV_TAG_LEN + len), &value))
        return;
    struct bytes plain = bytes_of(value.data, value.len);
    FUZZ_CHECK(schuil_reversible_box_len(form, "LID", plain.len) == SIV_TAG_LEN + len);
    FUZZ_CHECK(schuil_is_ok(schuil_reversible_seal(template_get(form), form, "LID", plain, again)));
    FUZZ_CHECK((memcmp(again, box, SIV_TAG_LEN + len) == 0) == (form == REVERSIBLE_SAME));
}

static void check_text(struct bytes input)
{
    static const struct reversible_text none;
    struct reversible_text text;
    char tref[LIMIT_TREF_LEN + 1] = "", domain[LIMIT_CODE_LEN + 1] = "", again[LIMIT_TEXT_R_LEN];
    if (!schuil_is_ok(schuil_reversible_parse(input, &text))) {
        FUZZ_CHECK(memcmp(&text, &none, sizeof none) == 0);
        return;
    }
    memcpy(tref, text.tref.data, text.tref.len);
    memcpy(domain, text.domain.data, text.domain.len);
    size_t len =
        schuil_reversible_text_len(tref, domain, text.provider, text.generation, text.box_len);
    FUZZ_CHECK(len == input.len && len <= sizeof again);
    schuil_reversible_write(text.form, tref, domain, text.provider, text.generation,
                            bytes_of(text.box, text.box_len), again);
    FUZZ_CHECK(memcmp(again, input.data, len) == 0);
}

static void check_carrier(struct bytes input)
{
    const struct ptype type = {.tref = "R", .number = 1, .kind = PTYPE_REVERSIBLE};
    const struct transport_key key = {{1}};
    struct token_header header;
    struct carried carried;
    uint8_t token[CARRIER_LEN];
    size_t len;
    bool is_read = carrier_read(input, &type, 0, token, &len, &header);
    FUZZ_CHECK(is_read == (len > 0) && (!is_read || header.type == 1));
    FUZZ_CHECK(!carrier_open(&key, token, len, &carried));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes input = bytes_of(data, len);
    struct reversible_value value;
    FUZZ_CHECK(schuil_is_ok(schuil_crypto_init()));
    check_text(input);
    check_carrier(input);
    enum reversible_form form = fuzz_take_u8(&input) % 2 == 0 ? REVERSIBLE_SAME : REVERSIBLE_SALTED;
    (void)check_open(form, input, &value);
    check_body(form, input);
    return 0;
}
