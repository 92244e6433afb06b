/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-512's compression of eight messages side by side. Only that: padding and what is hashed are
 * the caller's. Source: FIPS 180-4 section 6.4.2. */
#ifndef CRYPTO_SHA512_LANES_H
#define CRYPTO_SHA512_LANES_H

#include <stdint.h>

enum { LANE_COUNT = 8, SHA512_WORD_COUNT = 16, SHA512_STATE_COUNT = 8 };

/* Eight hashes under way; words of 64 bits as numbers, those of one place in the eight side by
 * side. All of it is secret, and the caller's to wipe at the end. */
struct sha512_lanes {
    uint64_t state[SHA512_STATE_COUNT][LANE_COUNT];
    uint64_t words[SHA512_WORD_COUNT][LANE_COUNT]; /* the next block of each */
    uint64_t working[SHA512_STATE_COUNT][LANE_COUNT];
};

/* Take one block of each lane, in `words`, into its state; words are worthless afterwards. Nothing
 * of it stays elsewhere. Any thread. The same time for all values. */
void sha512_lanes_compress(struct sha512_lanes *hashes);

#endif
