/* SPDX-License-Identifier: Apache-2.0 */
/* Temporary pseudonyms: header, nonce, box and tag.
 *
 *   0       16      40                80      96
 *   | header | nonce | box             | tag   |
 *            box: U32(provider) U32(root epoch) Q               irreversible types: 96 bytes
 *            box: U32(provider) U32(root epoch) carried         reversible types: 121 .. 249
 *                 carried: form U32(domain) U32(generation) and a box of section 5
 *
 * Not their judgement: expiry, permission and keys are the verbs'.
 * Source: PROTOCOL section 4.1. */
#ifndef ENGINE_PSEUDONYMS_TOKEN_H
#define ENGINE_PSEUDONYMS_TOKEN_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/crypto/aead.h"
#include "schuilnaam/engine/reversible.h"

enum {
    TOKEN_VERSION = 0x01,
    TOKEN_KIND_IRREVERSIBLE = 0x01,
    TOKEN_KIND_REVERSIBLE = 0x03,
    TOKEN_HEADER_LEN = 16,
    TOKEN_BODY_LEN = 40,
    TOKEN_BOX_LEN = TOKEN_BODY_LEN + XCHACHA_TAG_LEN,
    TOKEN_LEN = TOKEN_HEADER_LEN + XCHACHA_NONCE_LEN + TOKEN_BOX_LEN,
    CARRIED_HEAD_LEN = 1 + 4 + 4, /* form, domain, generation */
    CARRIED_BODY_LEN = 4 + 4 + CARRIED_HEAD_LEN + REVERSIBLE_BOX_LEN,
    CARRIER_LEN = TOKEN_HEADER_LEN + XCHACHA_NONCE_LEN + CARRIED_BODY_LEN + XCHACHA_TAG_LEN,
};

struct token_header {
    uint8_t kind;
    uint16_t type;     /* number */
    uint32_t registry; /* number */
    uint32_t key;      /* number of the transport key */
    uint32_t expiry_s; /* unix seconds */
};

struct token_body {
    uint32_t provider; /* number */
    uint32_t root_epoch;
    struct element element; /* Q: secret, and not yet checked to be one */
};

static inline void token_body_wipe(struct token_body *body)
{
    schuil_wipe(body, sizeof *body);
}

/* A reversible pseudonym on its way. Pseudonyms are no secret from who carries them, but are wiped
 * with the request. */
struct carried {
    uint32_t provider, root_epoch;
    uint8_t form; /* enum reversible_form once carrier_open has said yes */
    uint32_t domain, generation;
    uint16_t box_len;
    uint8_t box[REVERSIBLE_BOX_LEN];
};

/* When a temporary pseudonym made at now_us with this life expires: rounded up to a full hour. */
uint32_t token_expiry_s(int64_t now_us, uint32_t life_hours);

/* Seal into ret. nonce: random, never twice. Results as schuil_xchacha_seal: ret is zeros on
 * failure. Constant time in the body. */
SCHUIL_RC token_seal(const struct transport_key *key, const struct token_header *header,
                     const uint8_t nonce[XCHACHA_NONCE_LEN], const struct token_body *body,
                     uint8_t ret[TOKEN_LEN]);

/* Read a text as a temporary pseudonym of this type for this registry, kind irreversible.
 * ret       the bytes; ret_header what they say (nothing of it is proven before token_open).
 * Result    false: the letter, tref, length, base64url, version, kind, registry or type is another;
 *           both outputs are zeros. */
bool token_read(struct bytes text, const struct ptype *type, uint32_t registry,
                uint8_t ret[TOKEN_LEN], struct token_header *ret_header);

/* Open. key NULL stands for one that is not there: the same work is done under a decoy, and
 * refused, so that refusals of different causes take about the same time. Result    false: refused;
 * ret is zeros. */
bool token_open(const struct transport_key *key, const uint8_t token[TOKEN_LEN],
                struct token_body *ret);

/* The same for reversible types. Bytes of a carrier whose box has box_len bytes: */
size_t carrier_len(size_t box_len);
/* Seal into ret, carrier_len(body->box_len) bytes. Results as token_seal. */
SCHUIL_RC carrier_seal(const struct transport_key *key, const struct token_header *header,
                       const uint8_t nonce[XCHACHA_NONCE_LEN], const struct carried *body,
                       uint8_t *ret);
/* As token_read, for a reversible type: kind reversible, and a length that a carrier can have. */
bool carrier_read(struct bytes text, const struct ptype *type, uint32_t registry,
                  uint8_t ret[CARRIER_LEN], size_t *ret_len, struct token_header *ret_header);
/* As token_open: len as carrier_read gave it, 0 after its refusal. false besides: form, domain or
 * generation is none. */
bool carrier_open(const struct transport_key *key, const uint8_t token[CARRIER_LEN], size_t len,
                  struct carried *ret);

#endif
