/* SPDX-License-Identifier: Apache-2.0 */
/* Reversible pseudonyms: see schuilnaam/engine/reversible.h. Bodies and derived keys lie on the
 * stack for the length of a call and are wiped. */
#include "schuilnaam/engine/reversible.h"

#include "attributes/normalise.h"
#include "pseudonyms/text.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/crypto/hash.h"
#include "schuilnaam/crypto/memory.h"

static const char label[] = "schuilnaam/v1/reversible";

enum {
    INFO_LEN = 2 + sizeof label - 1 + 4 + 4 + 4,
    AD_LEN_MAX = INFO_LEN + 2 + LIMIT_FIELD_CODE_LEN + 2 + 1,
    LV_HEAD_LEN = 2,
    PAD_MARK = 0x80,
    DAY_FAR = 2932896, /* 9999-12-31, in days since 1970: what was canonical once stays so */
};

struct body {
    uint8_t b[REVERSIBLE_BODY_LEN];
};

static void body_wipe(struct body *body)
{
    schuil_wipe(body, sizeof *body);
}
#define BODY __attribute__((cleanup(body_wipe))) struct body

/* ---- keys ---- */

static SCHUIL_RC key_derive(const struct source_key *source, const struct reversible_place *place,
                            struct siv_key *ret)
{
    uint8_t info[INFO_LEN];
    struct writer w = writer_over(info, sizeof info);
    put_lv_text(&w, label);
    put_u32(&w, place->provider);
    put_u32(&w, place->domain);
    put_u32(&w, place->generation);
    ENSURE(!w.is_full, RC_INTERNAL);
    return schuil_hkdf_sha512(bytes_of(source->b, sizeof source->b), bytes_of(NULL, 0),
                              writer_bytes(&w), ret->b, sizeof ret->b);
}

SCHUIL_RC schuil_reversible_template_new(const struct source_key *source,
                                         const struct reversible_place *place,
                                         struct siv_template **ret)
{
    uint8_t ad[AD_LEN_MAX];
    SECRET(siv_key) key;
    struct writer w = writer_over(ad, sizeof ad);
    *ret = NULL;
    put_lv_text(&w, label);
    put_lv_text(&w, place->type_code);
    put_u16(&w, place->type_version);
    put_u32(&w, place->provider);
    put_u32(&w, place->domain);
    put_u32(&w, place->generation);
    put_u8(&w, (uint8_t)place->form);
    ENSURE(!w.is_full, RC_INTERNAL);
    TRY(key_derive(source, place, &key));
    return schuil_siv_template_new(&key, writer_bytes(&w), ret);
}

/* ---- bodies ---- */

static size_t body_len(enum reversible_form form, const char *attribute, size_t value_len)
{
    size_t salt_len = form == REVERSIBLE_SALTED ? REVERSIBLE_SALT_LEN : 0;
    size_t len = salt_len + LV_HEAD_LEN + strlen(attribute) + LV_HEAD_LEN + value_len + 1;
    return (len + REVERSIBLE_BLOCK_LEN - 1) / REVERSIBLE_BLOCK_LEN * REVERSIBLE_BLOCK_LEN;
}

size_t schuil_reversible_box_len(enum reversible_form form, const char *attribute, size_t value_len)
{
    return SIV_TAG_LEN + body_len(form, attribute, value_len);
}

bool schuil_reversible_len_is_good(size_t box_len)
{
    return box_len >= REVERSIBLE_BOX_LEN_LEAST && box_len <= REVERSIBLE_BOX_LEN &&
           (box_len - SIV_TAG_LEN) % REVERSIBLE_BLOCK_LEN == 0;
}

SCHUIL_RC schuil_reversible_seal(const struct siv_template *siv, enum reversible_form form,
                                 const char *attribute, struct bytes value, uint8_t *ret)
{
    BODY body = {{0}};
    uint8_t salt[REVERSIBLE_SALT_LEN];
    struct writer w = writer_over(body.b, sizeof body.b);
    ENSURE(value.len >= 1 && value.len <= LIMIT_CANONICAL_LEN, RC_INPUT_LENGTH);
    size_t len = body_len(form, attribute, value.len);
    ENSURE(len <= sizeof body.b, RC_INPUT_LENGTH);
    if (form == REVERSIBLE_SALTED) {
        memset(ret, 0, SIV_TAG_LEN + len);
        TRY(schuil_random(salt, sizeof salt));
        put_bytes(&w, bytes_of(salt, sizeof salt));
    }
    put_lv_text(&w, attribute);
    put_lv(&w, value);
    put_u8(&w, PAD_MARK);
    return schuil_siv_seal(siv, bytes_of(body.b, len), ret);
}

/* What stands before the mark and the fewest zeros. false: the padding is another. */
static bool padding_strip(struct bytes *body)
{
    size_t end = body->len;
    while (end > 0 && body->data[end - 1] == 0)
        end--;
    if (end == 0 || body->data[end - 1] != PAD_MARK || body->len - end >= REVERSIBLE_BLOCK_LEN)
        return false;
    body->len = end - 1;
    return true;
}

static bool lv_take(struct bytes *rest, struct bytes *ret)
{
    if (rest->len < LV_HEAD_LEN)
        return false;
    size_t len = get_u16(rest->data);
    if (rest->len - LV_HEAD_LEN < len)
        return false;
    *ret = bytes_of(rest->data + LV_HEAD_LEN, len);
    *rest = bytes_of(ret->data + len, rest->len - LV_HEAD_LEN - len);
    return true;
}

/* Tags are good by now: whoever made the body knew the key. What it says is still not trusted. */
static bool body_read(struct bytes body, enum reversible_form form, const char *attribute,
                      struct bytes *ret)
{
    struct bytes code;
    size_t salt_len = form == REVERSIBLE_SALTED ? REVERSIBLE_SALT_LEN : 0;
    if (!padding_strip(&body) || body.len < salt_len)
        return false;
    body = bytes_of(body.data + salt_len, body.len - salt_len);
    return lv_take(&body, &code) && lv_take(&body, ret) && body.len == 0 &&
           bytes_equal(code, bytes_text(attribute));
}

static void value_set(const struct canonical *canonical, struct reversible_value *ret)
{
    ret->len = canonical->len;
    memcpy(ret->data, canonical->data, canonical->len);
}

static bool value_take(enum attribute_kind kind, struct bytes value, struct reversible_value *ret)
{
    const struct normaliser n = {.today_days = DAY_FAR, .allows_test_persons = true};
    struct canonical canonical = {0};
    bool is_good = normalise(&n, kind, value, &canonical) == DIAG_NONE &&
                   bytes_equal(canonical_bytes(&canonical), value);
    if (is_good)
        value_set(&canonical, ret);
    schuil_wipe(&canonical, sizeof canonical);
    return is_good;
}

SCHUIL_RC schuil_reversible_open(const struct siv_template *siv, enum reversible_form form,
                                 const char *attribute, enum attribute_kind kind, struct bytes box,
                                 struct reversible_value *ret)
{
    BODY body;
    struct bytes value;
    memset(ret, 0, sizeof *ret);
    ENSURE(schuil_reversible_len_is_good(box.len), RC_CRYPTO);
    ENSURE(schuil_is_ok(schuil_siv_open(siv, box, body.b)), RC_CRYPTO);
    ENSURE(body_read(bytes_of(body.b, box.len - SIV_TAG_LEN), form, attribute, &value), RC_CRYPTO);
    ENSURE(value_take(kind, value, ret), RC_CRYPTO);
    return SCHUIL_OK;
}

enum schuil_diagnostic schuil_reversible_value(enum attribute_kind kind, struct bytes value,
                                               int64_t now_us, struct reversible_value *ret)
{
    const int64_t day_us = INT64_C(86400) * 1000000;
    const struct normaliser n = {.today_days = now_us / day_us, .allows_test_persons = true};
    struct canonical canonical = {0};
    memset(ret, 0, sizeof *ret);
    enum schuil_diagnostic found = normalise(&n, kind, value, &canonical);
    if (found == DIAG_NONE)
        value_set(&canonical, ret);
    schuil_wipe(&canonical, sizeof canonical);
    return found;
}

/* ---- texts ---- */

/* The bytes that so many characters of base64url are; 0: none. */
static size_t decoded_len(size_t character_count)
{
    size_t len = character_count * 3 / 4;
    return schuil_b64u_len(len) == character_count ? len : 0;
}

static SCHUIL_RC text_read(struct bytes text, struct reversible_text *ret)
{
    struct text_form form;
    TRY(text_parse(text, &form));
    ENSURE(form.letter == 'R' || form.letter == 'S', RC_INPUT_TEXT);
    size_t box_len = decoded_len(form.body.len);
    ENSURE(schuil_reversible_len_is_good(box_len), RC_INPUT_TEXT);
    ENSURE(schuil_is_ok(schuil_b64u_decode(form.body, ret->box, box_len)), RC_INPUT_TEXT);
    ret->form = form.letter == 'R' ? REVERSIBLE_SAME : REVERSIBLE_SALTED;
    ret->tref = form.tref;
    ret->domain = form.domain;
    ret->provider = form.provider;
    ret->generation = form.generation;
    ret->box_len = (uint16_t)box_len;
    return SCHUIL_OK;
}

SCHUIL_RC schuil_reversible_parse(struct bytes text, struct reversible_text *ret)
{
    memset(ret, 0, sizeof *ret);
    struct schuil_rc rc = text_read(text, ret);
    if (!schuil_is_ok(rc))
        memset(ret, 0, sizeof *ret);
    return rc;
}

size_t schuil_reversible_text_len(const char *tref, const char *domain_code, uint32_t provider,
                                  uint32_t generation, size_t box_len)
{
    return text_reversible_len(tref, domain_code, provider, generation, box_len);
}

void schuil_reversible_write(enum reversible_form form, const char *tref, const char *domain_code,
                             uint32_t provider, uint32_t generation, struct bytes box, char *ret)
{
    text_reversible_write(form == REVERSIBLE_SALTED ? 'S' : 'R', tref, domain_code, provider,
                          generation, box, ret);
}
