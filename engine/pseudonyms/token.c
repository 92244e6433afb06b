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

static struct token_header header_get(const uint8_t token[TOKEN_LEN])
{
    return (struct token_header){
        .kind = token[1],
        .type = get_u16(token + 2),
        .registry = get_u32(token + 4),
        .key = get_u32(token + 8),
        .expiry_s = get_u32(token + 12),
    };
}

SCHUIL_RC token_seal(const struct transport_key *key, const struct token_header *header,
                     const uint8_t nonce[XCHACHA_NONCE_LEN], const struct token_body *body,
                     uint8_t ret[TOKEN_LEN])
{
    uint8_t plain[TOKEN_BODY_LEN];
    struct writer box = writer_over(plain, sizeof plain);
    struct writer to = writer_over(ret, TOKEN_LEN);
    put_u32(&box, body->provider);
    put_u32(&box, body->root_epoch);
    put_bytes(&box, bytes_of(body->element.b, sizeof body->element.b));
    header_put(header, &to);
    put_bytes(&to, bytes_of(nonce, XCHACHA_NONCE_LEN));
    struct schuil_rc rc = schuil_xchacha_seal(key, nonce, bytes_of(ret, TOKEN_HEADER_LEN),
                                              bytes_of(plain, sizeof plain), ret + to.len);
    schuil_wipe(plain, sizeof plain);
    if (!schuil_is_ok(rc))
        memset(ret, 0, TOKEN_LEN);
    return rc;
}

static bool is_addressed(const uint8_t token[TOKEN_LEN], const struct token_header *header,
                         const struct ptype *type, uint32_t registry)
{
    return token[0] == TOKEN_VERSION && header->kind == TOKEN_KIND_IRREVERSIBLE &&
           type->kind == PTYPE_IRREVERSIBLE && header->type == type->number &&
           header->registry == registry;
}

bool token_read(struct bytes text, const struct ptype *type, uint32_t registry,
                uint8_t ret[TOKEN_LEN], struct token_header *ret_header)
{
    struct text_form form;
    bool is_good = schuil_is_ok(text_parse(text, &form)) && form.letter == 'T' &&
                   bytes_equal(form.tref, bytes_text(type->tref));
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
    static const struct transport_key decoy = {0};
    const uint8_t *nonce = token + TOKEN_HEADER_LEN;
    struct bytes box = bytes_of(nonce + XCHACHA_NONCE_LEN, TOKEN_BOX_LEN);
    uint8_t plain[TOKEN_BODY_LEN];
    struct schuil_rc rc = schuil_xchacha_open(key == NULL ? &decoy : key, nonce,
                                              bytes_of(token, TOKEN_HEADER_LEN), box, plain);
    bool is_open = schuil_is_ok(rc) && key != NULL;
    memset(ret, 0, sizeof *ret);
    if (is_open) {
        ret->provider = get_u32(plain);
        ret->root_epoch = get_u32(plain + 4);
        memcpy(ret->element.b, plain + 8, sizeof ret->element.b);
    }
    schuil_wipe(plain, sizeof plain);
    return is_open;
}
