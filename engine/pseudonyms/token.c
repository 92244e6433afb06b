/* SPDX-License-Identifier: Apache-2.0 */
/* Temporary pseudonyms: see token.h. */
#include "pseudonyms/token.h"

#include "pseudonyms/text.h"
#include "schuilnaam/crypto/codec.h"

uint32_t token_expiry_s(int64_t now_us, uint32_t life_hours)
{
    const int64_t hour_us = INT64_C(3600000000);
    int64_t hours = (now_us + hour_us - 1) / hour_us + life_hours;
    return (uint32_t)(hours * 3600);
}

static void header_put(const struct token_header *header, struct writer *to)
{
    put_u8(to, TOKEN_VERSION);
    put_u8(to, header->kind);
    put_u16(to, header->type);
    put_u32(to, header->registry);
    put_u32(to, header->key);
    put_u32(to, header->expiry_s);
}

static struct token_header header_get(const uint8_t *token)
{
    return (struct token_header){
        .kind = token[1],
        .type = get_u16(token + 2),
        .registry = get_u32(token + 4),
        .key = get_u32(token + 8),
        .expiry_s = get_u32(token + 12),
    };
}

/* Header, nonce, and plain sealed: ret_len bytes, or zeros. */
static SCHUIL_RC parts_seal(const struct transport_key *key, const struct token_header *header,
                            const uint8_t nonce[XCHACHA_NONCE_LEN], struct bytes plain,
                            uint8_t *ret, size_t ret_len)
{
    struct writer to = writer_over(ret, ret_len);
    header_put(header, &to);
    put_bytes(&to, bytes_of(nonce, XCHACHA_NONCE_LEN));
    struct schuil_rc rc =
        schuil_xchacha_seal(key, nonce, bytes_of(ret, TOKEN_HEADER_LEN), plain, ret + to.len);
    if (!schuil_is_ok(rc))
        memset(ret, 0, ret_len);
    return rc;
}

/* Open the box of a token of len bytes; key NULL: a decoy takes the same steps. */
static bool parts_open(const struct transport_key *key, const uint8_t *token, size_t len,
                       uint8_t *ret)
{
    static const struct transport_key decoy = {0};
    const uint8_t *nonce = token + TOKEN_HEADER_LEN;
    const uint8_t *box = nonce + XCHACHA_NONCE_LEN;
    struct schuil_rc rc =
        schuil_xchacha_open(key == NULL ? &decoy : key, nonce, bytes_of(token, TOKEN_HEADER_LEN),
                            bytes_of(box, len - (size_t)(box - token)), ret);
    return schuil_is_ok(rc) && key != NULL;
}

SCHUIL_RC token_seal(const struct transport_key *key, const struct token_header *header,
                     const uint8_t nonce[XCHACHA_NONCE_LEN], const struct token_body *body,
                     uint8_t ret[TOKEN_LEN])
{
    uint8_t plain[TOKEN_BODY_LEN];
    struct writer box = writer_over(plain, sizeof plain);
    put_u32(&box, body->provider);
    put_u32(&box, body->root_epoch);
    put_bytes(&box, bytes_of(body->element.b, sizeof body->element.b));
    struct schuil_rc rc =
        parts_seal(key, header, nonce, bytes_of(plain, sizeof plain), ret, TOKEN_LEN);
    schuil_wipe(plain, sizeof plain);
    return rc;
}

static bool is_addressed(const uint8_t *token, const struct token_header *header,
                         const struct ptype *type, uint32_t registry)
{
    uint8_t kind = type->kind == PTYPE_REVERSIBLE ? TOKEN_KIND_REVERSIBLE : TOKEN_KIND_IRREVERSIBLE;
    return token[0] == TOKEN_VERSION && header->kind == kind && header->type == type->number &&
           header->registry == registry;
}

/* A text that names the type, as a temporary; its body is not decoded yet. */
static bool form_take(struct bytes text, const struct ptype *type, struct text_form *ret)
{
    return schuil_is_ok(text_parse(text, ret)) && ret->letter == 'T' &&
           bytes_equal(ret->tref, bytes_text(type->tref));
}

bool token_read(struct bytes text, const struct ptype *type, uint32_t registry,
                uint8_t ret[TOKEN_LEN], struct token_header *ret_header)
{
    struct text_form form;
    bool is_good = form_take(text, type, &form) && type->kind == PTYPE_IRREVERSIBLE;
    is_good = schuil_is_ok(schuil_b64u_decode(form.body, ret, TOKEN_LEN)) && is_good;
    *ret_header = header_get(ret);
    if (is_good && is_addressed(ret, ret_header, type, registry))
        return true;
    memset(ret, 0, TOKEN_LEN);
    *ret_header = (struct token_header){0};
    return false;
}

bool token_open(const struct transport_key *key, const uint8_t token[TOKEN_LEN],
                struct token_body *ret)
{
    uint8_t plain[TOKEN_BODY_LEN];
    bool is_open = parts_open(key, token, TOKEN_LEN, plain);
    memset(ret, 0, sizeof *ret);
    if (is_open) {
        ret->provider = get_u32(plain);
        ret->root_epoch = get_u32(plain + 4);
        memcpy(ret->element.b, plain + 8, sizeof ret->element.b);
    }
    schuil_wipe(plain, sizeof plain);
    return is_open;
}

/* ---- reversible types ---- */

enum { CARRIER_AROUND_LEN = CARRIER_LEN - REVERSIBLE_BOX_LEN, BOX_AT = 4 + 4 + CARRIED_HEAD_LEN };

size_t carrier_len(size_t box_len)
{
    return CARRIER_AROUND_LEN + box_len;
}

SCHUIL_RC carrier_seal(const struct transport_key *key, const struct token_header *header,
                       const uint8_t nonce[XCHACHA_NONCE_LEN], const struct carried *body,
                       uint8_t *ret)
{
    uint8_t plain[CARRIED_BODY_LEN];
    struct writer box = writer_over(plain, sizeof plain);
    put_u32(&box, body->provider);
    put_u32(&box, body->root_epoch);
    put_u8(&box, body->form);
    put_u32(&box, body->domain);
    put_u32(&box, body->generation);
    put_bytes(&box, bytes_of(body->box, body->box_len));
    return parts_seal(key, header, nonce, writer_bytes(&box), ret, carrier_len(body->box_len));
}

/* The bytes of a carrier of so many characters; 0: there is none. */
static size_t carrier_len_of(size_t character_count)
{
    size_t len = character_count * 3 / 4;
    bool is_good = len > CARRIER_AROUND_LEN && schuil_b64u_len(len) == character_count &&
                   schuil_reversible_len_is_good(len - CARRIER_AROUND_LEN);
    return is_good ? len : 0;
}

bool carrier_read(struct bytes text, const struct ptype *type, uint32_t registry,
                  uint8_t ret[CARRIER_LEN], size_t *ret_len, struct token_header *ret_header)
{
    struct text_form form;
    bool is_good = form_take(text, type, &form) && type->kind == PTYPE_REVERSIBLE;
    *ret_len = carrier_len_of(form.body.len);
    memset(ret, 0, CARRIER_LEN);
    is_good = *ret_len > 0 && schuil_is_ok(schuil_b64u_decode(form.body, ret, *ret_len)) && is_good;
    *ret_header = header_get(ret);
    if (is_good && is_addressed(ret, ret_header, type, registry))
        return true;
    memset(ret, 0, CARRIER_LEN);
    *ret_len = 0;
    *ret_header = (struct token_header){0};
    return false;
}

static bool carried_take(const uint8_t *plain, size_t len, struct carried *ret)
{
    ret->provider = get_u32(plain);
    ret->root_epoch = get_u32(plain + 4);
    ret->form = plain[8];
    ret->domain = get_u32(plain + 9);
    ret->generation = get_u32(plain + 13);
    ret->box_len = (uint16_t)(len - BOX_AT);
    memcpy(ret->box, plain + BOX_AT, ret->box_len);
    return (ret->form == REVERSIBLE_SAME || ret->form == REVERSIBLE_SALTED) && ret->domain > 0 &&
           ret->domain <= INT32_MAX && ret->generation > 0 && ret->generation <= INT32_MAX;
}

bool carrier_open(const struct transport_key *key, const uint8_t token[CARRIER_LEN], size_t len,
                  struct carried *ret)
{
    uint8_t plain[CARRIED_BODY_LEN];
    if (len == 0) {
        len = carrier_len(REVERSIBLE_BOX_LEN_LEAST); /* what was refused is opened as zeros */
        key = NULL;
    }
    memset(ret, 0, sizeof *ret);
    bool is_open = parts_open(key, token, len, plain) &&
                   carried_take(plain, len - CARRIER_AROUND_LEN + BOX_AT, ret);
    schuil_wipe(plain, sizeof plain);
    if (!is_open)
        memset(ret, 0, sizeof *ret);
    return is_open;
}
