/* SPDX-License-Identifier: Apache-2.0 */
/* The text forms of pseudonyms: letters, fields between hyphens, then base64url.
 *
 *   T-tref-b64u                          temporary
 *   P-tref-domain-generation-b64u        final
 *   R-tref-domain-provider-generation-b64u, S-...   reversible; S: salted
 *
 * Not what the bytes mean. Fields are read strictly, so a parsed text re-encodes to itself: no
 * sign, no leading zero, no other case, and the base64url decoder takes one text for each value.
 * Source: PROTOCOL sections 3 (tref) and 4.2. */
#ifndef ENGINE_PSEUDONYMS_TEXT_H
#define ENGINE_PSEUDONYMS_TEXT_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/rc.h"

/* Points into the text that was parsed. */
struct text_form {
    char letter;
    struct bytes tref;
    struct bytes domain; /* P, R, S: a code. T: empty */
    uint32_t provider;   /* R, S: 1 .. 2^31-1. T, P: 0 */
    uint32_t generation; /* P, R, S: 1 .. 2^31-1. T: 0 */
    struct bytes body;   /* base64url, not decoded; may hold hyphens */
};

/* Split a text at its first hyphens, as many as its letter asks, and check each field but the body.
 * text      from outside. Letters other than T, P, R and S are refused.
 * Results   ok; RC_INPUT_TEXT: ret is zeros. */
SCHUIL_RC text_parse(struct bytes text, struct text_form *ret);

/* A type's name in text: a code, and from version 2 on a dot and the version. */
bool tref_is_good(struct bytes tref);

/* Lengths in characters, without terminator. */
size_t text_temporary_len(const char *tref, size_t data_len);
size_t text_final_len(const char *tref, const char *domain_code, uint32_t generation,
                      size_t data_len);
size_t text_reversible_len(const char *tref, const char *domain_code, uint32_t provider,
                           uint32_t generation, size_t data_len);
/* Write exactly so many characters into ret; no terminator. The fields are taken as good. */
void text_temporary_write(const char *tref, struct bytes data, char *ret);
void text_final_write(const char *tref, const char *domain_code, uint32_t generation,
                      struct bytes data, char *ret);
void text_reversible_write(char letter, const char *tref, const char *domain_code,
                           uint32_t provider, uint32_t generation, struct bytes data, char *ret);

#endif
