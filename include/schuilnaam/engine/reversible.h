/* SPDX-License-Identifier: Apache-2.0 */
/* Reversible pseudonyms: a provider's own value under a key of its own, 16 + 32n bytes V || C.
 *
 * For the service, which keeps source keys, and for the client of a provider that keeps its own:
 * both make and open the same bytes by these functions. Not who may open, not temporary pseudonyms.
 *
 *   source key --HKDF(provider, domain, generation)--> SIV key --with type and form--> template
 *   box = SIV(body); body = [salt] LV(attribute) LV(value) 0x80 0x00 ...
 *
 * Any thread. Source: PROTOCOL sections 4.2 and 5. */
#ifndef SCHUILNAAM_ENGINE_REVERSIBLE_H
#define SCHUILNAAM_ENGINE_REVERSIBLE_H

#include "schuilnaam/crypto/aead.h"
#include "schuilnaam/engine/diagnostic.h"
#include "schuilnaam/engine/policy.h"

enum {
    REVERSIBLE_SALT_LEN = 16,
    REVERSIBLE_BLOCK_LEN = 32, /* bodies are multiples of it */
    REVERSIBLE_BODY_LEN = 160, /* bytes of the longest body */
    REVERSIBLE_BOX_LEN = SIV_TAG_LEN + REVERSIBLE_BODY_LEN,
    REVERSIBLE_BOX_LEN_LEAST = SIV_TAG_LEN + REVERSIBLE_BLOCK_LEN,
};

enum reversible_form {
    REVERSIBLE_SAME = 0x01,   /* R-: one value gives one pseudonym within provider and domain */
    REVERSIBLE_SALTED = 0x02, /* S-: each one differs */
};

/* What a pseudonym is bound to, besides its key. */
struct reversible_place {
    const char *type_code; /* borrowed */
    uint16_t type_version;
    uint32_t provider, domain, generation; /* numbers */
    enum reversible_form form;
};

/* Derive the key of a place and make its template.
 * source    borrowed; not needed afterwards.
 * ret       the caller's, for schuil_siv_template_free; NULL on failure.
 * Results   ok; RC_INTERNAL, RC_INTERNAL_MEMORY. Constant time in the source key. */
SCHUIL_RC schuil_reversible_template_new(const struct source_key *source,
                                         const struct reversible_place *place,
                                         struct siv_template **ret);

/* Bytes of the box of a value of value_len bytes. */
size_t schuil_reversible_box_len(enum reversible_form form, const char *attribute,
                                 size_t value_len);
/* Whether a box can have this length. */
bool schuil_reversible_len_is_good(size_t box_len);

/* Seal a value.
 * siv        of the same form.
 * attribute  code of the type's one attribute.
 * value      canonical, 1 .. LIMIT_CANONICAL_LEN bytes, secret.
 * ret        schuil_reversible_box_len bytes.
 * Results    ok; RC_INPUT_LENGTH (value): ret is untouched; RC_INTERNAL, RC_INTERNAL_RANDOM: ret is
 *            zeros. */
SCHUIL_RC schuil_reversible_seal(const struct siv_template *siv, enum reversible_form form,
                                 const char *attribute, struct bytes value, uint8_t *ret);

/* A value that was opened: secret. */
struct reversible_value {
    uint8_t len; /* 1 .. LIMIT_CANONICAL_LEN */
    uint8_t data[LIMIT_CANONICAL_LEN];
};
static inline void reversible_value_wipe(struct reversible_value *value)
{
    schuil_wipe(value, sizeof *value);
}

/* Open what the above made.
 * attribute, kind  of the type's one attribute: the body must name it, and hold a value that is
 *                  canonical for it.
 * box              from outside, any length.
 * Results          ok; RC_CRYPTO, one and the same whatever is wrong: ret is zeros. */
SCHUIL_RC schuil_reversible_open(const struct siv_template *siv, enum reversible_form form,
                                 const char *attribute, enum attribute_kind kind, struct bytes box,
                                 struct reversible_value *ret);

/* The canonical form of a value for the client's side, as issue makes it.
 * now_us    wall clock; a date is judged by it.
 * Result    DIAG_NONE, or why there is none: ret is zeros. Needs schuil_normaliser_check to have
 *           passed (work.h). */
enum schuil_diagnostic schuil_reversible_value(enum attribute_kind kind, struct bytes value,
                                               int64_t now_us, struct reversible_value *ret);

/* A text taken apart: R-tref-domain-provider-generation-b64u, or S-. */
struct reversible_text {
    enum reversible_form form;
    struct bytes tref, domain; /* borrowed from the text */
    uint32_t provider, generation;
    uint16_t box_len;
    uint8_t box[REVERSIBLE_BOX_LEN];
};
/* Results   ok; RC_INPUT_TEXT (letter, a field, the base64url or the length of the box): ret is
 *           zeros. */
SCHUIL_RC schuil_reversible_parse(struct bytes text, struct reversible_text *ret);

/* Characters of the text, without terminator: at most LIMIT_TEXT_R_LEN. */
size_t schuil_reversible_text_len(const char *tref, const char *domain_code, uint32_t provider,
                                  uint32_t generation, size_t box_len);
/* Write exactly so many characters into ret; no terminator. The fields are taken as good. */
void schuil_reversible_write(enum reversible_form form, const char *tref, const char *domain_code,
                             uint32_t provider, uint32_t generation, struct bytes box, char *ret);

#endif
