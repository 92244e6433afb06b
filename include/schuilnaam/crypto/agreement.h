/* SPDX-License-Identifier: Apache-2.0 */
/* A secret that two compartments agree on over a channel that anybody may read and write: X25519
 * (RFC 7748) with one-time keys, both authenticated by the `pair` key that an operator carried from
 * one side to the other. Source: PROTOCOL section 6.1.
 *
 *     translate -> issue: epk_T        issue -> translate: epk_I, mac_I        translate -> issue:
 * mac_T
 */
#ifndef SCHUILNAAM_CRYPTO_AGREEMENT_H
#define SCHUILNAAM_CRYPTO_AGREEMENT_H

#include "schuilnaam/crypto/hash.h"

enum { AGREEMENT_PUBLIC_LEN = 32 };

SECRET_TYPE(pair_key, 32)
SECRET_TYPE(agreement_key, 32)    /* one side's one-time key: in memory only */
SECRET_TYPE(agreement_secret, 64) /* what both sides have in the end */

/* Which agreement it is; the same on both sides, public. */
struct agreement {
    const char *purpose; /* "transport" or "refresh" */
    uint32_t number;     /* the key's number; the new epoch */
    uint8_t translate_public[AGREEMENT_PUBLIC_LEN];
    uint8_t issue_public[AGREEMENT_PUBLIC_LEN];
};

/* Draw one side's one-time key. RC_INTERNAL_RANDOM: both outputs are zeros. */
SCHUIL_RC schuil_agreement_draw(struct agreement_key *ret,
                                uint8_t ret_public[AGREEMENT_PUBLIC_LEN]);
/* The mac of a side: what it sends, or what it expects of the other (compare with
 * schuil_ct_equal). side: "issue" or "translate". */
void schuil_agreement_mac(const struct agreement *a, const struct pair_key *pair, const char *side,
                          uint8_t ret[HASH_LEN]);
/* The secret. Call it only when the other side's mac has verified. key: this side's own, and
 * other_public the other's public part. RC_CRYPTO: X25519 gave zeros, which only a public part made
 * for it does; RC_INTERNAL: HKDF failed; ret is zeros. Constant time in the secrets. */
SCHUIL_RC schuil_agreement_secret(const struct agreement *a, const struct pair_key *pair,
                                  const struct agreement_key *key,
                                  const uint8_t other_public[AGREEMENT_PUBLIC_LEN],
                                  struct agreement_secret *ret);

#endif
