/* SPDX-License-Identifier: Apache-2.0 */
/* See schuilnaam/crypto/agreement.h. X25519 and BLAKE2b are libsodium's, HKDF OpenSSL's.
 *
 *     transcript = LV("schuilnaam/v1/agree") || [LV(side)] || LV(purpose) || U32(number)
 *                  || epk_T || epk_I
 *     mac        = keyed BLAKE2b-256(pair, transcript with side)
 *     secret     = HKDF-SHA-512(ikm = X25519, salt = pair, info = transcript without side) */
#include "schuilnaam/crypto/agreement.h"

#include <sodium.h>

#include "schuilnaam/crypto/memory.h"

#define AGREE_LABEL "schuilnaam/v1/agree"

enum { TRANSCRIPT_CAP = 128 };

/* side NULL: none. Sides and purposes are words of ours, so it fits. */
static struct bytes transcript(const struct agreement *a, const char *side,
                               uint8_t ret[TRANSCRIPT_CAP])
{
    struct writer w = writer_over(ret, TRANSCRIPT_CAP);
    put_lv_text(&w, AGREE_LABEL);
    if (side != NULL)
        put_lv_text(&w, side);
    put_lv_text(&w, a->purpose);
    put_u32(&w, a->number);
    put_bytes(&w, bytes_of(a->translate_public, sizeof a->translate_public));
    put_bytes(&w, bytes_of(a->issue_public, sizeof a->issue_public));
    return writer_bytes(&w);
}

SCHUIL_RC schuil_agreement_draw(struct agreement_key *ret, uint8_t ret_public[AGREEMENT_PUBLIC_LEN])
{
    memset(ret_public, 0, AGREEMENT_PUBLIC_LEN);
    struct schuil_rc rc = schuil_random(ret->b, sizeof ret->b);
    if (schuil_is_ok(rc))
        (void)crypto_scalarmult_curve25519_base(ret_public, ret->b); /* always 0 */
    else
        schuil_wipe(ret, sizeof *ret);
    return rc;
}

void schuil_agreement_mac(const struct agreement *a, const struct pair_key *pair, const char *side,
                          uint8_t ret[HASH_LEN])
{
    uint8_t text[TRANSCRIPT_CAP];
    struct bytes part = transcript(a, side, text);
    struct manifest_key key;
    memcpy(key.b, pair->b, sizeof key.b); /* the keyed hash's one type of key */
    schuil_blake2b_keyed(&key, 1, &part, ret);
    schuil_wipe(&key, sizeof key);
}

SCHUIL_RC schuil_agreement_secret(const struct agreement *a, const struct pair_key *pair,
                                  const struct agreement_key *key,
                                  const uint8_t other_public[AGREEMENT_PUBLIC_LEN],
                                  struct agreement_secret *ret)
{
    uint8_t text[TRANSCRIPT_CAP];
    SECRET(agreement_key) shared;
    memset(ret, 0, sizeof *ret);
    /* libsodium refuses the zeros that a point of small order gives. */
    ENSURE(crypto_scalarmult_curve25519(shared.b, key->b, other_public) == 0, RC_CRYPTO);
    return schuil_hkdf_sha512(bytes_of(shared.b, sizeof shared.b),
                              bytes_of(pair->b, sizeof pair->b), transcript(a, NULL, text), ret->b,
                              sizeof ret->b);
}
