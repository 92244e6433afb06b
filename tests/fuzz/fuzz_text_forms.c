/* SPDX-License-Identifier: Apache-2.0 */
/* The text forms of pseudonyms. What parses has good fields and, when its body is base64url,
 * encodes to itself; what does not parse leaves zeros. The same text is read as a temporary
 * pseudonym of one type and registry too. */
#include "fuzz.h"
#include "pseudonyms/text.h"
#include "pseudonyms/token.h"
#include "schuilnaam/crypto/codec.h"

enum { REGISTRY = 0 }; /* the number that a body of only 'A' would name */

/* A copy with a terminator, of a field that text_parse has judged. */
static void field_copy(struct bytes field, char *ret, size_t cap)
{
    FUZZ_CHECK(field.len > 0 && field.len < cap);
    memcpy(ret, field.data, field.len);
    ret[field.len] = '\0';
}

static void check_same(struct bytes text, const char *again, size_t len)
{
    FUZZ_CHECK(bytes_equal(text, bytes_of(again, len)));
}

static void check_final(struct bytes text, const struct text_form *form, const char *tref,
                        struct bytes body)
{
    char domain[LIMIT_CODE_LEN + 1];
    char again[LIMIT_TEXT_LEN];
    field_copy(form->domain, domain, sizeof domain);
    FUZZ_CHECK(form->generation >= 1 && form->generation <= INT32_MAX);
    size_t len = text_final_len(tref, domain, form->generation, body.len);
    FUZZ_CHECK(len == text.len);
    text_final_write(tref, domain, form->generation, body, again);
    check_same(text, again, len);
}

static void check_temporary(struct bytes text, const struct text_form *form, const char *tref,
                            struct bytes body)
{
    char again[LIMIT_TEXT_LEN];
    FUZZ_CHECK(form->domain.len == 0 && form->generation == 0 && form->provider == 0);
    size_t len = text_temporary_len(tref, body.len);
    FUZZ_CHECK(len == text.len);
    text_temporary_write(tref, body, again);
    check_same(text, again, len);
}

static void check_reversible(struct bytes text, const struct text_form *form, const char *tref,
                             struct bytes body)
{
    char domain[LIMIT_CODE_LEN + 1];
    char again[LIMIT_TEXT_LEN];
    field_copy(form->domain, domain, sizeof domain);
    FUZZ_CHECK(form->generation >= 1 && form->generation <= INT32_MAX);
    FUZZ_CHECK(form->provider >= 1 && form->provider <= INT32_MAX);
    size_t len = text_reversible_len(tref, domain, form->provider, form->generation, body.len);
    FUZZ_CHECK(len == text.len);
    text_reversible_write(form->letter, tref, domain, form->provider, form->generation, body,
                          again);
    check_same(text, again, len);
}

static void check_form(struct bytes text, const struct text_form *form)
{
    char tref[LIMIT_TREF_LEN + 1];
    uint8_t data[LIMIT_TEXT_LEN];
    FUZZ_CHECK(tref_is_good(form->tref));
    field_copy(form->tref, tref, sizeof tref);
    size_t data_len = form->body.len * 3 / 4;
    if (text.len > LIMIT_TEXT_LEN || data_len > sizeof data ||
        !schuil_is_ok(schuil_b64u_decode(form->body, data, data_len)))
        return;
    struct bytes body = bytes_of(data, data_len);
    if (form->letter == 'P')
        check_final(text, form, tref, body);
    else if (form->letter != 'T')
        check_reversible(text, form, tref, body);
    else
        check_temporary(text, form, tref, body);
}

static void check_token(struct bytes text)
{
    static const uint8_t none[TOKEN_LEN];
    struct ptype type = {.code = "C", .tref = "C", .version = 1, .number = 1};
    uint8_t token[TOKEN_LEN];
    struct token_header header;
    if (!token_read(text, &type, REGISTRY, token, &header)) {
        FUZZ_CHECK(memcmp(token, none, sizeof token) == 0);
        FUZZ_CHECK(header.kind == 0 && header.key == 0 && header.expiry_s == 0);
        return;
    }
    FUZZ_CHECK(header.kind == TOKEN_KIND_IRREVERSIBLE && header.registry == REGISTRY);
    FUZZ_CHECK(header.type == type.number && token[0] == TOKEN_VERSION);
    FUZZ_CHECK(memchr(text.data, '~', text.len) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes text = bytes_of(data, len);
    struct text_form form;
    if (schuil_is_ok(text_parse(text, &form))) {
        FUZZ_CHECK(memchr("TPRS", form.letter, 4) != NULL);
        check_form(text, &form);
    } else {
        FUZZ_CHECK(form.letter == 0 && form.tref.len == 0 && form.body.len == 0);
    }
    check_token(text);
    return 0;
}
